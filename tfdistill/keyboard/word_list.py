"""Words found by the letters that they begin with."""

import bisect
import math
import os

import numpy as np

from tfdistill.keyboard.text import key_of
from tfdistill.keyboard.vocabulary import read_entries

_ZERO, _MOST = ord("0"), ord("~") - ord("0")  # what one character of ASCII can say


class WordList:
    """`words.txt`: words beyond the vocabulary, and how rare each is.

    Args:
        words: sequence of str.
        rarities: sequence of int from 0 to 78. -4 times the natural logarithm of a
            word's share of all words that the vocabulary lacks.
    """

    def __init__(self, words=(), rarities=()):
        self.words, self.rarities = tuple(words), np.array(rarities, np.int64)
        self._sorted = SortedKeys([key_of(word) for word in self.words])

    @classmethod
    def of_shares(cls, shares) -> "WordList":
        """Return the list of a dict of word -> share, in the order of code points."""
        words = sorted(shares)
        rarities = [min(round(-4 * math.log(shares[word])), _MOST) for word in words]
        return cls(words, rarities)

    @classmethod
    def read(cls, path: str | os.PathLike) -> "WordList":
        """Read `words.txt`.

        Raises:
            ValueError: the file cannot be read, or a line breaks the rule of
                docs/keyboard.md.
        """
        words, rarities = [], []
        for number, line in enumerate(read_entries(path), 1):
            if not line and number == 1:
                break
            rarity, shared = (ord(sign) - _ZERO for sign in line[:2].ljust(2, "\0"))
            last = words[-1] if words else ""
            is_sound = 0 <= rarity <= _MOST and 0 <= shared <= min(_MOST, len(last))
            if not is_sound or len(line) < 3:
                raise ValueError(
                    f"{path}, line {number}, should be a character for how rare the "
                    "word is, one for how much of the line before it begins with, and "
                    f"the rest of it; got {line!r}."
                )
            words.append(last[:shared] + line[2:])
            rarities.append(rarity)
        return cls(words, rarities)

    def text(self) -> str:
        """Return the content of `words.txt`."""
        lines, last = [], ""
        for word, rarity in zip(self.words, self.rarities, strict=True):
            shared = len(os.path.commonprefix([word, last]))
            shared = min(shared, len(word) - 1, _MOST)
            lines.append(f"{chr(_ZERO + rarity)}{chr(_ZERO + shared)}{word[shared:]}\n")
            last = word
        return "".join(lines)

    def with_prefix(self, key: str, most: int) -> list[tuple[int, str, int]]:
        """Return (line, word, rarity) of the commonest words that begin with key."""
        lines = self._sorted.with_prefix(key)
        order = np.argsort(self.rarities[lines], kind="stable")[:most]
        return [(int(i), self.words[i], int(self.rarities[i])) for i in lines[order]]


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
