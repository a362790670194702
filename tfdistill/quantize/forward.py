"""The encoder's forward pass with a fake quantization at every tensor.

It computes what `BertEncoder.call` computes, with the weights of the same layers, in
the form that an int8 file has: 1 / sqrt(head_dim) is part of the query kernel, position
and segment embeddings are one table, masked scores are a little below the others
instead of far below, and every product and sum is quantized where it arises.
Normalization and mean pooling stay float32.
"""

import math

import numpy as np
import tensorflow as tf

from tfdistill.bert import heads
from tfdistill.quantize.arithmetic import (
    SOFTMAX_RANGE,
    TANH_RANGE,
    activated_dense,
    add_and_normalize,
    dense,
    normalize,
    normalized_dense,
)

# Added to masked scores, which the range of eight bits then cuts at `_MASK_MARGIN`
# below the smallest score: exp(-8) of the smallest weight that a token can have.
_MASK_BIAS, _MASK_MARGIN = -100.0, 8.0


def forward(model, how, inputs, has_states: bool = True) -> dict:
    """Run encoder and head.

    Args:
        model: QuantizedEncoder.
        how: `Live` or `Frozen`.
        inputs: dict of int32 (batch, sequence); batch is 1 for `Frozen`.
        has_states: bool. False leaves out what the head's outputs do not need.

    Returns:
        dict, as `BertEncoder` gives.
    """
    ids = {name: tf.cast(inputs[name], tf.int32) for name in inputs}
    mask = tf.cast(ids["padding_mask"], tf.float32)
    x = _embed(model.embeddings, how, ids, mask)
    bias = _score_bias(model.config, how, mask)
    states, attended = [x], []
    for index, block in enumerate(model.blocks):
        is_last = block is model.blocks[-1]
        rows = 1 if is_last and not has_states and _reads_first_alone(model) else None
        attended.append(_block(block, how, f"block_{index}", x, bias, rows))
        x = attended[-1]["output"]
        states.append(x)
    outputs = {"hidden_states": states, "sequence_output": x}
    outputs["attention_scores"] = [each["scores"] for each in attended]
    for name in ("query", "key", "value"):
        plural = "queries" if name == "query" else f"{name}s"
        outputs[plural] = [each[name] for each in attended]
    if model.pooler is not None:
        pooled = dense(how, "pooler", _first(x, 1), model.pooler)
        pooled = how.fixed(tf.tanh(pooled), TANH_RANGE)
        outputs["pooled_output"] = _per_text(pooled)
    if model.head is not None:
        outputs.update(_answer(model, how, outputs, mask))
    return outputs


# === Embeddings ===


def _embed(layer, how, ids, mask):
    token_ids, segment_ids = ids["token_ids"], ids["segment_ids"]
    if how.leading:
        token_ids, segment_ids = token_ids[:, None], segment_ids[:, None]
        mask = mask[:, None]
    table = how.weight("embeddings/token", how.value(layer.token.embeddings), "table")
    x = tf.gather(table, token_ids)
    if layer.config.has_trigram_input:
        x = _three_at_a_time(how, x, mask)
    if layer.config.has_embedding_projection:
        x = dense(how, "embeddings/projection", x, layer.projection)
    place = _place(layer, how, segment_ids)
    total = how.activation("embeddings/sum", x + place)
    x = normalize(how, "embeddings/norm", total, layer.norm)
    return how.drop(layer.dropout, x)


def _three_at_a_time(how, x, mask):
    mask = how.fixed(mask[..., None], (0.0, 1.0))
    x = how.within("embeddings/token", x * mask)
    sides = [(0, 0)] * (len(x.shape) - 2)
    following = tf.pad(x[..., 1:, :], [*sides, (0, 1), (0, 0)])
    previous = tf.pad(x[..., :-1, :], [*sides, (1, 0), (0, 0)])
    return tf.concat([following, x, previous], -1)


def _place(layer, how, segment_ids):
    """Position plus segment embedding, out of one table."""
    length = segment_ids.shape[-1]
    positions = how.value(layer.position.embeddings)
    segments = how.value(layer.segment.embeddings)
    if how.leading:
        positions = positions[:length]
    longest, width = positions.shape
    table = segments[:, None] + positions[None]
    table = how.weight("embeddings/place", _reshape(table, (-1, width)), "table")
    order = tf.range(tf.shape(segment_ids)[-1])
    return tf.gather(table, segment_ids * longest + order)


def _reshape(x, shape):
    return x.reshape(shape) if isinstance(x, np.ndarray) else tf.reshape(x, shape)


# === Blocks ===


def _first(x, rows):
    """The first rows, or all for None."""
    return x if rows is None or x.shape[-2] == rows else x[..., :rows, :]


def _score_bias(config, how, mask):
    mask = mask[:, None, None, :]
    if config.attention == "causal":
        order = tf.range(tf.shape(mask)[-1])
        mask = mask * tf.cast(order[:, None] >= order, tf.float32)
    return how.fixed((1.0 - mask) * _MASK_BIAS, (_MASK_BIAS, 0.0))


def _attend(layer, how, name, query_input, value_input, bias, rows):
    def split(x):
        length = x.shape[-2] or tf.shape(x)[-2]
        x = tf.reshape(x, (-1, length, layer.num_heads, layer.head_dim))
        return tf.transpose(x, (0, 2, 1, 3))

    scale = 1.0 / math.sqrt(layer.head_dim)
    query_rows = _first(query_input, rows)
    query = dense(how, f"{name}/query", query_rows, layer.query, np.float32(scale))
    key = dense(how, f"{name}/key", query_input, layer.key)
    value = dense(how, f"{name}/value", value_input, layer.value)
    scores = tf.matmul(split(query), split(key), transpose_b=True)
    scores = how.activation(f"{name}/scores", scores)
    biased = scores + _first(bias, rows)
    masked = how.within(f"{name}/scores", biased, _MASK_MARGIN)
    probabilities = how.fixed(tf.nn.softmax(masked), SOFTMAX_RANGE)
    probabilities = how.drop(layer.dropout, probabilities)
    context = tf.matmul(probabilities, split(value))
    context = how.activation(f"{name}/context", context)
    length = context.shape[-2] or tf.shape(context)[-2]
    context = tf.transpose(context, (0, 2, 1, 3))
    context = tf.reshape(context, (-1, *how.leading, length, layer.attention_dim))
    output = dense(how, f"{name}/output", context, layer.output_dense)
    seen = {"scores": scores, "query": query / scale, "key": key, "value": value}
    return output, seen


def _feed_forward(layer, how, name, x):
    y = activated_dense(how, f"{name}/inner", x, layer.inner, layer.config)
    y = dense(how, f"{name}/outer", y, layer.outer)
    return add_and_normalize(how, name, how.drop(layer.dropout, y), x, layer.norm)


def _block(block, how, name, x, bias, rows):
    if block.config.bottleneck_dim is None:
        output, seen = _attend(
            block.attention, how, f"{name}/attention", x, x, bias, rows
        )
        output = how.drop(block.dropout, output)
        y = add_and_normalize(
            how, f"{name}/attention", output, _first(x, rows), block.attention_norm
        )
        y = _feed_forward(block.feed_forward, how, f"{name}/feed_forward", y)
        return {**seen, "output": y}
    return _bottleneck_block(block, how, name, x, bias, rows)


def _bottleneck_block(block, how, name, x, bias, rows):
    residual = normalized_dense(
        how, f"{name}/bottleneck", x, block.bottleneck, block.bottleneck_norm
    )
    query_input, value_input = residual, residual
    if block.config.has_shared_key_query:
        query_input = normalized_dense(
            how, f"{name}/key_query", x, block.key_query, block.key_query_norm
        )
        value_input = x
    name_of = f"{name}/attention"
    output, seen = _attend(
        block.attention, how, name_of, query_input, value_input, bias, rows
    )
    y = add_and_normalize(
        how, name_of, output, _first(residual, rows), block.attention_norm
    )
    for index, layer in enumerate(block.feed_forwards):
        y = _feed_forward(layer, how, f"{name}/feed_forward_{index}", y)
    y = how.drop(block.dropout, dense(how, f"{name}/expansion", y, block.expansion))
    y = add_and_normalize(how, name, y, _first(x, rows), block.expansion_norm)
    return {**seen, "output": y}


# === Heads ===


def _reads_first_alone(model) -> bool:
    is_pooled = isinstance(model.head, heads.Classification | heads.Regression)
    return is_pooled and model.head.pooling == "cls"


def _answer(model, how, outputs, mask):
    """The head's outputs, by name."""
    head, x = model.head, outputs["sequence_output"]
    if isinstance(head, heads.MaskedLM):
        return {"logits": _per_token(_token_scores(model, how, x))}
    tokens = how.drop(head.dropout, x)
    if isinstance(head, heads.TokenClassification):
        return {"logits": _per_token(dense(how, "head", tokens, head.classifier))}
    pooled = _pool(head, how, outputs, mask)
    if isinstance(head, heads.IntentAndSlots):
        intents = dense(how, "head/intent", pooled, head.intent_classifier)
        slots = dense(how, "head/slots", tokens, head.slot_classifier)
        return {"logits": _per_text(intents), "slot_logits": _per_token(slots)}
    is_class = isinstance(head, heads.Classification)
    layer = head.classifier if is_class else head.regressor
    return {"logits": _per_text(dense(how, "head", pooled, layer))}


def _pool(head, how, outputs, mask):
    """One vector per text, (batch, 1, width) or (1, 1, 1, width)."""
    if head.pooling == "cls":
        pooled = outputs["pooled_output"]
    else:
        x = _per_token(outputs["sequence_output"])
        pooled = how.activation("head/mean", heads.mean_pool(x, mask))
    width = pooled.shape[-1]
    pooled = tf.reshape(pooled, (-1, *how.leading, 1, width))
    return how.drop(head.dropout, pooled)


def _token_scores(model, how, x):
    head, table = model.head, how.value(model.embeddings.token.embeddings)
    x = activated_dense(how, "head/transform", x, head.transform, model.config)
    x = normalize(how, "head/norm", x, head.norm)
    if table.shape[-1] < model.config.hidden_dim:
        join = np.concatenate if isinstance(table, np.ndarray) else tf.concat
        table = join([table, how.value(head.extra_table)], -1)
    turned = table.T if isinstance(table, np.ndarray) else tf.transpose(table)
    kernel = how.weight("head/table", turned)
    return how.activation("head", how.multiply(x, kernel) + how.value(head.bias))


def _per_text(x):
    """(batch, 1, width) or (1, 1, 1, width) to (batch, width)."""
    return tf.reshape(x, (-1, x.shape[-1]))


def _per_token(x):
    """(1, 1, sequence, width) to (1, sequence, width)."""
    return x[:, 0] if len(x.shape) == 4 else x
