"""The heads of the forward pass as a phone runs it: see `inference.py`."""

import numpy as np
import tensorflow as tf

from tfdistill.bert import heads
from tfdistill.export.form import Form, activate, seen_dense
from tfdistill.export.stream import Stream, array_of, multiply, normalize


def reads_first_token_alone(model) -> bool:
    """Whether the last layer is needed at the first token only."""
    is_pooled = isinstance(model.head, heads.Classification | heads.Regression)
    return is_pooled and model.head.pooling == "cls"


def head_outputs(model, x: Stream, mask, form: Form) -> dict[str, tf.Tensor]:
    """Return what `model.select_outputs` keeps: float32 by name."""
    head = model.head
    if head is None:
        outputs = {"sequence_output": _per_token(x.total())}
        if model.pooler is not None:
            outputs["pooled_output"] = _per_text(_pool_first(model, x, form).value)
        return outputs
    if isinstance(head, heads.MaskedLM):
        return {"logits": _per_token(_token_scores(model, x, form))}
    if isinstance(head, heads.TokenClassification):
        return {
            "logits": _per_token(seen_dense("classifier", x, head.classifier, form))
        }
    pooled = (
        _pool_first(model, x, form) if head.pooling == "cls" else _pool_mean(x, mask)
    )
    if isinstance(head, heads.IntentAndSlots):
        return {
            "logits": _per_text(
                seen_dense("intents", pooled, head.intent_classifier, form)
            ),
            "slot_logits": _per_token(
                seen_dense("slots", x, head.slot_classifier, form)
            ),
        }
    is_class = isinstance(head, heads.Classification)
    layer = head.classifier if is_class else head.regressor
    return {"logits": _per_text(seen_dense("classifier", pooled, layer, form))}


def _per_text(x: tf.Tensor) -> tf.Tensor:
    """(1, 1, 1, width) to (1, width)."""
    return tf.reshape(x, (1, -1))


def _per_token(x: tf.Tensor) -> tf.Tensor:
    """(1, 1, sequence, width) to (1, sequence, width)."""
    return tf.reshape(x, (1, -1, x.shape[-1]))


def _pool_first(model, x: Stream, form: Form) -> Stream:
    return Stream(tf.tanh(seen_dense("pooler", x.rows(1), model.pooler, form)))


def _pool_mean(x: Stream, mask) -> Stream:
    shares = mask / tf.maximum(tf.reduce_sum(mask), 1.0)
    return Stream(tf.matmul(shares[:, None, None], x.value), x.shift)


def _token_scores(model, x: Stream, form: Form) -> tf.Tensor:
    """Masked-LM logits, float32 (1, 1, sequence, vocabulary_size)."""
    head, table = model.head, array_of(model.embeddings.token.embeddings)
    x = seen_dense("transform", x, head.transform, form)
    x = form.stream("scores_input", normalize(activate(model.config, x), head.norm))
    if table.shape[-1] < model.config.hidden_dim:
        table = np.concatenate([table, array_of(head.extra_table)], -1)
    bias = array_of(head.bias) + x.through(table.T)
    return form.seen("scores", multiply(x.value, table.T) + bias)
