"""Words found by the letters that they begin with."""

import bisect

import numpy as np

from tfdistill.keyboard.text import key_of
from tfdistill.keyboard.vocabulary import read_entries


class WordList:
    """`words.txt`: words beyond the vocabulary, the most frequent first.

    Args:
        words: sequence of str.
        shares: sequence of int. 100 times the logarithm of each one's share.
    """

    def __init__(self, words, shares):
        self.words, self.shares = tuple(words), tuple(shares)
        self._sorted = SortedKeys([key_of(word) for word in self.words])

    @classmethod
    def read(cls, path) -> "WordList":
        """Read `words.txt`.

        Raises:
            ValueError: the file cannot be read, or a line is not `word TAB share`.
        """
        words, shares = [], []
        for number, line in enumerate(read_entries(path), 1):
            word, tab, share = line.partition("\t")
            if not line and number == 1:
                break
            try:
                shares.append(int(share))
                tab = tab if shares[-1] <= 0 else ""
            except ValueError:
                tab = ""
            if not word or not tab:
                raise ValueError(
                    f"{path}, line {number}, should be a word, a tab and a whole "
                    f"number of 0 or less; got {line!r}."
                )
            words.append(word)
        return cls(words, shares)

    def with_prefix(self, key: str, most: int):
        """Return (line, word, share) of the most frequent words that begin with key."""
        lines = np.sort(self._sorted.with_prefix(key))[:most]
        return [(int(i), self.words[i], self.shares[i]) for i in lines]


class SortedKeys:
    """Keys in alphabetical order, to find those that begin alike.

    Args:
        keys: sequence of str.
    """

    def __init__(self, keys):
        self._order = np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
        self._keys = [keys[i] for i in self._order]
        self._all = np.arange(len(keys))

    def with_prefix(self, key: str) -> np.ndarray:
        """Return the positions of longer keys that begin with key, ascending."""
        if not key:
            return self._all
        begin = bisect.bisect_right(self._keys, key)
        end = bisect.bisect_left(self._keys, key + "\U0010ffff")
        return np.sort(self._order[begin:end])
