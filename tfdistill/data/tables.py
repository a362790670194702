"""The user's own examples: tables with named columns, as CSV, TSV or JSON lines."""

import csv
import dataclasses
import functools
import json
import math
import os
import pathlib
from collections.abc import Iterator

from tfdistill.data.row_source import RowSource
from tfdistill.data.rows import (
    check_policy,
    check_text,
    open_text,
    parse_rows,
    read_lines,
)
from tfdistill.data.tasks import Task
from tfdistill.text.json_text import parse_json

_KINDS = ("classification", "regression")


@dataclasses.dataclass(frozen=True)
class TableFile(RowSource):
    """Texts, or pairs of texts, with a class or a number, from one file per split.

    The name's end says how a file is read: `.csv` (commas, quotes as in RFC 4180),
    `.tsv` (tabs, quotes are text), both with a header, or `.jsonl` (one JSON object a
    line).

    Args:
        train, dev, test: files; what is None cannot be loaded.
        text, pair, label: str, the columns; pair None = single texts. A file without
            the column `label` loads without labels, if it is test.
        kind: str, "classification" or "regression".
        labels: tuple of str, the classes in the order of their ids, or () for those of
            train, sorted (as numbers, if all of them are).
        metrics: tuple of str, or () for the usual ones.
        name: str, the task's name.
        on_malformed: str, "error", or "skip" to count and leave out malformed rows.

    Raises:
        ValueError: an unknown kind or policy.
    """

    train: str | os.PathLike
    dev: str | os.PathLike | None = None
    test: str | os.PathLike | None = None
    text: str = "text"
    pair: str | None = None
    label: str = "label"
    kind: str = "classification"
    labels: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    name: str = "table"
    on_malformed: str = "error"

    def __post_init__(self):
        check_policy(self.on_malformed)
        if self.kind not in _KINDS:
            raise ValueError(f"kind must be one of {list(_KINDS)}, not {self.kind!r}.")

    def task(self) -> Task:
        """What the table asks; reads train if `labels` were not given."""
        return Task(
            name=self.name,
            kind=self.kind,
            labels=self._classes,
            metrics=self.metrics,
            is_pair=self.pair is not None,
        )

    def _path(self, split: str) -> pathlib.Path:
        paths = {"train": self.train, "dev": self.dev, "test": self.test}
        if paths.get(split) is None:
            given = [name for name, path in paths.items() if path is not None]
            raise ValueError(
                f"No file was given for split {split!r}, only for {given}."
            )
        return pathlib.Path(paths[split])

    def _rows(self, split: str) -> Iterator[tuple]:
        path = self._path(split)
        has_labels = split != "test" or self.label in _header(path)
        wanted = [self.text] if self.pair is None else [self.text, self.pair]
        _check_columns(path, [*wanted, self.label] if has_labels else wanted)
        classes = {name: index for index, name in enumerate(self._classes)}

        def parse(row):
            row = _to_dict(row)
            texts = [_text(row, name) for name in wanted]
            return *texts, self._label(row, classes) if has_labels else None

        return parse_rows(path, _read_rows(path), parse, self.on_malformed)

    def _label(self, row: dict, classes: dict[str, int]) -> int | float:
        value = _label_text(row, self.label)
        if self.kind == "regression":
            return _number(value)
        if value not in classes:
            raise ValueError(f"label {value!r} is none of {list(classes)}")
        return classes[value]

    @functools.cached_property
    def _classes(self) -> tuple[str, ...]:
        if self.labels or self.kind == "regression":
            return self.labels
        path = self._path("train")
        _check_columns(path, [self.label])
        values = parse_rows(
            path,
            _read_rows(path),
            lambda row: _label_text(_to_dict(row), self.label),
            self.on_malformed,
        )
        return tuple(_sort_labels(set(values)))


def _header(path: pathlib.Path) -> list[str]:
    """Names of the columns; of JSON lines, the first object's keys."""
    _, row = next(iter(_read_rows(path)), (1, None))
    if row is None:
        raise ValueError(f"{path} holds no row: at least one is needed.")
    if isinstance(row, tuple):
        return row[0]
    try:
        return list(_to_dict(row))
    except ValueError:
        return []


def _check_columns(path: pathlib.Path, names: list[str]) -> None:
    if path.suffix == ".jsonl":  # objects are checked one by one
        return
    header = _header(path)
    missing = [name for name in names if name not in header]
    if missing:
        raise ValueError(
            f"{path}, line 1: the header lacks the columns {missing}; it has {header}."
        )


def _read_rows(path: pathlib.Path) -> Iterator[tuple[int, str | tuple]]:
    """Yields (line number, JSON text) or (line number, (header, cells))."""
    if path.suffix == ".jsonl":
        yield from read_lines(path)
        return
    if path.suffix not in (".csv", ".tsv"):
        raise ValueError(f"{path} must end in .csv, .tsv or .jsonl.")
    table = _read_csv(path) if path.suffix == ".csv" else _read_tsv(path)
    _, header = next(table, (1, []))
    for number, cells in table:
        yield number, (header, cells)


def _read_tsv(path: pathlib.Path) -> Iterator[tuple[int, list[str]]]:
    for number, line in read_lines(path):
        yield number, line.split("\t")


def _read_csv(path: pathlib.Path) -> Iterator[tuple[int, list[str]]]:
    """A quoted cell may hold line feeds: the number is that of a row's first line."""
    reader = csv.reader(open_text(path), strict=True)
    first_line = 1
    try:
        for cells in reader:
            if cells:
                yield first_line, cells
            first_line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"{path}, line {first_line}: {error}.") from error


def _to_dict(row: str | tuple) -> dict:
    if isinstance(row, tuple):
        header, cells = row
        if len(cells) != len(header):
            raise ValueError(f"expected {len(header)} columns, got {len(cells)}")
        return dict(zip(header, cells, strict=True))
    try:
        values = parse_json(row)
    except json.JSONDecodeError as error:
        raise ValueError(f"the row is no JSON ({error})") from None
    if not isinstance(values, dict):
        raise ValueError("the row is no JSON object")
    return values


def _text(row: dict, name: str) -> str:
    if not isinstance(row.get(name), str):
        raise ValueError(f"column {name!r} holds no text")
    return check_text(row[name])


def _label_text(row: dict, name: str) -> str:
    value = row.get(name)
    if isinstance(value, str) and value.strip():
        return check_text(value).strip()
    if not isinstance(value, bool | int | float):
        raise ValueError(f"column {name!r} holds no label")
    return json.dumps(value)


def _number(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is no number")
    return number


def _sort_labels(values: set[str]) -> list[str]:
    """Numbers by size, names by alphabet."""
    try:
        return sorted(values, key=lambda value: (float(value), value))
    except ValueError:
        return sorted(values)
