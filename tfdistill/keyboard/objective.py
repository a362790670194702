"""What a next-word student is pulled towards: the word that came, and a teacher's."""

import dataclasses

from keras import ops

from tfdistill.distill.objectives import Objective

TARGET_IDS, TARGET_PROBABILITIES = "next_words:ids", "next_words:p"


@dataclasses.dataclass(frozen=True)
class NextWord(Objective):
    """Cross-entropy of the next word with labels, a teacher's k likeliest, or both.

    `(1 - s m) (- log q_label) + s (- sum_k p_k log q_k)` with s = `teacher_share`,
    averaged over all scored words of the batch; m is 1 where the label is one of the
    teacher's k words and 0 where it is not. So in the mean the k words count as a
    mixture of teacher and text has it, and all others as the text has them, however
    little of the teacher's distribution the k hold. Logits, labels and the teacher's
    words are those of `predict_at`, one row for each scored word. The teacher's part is
    read from the batch (`next_words:*`); where its probabilities are all 0, or a batch
    brings none, a word counts by its label alone.

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
            values = self._mixed(values, logits, labels, total, step.teacher)
        return [values]

    def _mixed(self, values, logits, labels, total, teacher):
        p = ops.cast(teacher[TARGET_PROBABILITIES], "float32")
        ids = ops.cast(teacher[TARGET_IDS], "int32")
        log_q = _pick(logits, ids) - total[..., None]
        taught = -ops.sum(p * log_q, axis=-1)
        is_named = ops.any((ids == ops.cast(labels, "int32")) & (p > 0), axis=-1)
        share = self.teacher_share
        return (1 - share * ops.cast(is_named, "float32")) * values + share * taught


def _pick(logits, ids):
    return ops.take_along_axis(logits, ops.cast(ids, "int32"), axis=-1)
