"""What a next-word student is pulled towards: the word that came, and a teacher's."""

import dataclasses

from keras import ops

from tfdistill.distill.objectives import Objective

TARGET_IDS, TARGET_PROBABILITIES = "next_words:ids", "next_words:p"


@dataclasses.dataclass(frozen=True)
class NextWord(Objective):
    """Cross-entropy of the next word with labels, a teacher's k likeliest, or both.

    `(1 - teacher_share) (- log q_label) + teacher_share (- sum_k p_k log q_k)`,
    averaged over all scored positions of the batch, so that every word counts the same
    in lines of any length. The teacher's part is read from the batch (`next_words:*`),
    where it has been brought to the student's words and sums to 1; a position where all
    p are 0, or a batch that brings none, counts by its label alone.

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
        labels = step.labels["logits"]
        log_q = ops.log_softmax(ops.cast(step.student["logits"], "float32"), axis=-1)
        scored = ops.cast(labels >= 0, "float32")
        values = -_pick(log_q, ops.maximum(labels, 0)[..., None])[..., 0]
        if self.teacher_share and step.teacher is not None:
            values = self._mixed(values, log_q, step.teacher)
        # One value per example, whose mean over the batch is the mean over words.
        total = ops.maximum(ops.sum(scored), 1.0)
        rows = ops.cast(ops.shape(scored)[0], "float32")
        return [ops.sum(values * scored, axis=1) * rows / total]

    def _mixed(self, values, log_q, teacher):
        p = ops.cast(teacher[TARGET_PROBABILITIES], "float32")
        taught = -ops.sum(p * _pick(log_q, teacher[TARGET_IDS]), axis=-1)
        share = self.teacher_share * ops.cast(ops.sum(p, axis=-1) > 0, "float32")
        return (1 - share) * values + share * taught


def _pick(log_q, ids):
    return ops.take_along_axis(log_q, ops.cast(ids, "int32"), axis=-1)
