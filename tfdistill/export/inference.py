"""The forward pass as a phone runs it: one text of a fixed length.

Computes what `BertEncoder.call` computes, from the same weights, in fewer and cheaper
operators:

* Activations are (1, 1, sequence, width), which is what the Dense layers, here 1 x 1
  convolutions, read and write (`stream.py`).
* 1 / sqrt(head_dim) is part of the query kernel.
* The shift (beta) of a normalization is never added to an activation but to the biases
  of the Dense layers around it.
* Position and segment embeddings are one table and one GATHER.
* Where the head reads the first token alone, so does the last layer: its keys and
  values are computed for the whole text, everything else for one row.
* In dynamic int8 the queries, keys and values of a narrow layer are one product.
* In float the feed-forward network goes through its inner width piece by piece, so that
  a piece of the kernels stays in the cache while all tokens pass.

Every activation that a matrix product reads or writes passes through `Form.tap` under
its name ("layer_1/attention/query"): there `calibrate` looks at it and `static_int8`
rounds it.
"""

import math

import numpy as np
import tensorflow as tf

from tfdistill.bert.attention import MASK_BIAS
from tfdistill.bert.encoder import INPUT_NAMES, BertEncoder
from tfdistill.bert.normalization import NoNorm
from tfdistill.export.form import PLAIN, Form, activate, seen_dense
from tfdistill.export.inference_heads import head_outputs, reads_first_token_alone
from tfdistill.export.runtime import BERT_NAMES
from tfdistill.export.stream import (
    Stream,
    array_of,
    dense,
    joined_dense,
    multiply,
    normalize,
)

# Measured at 128 tokens: pieces below 256 kB and more than six of them cost time.
_PIECE_BYTES, _MAX_PIECES = 2**18, 6
# One product instead of three saves 5 % of the time at a width of 96, 1 % at 192.
_JOINED_WIDTH = 192


def inference_function(
    model: BertEncoder, sequence_length: int, form: Form = PLAIN
) -> tf.types.experimental.PolymorphicFunction:
    """Return the forward pass of one text as a traced function with fixed shapes.

    Args:
        model: BertEncoder, with or without a head. Its weights become constants.
        sequence_length: int.
        form: Form.

    Returns:
        tf.function of int32 (1, sequence_length) token_ids, segment_ids, padding_mask.
        It returns a dict of float32: what `model.predict` returns, by the same names. A
        text without any real token is not defined. For a text classifier the names are
        MediaPipe's and the output is float32 (1, classes) probabilities.
    """

    def run(token_ids, segment_ids, padding_mask):
        outputs = forward(model, token_ids, segment_ids, padding_mask, form)
        if form.is_text_classifier:
            return {"probabilities": tf.nn.softmax(outputs["logits"])}
        return outputs

    def spec(name):
        return tf.TensorSpec((1, sequence_length), tf.int32, name=name)

    names = BERT_NAMES if form.is_text_classifier else INPUT_NAMES
    signature = [spec(name) for name in names]
    return tf.function(run, input_signature=signature, autograph=False)


def forward(
    model, token_ids, segment_ids, padding_mask, form: Form, position=None
) -> dict:
    """Compute the outputs of one text: see `inference_function`; also runs eagerly.

    With `position`, int32 (1,), the head reads that token alone.
    """
    mask = tf.cast(padding_mask, tf.float32)
    bias = _score_bias(model.config, mask)
    with tf.name_scope("embeddings"):
        stream = _embed(model.embeddings, token_ids, segment_ids, mask, form)
    for number, block in enumerate(model.blocks, start=1):
        is_last = block is model.blocks[-1]
        rows = 1 if is_last and reads_first_token_alone(model) else None
        with tf.name_scope(f"layer_{number}"):
            stream = _block(block, stream, bias, rows, form)
    if position is not None:
        stream = stream._replace(value=tf.gather(stream.value, position, axis=2))
    with tf.name_scope("head"):
        return head_outputs(model, stream, mask, form)


# === Embeddings, attention, blocks ===


def _embed(layer, token_ids, segment_ids, mask, form) -> Stream:
    x = tf.gather(array_of(layer.token.embeddings), token_ids[:, None])
    if layer.config.has_trigram_input:
        x = x * mask[:, None, :, None]
        following = tf.pad(x[:, :, 1:], ((0, 0), (0, 0), (0, 1), (0, 0)))
        previous = tf.pad(x[:, :, :-1], ((0, 0), (0, 0), (1, 0), (0, 0)))
        x = tf.concat([following, x, previous], -1)
    if layer.config.has_embedding_projection:
        x = seen_dense("projection", Stream(x), layer.projection, form)
    place = _place(layer, segment_ids[:, None], form.num_positions)
    with tf.name_scope("output"):
        return normalize(x + place, layer.norm)


def _place(layer, segment_ids, num_positions: int | None) -> tf.Tensor:
    """Position plus segment embedding. An id that is no segment is out of the table."""
    length = segment_ids.shape[-1]
    num_positions = num_positions or length
    positions = array_of(layer.position.embeddings)[:num_positions]
    segments = array_of(layer.segment.embeddings)
    table = (segments[:, None] + positions[None]).reshape(-1, positions.shape[-1])
    numbers = segment_ids * num_positions + np.arange(length, dtype=np.int32)
    return tf.gather(table, numbers)


def _score_bias(config, mask: tf.Tensor) -> tf.Tensor:
    """`attention_bias` for one text: float32 (1, 1 or sequence, sequence)."""
    mask = mask[:, None]
    if config.attention == "causal":
        mask = mask * np.tri(mask.shape[-1], dtype=np.float32)
    return (1.0 - mask) * MASK_BIAS


def _attend(layer, query_input: Stream, value_input: Stream, bias, rows, form):
    """Context of the first `rows` tokens (all for None), attention width wide."""

    def split(x):
        num_heads = x.shape[-1] // layer.head_dim
        heads_last = tf.reshape(x, (-1, num_heads, layer.head_dim))
        return tf.transpose(heads_last, (1, 0, 2))

    scale = 1.0 / math.sqrt(layer.head_dim)
    # One look, so that an input that several kernels read is rounded once.
    keyed = form.stream("input", query_input)
    valued = keyed
    if value_input is not query_input:
        valued = form.stream("value_input", value_input)
    is_narrow = form.has_joined_heads and layer.attention_dim <= _JOINED_WIDTH
    if is_narrow and rows is None and valued is keyed:
        layers = (layer.query, layer.key, layer.value)
        heads = split(joined_dense(keyed, layers, (scale, 1.0, 1.0)))
        count = layer.num_heads
        query, key, value = heads[:count], heads[count : 2 * count], heads[2 * count :]
    else:
        query = dense(keyed.rows(rows), layer.query, scale=scale)
        query = split(form.seen("query", query))
        key = split(form.seen("key", dense(keyed, layer.key)))
        value = split(form.seen("value", dense(valued, layer.value)))
    if rows is not None and bias.shape[1] > rows:
        bias = bias[:, :rows]
    with tf.name_scope("scores"):
        scores = tf.matmul(query, key, transpose_b=True)
    probabilities = tf.nn.softmax(form.seen("scores", scores) + bias)
    context = tf.matmul(form.seen("probabilities", probabilities), value)
    context = tf.transpose(form.seen("context", context), (1, 0, 2))
    return Stream(tf.reshape(context, (1, 1, -1, layer.attention_dim)))


def _feed_forward(layer, x: Stream, form: Form) -> Stream:
    """`FeedForward`, its inner width in pieces if asked for."""
    pieces = _num_pieces(layer) if form.has_pieces and x.value.shape[2] > 1 else 1
    width = layer.config.intermediate_dim
    # Multiples of 16 fill the vector registers of every kernel in use.
    ends = [16 * round(width * i / pieces / 16) for i in range(pieces)] + [width]
    inner, outer = array_of(layer.inner.kernel), array_of(layer.outer.kernel)
    inner_bias = array_of(layer.inner.bias) + x.through(inner)
    bias = array_of(layer.outer.bias) + x.shift
    read, total = form.seen("input", x.value), x.value
    for begin, end in zip(ends[:-1], ends[1:], strict=True):
        part = slice(begin, end)
        y = multiply(read, inner[:, part]) + inner_bias[part]
        y = activate(layer.config, form.seen("inner", y))
        y = multiply(form.seen("activated", y), outer[part])
        y = form.seen("outer", y + bias if begin == 0 else y)
        total = y + total
    with tf.name_scope("output"):
        return normalize(total, layer.norm)


def _num_pieces(layer) -> int:
    num_bytes = 4 * layer.width * layer.config.intermediate_dim
    return min(max(num_bytes // _PIECE_BYTES, 1), _MAX_PIECES)


def _block(block, x: Stream, bias, rows, form: Form) -> Stream:
    """A `PlainBlock` or `BottleneckBlock`; computes the first `rows` rows only."""
    if block.config.bottleneck_dim is None:
        y = _attention(block, x, x, x, bias, rows, form)
        with tf.name_scope("feed_forward"):
            return _feed_forward(block.feed_forward, y, form)
    narrow = form.stream("input", x)
    residual = _normalized("bottleneck", narrow, block, form)
    query_input, value_input = residual, residual
    if block.config.has_shared_key_query:
        query_input = _normalized("key_query", narrow, block, form)
        value_input = narrow
    y = _attention(block, query_input, value_input, residual, bias, rows, form)
    for number, feed_forward in enumerate(block.feed_forwards, start=1):
        with tf.name_scope(f"feed_forward_{number}"):
            y = _feed_forward(feed_forward, y, form)
    with tf.name_scope("expansion"):
        return _add(y, block.expansion, x.rows(rows), block.expansion_norm, form)


def _attention(block, query_input, value_input, residual, bias, rows, form) -> Stream:
    with tf.name_scope("attention"):
        context = _attend(block.attention, query_input, value_input, bias, rows, form)
        dense_layer, norm = block.attention.output_dense, block.attention_norm
        return _add(context, dense_layer, residual.rows(rows), norm, form)


def _normalized(name, x: Stream, block, form: Form) -> Stream:
    """Norm of the block's Dense layer `name`; NoNorm's gamma is one with the kernel."""
    layer, norm = getattr(block, name), getattr(block, f"{name}_norm")
    if isinstance(norm, NoNorm):
        y = form.seen(name, dense(x, layer, scale=array_of(norm.gamma)))
        return Stream(y, array_of(norm.beta))
    return normalize(form.seen(name, dense(x, layer)), norm)


def _add(x: Stream, layer, residual: Stream, norm, form: Form) -> Stream:
    """`norm(layer(x) + residual)`."""
    added = seen_dense("dense", x, layer, form, shift=residual.shift)
    with tf.name_scope("output"):
        return normalize(added + residual.value, norm)
