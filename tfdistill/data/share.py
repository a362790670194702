"""Which part of every batch a process or a device computes."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Share:
    """Part of every batch: `count` of `total` equal parts, from number `first` on.

    A batch whose rows cannot be divided is filled up with rows of weight 0, and its own
    rows weigh as much more: the mean over all parts is the mean over the batch.

    Args:
        first: int.
        count: int. Parts that come one after another, one for each local device.
        total: int. Parts of a batch, over all devices of all workers.
        is_joined: bool. Whether the parts come as one batch, which others will cut.
    """

    first: int = 0
    count: int = 1
    total: int = 1
    is_joined: bool = False

    @property
    def pieces(self) -> int:
        """How many pieces one batch comes in."""
        return 1 if self.is_joined else self.count

    def parts(self, rows: np.ndarray):
        """Yield (rows, weights), int (n,) and float32 (n,), of each part.

        Args:
            rows: int (batch,). The rows of the whole batch.
        """
        size = -(-len(rows) // self.total)
        filled = np.concatenate(
            [rows, np.repeat(rows[:1], size * self.total - len(rows))]
        )
        weights = np.zeros(len(filled), "float32")
        weights[: len(rows)] = len(filled) / len(rows)
        step = size * (self.count // self.pieces)
        for piece in range(self.pieces):
            start = self.first * size + piece * step
            yield filled[start : start + step], weights[start : start + step]
