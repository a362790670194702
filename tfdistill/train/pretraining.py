"""One pretraining on plain text as data: it comes before every stage of a recipe."""

import dataclasses
import re

from tfdistill.data.corpus import Corpus
from tfdistill.train.stage import DECAYS, check_choice, check_count

KINDS = (
    "teacher_masked_lm",
    "student_masked_lm",
    "shared_projections",
    "affine_embedding",
)
MIXED = KINDS[2:]


@dataclasses.dataclass(frozen=True)
class Pretraining:
    """Masked language modelling on plain text.

    The first variant of extreme compression (arXiv 1909.11687, 2019) is one pretraining
    of kind "shared_projections"; the second (2021) is "affine_embedding", then
    "student_masked_lm". Teachers have no dropout here. A head that a teacher lacks is
    new: train it by "teacher_masked_lm" first.

    Args:
        name: str of letters, digits, "_" and "-". Also that of its folder.
        kind: str. "teacher_masked_lm": the teacher in its own vocabulary, a model that
            the recipe's `augmentation.masked_lm` may name. "student_masked_lm": the
            student in its own. "shared_projections": both, while the teacher reads
            mixed segmentation. "affine_embedding": that teacher, its rows of the
            student's pieces being an affine map of the student's token table.
        corpus: Corpus.
        steps_per_epoch: int.
        epochs: int.
        batch_size: int.
        learning_rate: float. The peak.
        warmup_fraction: float in [0, 1).
        decay: "linear" (to 0) or "constant".
        weight_decay: float. None on biases and norms.
        p_dual: (float, float). Share of the words that the teacher reads in the
            student's pieces, in the first and in the last step; a ramp between.
        teacher_rate: float. The teacher's share of the learning rate in mixed kinds.
        projection_weight: float. epsilon of the paper, which does not publish it.
        direction: "down" or "up"; see `SharedProjections`.
        layer_map: see `SharedProjections`; None wants equal depths.
    """

    name: str
    kind: str
    corpus: Corpus
    steps_per_epoch: int
    epochs: int = 1
    batch_size: int = 32
    learning_rate: float = 5e-4
    warmup_fraction: float = 0.1
    decay: str = "linear"
    weight_decay: float = 0.01
    p_dual: tuple = (0.5, 0.5)
    teacher_rate: float = 0.1
    projection_weight: float = 1.0
    direction: str = "down"
    layer_map: object = None

    def __post_init__(self):
        if not re.fullmatch(r"[A-Za-z0-9_-]+", self.name):
            raise ValueError(
                "A pretraining's name becomes that of a folder: use letters, digits, _ "
                f"and -; got {self.name!r}."
            )
        check_choice("Pretraining.kind", self.kind, KINDS)
        check_choice("Pretraining.decay", self.decay, DECAYS)
        for name in ("steps_per_epoch", "epochs", "batch_size"):
            check_count(f"Pretraining.{name}", getattr(self, name))
        if len(self.p_dual) != 2 or not all(0 <= p <= 1 for p in self.p_dual):
            raise ValueError(
                "Pretraining.p_dual is its first and its last value, both in [0, 1]; "
                f"got {self.p_dual!r}."
            )

    def p_dual_at(self, step: int) -> float:
        """Return the share of words in the student's pieces at a step.

        Args:
            step: int. From 0 on, over all epochs.
        """
        first, last = self.p_dual
        steps = max(1, self.epochs * self.steps_per_epoch - 1)
        return first + (last - first) * min(1.0, step / steps)
