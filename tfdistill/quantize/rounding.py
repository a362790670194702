"""Floats to 8 or 4 bits, one scale a row."""

import numpy as np

# Shares of a row's largest number that are tried as its range in 4 bits. Those above 1
# find the scale of a row that is rounded already and has no number of 7 steps.
_SHARES = np.append(np.linspace(0.5, 1.0, 26), [7 / 6, 7 / 5, 7 / 4]).astype(np.float32)


def quantize_rows(rows: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Round to whole multiples of a scale per row, symmetric about zero.

    In 8 bits the largest number of a row is 127 steps. In 4 bits that would waste steps
    on few numbers, so the scale with the least squared error is taken.

    Args:
        rows: float32 (rows, columns).
        bits: int, 8 or 4.

    Returns:
        int8 (rows, columns), at most 127 or 7 in size, and float32 (rows,) scales.
    """
    top = 2 ** (bits - 1) - 1
    largest = np.maximum(np.abs(rows).max(axis=1), np.finfo(np.float32).tiny)
    if bits == 8:
        scales = (largest / top).astype(np.float32)
        return _round(rows, scales, top), scales
    best = np.full(len(rows), np.inf, np.float32)
    scales = np.zeros(len(rows), np.float32)
    for share in _SHARES:
        tried = (share * largest / top).astype(np.float32)
        error = rows - _round(rows, tried, top) * tried[:, None]
        squares = np.square(error).sum(axis=1)
        is_better = squares < best
        best[is_better], scales[is_better] = squares[is_better], tried[is_better]
    return _round(rows, scales, top), scales


def pack_nibbles(values: np.ndarray) -> np.ndarray:
    """Pack int8 numbers of 4 bits in pairs, the first in the lower half.

    Args:
        values: int8, any shape, -8 to 7.

    Returns:
        uint8 (half as many, rounded up).
    """
    flat = np.append(values.ravel(), np.zeros(values.size % 2, np.int8))
    return ((flat[0::2] & 15) | ((flat[1::2] & 15) << 4)).astype(np.uint8)


def _round(rows, scales, top) -> np.ndarray:
    steps = np.rint(rows / scales[:, None])
    return np.clip(steps, -top, top).astype(np.int8)
