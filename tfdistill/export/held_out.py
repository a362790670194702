"""The real examples of a finished work folder, for verification."""

import filecmp
import os
import pathlib

import numpy as np

from tfdistill.data import Encoded, Task, encode
from tfdistill.export.metadata import LABELS, SLOT_LABELS, Card
from tfdistill.export.predict import read_labels
from tfdistill.text import load_tokenizer, read_vocabulary
from tfdistill.train.files import read_json
from tfdistill.train.recipe_file import read_recipe

_TOKENIZER = {"kind": "WordPiece", "is_lowercase": True}


def load_held_out(workdir: str | os.PathLike, vocabulary=None) -> tuple[Task, Encoded]:
    """Read the split that a work folder's recipe scores, cut by its vocab.txt.

    Args:
        workdir: path of a work folder with recipe.json and vocab.txt.
        vocabulary: path of another vocab.txt; None takes the folder's.

    Raises:
        ValueError: the folder has no recipe, or its data is gone.
    """
    recipe = read_recipe(workdir)
    task = recipe.source.task()
    examples = recipe.source.load(recipe.evaluate_on)
    tokenizer = load_tokenizer(vocabulary or pathlib.Path(workdir) / "vocab.txt")
    return task, encode(examples, task, tokenizer, recipe.max_length)


def load_training(
    workdir: str | os.PathLike, vocabulary=None, max_length: int | None = None
) -> Encoded:
    """Read the training split of a work folder's recipe: what to calibrate with.

    Args:
        workdir: path of a work folder with recipe.json and vocab.txt.
        vocabulary: path of the student's vocab.txt; None takes the folder's.
        max_length: int. Tokens that the student reads, if fewer than the recipe's.

    Raises:
        ValueError: as `load_held_out`.
    """
    recipe = read_recipe(workdir)
    task, examples = recipe.source.task(), recipe.source.load("train")
    examples = examples.take(np.linspace(0, len(examples) - 1, 2048).astype(int))
    tokenizer = load_tokenizer(vocabulary or pathlib.Path(workdir) / "vocab.txt")
    longest = min(recipe.max_length, max_length or recipe.max_length)
    return encode(examples, task, tokenizer, longest)


def new_card(workdir, given=None, vocabulary=None, labels=None) -> Card:
    """Return the card of a student, from its work folder and what its author says.

    Args:
        workdir: path of a work folder, or None.
        given: dict with any of name, version, license, description.
        vocabulary, labels: paths of files in the place of the folder's.

    Raises:
        ValueError: a file is missing, or `given` has an unknown name or something else
            than text.
    """
    given = {} if given is None else given
    if not isinstance(given, dict) or not all(
        isinstance(value, str) for value in given.values()
    ):
        raise ValueError(
            "A card takes name, version, license and description, each a text in "
            f"quotes; got {given!r}."
        )
    given = dict(given)
    unknown = sorted(set(given) - {"name", "version", "license", "description"})
    if unknown:
        raise ValueError(
            "A card takes name, version, license and description; got "
            f"{', '.join(unknown)}."
        )
    if workdir is not None:
        recipe = read_recipe(workdir)
        given = {"name": recipe.name, "task": recipe.source.task().name, **given}
        vocabulary = vocabulary or pathlib.Path(workdir) / "vocab.txt"
        own = pathlib.Path(workdir) / LABELS
        labels = labels or (own if own.is_file() else None)
        given["tokenizer"] = {**_TOKENIZER, "max_length": recipe.max_length}
        slots = pathlib.Path(workdir) / SLOT_LABELS
        if slots.is_file():
            given["slot_labels"] = read_labels(slots)
    if labels is not None:
        given["labels"] = read_labels(labels)
    if vocabulary is not None:
        load_tokenizer(vocabulary)
        given["vocabulary"] = pathlib.Path(vocabulary).read_text(encoding="utf-8")
    return Card(**given)


def check_vocabulary_size(model, vocabulary: str | os.PathLike) -> None:
    """Refuse a vocab.txt whose ids a model does not have, or does not have all.

    Args:
        model: BertEncoder.
        vocabulary: path of the vocab.txt.

    Raises:
        ValueError: as above, or the file cannot be read.
    """
    count = len(read_vocabulary(vocabulary))
    if count != model.config.vocabulary_size:
        raise ValueError(
            f"{vocabulary} has {count} pieces, the student "
            f"{model.config.vocabulary_size}: it belongs to another model."
        )


def check_label_counts(model, card: Card) -> None:
    """Refuse a card with another number of labels than the model has outputs.

    Args:
        model: BertEncoder with a head.
        card: Card.

    Raises:
        ValueError: as above.
    """
    classes = getattr(model.head, "num_classes", None)
    counts = {
        LABELS: (card.labels, getattr(model.head, "num_intents", classes)),
        SLOT_LABELS: (card.slot_labels, getattr(model.head, "num_slots", None)),
    }
    for name, (labels, count) in counts.items():
        if labels and count is not None and len(labels) != count:
            raise ValueError(
                f"{name} has {len(labels)} labels, the student {count} outputs: they "
                "belong to different models."
            )


def reported_scores(
    workdir: str | os.PathLike, student: str | os.PathLike
) -> dict[str, float] | None:
    """Return what a finished run's student scored on `load_held_out`, or None.

    Args:
        workdir: path of the work folder.
        student: path of the `.keras` file in question; that of another model than the
            run's has no reported scores.

    Raises:
        ValueError: the recipe or the report cannot be read.
    """
    path = pathlib.Path(workdir) / "report.json"
    own = pathlib.Path(workdir) / "student.keras"
    if not own.is_file() or not filecmp.cmp(own, student, shallow=False):
        return None
    if read_recipe(workdir).max_examples is not None:
        return None  # It was scored on some of them.
    return read_json(path)["scores"].get("student") if path.is_file() else None


def find_workdir(student: str | os.PathLike, workdir=None) -> pathlib.Path | None:
    """Return the work folder that a student belongs to, or None.

    Args:
        student: path of a work folder, or of a `.keras` file that may lie in one.
        workdir: path or None. Taken as it is if given.
    """
    if workdir is not None:
        return pathlib.Path(workdir)
    folder = pathlib.Path(student)
    folder = folder if folder.is_dir() else folder.parent
    return folder if (folder / "recipe.json").is_file() else None


def student_file(student: str | os.PathLike) -> pathlib.Path:
    """Return the `.keras` file of a student named by its file or its work folder."""
    path = pathlib.Path(student)
    return path / "student.keras" if path.is_dir() else path
