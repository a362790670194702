"""One experiment as data: what is taught to whom, by which stages, with which numbers.

A recipe is a tree of frozen dataclasses. `configs/*.py` make them, `override` changes one
value by its dotted name, `to_json` writes the tree into the work folder.
"""

import ast
import dataclasses
import json
import pathlib
from typing import Any

from tfdistill.bert.config import BertConfig

MODELS = ("student", "teacher")
DECAYS = ("linear", "constant")


@dataclasses.dataclass(frozen=True)
class Teacher:
    """The model that teaches.

    Args:
        source: str. "minilm" (all-MiniLM-L6-v2, taken once by `fetch_minilm`), a folder
            or a preset that `load_teacher` reads, with a `vocab.txt` in it, or a
            finished work folder of this library.
        vocabulary: str or None. Path of the teacher's vocab.txt where the folder has none.
        pooling: "mean" or "cls". How its classification head reads the text.
        dropout: float. While it is fine-tuned.
    """

    source: str = "minilm"
    vocabulary: str | None = None
    pooling: str = "mean"
    dropout: float = 0.1


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
        name: str. Also the name of the weights it leaves in the work folder.
        objectives: tuple of Objective.
        model: "student" or "teacher". Who is trained; a teacher has no teacher.
        vocabulary: "student" or "teacher". Whose segmentation the model reads. The first
            stage that gives the teacher the student's makes it adopt that vocabulary.
        epochs: int.
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
    batch_size: int = 32
    learning_rate: float = 1e-4
    warmup_fraction: float = 0.1
    decay: str = "linear"
    weight_decay: float = 0.01
    layer_map: Any = "uniform"
    projection: str | None = "shared"

    def __post_init__(self):
        _check_choice("Stage.model", self.model, MODELS)
        _check_choice("Stage.vocabulary", self.vocabulary, MODELS)
        _check_choice("Stage.decay", self.decay, DECAYS)
        for name in ("epochs", "batch_size"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(
                    f"Stage.{name} must be a whole number of at least 1; got {value!r}."
                )
        if self.model == "student" and self.vocabulary == "teacher":
            raise ValueError(
                f'Stage {self.name!r}: a student reads its own vocabulary; '
                'vocabulary="teacher" is for stages with model="teacher".'
            )


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
        choose_fraction: float. Slice of train that is held out to choose on; dev is
            scored once, at the end.
        evaluate_on: str. The split that the report scores.
        export: Export.
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
    choose_fraction: float = 0.02
    evaluate_on: str = "dev"
    export: Export = Export()
    seed: int = 0

    def __post_init__(self):
        names = [stage.name for stage in self.stages]
        if not names or len(set(names)) != len(names):
            raise ValueError(
                f"Recipe {self.name!r} needs stages of different names; got {names}."
            )
        if self.max_length > self.student.max_sequence_length:
            raise ValueError(
                f"Recipe.max_length={self.max_length} is more than the student's "
                f"max_sequence_length={self.student.max_sequence_length}."
            )


def override(recipe, path: str, text: str):
    """Return a copy of a dataclass tree with one value replaced.

    Args:
        recipe: dataclass instance.
        path: str. Dotted: "student.hidden_dim", "stages.2.epochs", or, as stages have
            names, "stages.prediction.epochs".
        text: str. A Python literal; anything else is taken as a string.

    Raises:
        ValueError: a field that does not exist, with those that do; or a value of
            another type than the one it replaces.

    >>> override(Vocabulary(size=5000), "size", "4928")
    Vocabulary(size=4928, min_frequency=2)
    """
    return _replace(recipe, path.split("."), path, _literal(text))


def to_json(recipe) -> str:
    """Return the tree as JSON, each dataclass with its class name under "class"."""
    return json.dumps(_plain(recipe), indent=2) + "\n"


def _replace(node, steps, path, value):
    step, *rest = steps
    if isinstance(node, tuple) and node and dataclasses.is_dataclass(node[0]):
        index = _find_in(node, step, path)
        new = _replace(node[index], rest, path, value) if rest else value
        return (*node[:index], new, *node[index + 1 :])
    names = []
    if dataclasses.is_dataclass(node):
        names = [field.name for field in dataclasses.fields(node)]
    if step not in names:
        raise ValueError(
            f"The recipe has no value {path!r}: {type(node).__name__} has "
            f"{', '.join(names) or 'no fields'}."
        )
    old = getattr(node, step)
    new = _replace(old, rest, path, value) if rest else _fit(value, old, path)
    return dataclasses.replace(node, **{step: new})


def _find_in(nodes, step, path):
    names = [getattr(node, "name", str(i)) for i, node in enumerate(nodes)]
    if step in names:
        return names.index(step)
    if step.isdigit() and int(step) < len(nodes):
        return int(step)
    raise ValueError(f"The recipe has no value {path!r}: choose from {names}.")


def _fit(value, old, path):
    """Turn a value into the type of the one it replaces, or refuse."""
    if isinstance(old, float) and isinstance(value, int | float):
        return float(value)
    if isinstance(old, pathlib.PurePath | str) and not isinstance(value, str):
        value = str(value)
    if isinstance(old, tuple) and isinstance(value, list):
        value = tuple(value)
    is_same = old is None or value is None or isinstance(value, type(old))
    if not is_same or isinstance(value, bool) != isinstance(old, bool):
        raise ValueError(
            f"{path} is a {type(old).__name__} ({old!r}); got {value!r}."
        )
    return value


def _literal(text):
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _plain(node):
    if dataclasses.is_dataclass(node):
        fields = {f.name: _plain(getattr(node, f.name)) for f in dataclasses.fields(node)}
        return {"class": type(node).__name__, **fields}
    if isinstance(node, list | tuple):
        return [_plain(each) for each in node]
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, str | int | float | bool) or node is None:
        return node
    return str(node)


def _check_choice(name, value, choices):
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}; got {value!r}.")
