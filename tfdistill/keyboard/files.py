"""The folder of a keyboard's model: its description, and whether the files fit it."""

import hashlib
import json
import os
import pathlib

from tfdistill.text.json_text import parse_json

FORMAT = 2
DESCRIPTION = "model.json"
MODEL = "model.tflite"
WORDS = "words.txt"
_NAMES = (MODEL, "vocab.txt", WORDS, "ngrams.bin")
_FIELDS = {
    "format": int,
    "name": str,
    "version": str,
    "licence": str,
    "vocabulary_size": int,
    "first_suggestion": int,
    "lengths": list,
    "inputs": list,
    "output": str,
    "files": dict,
}


def read_description(folder: str | os.PathLike) -> dict:
    """Read `model.json` and check every file that it names.

    Args:
        folder: path. The folder of a keyboard's model.

    Returns:
        dict. The fields that docs/keyboard.md lists.

    Raises:
        ValueError: the description or a file is missing, damaged or of another model.
    """
    folder = pathlib.Path(folder)
    path = folder / DESCRIPTION
    try:
        description = parse_json(path.read_bytes().decode("utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{path} is not a readable description ({error}); make the folder again "
            "with tfdistill-make-keyboard, or give its path."
        ) from error
    _check_fields(path, description)
    for name, expected in description["files"].items():
        _check_file(folder, name, expected)
    missing = [name for name in _NAMES if name not in description["files"]]
    if missing:
        raise ValueError(
            f"{path} lists no {missing[0]}; make the folder again with "
            "tfdistill-make-keyboard."
        )
    return description


def write_description(folder, **fields):
    """Write `model.json` beside files that are there, with their sizes and sha256.

    Args:
        folder: path.
        **fields: the fields of docs/keyboard.md but `format` and `files`.
    """
    folder = pathlib.Path(folder)
    files = {
        name: {
            "bytes": (folder / name).stat().st_size,
            "sha256": _sha256(folder / name),
        }
        for name in _NAMES
    }
    description = {"format": FORMAT, **fields, "files": files}
    _check_fields(folder / DESCRIPTION, description)
    temporary = folder / f".{DESCRIPTION}.tmp"
    temporary.write_text(json.dumps(description, indent=1) + "\n", "utf-8")
    temporary.replace(folder / DESCRIPTION)


def _check_fields(path, description):
    if not isinstance(description, dict):
        raise ValueError(f"{path} should hold an object; it holds another value.")
    for name, kind in _FIELDS.items():
        if not isinstance(description.get(name), kind):
            raise ValueError(
                f"{path}: {name} should be of type {kind.__name__}; got "
                f"{description.get(name)!r}."
            )
    if description["format"] != FORMAT:
        raise ValueError(
            f"{path} has format {description['format']}; this version reads {FORMAT}."
        )


def _check_file(folder, name, expected):
    path = folder / name
    if pathlib.PurePath(name).name != name or not isinstance(expected, dict):
        raise ValueError(f"{folder / DESCRIPTION} names an impossible file {name!r}.")
    try:
        size, digest = path.stat().st_size, _sha256(path)
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error}).") from error
    if (size, digest) != (expected.get("bytes"), expected.get("sha256")):
        raise ValueError(
            f"{path} is not the file that {DESCRIPTION} describes: it has {size} bytes "
            f"and sha256 {digest}. Take both from one export."
        )


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
