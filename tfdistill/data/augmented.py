"""Augmented texts on disk, in shards that several processes make and a kill spares."""

import dataclasses
import hashlib
import json
import os
import pathlib
import zlib
from collections.abc import Iterable, Iterator

from absl import logging

from tfdistill.data.augmentation import Augmentation, Candidates, augment_rows
from tfdistill.data.row_source import in_pieces
from tfdistill.data.tasks import Examples
from tfdistill.text.json_text import parse_json

ROWS_PER_SHARD = 1024
_NAME = "augmented_{:05d}.jsonl"


def write_augmented(
    examples: Examples | Iterable[Examples],
    folder,
    candidates: Candidates,
    augmentation: Augmentation,
    worker: int = 0,
    num_workers: int = 1,
) -> int:
    """Write the texts of a split and those drawn from them.

    A shard holds 1,024 examples and is written whole, with its checksum in a file
    beside it; one that is there and whole is left alone, so a process that was killed
    is started again. The draws depend on seed and example
    alone: the files are the same whoever made them.

    Args:
        examples: Examples, single texts, pairs, or words with slots; or an iterable of
            such, as `Streamed`, which is gone through twice and never held whole.
        folder: path. Made if needed.
        candidates: Candidates.
        augmentation: Augmentation.
        worker: int. 0 to num_workers - 1; each makes every num_workers-th shard.
        num_workers: int.

    Returns:
        int. Texts (or pairs) in the shards of this worker.

    Raises:
        ValueError: a worker that is not there, pieces that can be read only once, or a
            folder that was begun with other examples, settings, words, vectors or
            another masked LM.
    """
    if not 0 <= worker < num_workers:
        raise ValueError(
            f"worker must be from 0 to {num_workers - 1}, as num_workers is "
            f"{num_workers}; got {worker}."
        )
    if isinstance(examples, Iterator):
        raise ValueError(
            "Pieces of examples are gone through twice, and a "
            f"{type(examples).__name__} only once: give a list, or Streamed(source, "
            "split)."
        )
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _claim(folder, _header(examples, candidates.fingerprint, augmentation))
    shards = enumerate(in_pieces(_all_texts(examples), ROWS_PER_SHARD))
    return sum(
        _write_shard(rows, folder, candidates, augmentation, shard)
        for shard, rows in shards
        if shard % num_workers == worker
    )


def read_augmented(examples: Examples, folder) -> Iterator[tuple[int, tuple]]:
    """Yield (number of the example, its texts) of a finished folder, in order.

    Examples with slots have one list of words instead of a text.

    Args:
        examples: Examples that the folder was made from.
        folder: path.

    Raises:
        ValueError: a shard is missing or damaged, or belongs to other examples.
    """
    folder = pathlib.Path(folder)
    header = _read_header(folder)
    if header["examples"] != _fingerprint(examples):
        raise ValueError(f"{folder} was made from other examples than these.")
    for shard in range(-(-len(examples) // ROWS_PER_SHARD)):
        path = folder / _NAME.format(shard)
        content = _whole_content(path)
        if content is None:
            raise ValueError(
                f"{path} is missing or damaged: make it again by the same command."
            )
        for line in content.split(b"\n")[:-1]:
            row, *texts = parse_json(line)
            yield row, tuple(texts)


def load_augmented(examples: Examples, folder) -> Examples:
    """Return the examples of a finished folder, each new text with its old labels.

    Args:
        examples: Examples that the folder was made from.
        folder: path.

    Raises:
        ValueError: as `read_augmented`.
    """
    numbers, rows = zip(*read_augmented(examples, folder), strict=True)
    first, *second = map(list, zip(*rows, strict=True))
    copies = examples.take(numbers)
    if examples.words is not None:
        return dataclasses.replace(copies, texts=[*map(" ".join, first)], words=first)
    return dataclasses.replace(copies, texts=first, pairs=second[0] if second else None)


def _write_shard(rows, folder, candidates, augmentation, shard):
    path = folder / _NAME.format(shard)
    content = _whole_content(path)
    if content is not None:
        return content.count(b"\n")
    for left in folder.glob(f".{path.name}.*.tmp"):  # of a process that was killed
        left.unlink()
    first = shard * ROWS_PER_SHARD
    augmented = augment_rows(rows, first, candidates, augmentation)
    lines = [
        json.dumps([number, *texts], ensure_ascii=False)
        for number, samples in enumerate(augmented, first)
        for texts in samples
    ]
    content = "".join(f"{line}\n" for line in lines).encode()
    _write_whole(_checksum_path(path), f"{zlib.crc32(content)}\n".encode())
    _write_whole(path, content)
    logging.info("%s: %d texts of %d.", path.name, len(lines), len(rows))
    return len(lines)


def _whole_content(path):
    """The bytes of a shard that is as it was written, or None."""
    try:
        content = path.read_bytes()
        told = _checksum_path(path).read_bytes()
    except OSError:
        return None
    return content if told == f"{zlib.crc32(content)}\n".encode() else None


def _checksum_path(path):
    return path.with_suffix(".crc32")


def _all_texts(examples):
    for piece in (examples,) if isinstance(examples, Examples) else examples:
        if piece.words is not None:
            yield from zip(piece.words)
        elif piece.pairs is None:
            yield from zip(piece.texts)
        else:
            yield from zip(piece.texts, piece.pairs, strict=True)


# === Whose folder ===


def _header(examples, candidates, augmentation):
    return {
        "examples": _fingerprint(examples),
        "candidates": candidates,
        "num_samples": augmentation.num_samples,
        "replace_probability": augmentation.replace_probability,
        "num_candidates": augmentation.num_candidates,
        "seed": augmentation.seed,
    }


def _fingerprint(examples):
    digest = hashlib.sha256()
    for texts in _all_texts(examples):
        digest.update(json.dumps(texts).encode())
    return digest.hexdigest()


def _claim(folder, header):
    path = folder / "augmentation.json"
    if not path.is_file():
        _write_whole(path, (json.dumps(header, indent=2) + "\n").encode())
    found = _read_header(folder)
    for name, value in header.items():
        if found[name] != value:
            raise ValueError(
                f"{folder} was begun with another {name}: {found[name]} instead of "
                f"{value}. Give another folder, or delete this one."
            )


def _read_header(folder):
    path = folder / "augmentation.json"
    try:
        header = parse_json(path.read_text(encoding="utf-8"))
        return {name: header[name] for name in _header_names()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is missing or damaged ({error!r}): run tfdistill-augment again in "
            "another folder."
        ) from None


def _header_names():
    return _header(Examples([""]), "", Augmentation())


def _write_whole(path, content: bytes):
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # a name must not outlive what it names
        temporary.replace(path)
    except OSError as error:
        raise ValueError(f"{path} was not written: {error.strerror}.") from error
    finally:
        temporary.unlink(missing_ok=True)
