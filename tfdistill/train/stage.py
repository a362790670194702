"""One stage of a recipe as data, and the checks that recipes share."""

import dataclasses
import os
import re
from typing import Any

from tfdistill.distill.checks import PROJECTIONS, as_objective

MODELS = ("student", "teacher")
DECAYS = ("linear", "constant")


def check_choice(name, value, choices):
    """Raise ValueError if a value is none of the choices."""
    if value not in choices:
        raise ValueError(
            f"{name} must be one of {', '.join(map(str, choices))}; got {value!r}."
        )


def check_count(name, value):
    """Raise ValueError if a value is no whole number of at least 1."""
    if type(value) is not int or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1; got {value!r}.")


def as_paths(name, value) -> tuple[str, ...]:
    """Return several paths as texts; raise ValueError if it is a single one."""
    if isinstance(value, str | os.PathLike):
        raise ValueError(f"{name} must be a tuple of paths; got {value!r}.")
    return tuple(map(str, value))


@dataclasses.dataclass(frozen=True)
class Stage:
    """One call of `fit`.

    Args:
        name: str of letters, digits, "_" and "-". Also the name of the weights that it
            leaves in the work folder.
        objectives: tuple of Objective, or of `keras.distillation` losses.
        model: "student" or "teacher". Who is trained; a teacher has no teacher.
        vocabulary: "student" or "teacher". Whose segmentation the model reads. A
            stage that gives the teacher the student's makes it adopt that vocabulary,
            unless it has since it last learned in its own.
        teacher_vocabulary: "student" or "teacher". Whose segmentation the teacher reads
            while it teaches a student. "teacher": it is the teacher as it was before it
            adopted, answers from a cache, and objectives compare whole texts alone.
        epochs: int.
        epoch_fraction: float in (0, 1]. Share of the batches that one epoch takes; the
            next epoch goes on where it stopped.
        batch_size: int.
        learning_rate: float. The peak.
        warmup_fraction: float in [0, 1). Share of the steps that ramp up to the peak.
        decay: "linear" (to 0) or "constant".
        weight_decay: float. None on biases and norms.
        corpus: `tfdistill.data.corpus.Corpus` or None. Plain text that this stage
            reads instead of the task's training split; its objectives must do without
            labels.
        steps_per_epoch: int or None. Batches of one epoch, instead of `epoch_fraction`;
            needed with a corpus, whose size nobody counts.
        frozen_layers: int. The model's first layers, and with them its embeddings, that
            this stage leaves as they are; 0 is none.
        is_augmented: bool. Read the texts of `Recipe.augmentation` as well as those
            that they were drawn from.
        unlabelled: tuple of str. Files of plain text, as `Corpus` reads them, whose
            lines (of a task of pairs, those with a tab between two texts) this stage
            reads besides the task's; its objectives must do without labels. Texts of
            the split that is scored have no place in them.
        restart: bool. Begin with the weights that the model had before its first stage.
        soup: tuple of str. Earlier stages of this model; what they left is averaged
            with what this one learns, weight by weight (a uniform model soup, arXiv
            2203.05482, section 2). Each should have begun alike: see `restart`.
        is_quantized: bool. Train under fake quantization (`quantization_aware`), from
            the student as it stands; its ranges are saved with its weights.
        rounded_bits: int or None. Train with weights rounded to 4 or 8 bits
            (`round_weights`); the student is left with what an int4 or
            weight-only int8 file holds. Stages of the student behind it do the same.
        layer_map: "uniform", "top", "bottom" or a sequence; see `LayerMap`.
        projection: "shared", "per_layer" or None; see `Distiller`.
    """

    name: str
    objectives: tuple
    model: str = "student"
    vocabulary: str = "student"
    epochs: int = 3
    epoch_fraction: float = 1.0
    batch_size: int = 32
    learning_rate: float = 1e-4
    warmup_fraction: float = 0.1
    decay: str = "linear"
    weight_decay: float = 0.01
    layer_map: Any = "uniform"
    projection: str | None = "shared"
    corpus: Any = None
    steps_per_epoch: int | None = None
    teacher_vocabulary: str = "student"
    restart: bool = False
    soup: tuple = ()
    is_quantized: bool = False
    rounded_bits: int | None = None
    is_augmented: bool = False
    frozen_layers: int = 0
    unlabelled: tuple = ()

    def __post_init__(self):
        if not re.fullmatch(r"[A-Za-z0-9_-]+", self.name):
            raise ValueError(
                "A stage's name becomes the name of files: use letters, digits, _ and "
                f"-; got {self.name!r}."
            )
        objectives = tuple(as_objective(each) for each in self.objectives)
        object.__setattr__(self, "objectives", objectives)
        check_choice("Stage.model", self.model, MODELS)
        check_choice("Stage.vocabulary", self.vocabulary, MODELS)
        check_choice("Stage.teacher_vocabulary", self.teacher_vocabulary, MODELS)
        check_choice("Stage.decay", self.decay, DECAYS)
        check_choice("Stage.projection", self.projection, PROJECTIONS)
        self._check_unlabelled()
        self._check_numbers()
        self._check_model()
        self._check_corpus()

    @property
    def needs_teacher(self) -> bool:
        """Whether an objective looks at a teacher."""
        return any(objective.needs_teacher for objective in self.objectives)

    @property
    def teacher_reads(self) -> str | None:
        """Whose segmentation a teacher reads in this stage; None if it has no part."""
        if self.model == "teacher":
            return self.vocabulary
        return self.teacher_vocabulary if self.needs_teacher else None

    @property
    def has_labels(self) -> bool:
        """Whether all texts that it reads have labels, for metrics to measure."""
        return self.corpus is None and not self.unlabelled

    @property
    def fits_bits(self) -> bool:
        """Whether the student learns the bits of its file, in one process alone."""
        return self.is_quantized or self.rounded_bits is not None

    def _check_numbers(self):
        for name in ("epochs", "batch_size"):
            check_count(f"Stage.{name}", getattr(self, name))
        for name, is_right, range_ in (
            ("learning_rate", self.learning_rate > 0, "above 0"),
            ("epoch_fraction", 0 < self.epoch_fraction <= 1, "in (0, 1]"),
            ("warmup_fraction", 0 <= self.warmup_fraction < 1, "in [0, 1)"),
            ("weight_decay", self.weight_decay >= 0, "0 or more"),
        ):
            if not is_right:
                raise ValueError(
                    f"Stage.{name} must be {range_}; got {getattr(self, name)!r}."
                )

    def _check_unlabelled(self):
        files = as_paths("Stage.unlabelled", self.unlabelled)
        object.__setattr__(self, "unlabelled", files)
        if self.unlabelled and self.corpus is not None:
            raise ValueError(
                f"Stage {self.name!r} reads plain text alone: leave unlabelled out, or "
                "the corpus, to read it besides the task's texts."
            )
        needs_labels = not all(each.needs_teacher for each in self.objectives)
        if needs_labels and not self.has_labels:
            raise ValueError(
                f"Stage {self.name!r} reads plain text, which has no labels: leave "
                "HardLabels out."
            )

    def _check_corpus(self):
        if self.steps_per_epoch is not None:
            check_count("Stage.steps_per_epoch", self.steps_per_epoch)
        if self.corpus is None:
            return
        if self.steps_per_epoch is None or self.is_augmented:
            raise ValueError(
                f"Stage {self.name!r} reads plain text: set steps_per_epoch, and leave "
                "is_augmented out, which is for the task's own texts."
            )
        if self.teacher_vocabulary == "teacher":
            raise ValueError(
                f'Stage {self.name!r}: teacher_vocabulary="teacher" needs the cache, '
                "which plain text cannot have; leave it out."
            )

    def _check_model(self):
        if self.model == "student" and self.vocabulary == "teacher":
            raise ValueError(
                f"Stage {self.name!r}: a student reads its own vocabulary; "
                'vocabulary="teacher" is for stages with model="teacher".'
            )
        if self.model == "teacher" and self.needs_teacher:
            raise ValueError(
                f"Stage {self.name!r} trains the teacher, which has no teacher itself: "
                "only HardLabels can train it."
            )
        if self.is_quantized and (self.model == "teacher" or self.restart):
            raise ValueError(
                f"Stage {self.name!r}: is_quantized is for stages that go on with the "
                "student; leave model and restart as they are."
            )
        if self.rounded_bits is None:
            return
        check_choice("Stage.rounded_bits", self.rounded_bits, (4, 8))
        if self.model == "teacher" or self.restart or self.is_quantized:
            raise ValueError(
                f"Stage {self.name!r}: rounded_bits is for stages that go on with the "
                "student; leave model, restart and is_quantized as they are."
            )
