"""Rows of a text file, each with its line number, and what happens to broken ones."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from absl import logging

Row = TypeVar("Row")
Parsed = TypeVar("Parsed")

POLICIES = ("error", "skip")


def check_policy(on_malformed: str) -> None:
    """Raises ValueError unless `on_malformed` is "error" or "skip"."""
    if on_malformed not in POLICIES:
        raise ValueError(
            f"on_malformed must be one of {list(POLICIES)}, not {on_malformed!r}."
        )


def read_lines(path: str | os.PathLike) -> Iterator[tuple[int, str]]:
    """Yields (line number from 1, line) of a UTF-8 file; a BOM is left out.

    Only a line feed ends a line: other separators, such as U+2028, occur in texts.
    Blank lines at the end are left out, others are not.
    """
    blank = []
    for number, line in enumerate(open_text(path), 1):
        line = line.rstrip("\r\n")
        if not line:
            blank.append((number, line))
            continue
        yield from blank
        blank.clear()
        yield number, line


def open_text(path: str | os.PathLike) -> Iterator[str]:
    """Yields the raw lines of a file; wrong bytes become surrogates (`check_text`)."""
    try:
        with open(
            path, encoding="utf-8-sig", errors="surrogateescape", newline="\n"
        ) as handle:
            yield from handle
    except OSError as error:
        raise ValueError(f"Cannot read {path}: {error.strerror}.") from error


def check_text(text: str) -> str:
    """Returns `text`; raises ValueError where it cannot be written as UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("the text is not valid UTF-8") from None
    return text


def parse_rows(
    path: str | os.PathLike,
    rows: Iterable[tuple[int, Row]],
    parse: Callable[[Row], Parsed],
    on_malformed: str,
) -> Iterator[Parsed]:
    """Yields every row parsed, and stops at a malformed one or counts and skips it.

    Args:
        path: the file that the rows come from, for the messages.
        rows: pairs of line number and row.
        parse: takes a row; raises ValueError with the reason, without a full stop.
        on_malformed: str, "error" or "skip". Skipped rows are counted in the log.

    Raises:
        ValueError: a malformed row, with file and line; no row at all.
    """
    count, skipped = 0, 0
    for number, row in rows:
        try:
            parsed = parse(row)
        except ValueError as error:
            if on_malformed == "error":
                raise ValueError(
                    f"{path}, line {number}: {error}. "
                    "Correct the row, or pass on_malformed='skip'."
                ) from None
            skipped += 1
            continue
        count += 1
        yield parsed
    if skipped:
        logging.warning("%s: skipped %d malformed rows.", path, skipped)
    if not count:
        raise ValueError(
            f"{path} holds no usable row ({skipped} malformed): at least one is needed."
        )
