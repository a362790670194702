"""Sources whose splits are rows: read whole, or in pieces when they outgrow memory."""

import itertools
from collections.abc import Iterator

import numpy as np

from tfdistill.data.tasks import Examples


class RowSource:
    """What the library's own sources share: one way to read a split."""

    def load(self, split: str) -> Examples:
        """Reads "train", "dev" or "test", whichever of them there are.

        Raises:
            ValueError: a missing file or column, a malformed row or a label out of
                range (both with file and line), or no row at all.
        """
        return self._to_examples(list(self._rows(split)), split)

    def stream(self, split: str, size: int) -> Iterator[Examples]:
        """Yields what `load` returns in pieces of `size` examples, one at a time."""
        for rows in in_pieces(self._rows(split), size):
            yield self._to_examples(rows, split)

    def _rows(self, split: str) -> Iterator[tuple]:
        """Yields (text, label) or (text, pair, label); the label is None if unknown."""
        raise NotImplementedError

    def _to_examples(self, rows: list[tuple], split: str) -> Examples:
        """Turns rows into columns: int labels are classes, floats a regression's."""
        texts, *pairs, labels = map(list, zip(*rows, strict=True))
        dtype = np.float32 if isinstance(labels[0], float) else np.int32
        return Examples(
            texts=texts,
            pairs=pairs[0] if pairs else None,
            labels=None if labels[0] is None else np.array(labels, dtype),
        )


def in_pieces(rows, size: int) -> Iterator[list]:
    """Yields lists of `size` rows, the last one of what is left."""
    rows = iter(rows)
    while piece := list(itertools.islice(rows, size)):
        yield piece
