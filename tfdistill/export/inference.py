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
* In float the feed-forward network goes through its inner width piece by piece, so that
  a piece of the kernels stays in the cache while all tokens pass.
"""

import math

import numpy as np
import tensorflow as tf

from tfdistill.bert import heads
from tfdistill.bert.attention import MASK_BIAS
from tfdistill.bert.encoder import INPUT_NAMES, BertEncoder
from tfdistill.export.stream import (
    Stream,
    add_and_normalize,
    array_of,
    dense,
    multiply,
    normalize,
    normalized_dense,
)

# Measured at 128 tokens: pieces below 256 kB and more than six of them cost time.
_PIECE_BYTES, _MAX_PIECES = 2**18, 6


def inference_function(
    model: BertEncoder, sequence_length: int, has_pieces: bool = False
) -> tf.types.experimental.PolymorphicFunction:
    """Return the forward pass of one text as a traced function with fixed shapes.

    Args:
        model: BertEncoder, with or without a head. Its weights become constants.
        sequence_length: int.
        has_pieces: bool. Whether large feed-forward networks are cut into pieces: pays
            for float kernels, costs for int8 ones.

    Returns:
        tf.function of int32 (1, sequence_length) token_ids, segment_ids, padding_mask.
        It returns a dict of float32: what `model.predict` returns, by the same names. A
        text without any real token is not defined.
    """

    def forward(token_ids, segment_ids, padding_mask):
        mask = tf.cast(padding_mask, tf.float32)
        bias = _score_bias(model.config, mask)
        stream = _embed(model.embeddings, token_ids, segment_ids, mask)
        for block in model.blocks:
            is_last = block is model.blocks[-1]
            rows = 1 if is_last and _reads_first_token_alone(model) else None
            stream = _block(block, stream, bias, rows, has_pieces)
        return _outputs(model, stream, mask)

    def spec(name):
        return tf.TensorSpec((1, sequence_length), tf.int32, name=name)

    signature = [spec(name) for name in INPUT_NAMES]
    return tf.function(forward, input_signature=signature, autograph=False)


# === Embeddings, attention, blocks ===


def _embed(layer, token_ids, segment_ids, mask) -> Stream:
    x = tf.gather(array_of(layer.token.embeddings), token_ids[:, None])
    if layer.config.has_trigram_input:
        x = x * mask[:, None, :, None]
        following = tf.pad(x[:, :, 1:], ((0, 0), (0, 0), (0, 1), (0, 0)))
        previous = tf.pad(x[:, :, :-1], ((0, 0), (0, 0), (1, 0), (0, 0)))
        x = tf.concat([following, x, previous], -1)
    if layer.config.has_embedding_projection:
        x = dense(Stream(x), layer.projection)
    return normalize(x + _place(layer, segment_ids[:, None]), layer.norm)


def _place(layer, segment_ids) -> tf.Tensor:
    """Position plus segment embedding. An id that is no segment is out of the table."""
    length = segment_ids.shape[-1]
    positions = array_of(layer.position.embeddings)[:length]
    segments = array_of(layer.segment.embeddings)
    table = (segments[:, None] + positions[None]).reshape(-1, positions.shape[-1])
    return tf.gather(table, segment_ids * length + np.arange(length, dtype=np.int32))


def _score_bias(config, mask: tf.Tensor) -> tf.Tensor:
    """`attention_bias` for one text: float32 (1, 1 or sequence, sequence)."""
    mask = mask[:, None]
    if config.attention == "causal":
        mask = mask * np.tri(mask.shape[-1], dtype=np.float32)
    return (1.0 - mask) * MASK_BIAS


def _attend(layer, query_input: Stream, value_input: Stream, bias, rows) -> Stream:
    """Context of the first `rows` tokens (all for None), attention width wide."""

    def split(x):
        heads_last = tf.reshape(x, (-1, layer.num_heads, layer.head_dim))
        return tf.transpose(heads_last, (1, 0, 2))

    scale = 1.0 / math.sqrt(layer.head_dim)
    query = split(dense(query_input.rows(rows), layer.query, scale=scale))
    key = split(dense(query_input, layer.key))
    value = split(dense(value_input, layer.value))
    if rows is not None and bias.shape[1] > rows:
        bias = bias[:, :rows]
    probabilities = tf.nn.softmax(tf.matmul(query, key, transpose_b=True) + bias)
    context = tf.transpose(tf.matmul(probabilities, value), (1, 0, 2))
    return Stream(tf.reshape(context, (1, 1, -1, layer.attention_dim)))


def _activate(config, x: tf.Tensor) -> tf.Tensor:
    if config.activation == "relu":
        return tf.nn.relu(x)
    return tf.nn.gelu(x, approximate=config.activation == "gelu_tanh")


def _feed_forward(layer, x: Stream, has_pieces: bool) -> Stream:
    """`FeedForward`, its inner width in pieces if asked for."""
    pieces = _num_pieces(layer) if has_pieces and x.value.shape[2] > 1 else 1
    width = layer.config.intermediate_dim
    # Multiples of 16 fill the vector registers of every kernel in use.
    ends = [16 * round(width * i / pieces / 16) for i in range(pieces)] + [width]
    inner, outer = array_of(layer.inner.kernel), array_of(layer.outer.kernel)
    inner_bias = array_of(layer.inner.bias) + x.through(inner)
    bias = array_of(layer.outer.bias) + x.shift
    total = x.value
    for begin, end in zip(ends[:-1], ends[1:], strict=True):
        part = slice(begin, end)
        y = multiply(x.value, inner[:, part]) + inner_bias[part]
        y = multiply(_activate(layer.config, y), outer[part])
        total = (y + bias if begin == 0 else y) + total
    return normalize(total, layer.norm)


def _num_pieces(layer) -> int:
    num_bytes = 4 * layer.width * layer.config.intermediate_dim
    return min(max(num_bytes // _PIECE_BYTES, 1), _MAX_PIECES)


def _block(block, x: Stream, bias, rows, has_pieces: bool) -> Stream:
    """A `PlainBlock` or `BottleneckBlock`; computes the first `rows` rows only."""
    if block.config.bottleneck_dim is None:
        context = _attend(block.attention, x, x, bias, rows)
        output = block.attention.output_dense
        y = add_and_normalize(context, output, x.rows(rows), block.attention_norm)
        return _feed_forward(block.feed_forward, y, has_pieces)
    residual = normalized_dense(x, block.bottleneck, block.bottleneck_norm)
    query_input, value_input = residual, residual
    if block.config.has_shared_key_query:
        query_input = normalized_dense(x, block.key_query, block.key_query_norm)
        value_input = x
    context = _attend(block.attention, query_input, value_input, bias, rows)
    output = block.attention.output_dense
    y = add_and_normalize(context, output, residual.rows(rows), block.attention_norm)
    for feed_forward in block.feed_forwards:
        y = _feed_forward(feed_forward, y, has_pieces)
    return add_and_normalize(y, block.expansion, x.rows(rows), block.expansion_norm)


# === Heads ===


def _reads_first_token_alone(model) -> bool:
    is_pooled = isinstance(model.head, heads.Classification | heads.Regression)
    return is_pooled and model.head.pooling == "cls"


def _outputs(model, x: Stream, mask) -> dict[str, tf.Tensor]:
    """What `model.select_outputs` keeps."""
    head = model.head
    if head is None:
        outputs = {"sequence_output": _per_token(x.total())}
        if model.pooler is not None:
            outputs["pooled_output"] = _per_text(_pool_first(model, x).value)
        return outputs
    if isinstance(head, heads.MaskedLM):
        return {"logits": _per_token(_token_scores(model, x))}
    if isinstance(head, heads.TokenClassification):
        return {"logits": _per_token(dense(x, head.classifier))}
    pooled = _pool_first(model, x) if head.pooling == "cls" else _pool_mean(x, mask)
    if isinstance(head, heads.IntentAndSlots):
        return {
            "logits": _per_text(dense(pooled, head.intent_classifier)),
            "slot_logits": _per_token(dense(x, head.slot_classifier)),
        }
    is_class = isinstance(head, heads.Classification)
    layer = head.classifier if is_class else head.regressor
    return {"logits": _per_text(dense(pooled, layer))}


def _per_text(x: tf.Tensor) -> tf.Tensor:
    """(1, 1, 1, width) to (1, width)."""
    return tf.reshape(x, (1, -1))


def _per_token(x: tf.Tensor) -> tf.Tensor:
    """(1, 1, sequence, width) to (1, sequence, width)."""
    return tf.reshape(x, (1, -1, x.shape[-1]))


def _pool_first(model, x: Stream) -> Stream:
    return Stream(tf.tanh(dense(x.rows(1), model.pooler)))


def _pool_mean(x: Stream, mask) -> Stream:
    shares = mask / tf.maximum(tf.reduce_sum(mask), 1.0)
    return Stream(tf.matmul(shares[:, None, None], x.value), x.shift)


def _token_scores(model, x: Stream) -> tf.Tensor:
    """Masked-LM logits, float32 (1, 1, sequence, vocabulary_size)."""
    head, table = model.head, array_of(model.embeddings.token.embeddings)
    x = normalize(_activate(model.config, dense(x, head.transform)), head.norm)
    if table.shape[-1] < model.config.hidden_dim:
        table = np.concatenate([table, array_of(head.extra_table)], -1)
    return multiply(x.value, table.T) + (array_of(head.bias) + x.through(table.T))
