"""One experiment as data: what is taught to whom, by which stages, with which numbers.

A recipe is a tree of frozen dataclasses. `configs/*.py` make them, `override` changes
one value by its dotted name, `to_json` writes the tree into the work folder.
"""

import dataclasses
import re
from typing import Any

from tfdistill.bert.config import BertConfig
from tfdistill.bert.heads import POOLINGS
from tfdistill.data.cache import DTYPES
from tfdistill.data.named import parse_source
from tfdistill.distill.checks import PROJECTIONS, as_objective
from tfdistill.train.tree import override, override_all, to_json

__all__ = [
    "Cache",
    "Export",
    "Recipe",
    "Stage",
    "Teacher",
    "Vocabulary",
    "override",
    "override_all",
    "to_json",
    "with_changes",
]

MODELS = ("student", "teacher")
DECAYS = ("linear", "constant")


def _check_choice(name, value, choices):
    if value not in choices:
        raise ValueError(
            f"{name} must be one of {', '.join(map(str, choices))}; got {value!r}."
        )


def _check_count(name, value):
    if type(value) is not int or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1; got {value!r}.")


@dataclasses.dataclass(frozen=True)
class Teacher:
    """The model that teaches.

    Args:
        source: str. "minilm" (all-MiniLM-L6-v2, taken once by `fetch_minilm`), a folder
            or a preset that `load_teacher` reads, with a `vocab.txt` in it, or a
            finished work folder of this library.
        vocabulary: str or None. Path of the teacher's vocab.txt where the folder has
            none.
        pooling: "mean" or "cls". How its classification head reads the text.
        dropout: float. While it is fine-tuned.
    """

    source: str = "minilm"
    vocabulary: str | None = None
    pooling: str = "mean"
    dropout: float = 0.1

    def __post_init__(self):
        _check_choice("Teacher.pooling", self.pooling, POOLINGS)


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """The student's vocabulary: learned on the training texts, or the teacher's own.

    Args:
        size: int or None. Pieces to learn; None keeps the teacher's vocabulary.
        min_frequency: int. Characters and merges seen less often are left out.
    """

    size: int | None = None
    min_frequency: int = 2


@dataclasses.dataclass(frozen=True)
class Stage:
    """One call of `fit`.

    Args:
        name: str of letters, digits, "_" and "-". Also the name of the weights that it
            leaves in the work folder.
        objectives: tuple of Objective, or of `keras.distillation` losses.
        model: "student" or "teacher". Who is trained; a teacher has no teacher.
        vocabulary: "student" or "teacher". Whose segmentation the model reads. The
            first stage that gives the teacher the student's makes it adopt that
            vocabulary.
        epochs: int.
        epoch_fraction: float in (0, 1]. Share of the batches that one epoch takes; the
            next epoch goes on where it stopped.
        batch_size: int.
        learning_rate: float. The peak.
        warmup_fraction: float in [0, 1). Share of the steps that ramp up to the peak.
        decay: "linear" (to 0) or "constant".
        weight_decay: float. None on biases and norms.
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

    def __post_init__(self):
        if not re.fullmatch(r"[A-Za-z0-9_-]+", self.name):
            raise ValueError(
                "A stage's name becomes the name of files: use letters, digits, _ and "
                f"-; got {self.name!r}."
            )
        objectives = tuple(as_objective(each) for each in self.objectives)
        object.__setattr__(self, "objectives", objectives)
        _check_choice("Stage.model", self.model, MODELS)
        _check_choice("Stage.vocabulary", self.vocabulary, MODELS)
        _check_choice("Stage.decay", self.decay, DECAYS)
        _check_choice("Stage.projection", self.projection, PROJECTIONS)
        self._check_numbers()
        self._check_model()

    @property
    def needs_teacher(self) -> bool:
        """Whether an objective looks at a teacher."""
        return any(objective.needs_teacher for objective in self.objectives)

    def _check_numbers(self):
        for name in ("epochs", "batch_size"):
            _check_count(f"Stage.{name}", getattr(self, name))
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


@dataclasses.dataclass(frozen=True)
class Cache:
    """The teacher's outputs on disk, for stages that would run it more than once.

    Args:
        is_on: bool. False runs the teacher at every step.
        dtype: "float16" or "float32". Half precision rounds by 1 part in 2,048.
        max_gigabytes: float. Beyond it the teacher runs at every step instead.
        folder: str or None. Where to keep it for other runs too; None is the work
            folder, and it is removed when the run is finished.
    """

    is_on: bool = True
    dtype: str = "float16"
    max_gigabytes: float = 10.0
    folder: str | None = None

    def __post_init__(self):
        _check_choice("Cache.dtype", self.dtype, DTYPES)


@dataclasses.dataclass(frozen=True)
class Export:
    """What is written and proved at the end.

    Args:
        schemes: tuple of str. See `export_tflite`.
        sequence_length: int. Tokens of the fixed signature.
        budget: float. Points of the main metric that a file may lose against Keras.
    """

    schemes: tuple = ("float32", "dynamic_int8")
    sequence_length: int = 128
    budget: float = 0.5


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that a run needs to know.

    Args:
        name: str.
        source: an example source of `tfdistill.data` (task and splits).
        student: BertConfig. `vocabulary_size` is set by the run.
        stages: tuple of Stage, run in order.
        teacher: Teacher.
        vocabulary: Vocabulary.
        pooling: "mean" or "cls". How the student's head reads the text.
        max_length: int. Tokens a text may have; the rest is cut.
        max_examples: int or None. Rows of each split to use, spread evenly; None = all.
        choose_fraction: float. Slice of train that is held out to choose on; dev is
            scored once, at the end.
        evaluate_on: str. The split that the report scores.
        export: Export.
        cache: Cache.
        seed: int.
    """

    name: str
    source: Any
    student: BertConfig
    stages: tuple
    teacher: Teacher = Teacher()
    vocabulary: Vocabulary = Vocabulary()
    pooling: str = "cls"
    max_length: int = 64
    max_examples: int | None = None
    choose_fraction: float = 0.02
    evaluate_on: str = "dev"
    export: Export = Export()
    cache: Cache = Cache()
    seed: int = 0

    def __post_init__(self):
        names = [stage.name for stage in self.stages]
        if not names or len(set(names)) != len(names):
            raise ValueError(
                f"Recipe {self.name!r} needs stages of different names; got {names}."
            )
        if all(stage.model == "teacher" for stage in self.stages):
            raise ValueError(
                f"No stage of recipe {self.name!r} trains the student; its stages are "
                f"{names}."
            )
        _check_choice("Recipe.pooling", self.pooling, POOLINGS)
        if self.max_examples is not None:
            _check_count("Recipe.max_examples", self.max_examples)
        if self.max_length > self.student.max_sequence_length:
            raise ValueError(
                f"Recipe.max_length={self.max_length} is more than the student's "
                f"max_sequence_length={self.student.max_sequence_length}."
            )
        self._check_order()

    @property
    def needs_teacher(self) -> bool:
        """Whether a stage trains a teacher or learns from one."""
        return any(s.model == "teacher" or s.needs_teacher for s in self.stages)

    def _check_order(self):
        """A teacher that has adopted the student's vocabulary cannot read its own."""
        adopter = None
        for stage in self.stages:
            if adopter is not None and stage.vocabulary == "teacher":
                raise ValueError(
                    f"Stage {stage.name!r} reads the teacher's vocabulary, but the "
                    f"teacher has adopted the student's in stage {adopter!r}: put "
                    f"{stage.name!r} before it."
                )
            is_with_teacher = stage.model == "teacher" or stage.needs_teacher
            if is_with_teacher and stage.vocabulary == "student":
                adopter = adopter or stage.name


def with_changes(recipe: Recipe, changes) -> Recipe:
    """Return a copy with the changes of a command line.

    Args:
        recipe: Recipe.
        changes: sequence of (path, text), as for `override_all`; "source" alone takes
            a word that `parse_source` knows, and is replaced first.

    Raises:
        ValueError: as `override_all` and `parse_source`.
    """
    for text in [text for path, text in changes if path == "source"]:
        recipe = dataclasses.replace(recipe, source=parse_source(text))
    return override_all(recipe, [each for each in changes if each[0] != "source"])
