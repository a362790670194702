"""Whose work folder this is: one recipe's, told by its recipe.json."""

import json
import pathlib

from tfdistill.text.json_text import parse_json
from tfdistill.train.files import write_text
from tfdistill.train.recipe import Recipe, to_json
from tfdistill.train.recipe_file import read_recipe
from tfdistill.train.tree import find_differences

# What is made before the first stage, and remade for another recipe.
PREPARED = ("vocab.txt", "beginning.keras", "labels.txt", "slot_labels.txt")
MADE = (*PREPARED, "student.keras", "history.csv", "report.json")


def check_claim(recipe: Recipe, folder: pathlib.Path):
    """Refuse a folder that holds somebody else's work. Writes nothing.

    Args:
        recipe: Recipe.
        folder: path of the open work folder.

    Raises:
        ValueError: another recipe has trained here, or files of a run's names lie here
            without a recipe.
    """
    path = folder / "recipe.json"
    if not path.is_file():
        found = [name for name in MADE if (folder / name).exists()]
        if found:
            raise ValueError(
                f"{folder} has {', '.join(found)} but no recipe.json, so it is not "
                "clear what they belong to. Give another --workdir."
            )
        return
    if not _is_same(recipe, path) and _has_trained(folder):
        raise ValueError(
            f"{folder} was begun with another recipe: {_difference(recipe, path)}. "
            "Give another --workdir, or delete this one."
        )


def claim(recipe: Recipe, folder: pathlib.Path):
    """Write recipe.json; what another recipe has prepared but not used is removed.

    Raises:
        ValueError: as `check_claim`, or the file cannot be written.
    """
    check_claim(recipe, folder)
    path = folder / "recipe.json"
    if path.is_file() and _is_same(recipe, path):
        return
    for name in PREPARED:
        (folder / name).unlink(missing_ok=True)
    write_text(path, to_json(recipe))


def check_same_vocabulary(path: pathlib.Path, folder: pathlib.Path):
    """Refuse a worker whose texts or files gave other pieces than the work folder has.

    Args:
        path: path of the vocab.txt that the worker has prepared.
        folder: path of the work folder, which the chief has prepared.

    Raises:
        ValueError: they differ.
    """
    if path.read_bytes() != (folder / "vocab.txt").read_bytes():
        raise ValueError(
            f"This worker's texts or files give another vocabulary than {folder} has: "
            "let all workers read the same files, or delete the work folder."
        )


def _is_same(recipe, path):
    if path.read_bytes() == to_json(recipe).encode():
        return True
    try:  # a file of an older version lacks newer fields, which have their defaults
        return to_json(read_recipe(path)) == to_json(recipe)
    except ValueError:
        return False


def _has_trained(folder):
    patterns = (
        "stages/*.safetensors",
        "pretraining/*/*.safetensors",
        "backup/*/*.safetensors",
        "report.json",
    )
    return any(any(folder.glob(pattern)) for pattern in patterns)


def _difference(recipe, path):
    try:
        old = parse_json(path.read_text(encoding="utf-8"))
    except ValueError:
        return f"{path.name} is damaged"
    lines = find_differences(old, json.loads(to_json(recipe)))
    more = f" and {len(lines) - 3} more" if len(lines) > 3 else ""
    return "; ".join(lines[:3]) + more
