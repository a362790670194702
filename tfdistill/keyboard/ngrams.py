"""Interpolated modified Kneser-Ney n-grams of the next word, in numpy.

The baseline that a student has to beat, and where the table beside it comes from. Chen
and Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling" (1998),
section 3: three discounts per order, and lower orders estimated on the number of
different words before an n-gram.
"""

import numpy as np

from tfdistill.keyboard.vocabulary import START

_BITS = np.uint64(16)
_LOW = np.uint64(0xFFFF)


class NGrams:
    """Counts of n-grams, and the next word's distribution.

    Args:
        ids: uint16 (all tokens). Lines end to end, without [START].
        starts: int64 (lines + 1).
        is_word: bool (vocabulary,). Which ids can be the next word.
        order: int from 2 to 4. Words of the longest n-gram.

    Raises:
        ValueError: an order that 64 bits cannot hold, or nothing to count.
    """

    def __init__(self, ids, starts, is_word, order: int = 4):
        if not 2 <= order <= 4:
            raise ValueError(f"NGrams.order is from 2 to 4; got {order!r}.")
        if len(ids) == 0:
            raise ValueError("There is no text to count n-grams of.")
        self.order, self.is_word = order, np.asarray(is_word)
        stream, place = _with_start(ids, starts)
        counts = {
            n: _count(stream, place, n, self.is_word) for n in range(1, order + 1)
        }
        self._tables = {}
        for n in range(order, 0, -1):
            keys, raw = counts[n]
            used = raw if n == order else _continuations(keys, raw, counts[n + 1][0], n)
            self._tables[n] = _discounted(keys, used, n)
        self._uniform = self.is_word / self.is_word.sum()

    @property
    def num_ngrams(self) -> int:
        """How many n-grams of two words or more are kept."""
        return sum(len(self._tables[n][0]) for n in range(2, self.order + 1))

    def probabilities(self, contexts) -> np.ndarray:
        """Return the distribution of the next word after each context.

        Args:
            contexts: list of sequences of int, each with [START] in front.

        Returns:
            float32 (contexts, vocabulary).
        """
        p = np.repeat(self._unigram()[None], len(contexts), axis=0)
        for n in range(2, self.order + 1):
            rows = np.array([i for i, c in enumerate(contexts) if len(c) >= n - 1], int)
            ends = [contexts[i][len(contexts[i]) - n + 1 :] for i in rows]
            if len(rows):
                self._add_order(p, rows, _pack(np.array(ends, np.uint64)), n)
        return p

    def interpolated(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return every n-gram that was counted, and its word's probability.

        Args:
            n: int from 2 to `order`.

        Returns:
            uint64 (n-grams,), ascending, ids in 16 bits each, the last word lowest; and
            float32 (n-grams,).
        """
        keys, p = np.arange(len(self._uniform), dtype=np.uint64), self._unigram()
        for m in range(2, n + 1):
            shorter, lower = keys, p
            keys, alphas, owners, rests = self._tables[m]
            ends = keys & np.uint64((1 << (16 * (m - 1))) - 1)
            rest = _found(owners, rests, keys >> _BITS, 1)
            p = alphas + rest * _found(shorter, lower, ends, 0)
        return keys, p.astype(np.float32)

    def _unigram(self):
        keys, alphas, _, _ = self._tables[1]
        unigram = self._uniform * (1 - alphas.sum())
        unigram[keys.astype(np.int64)] += alphas
        return unigram.astype(np.float32)

    def _add_order(self, p, rows, contexts, n):
        keys, alphas, owners, rests = self._tables[n]
        at = np.searchsorted(owners, contexts)
        known = at < len(owners)
        known[known] = owners[at[known]] == contexts[known]
        rows, contexts = rows[known], contexts[known]
        p[rows] *= rests[at[known], None]
        begins = np.searchsorted(keys, contexts << _BITS)
        ends = np.searchsorted(keys, (contexts << _BITS) | _LOW, side="right")
        for row, begin, end in zip(rows, begins, ends, strict=True):
            words = (keys[begin:end] & _LOW).astype(np.int64)
            p[row, words] += alphas[begin:end]


def _found(keys, values, wanted, otherwise):
    """The value of each wanted key, or `otherwise`."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], np.float32(otherwise))


def _with_start(ids, starts):
    """Lines end to end, each with [START]; and each token's place in its line."""
    lengths = np.diff(starts) + 1
    stream = np.empty(lengths.sum(), np.uint64)
    begins = np.cumsum(lengths) - lengths
    place = np.arange(len(stream)) - np.repeat(begins, lengths)
    stream[place == 0] = START
    stream[place > 0] = ids
    return stream, place


def _pack(windows) -> np.ndarray:
    """uint64 (n, words) to one key each, the last word lowest."""
    keys = np.zeros(len(windows), np.uint64)
    for column in windows.T:
        keys = (keys << _BITS) | column.astype(np.uint64)
    return keys


def _count(stream, place, n, is_word):
    """Return sorted keys and counts of the n-grams that end in a word."""
    last = np.flatnonzero((place >= max(n - 1, 1)) & is_word[stream.astype(np.int64)])
    windows = np.stack([stream[last - back] for back in range(n - 1, -1, -1)], axis=1)
    return np.unique(_pack(windows), return_counts=True)


def _continuations(keys, raw, longer, n):
    """In how many different ways each n-gram goes on to the left.

    One that begins a line cannot, and keeps its count.
    """
    low = longer & np.uint64((1 << (16 * n)) - 1)
    found, counts = np.unique(low, return_counts=True)
    used = np.zeros(len(keys), np.int64)
    used[np.searchsorted(keys, found)] = counts
    begins = (keys >> np.uint64(16 * (n - 1))) == START
    return np.where(begins & (n > 1), raw, used)


def _discounted(keys, counts, n):
    """Return keys, their discounted shares, contexts, and what is left for shorter."""
    keys, counts = keys[counts > 0], counts[counts > 0]
    discounts = _discounts(counts)
    contexts = keys >> _BITS if n > 1 else np.zeros(len(keys), np.uint64)
    owners, begins = np.unique(contexts, return_index=True)
    totals = np.add.reduceat(counts, begins)
    sizes = np.diff(np.append(begins, len(keys)))
    alphas = (counts - discounts[np.minimum(counts, 3)]) / np.repeat(totals, sizes)
    alphas = np.maximum(alphas, 0).astype(np.float32)
    rests = 1 - np.add.reduceat(alphas, begins)
    return keys, alphas, owners, np.maximum(rests, 1e-9).astype(np.float32)


def _discounts(counts) -> np.ndarray:
    """Chen and Goodman's D1, D2, D3+ at 1, 2, 3; equation 26."""
    n1, n2, n3, n4 = (max(int((counts == c).sum()), 1) for c in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2)
    found = np.array([0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
    return np.clip(found, 0, [0, 1, 2, 3])
