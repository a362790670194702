"""`ngrams.bin`: what often follows a few words, in as few bytes as a phone can spare.

`docs/keyboard.md` has the file; contexts are known by a hash of 30 bits at most, so a
context that was never counted is taken for one that was once in some thousand times.
"""

import dataclasses
import os
import pathlib
import struct

import numpy as np

FILE_NAME = "ngrams.bin"
LONGEST = 3  # ids of a context
NUM_LEVELS = 8
MOST_IDS = 1 << 13
_HEADER = struct.Struct("<4s4I")
_MAGIC = b"TFNG"
_PER_BUCKET = 12  # contexts, about


def hash_contexts(contexts) -> np.ndarray:
    """Return the uint32 (n,) hashes of int (n, ids) contexts, the oldest id first."""
    contexts = np.asarray(contexts)
    h = np.zeros(len(contexts), np.uint32)
    for ids in contexts.T:
        h = (h + ids.astype(np.uint32) + np.uint32(1)) * np.uint32(0x9E3779B1)
        h ^= h >> np.uint32(15)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


@dataclasses.dataclass(frozen=True)
class NGramTable:
    """Words that follow a context, and how much each is raised.

    Attributes:
        longest: int from 1 to 3. Ids of the longest context.
        levels: float32 (8,).
        begins: int64 (buckets + 1,). Where each bucket's contexts begin.
        fingerprints: uint16 (contexts,).
        ends: int64 (contexts + 1,). Where each context's entries begin.
        ids: uint16 (entries,).
        kinds: uint8 (entries,). Which level.
    """

    longest: int
    levels: np.ndarray
    begins: np.ndarray
    fingerprints: np.ndarray
    ends: np.ndarray
    ids: np.ndarray
    kinds: np.ndarray

    def find(self, ids) -> tuple[np.ndarray, np.ndarray]:
        """Return the words after the longest context that is there, and their levels.

        Args:
            ids: sequence of int. What the student reads, [START] first.

        Returns:
            uint16 and float32 (n,); empty if no context is there.
        """
        for size in range(min(self.longest, len(ids)), 0, -1):
            at = self._place(int(hash_contexts([ids[-size:]])[0]))
            if at is not None:
                part = slice(self.ends[at], self.ends[at + 1])
                return self.ids[part], self.levels[self.kinds[part]]
        return self.ids[:0], self.levels[:0]

    def _place(self, hashed):
        bucket = hashed >> (33 - (len(self.begins) - 1).bit_length())
        begin, end = self.begins[bucket : bucket + 2]
        inside = self.fingerprints[begin:end]
        at = int(np.searchsorted(inside, hashed & 0xFFFF))
        return (
            begin + at if at < len(inside) and inside[at] == hashed & 0xFFFF else None
        )

    # === Files ===

    @classmethod
    def read(cls, path: str | os.PathLike, first: int, size: int) -> "NGramTable":
        """Read `ngrams.bin`.

        Args:
            path: path.
            first: int. The first id that may be proposed.
            size: int. Entries of the vocabulary.

        Raises:
            ValueError: the file cannot be read or breaks a rule of docs/keyboard.md.
        """
        try:
            content = pathlib.Path(path).read_bytes()
        except OSError as error:
            raise ValueError(f"{path} cannot be read ({error}).") from error
        table = _parse(content)
        if table is None or not table._is_sound(first, size):
            raise ValueError(
                f"{path} is not a table of n-grams for this vocabulary; take all files "
                "of the folder from one export."
            )
        return table

    def _is_sound(self, first, size):
        rising = np.diff(self.fingerprints.astype(np.int64)) > 0
        rising[self.begins[1:-1][_inside(self.begins, len(self.fingerprints))] - 1] = 1
        return bool(
            1 <= self.longest <= LONGEST
            and (np.isfinite(self.levels) & (self.levels > 0)).all()
            and (np.diff(self.ends) > 0).all()
            and rising.all()
            and ((self.ids >= first) & (self.ids < size)).all()
        )

    def to_bytes(self) -> bytes:
        """Return the content of `ngrams.bin`."""
        buckets = len(self.begins) - 1
        sizes = self.longest, buckets, len(self.fingerprints), len(self.ids)
        packed = self.ids | self.kinds.astype(np.uint16) << np.uint16(13)
        return b"".join(
            [
                _HEADER.pack(_MAGIC, *sizes),
                self.levels.astype("<f4").tobytes(),
                np.diff(self.begins).astype(np.uint8).tobytes(),
                self.fingerprints.astype("<u2").tobytes(),
                np.diff(self.ends).astype(np.uint8).tobytes(),
                packed.astype("<u2").tobytes(),
            ]
        )

    @classmethod
    def build(cls, contexts, words, weights) -> "NGramTable":
        """Pack words and what they are raised by.

        Args:
            contexts: list of tuples of int, from one to three ids.
            words: list of int sequences, 1 to 255 for each context, each word once.
            weights: list of float sequences above 0, as many.

        Of contexts with one hash the first is kept.
        """
        buckets = 2
        while buckets * _PER_BUCKET < len(contexts) and buckets < 1 << 16:
            buckets *= 2
        hashes = np.zeros(len(contexts), np.uint32)
        lengths = np.array([len(each) for each in contexts], int)
        for size in set(lengths.tolist()):
            rows = np.flatnonzero(lengths == size)
            hashes[rows] = hash_contexts([contexts[row] for row in rows])
        shift = np.uint32(33 - buckets.bit_length())
        keys = (hashes >> shift).astype(np.int64) << 16 | (hashes & np.uint32(0xFFFF))
        kept_keys, kept = np.unique(keys, return_index=True)
        counts = np.bincount(kept_keys >> 16, minlength=buckets)
        levels, edges = _levels([w for row in kept for w in weights[row]])
        flat = np.array([w for row in kept for w in weights[row]], np.float64)
        return cls(
            int(lengths.max(initial=1)),
            levels,
            np.concatenate([[0], np.cumsum(counts)]),
            (kept_keys & 0xFFFF).astype(np.uint16),
            np.concatenate([[0], np.cumsum([len(words[row]) for row in kept])]).astype(
                np.int64
            ),
            np.array([w for row in kept for w in words[row]], np.uint16),
            np.searchsorted(edges, np.log(flat)).astype(np.uint8),
        )


def empty_table() -> NGramTable:
    """Return a table that raises nothing."""
    return NGramTable.build([], [], [])


def _levels(weights):
    """Eight levels with equal steps of the logarithm, and the edges between them."""
    logs = np.log(weights) if weights else np.zeros(1)
    steps = np.linspace(*np.quantile(logs, [0.02, 0.98]), NUM_LEVELS)
    return np.exp(steps).astype(np.float32), (steps[1:] + steps[:-1]) / 2


def _inside(begins, count):
    """Which inner borders of buckets have contexts on both sides."""
    return (begins[1:-1] > 0) & (begins[1:-1] < count)


def _parse(content):
    """The table that bytes hold, or None: sizes are checked before anything is made."""
    if len(content) < _HEADER.size:
        return None
    magic, longest, buckets, contexts, entries = _HEADER.unpack_from(content)
    sizes = [4 * NUM_LEVELS, buckets, 2 * contexts, contexts, 2 * entries]
    is_power = 2 <= buckets <= 1 << 16 and buckets & (buckets - 1) == 0
    if magic != _MAGIC or not is_power or _HEADER.size + sum(sizes) != len(content):
        return None
    borders = np.cumsum([_HEADER.size, *sizes])
    parts = [content[a:b] for a, b in zip(borders[:-1], borders[1:], strict=True)]
    kinds = ("<f4", "u1", "<u2", "u1", "<u2")
    levels, in_bucket, prints, in_context, packed = (
        np.frombuffer(part, kind) for part, kind in zip(parts, kinds, strict=True)
    )
    begins = np.concatenate([[0], np.cumsum(in_bucket, dtype=np.int64)])
    ends = np.concatenate([[0], np.cumsum(in_context, dtype=np.int64)])
    if begins[-1] != contexts or ends[-1] != entries:
        return None
    ids, level = packed & np.uint16(MOST_IDS - 1), packed >> np.uint16(13)
    return NGramTable(
        longest, levels, begins, prints, ends, ids, level.astype(np.uint8)
    )
