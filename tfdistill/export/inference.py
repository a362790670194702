"""The forward pass as a phone runs it: one text, fixed length, 2-D activations.

Computes what `BertEncoder.call` computes, from the same weights, in fewer and cheaper
operators:

* Activations are (sequence, width), so that no RESHAPE stands around a FULLY_CONNECTED.
* 1 / sqrt(head_dim) is part of the query kernel.
* The shift (beta) of a normalization is never added to an activation. It goes into the
  biases of the Dense layers that read it and of the one whose output it meets (`Stream`).
* Position and segment embeddings are one table and one GATHER.
* Where the head reads the first token alone, so does the last layer: its keys and values
  are computed for the whole text, everything else for one row.
* In float the feed-forward network goes through its inner width piece by piece, so that
  a piece of the kernels stays in the cache while all tokens pass.
"""

import math
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfdistill.bert import heads
from tfdistill.bert.attention import MASK_BIAS
from tfdistill.bert.blocks import NoNorm
from tfdistill.bert.encoder import INPUT_NAMES, BertEncoder

# Measured at 128 tokens: pieces below 256 kB and more than six of them cost time.
_PIECE_BYTES, _MAX_PIECES = 2**18, 6


class Stream(NamedTuple):
    """An activation `value + shift` whose shift has not been added.

    Attributes:
        value: float32 (rows, width).
        shift: float32 (width,), constant, or 0.0.
    """

    value: tf.Tensor
    shift: np.ndarray | float = 0.0

    def rows(self, count: int | None) -> "Stream":
        """Return the first `count` rows, or all for None."""
        return self if count is None else Stream(self.value[:count], self.shift)

    def total(self) -> tf.Tensor:
        """Return `value + shift`."""
        return self.value + self.shift


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
        mask = tf.cast(padding_mask[0], tf.float32)
        bias = _score_bias(model.config, mask)
        stream = _embed(model.embeddings, token_ids[0], segment_ids[0], mask)
        for block in model.blocks:
            is_last = block is model.blocks[-1]
            rows = 1 if is_last and _reads_first_token_alone(model) else None
            stream = _block(block, stream, bias, rows, has_pieces)
        return _outputs(model, stream, mask)

    def spec(name):
        return tf.TensorSpec((1, sequence_length), tf.int32, name=name)

    signature = [spec(name) for name in INPUT_NAMES]
    return tf.function(forward, input_signature=signature, autograph=False)


# === Pieces of every layer ===


def _array(weight) -> np.ndarray:
    with tf.init_scope():  # Out of the trace, where variables have values.
        return keras.ops.convert_to_numpy(weight).astype(np.float32)


def _dense(x: Stream, layer, scale=1.0, shift=0.0) -> tf.Tensor:
    """`(layer(x) * scale) + shift`, float32 (rows, units), with one bias for it all."""
    kernel = _array(layer.kernel)
    bias = (_array(layer.bias) + _shift_through(x, kernel)) * scale + shift
    return tf.matmul(x.value, kernel * np.float32(scale)) + bias.astype(np.float32)


def _shift_through(x: Stream, kernel: np.ndarray):
    return x.shift @ kernel if isinstance(x.shift, np.ndarray) else 0.0


def _normalize(x: tf.Tensor, norm) -> Stream:
    """Layer normalization in the operators that measured fastest, or NoNorm."""
    gamma, beta = _array(norm.gamma), _array(norm.beta)
    if isinstance(norm, NoNorm):
        return Stream(x * gamma, beta)
    centered = x - tf.reduce_mean(x, -1, keepdims=True)
    variance = tf.reduce_mean(centered * centered, -1, keepdims=True)
    return Stream(centered * tf.math.rsqrt(variance + norm.epsilon) * gamma, beta)


def _normalized_dense(x: Stream, layer, norm) -> Stream:
    """`norm(layer(x))`; NoNorm's gamma is one with the kernel."""
    if isinstance(norm, NoNorm):
        return Stream(_dense(x, layer, scale=_array(norm.gamma)), _array(norm.beta))
    return _normalize(_dense(x, layer), norm)


def _add_and_normalize(x: Stream, layer, residual: Stream, norm) -> Stream:
    """`norm(layer(x) + residual)`."""
    total = _dense(x, layer, shift=residual.shift) + residual.value
    return _normalize(total, norm)


def _activate(config, x: tf.Tensor) -> tf.Tensor:
    if config.activation == "relu":
        return tf.nn.relu(x)
    return tf.nn.gelu(x, approximate=False)


# === Embeddings, attention, blocks ===


def _embed(layer, token_ids, segment_ids, mask) -> Stream:
    x = tf.gather(_array(layer.token.embeddings), token_ids)
    if layer.config.has_trigram_input:
        x = x * mask[:, None]
        following = tf.pad(x[1:], ((0, 1), (0, 0)))
        previous = tf.pad(x[:-1], ((1, 0), (0, 0)))
        x = tf.concat([following, x, previous], -1)
    if layer.config.has_embedding_projection:
        x = _dense(Stream(x), layer.projection)
    return _normalize(x + _place(layer, segment_ids), layer.norm)


def _place(layer, segment_ids) -> tf.Tensor:
    """Position plus segment embedding. An id that is no segment is out of the table."""
    length = segment_ids.shape[0]
    positions = _array(layer.position.embeddings)[:length]
    segments = _array(layer.segment.embeddings)
    table = (segments[:, None] + positions[None]).reshape(-1, positions.shape[-1])
    return tf.gather(table, segment_ids * length + np.arange(length, dtype=np.int32))


def _score_bias(config, mask: tf.Tensor) -> tf.Tensor:
    """`attention_bias` for one text: float32 (sequence,), or (sequence, sequence)."""
    if config.attention == "causal":
        length = mask.shape[0]
        mask = mask * np.tri(length, dtype=np.float32)
    return (1.0 - mask) * MASK_BIAS


def _attend(layer, query_input: Stream, value_input: Stream, bias, rows) -> Stream:
    """Context of the first `rows` tokens (all for None): (rows, attention width)."""

    def split(x):
        heads_last = tf.reshape(x, (-1, layer.num_heads, layer.head_dim))
        return tf.transpose(heads_last, (1, 0, 2))

    scale = 1.0 / math.sqrt(layer.head_dim)
    query = split(_dense(query_input.rows(rows), layer.query, scale=scale))
    key = split(_dense(query_input, layer.key))
    value = split(_dense(value_input, layer.value))
    if rows is not None and len(bias.shape) == 2:
        bias = bias[:rows]
    probabilities = tf.nn.softmax(tf.matmul(query, key, transpose_b=True) + bias)
    context = tf.transpose(tf.matmul(probabilities, value), (1, 0, 2))
    return Stream(tf.reshape(context, (-1, layer.attention_dim)))


def _feed_forward(layer, x: Stream, has_pieces: bool) -> Stream:
    """`FeedForward` on (rows, width), its inner width in pieces if asked for."""
    pieces = _num_pieces(layer) if has_pieces and x.value.shape[0] > 1 else 1
    width = layer.config.intermediate_dim
    # Multiples of 16 fill the vector registers of every kernel in use.
    ends = [16 * round(width * i / pieces / 16) for i in range(pieces)] + [width]
    inner, outer = _array(layer.inner.kernel), _array(layer.outer.kernel)
    inner_bias = _array(layer.inner.bias) + _shift_through(x, inner)
    bias = _array(layer.outer.bias) + x.shift
    total = x.value
    for begin, end in zip(ends[:-1], ends[1:], strict=True):
        part = slice(begin, end)
        y = tf.matmul(x.value, inner[:, part]) + inner_bias[part]
        y = tf.matmul(_activate(layer.config, y), outer[part])
        total = (y + bias if begin == 0 else y) + total
    return _normalize(total, layer.norm)


def _num_pieces(layer) -> int:
    num_bytes = 4 * layer.width * layer.config.intermediate_dim
    return min(max(num_bytes // _PIECE_BYTES, 1), _MAX_PIECES)


def _block(block, x: Stream, bias, rows, has_pieces: bool) -> Stream:
    """A `PlainBlock` or `BottleneckBlock`; computes the first `rows` rows only."""
    if block.config.bottleneck_dim is None:
        context = _attend(block.attention, x, x, bias, rows)
        output = block.attention.output_dense
        y = _add_and_normalize(context, output, x.rows(rows), block.attention_norm)
        return _feed_forward(block.feed_forward, y, has_pieces)
    residual = _normalized_dense(x, block.bottleneck, block.bottleneck_norm)
    query_input, value_input = residual, residual
    if block.config.has_shared_key_query:
        query_input = _normalized_dense(x, block.key_query, block.key_query_norm)
        value_input = x
    context = _attend(block.attention, query_input, value_input, bias, rows)
    output = block.attention.output_dense
    y = _add_and_normalize(context, output, residual.rows(rows), block.attention_norm)
    for feed_forward in block.feed_forwards:
        y = _feed_forward(feed_forward, y, has_pieces)
    return _add_and_normalize(y, block.expansion, x.rows(rows), block.expansion_norm)


# === Heads ===


def _reads_first_token_alone(model) -> bool:
    is_pooled = isinstance(model.head, heads.Classification | heads.Regression)
    return is_pooled and model.head.pooling == "cls"


def _outputs(model, x: Stream, mask) -> dict[str, tf.Tensor]:
    """What `model.select_outputs` keeps, batch axis included."""
    head = model.head
    if head is None:
        outputs = {"sequence_output": x.total()[None]}
        if model.pooler is not None:
            outputs["pooled_output"] = _pool_first(model, x).value
        return outputs
    if isinstance(head, heads.MaskedLM):
        return {"logits": _token_scores(model, x)[None]}
    if isinstance(head, heads.TokenClassification):
        return {"logits": _dense(x, head.classifier)[None]}
    pooled = _pool_first(model, x) if head.pooling == "cls" else _pool_mean(x, mask)
    if isinstance(head, heads.IntentAndSlots):
        return {
            "logits": _dense(pooled, head.intent_classifier),
            "slot_logits": _dense(x, head.slot_classifier)[None],
        }
    is_class = isinstance(head, heads.Classification)
    return {"logits": _dense(pooled, head.classifier if is_class else head.regressor)}


def _pool_first(model, x: Stream) -> Stream:
    return Stream(tf.tanh(_dense(x.rows(1), model.pooler)))


def _pool_mean(x: Stream, mask) -> Stream:
    shares = mask / tf.maximum(tf.reduce_sum(mask), 1.0)
    return Stream(tf.matmul(shares[None, None], x.value[None])[0], x.shift)


def _token_scores(model, x: Stream) -> tf.Tensor:
    """Masked-LM logits, float32 (sequence, vocabulary_size)."""
    head, table = model.head, _array(model.embeddings.token.embeddings)
    x = _normalize(_activate(model.config, _dense(x, head.transform)), head.norm)
    if table.shape[-1] < model.config.hidden_dim:
        table = np.concatenate([table, _array(head.extra_table)], -1)
    bias = _array(head.bias) + _shift_through(x, table.T)
    return tf.matmul(x.value, table, transpose_b=True) + bias
