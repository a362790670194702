"""Rows of different lengths in one flat array: where they start, and cutting them out.

`starts` is int64 (n + 1,): row i is `flat[starts[i] : starts[i + 1]]`.
"""

from collections.abc import Sequence

import numpy as np


def starts_of(lengths: Sequence[int] | np.ndarray) -> np.ndarray:
    """Where rows of these lengths, int (n,), start when they lie end to end.

    >>> starts_of([2, 0, 3])
    array([0, 2, 2, 5])
    """
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def flatten(rows: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Lays n rows end to end; returns the flat array and its starts."""
    return np.concatenate(rows), starts_of([len(row) for row in rows])


def spans(begins: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Index of n spans end to end.

    Args:
        begins: int (n,), each span's first index.
        counts: int (n,), each span's length.

    >>> spans(np.array([7, 0]), np.array([2, 3]))
    array([7, 8, 0, 1, 2])
    """
    offsets = starts_of(counts)
    return np.repeat(begins - offsets[:-1], counts) + np.arange(offsets[-1])


def row_spans(starts: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index of the entries of `rows`, int (m,), and the starts they have when taken."""
    counts = np.diff(starts)[rows]
    return spans(starts[rows], counts), starts_of(counts)
