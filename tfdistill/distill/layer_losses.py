"""Losses between layers beyond TinyBERT's: relations, probabilities, feature maps.

As in `losses.py` every function takes the teacher's tensor first, computes in float32,
lets no gradient reach the teacher, looks at real tokens alone, and returns float32
(batch,).
"""

import math

from keras import ops

from tfdistill.distill.losses import token_mean

_MASKED = -1e9


def attention_prob_kl(teacher_scores, student_scores, padding_mask=None):
    """`KL(P_t || P_s)` of attention probabilities (MobileBERT 3.4, MiniLM v1 eq. 2).

    Args:
        teacher_scores: float (batch, heads, sequence, sequence), before softmax.
        student_scores: the same shape.
        padding_mask: int (batch, sequence) or None.

    Returns:
        float32 (batch,), the mean over heads and real queries.
    """
    log_p = _log_probabilities(ops.stop_gradient(teacher_scores), padding_mask)
    log_q = _log_probabilities(student_scores, padding_mask)
    values = ops.sum(ops.exp(log_p) * (log_p - log_q), axis=-1)
    return token_mean(ops.mean(values, axis=1), padding_mask)


def relation_kl(
    teacher, student, num_relation_heads: int, padding_mask=None, heads_at_once=None
):
    """`KL(R_t || R_s)` of scaled dot products within a tensor (MiniLM v2, section 3.1).

    Both tensors are cut into `num_relation_heads` parts, so that neither their widths
    nor their numbers of attention heads need be equal. MiniLM v1's value relation is
    this loss of values, with as many relation heads as attention heads.

    Args:
        teacher: float (batch, sequence, width); queries, keys or values, heads side by
            side.
        student: float (batch, sequence, width of its own).
        num_relation_heads: int. Divides both widths.
        padding_mask: int (batch, sequence) or None.
        heads_at_once: int or None. Bounds the memory, which is heads * sequence^2.

    Returns:
        float32 (batch,), the mean over relation heads and real queries.
    """
    teacher = _cut(ops.stop_gradient(teacher), num_relation_heads)
    student = _cut(student, num_relation_heads)
    step = heads_at_once or num_relation_heads
    total = 0.0
    for first in range(0, num_relation_heads, step):
        part = slice(first, first + step)
        pair = _relations(teacher[:, part]), _relations(student[:, part])
        count = min(step, num_relation_heads - first)
        total = total + count * attention_prob_kl(*pair, padding_mask)
    return total / num_relation_heads


def feature_map_loss(teacher, student, padding_mask=None):
    """Normalized squared error and statistics of two feature maps (MobileBERT 3.4).

    The sum of 100 times the squared error of both maps normalized over their width,
    5,000 times the squared difference of their means and 5 times the absolute one of
    their variances, as the released code weighs them.

    Args:
        teacher: float (batch, sequence, width).
        student: the same shape.
        padding_mask: int (batch, sequence) or None.

    Returns:
        float32 (batch,).
    """
    teacher = ops.stop_gradient(ops.cast(teacher, "float32"))
    student = ops.cast(student, "float32")
    mean_t, variance_t = ops.moments(teacher, axes=-1, keepdims=True)
    mean_s, variance_s = ops.moments(student, axes=-1, keepdims=True)
    normal_t = (teacher - mean_t) * ops.rsqrt(variance_t + 1e-12)
    normal_s = (student - mean_s) * ops.rsqrt(variance_s + 1e-12)
    values = (
        100 * ops.mean(ops.square(normal_t - normal_s), axis=-1)
        + 5000 * ops.square(mean_t - mean_s)[..., 0]
        + 5 * ops.abs(variance_t - variance_s)[..., 0]
    )
    return token_mean(values, padding_mask)


def _log_probabilities(scores, padding_mask):
    scores = ops.cast(scores, "float32")
    if padding_mask is not None:
        is_real = ops.cast(padding_mask, "float32")[:, None, None, :] > 0
        scores = ops.where(is_real, scores, _MASKED)
    return ops.log_softmax(scores, axis=-1)


def _cut(values, num_heads):
    """(batch, sequence, width) to (batch, heads, sequence, width of a head)."""
    values = ops.cast(values, "float32")
    batch, length, width = ops.shape(values)
    parts = ops.reshape(values, (batch, length, num_heads, width // num_heads))
    return ops.transpose(parts, (0, 2, 1, 3))


def _relations(parts):
    products = ops.matmul(parts, ops.transpose(parts, (0, 1, 3, 2)))
    return products / math.sqrt(parts.shape[-1])
