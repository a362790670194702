"""What a next-word student is pulled towards: the word that came, and a teacher's."""

import dataclasses

from keras import ops

from tfdistill.distill.objectives import Objective

TARGET_IDS, TARGET_PROBABILITIES = "next_words:ids", "next_words:p"


@dataclasses.dataclass(frozen=True)
class NextWord(Objective):
    """Cross-entropy of the next word with labels, a teacher's k likeliest, or both.

    `(1 - s m) (- log q_label) + s (- sum_k p_k log q_k)` with s = `teacher_share` and
    m = sum_k p_k, averaged over all scored words of the batch. Logits, labels and the
    teacher's words are those of `predict_at`, one row for each scored word. The
    teacher's part is read from the batch (`next_words:*`), where it has been brought to
    the student's words; m is 1 where it is trusted fully, and a position where it is 0,
    or a batch that brings none, counts by its label alone.

    Args:
        weight: float >= 0.
        teacher_share: float from 0 to 1.
    """

    teacher_share: float = 0.0

    needs_teacher = False

    def __post_init__(self):
        super().__post_init__()
        if not 0 <= self.teacher_share <= 1:
            raise ValueError(
                f"NextWord.teacher_share is from 0 to 1; got {self.teacher_share!r}."
            )

    def teacher_outputs(self, layer_pairs):
        return [TARGET_IDS, TARGET_PROBABILITIES] if self.teacher_share else []

    def term_names(self, layer_pairs, student):
        return ["next_word_cross_entropy"]

    def terms(self, step):
        # Logits and labels of the scored words alone: one value per word.
        logits = ops.cast(step.student["logits"], "float32")
        total = ops.logsumexp(logits, axis=-1)
        labels = step.labels["logits"][..., None]
        values = total - _pick(logits, labels)[..., 0]
        if self.teacher_share and step.teacher is not None:
            values = self._mixed(values, logits, total, step.teacher)
        return [values]

    def _mixed(self, values, logits, total, teacher):
        p = ops.cast(teacher[TARGET_PROBABILITIES], "float32")
        log_q = _pick(logits, teacher[TARGET_IDS]) - total[..., None]
        taught = -ops.sum(p * log_q, axis=-1)
        share = self.teacher_share
        return (1 - share * ops.sum(p, axis=-1)) * values + share * taught


def _pick(logits, ids):
    return ops.take_along_axis(logits, ops.cast(ids, "int32"), axis=-1)
