"""The real examples of a finished work folder, for verification."""

import os
import pathlib

import numpy as np

from tfdistill.data import Encoded, Task, encode
from tfdistill.export.metadata import Card
from tfdistill.text import load_tokenizer
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


def load_training(workdir: str | os.PathLike) -> Encoded:
    """Read the training split of a work folder's recipe: what to calibrate with.

    Raises:
        ValueError: as `load_held_out`.
    """
    recipe = read_recipe(workdir)
    task, examples = recipe.source.task(), recipe.source.load("train")
    examples = examples.take(np.linspace(0, len(examples) - 1, 2048).astype(int))
    tokenizer = load_tokenizer(pathlib.Path(workdir) / "vocab.txt")
    return encode(examples, task, tokenizer, recipe.max_length)


def new_card(workdir, given=None, vocabulary=None, labels=None) -> Card:
    """Return the card of a student, from its work folder and what its author says.

    Args:
        workdir: path of a work folder, or None.
        given: dict with any of name, version, license, description.
        vocabulary, labels: paths of files in the place of the folder's.

    Raises:
        ValueError: a file is missing, or an unknown name in `given`.
    """
    given = dict(given or {})
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
        labels = labels or pathlib.Path(workdir) / "labels.txt"
        given["tokenizer"] = {**_TOKENIZER, "max_length": recipe.max_length}
    if labels is not None and pathlib.Path(labels).is_file():
        lines = pathlib.Path(labels).read_text(encoding="utf-8").splitlines()
        given["labels"] = tuple(filter(None, lines))
    if vocabulary is not None:
        load_tokenizer(vocabulary)
        given["vocabulary"] = pathlib.Path(vocabulary).read_text(encoding="utf-8")
    return Card(**given)


def reported_scores(workdir: str | os.PathLike) -> dict[str, float] | None:
    """Return what the student of a finished run scored on `load_held_out`, or None."""
    path = pathlib.Path(workdir) / "report.json"
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
