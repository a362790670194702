"""Distillation losses as free functions: teacher first, one value per example.

Every function takes the teacher's tensor, the student's tensor and, where tokens are
compared, `padding_mask`; computes in float32; lets no gradient reach the teacher; and
returns float32 (batch,), each example normalized by its own number of real tokens, so
that more padding or longer neighbours cannot change an example's loss. Each serves as a
metric just as well.
"""

from keras import ops


def token_mean(values, padding_mask=None):
    """Average over real tokens.

    Args:
        values: float (batch, sequence).
        padding_mask: int (batch, sequence) or None. 1 = counted.

    Returns:
        float32 (batch,); 0 for an example without a counted token.
    """
    values = ops.cast(values, "float32")
    if padding_mask is None:
        return ops.mean(values, axis=1)
    mask = ops.cast(padding_mask, "float32")
    total = ops.sum(ops.where(mask > 0, values, 0.0), axis=1)
    return total / ops.maximum(ops.sum(mask, axis=1), 1.0)


def pair_mean(values, padding_mask=None):
    """Average over heads and over pairs of real tokens.

    Args:
        values: float (batch, heads, sequence, sequence).
        padding_mask: int (batch, sequence) or None. 1 = counted.

    Returns:
        float32 (batch,); 0 for an example without a counted token.
    """
    values = ops.mean(ops.cast(values, "float32"), axis=1)
    if padding_mask is None:
        return ops.mean(values, axis=(1, 2))
    mask = ops.cast(padding_mask, "float32")
    pairs = mask[:, :, None] * mask[:, None, :]
    total = ops.sum(ops.where(pairs > 0, values, 0.0), axis=(1, 2))
    return total / ops.maximum(ops.sum(pairs, axis=(1, 2)), 1.0)


def soft_cross_entropy(teacher_logits, student_logits, temperature=1.0, mask=None):
    """`- sum_k p_k log q_k`, p and q the tempered softmax of teacher and student.

    TinyBERT's prediction-layer loss (section 3.2, equation 10) at temperature 1.

    Args:
        teacher_logits: float (batch, classes) or (batch, sequence, classes).
        student_logits: the same shape.
        temperature: float > 0. T of the softmax; no factor T^2.
        mask: int (batch, sequence) or None. For logits per token, 1 = counted.

    Returns:
        float32 (batch,).
    """
    log_p, log_q = _log_probabilities(teacher_logits, student_logits, temperature)
    return _per_example(-ops.sum(ops.exp(log_p) * log_q, axis=-1), mask)


def soft_target_kl(teacher_logits, student_logits, temperature=1.0, mask=None):
    """`T^2 sum_k p_k (log p_k - log q_k)` of tempered softmax distributions.

    The factor T^2 keeps the gradient's scale independent of T; the gradient in the
    student's logits is T (q - p) (Hinton et al., 1503.02531, section 2.1).

    Args and returns as `soft_cross_entropy`.
    """
    log_p, log_q = _log_probabilities(teacher_logits, student_logits, temperature)
    values = temperature**2 * ops.sum(ops.exp(log_p) * (log_p - log_q), axis=-1)
    return _per_example(values, mask)


def top_k_kl(ids, log_p, student_logits, temperature=1.0, mask=None):
    """`soft_target_kl` where of the teacher only the k likeliest classes are known.

    The others form one class: with p_r and q_r the rest of both distributions,
    `T^2 (sum_k p_k log(p_k / q_k) + p_r log(p_r / q_r))`. It is never above the full
    divergence, and equal to it if k leaves at most one class out.

    Args:
        ids: int (batch, k) or (batch, sequence, k). The teacher's classes.
        log_p: float, the same shape. Their log probabilities at this temperature.
        student_logits: float (batch, classes) or (batch, sequence, classes).
        temperature: float > 0. T of both distributions.
        mask: int (batch, sequence) or None. For logits per token, 1 = counted.

    Returns:
        float32 (batch,).
    """
    log_p = ops.stop_gradient(ops.cast(log_p, "float32"))
    student = ops.cast(student_logits, "float32")
    log_q = ops.log_softmax(student / temperature, axis=-1)
    log_q = ops.take_along_axis(log_q, ops.cast(ids, "int32"), axis=-1)
    p, q = ops.exp(log_p), ops.exp(log_q)
    values = ops.sum(p * (log_p - log_q), axis=-1)
    p_rest, q_rest = _rest(p), _rest(q)
    values = values + p_rest * (ops.log(p_rest) - ops.log(q_rest))
    return _per_example(temperature**2 * values, mask)


def _rest(p):
    """What is left of a distribution; not quite 0, where its logarithm would end."""
    return ops.maximum(1.0 - ops.sum(p, axis=-1), 1e-7)


def output_squared_error(teacher_logits, student_logits):
    """`(z_t - z_s)^2` for a regression output: float (batch, 1) each, to (batch,)."""
    teacher = ops.stop_gradient(ops.cast(teacher_logits, "float32"))
    return ops.sum(ops.square(teacher - ops.cast(student_logits, "float32")), axis=-1)


def hidden_state_mse(teacher_states, student_states, padding_mask=None):
    """Mean squared difference of hidden states over real tokens (TinyBERT, eq. 8, 9).

    Args:
        teacher_states: float (batch, sequence, width).
        student_states: float (batch, sequence, width), projected where widths differ.
        padding_mask: int (batch, sequence) or None.

    Returns:
        float32 (batch,).
    """
    teacher = ops.stop_gradient(ops.cast(teacher_states, "float32"))
    difference = teacher - ops.cast(student_states, "float32")
    return token_mean(ops.mean(ops.square(difference), axis=-1), padding_mask)


def attention_score_mse(teacher_scores, student_scores, padding_mask=None):
    """Mean squared difference of attention scores before softmax (TinyBERT, eq. 7).

    Args:
        teacher_scores: float (batch, heads, sequence, sequence).
        student_scores: the same shape.
        padding_mask: int (batch, sequence) or None. Only pairs of real tokens count.

    Returns:
        float32 (batch,).
    """
    teacher = ops.stop_gradient(ops.cast(teacher_scores, "float32"))
    difference = teacher - ops.cast(student_scores, "float32")
    return pair_mean(ops.square(difference), padding_mask)


def label_cross_entropy(labels, student_logits):
    """Cross-entropy with class labels; a label below 0 is not scored.

    Args:
        labels: int (batch,) or (batch, sequence), with a last axis of 1 or without.
        student_logits: float (batch, classes) or (batch, sequence, classes).

    Returns:
        float32 (batch,); for labels per token, the mean over scored tokens. A label
        that no class has makes it NaN.

    Raises:
        ValueError: labels of another rank, such as one-hot labels.
    """
    log_q = ops.log_softmax(ops.cast(student_logits, "float32"), axis=-1)
    classes = log_q.shape[-1]
    labels = ops.cast(_fit_labels(labels, log_q.shape[:-1]), "int32")
    one_hot = ops.one_hot(ops.clip(labels, 0, classes - 1), classes, dtype="float32")
    values = -ops.sum(one_hot * log_q, axis=-1)
    values = ops.where(labels < classes, values, float("nan"))
    scored = ops.cast(labels >= 0, "float32")
    if len(labels.shape) == 1:
        return values * scored
    return token_mean(values, scored)


def label_squared_error(labels, student_logits):
    """`(y - z)^2`: labels float (batch,), logits float (batch, 1), to (batch,).

    Raises:
        ValueError: labels of another rank, except (batch, 1).
    """
    labels = _fit_labels(labels, student_logits.shape[:-1])
    labels = ops.cast(labels, "float32")
    return ops.square(labels - ops.cast(student_logits, "float32")[:, 0])


def agreement(teacher_logits, student_logits, mask=None):
    """Share of equal top-1 choices of teacher and student.

    Args:
        teacher_logits: float (batch, classes) or (batch, sequence, classes).
        student_logits: the same shape.
        mask: int (batch, sequence) or None. For logits per token, 1 = counted.

    Returns:
        float32 (batch,) in [0, 1].
    """
    return choice_agreement(ops.argmax(teacher_logits, axis=-1), student_logits, mask)


def choice_agreement(teacher_choice, student_logits, mask=None):
    """As `agreement`, of the teacher's choice: int (batch,) or (batch, sequence)."""
    choice = ops.cast(ops.argmax(student_logits, axis=-1), "int32")
    equal = ops.cast(teacher_choice, "int32") == choice
    return _per_example(ops.cast(equal, "float32"), mask)


def _log_probabilities(teacher_logits, student_logits, temperature):
    teacher = ops.stop_gradient(ops.cast(teacher_logits, "float32"))
    student = ops.cast(student_logits, "float32")
    return (
        ops.log_softmax(teacher / temperature, axis=-1),
        ops.log_softmax(student / temperature, axis=-1),
    )


def _fit_labels(labels, shape):
    """Drop a last axis of 1; broadcasting would compare every pair of examples."""
    labels = ops.convert_to_tensor(labels)
    if len(labels.shape) == len(shape) + 1 and labels.shape[-1] == 1:
        labels = ops.squeeze(labels, axis=-1)
    if len(labels.shape) != len(shape):
        raise ValueError(
            f"Expected labels of shape {tuple(shape)}, one number each; got "
            f"{tuple(labels.shape)}. Turn one-hot labels into class ids with argmax."
        )
    return labels


def _per_example(values, mask):
    return values if len(values.shape) == 1 else token_mean(values, mask)
