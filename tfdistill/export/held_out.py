"""The real examples of a finished work folder, for verification."""

import os
import pathlib

from tfdistill.data import Encoded, Task, encode
from tfdistill.text import load_tokenizer
from tfdistill.train.recipe_file import read_recipe


def load_held_out(workdir: str | os.PathLike) -> tuple[Task, Encoded]:
    """Read the split that a work folder's recipe scores, cut by its vocab.txt.

    Args:
        workdir: path of a work folder with recipe.json and vocab.txt.

    Raises:
        ValueError: the folder has no recipe, or its data is gone.
    """
    recipe = read_recipe(workdir)
    task = recipe.source.task()
    examples = recipe.source.load(recipe.evaluate_on)
    tokenizer = load_tokenizer(pathlib.Path(workdir) / "vocab.txt")
    return task, encode(examples, task, tokenizer, recipe.max_length)


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
