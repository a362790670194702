"""Spoken or typed commands with an intent and slots, from JSON lines as SNIPS has them.

A line is {"tokens": [...], "slots": [...], "intent": "..."}, with one BIO label per
token. A token without text, as twelve lines of SNIPS have, is left out with its label:
no text on a phone would have it either.
"""

import dataclasses
import functools
import json
import os
from collections.abc import Iterator

import numpy as np

from tfdistill.data.row_source import RowSource
from tfdistill.data.rows import check_policy, check_text, parse_rows, read_lines
from tfdistill.data.tasks import Examples, Task
from tfdistill.text.json_text import parse_json


@dataclasses.dataclass(frozen=True)
class SlotFile(RowSource):
    """Intents and slots from one file per split.

    The labels are those of train, sorted, "O" first. An intent or a slot label that
    train does not have makes a row of dev or test malformed: no model could give it.

    Args:
        train, dev, test: files; what is None cannot be loaded.
        folder: path or None. Where they are, unless they are absolute.
        name: str, the task's name.
        on_malformed: str, "error", or "skip" to count and leave out malformed rows.
        metrics: tuple of str, or () for the usual ones.
    """

    train: str | os.PathLike
    dev: str | os.PathLike | None = None
    test: str | os.PathLike | None = None
    name: str = "slots"
    on_malformed: str = "error"
    folder: str | os.PathLike | None = None
    metrics: tuple[str, ...] = ()

    def __post_init__(self):
        check_policy(self.on_malformed)

    def task(self) -> Task:
        """What the data set asks; reads train for its labels."""
        intents, slot_labels = self._labels
        return Task(self.name, "intent_slots", intents, slot_labels, self.metrics)

    def _rows(self, split: str) -> Iterator[tuple]:
        paths = {"train": self.train, "dev": self.dev, "test": self.test}
        if paths.get(split) is None:
            given = [name for name, path in paths.items() if path is not None]
            raise ValueError(
                f"No file was given for split {split!r}, only for {given}."
            )
        intents, slot_labels = self._labels
        intent_ids = {intent: index for index, intent in enumerate(intents)}
        known_slots = set(slot_labels)

        def parse(line):
            words, slots, intent = _parse_row(line)
            unknown = set(slots) - known_slots
            if unknown or intent not in intent_ids:
                names = sorted(unknown) or [intent]
                raise ValueError(f"the labels {names} do not occur in train")
            return words, slots, intent_ids[intent]

        path = self._path(paths[split])
        return parse_rows(path, read_lines(path), parse, self.on_malformed)

    def _to_examples(self, rows: list[tuple], split: str) -> Examples:
        words, slots, labels = map(list, zip(*rows, strict=True))
        texts = [" ".join(row) for row in words]
        return Examples(texts, None, np.array(labels, np.int32), words, slots)

    def _path(self, file):
        return os.path.join(self.folder or "", file)

    @functools.cached_property
    def _labels(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        path = self._path(self.train)
        intents, slots = set(), set()
        rows = parse_rows(path, read_lines(path), _parse_row, self.on_malformed)
        for _, row, intent in rows:
            intents.add(intent)
            slots.update(row)
        return tuple(sorted(intents)), ("O", *sorted(slots - {"O"}))


def _parse_row(line: str) -> tuple[list[str], list[str], str]:
    try:
        row = parse_json(check_text(line))
        words, slots, intent = row["tokens"], row["slots"], row["intent"]
    except json.JSONDecodeError as error:
        raise ValueError(f"the row is no JSON ({error})") from None
    except (KeyError, TypeError):
        raise ValueError("expected an object with tokens, slots and intent") from None
    for name, column in (("tokens", words), ("slots", slots), ("intent", [intent])):
        if not isinstance(column, list) or not all(map(_is_text, column)):
            raise ValueError(f"{name} must be made of strings")
    if len(words) != len(slots):
        raise ValueError(f"got {len(words)} tokens and {len(slots)} slots")
    wrong = [slot for slot in slots if slot != "O" and slot[:2] not in ("B-", "I-")]
    if wrong:
        raise ValueError(f"slots must be 'O', 'B-...' or 'I-...', not {wrong[0]!r}")
    kept = [index for index, word in enumerate(words) if word.strip()]
    if not kept or not intent:
        raise ValueError("expected an intent and at least one token with text")
    return [words[index] for index in kept], [slots[index] for index in kept], intent


def _is_text(item) -> bool:
    return isinstance(item, str) and check_text(item) == item
