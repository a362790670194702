"""A language model's next pieces as targets in the student's words.

Mixed vocabularies for the keyboard: both models agree where a word begins, not on what
it is made of. A piece that can begin several words ("I", "I'm", "I'll") shares its
probability among them as n-grams do in that context; pieces that begin no word of the
student's are left out, and the rest sums to 1.
"""

import numpy as np

from tfdistill.keyboard.ngrams import NGrams
from tfdistill.keyboard.objective import TARGET_IDS, TARGET_PROBABILITIES
from tfdistill.keyboard.vocabulary import KeyboardVocabulary

_CHUNK = 8192
_TRUSTED_AFTER = 3  # ids before a word


class FirstPieces:
    """Which pieces begin which words.

    Args:
        vocabulary: KeyboardVocabulary.
        tokenizer: `tokenizers.Tokenizer`. The teacher's.
        is_spaced: bool. Whether a space stands before the word.

    Attributes:
        words, pieces: int (n,). Pairs, in the order of pieces.
    """

    def __init__(self, vocabulary: KeyboardVocabulary, tokenizer, is_spaced: bool):
        space = " " if is_spaced else ""
        pairs = set()
        for index, entry in enumerate(vocabulary.entries):
            if index > 3 and entry[0].isalnum():
                spellings = {entry, entry.lower(), entry.capitalize()}
                for found in tokenizer.encode_batch([space + s for s in spellings]):
                    pairs.add((found.ids[0], index))
        self.pieces, self.words = np.array(sorted(pairs)).T
        self._owners, self._begins = np.unique(self.pieces, return_index=True)
        self._sizes = np.diff(np.append(self._begins, len(self.pieces)))

    def to_words(self, pieces, p, ngrams: NGrams, contexts):
        """Share what pieces have among their words.

        Args:
            pieces: int (rows, k).
            p: float (rows, k).
            ngrams: NGrams. Tell the words of a piece apart.
            contexts: list of rows sequences of int, each with [START] in front.

        Returns:
            rows, words, p: int, int and float32 (n,). Each pair once, in order; pieces
            that begin no word are left out.
        """
        at = np.minimum(np.searchsorted(self._owners, pieces), len(self._owners) - 1)
        row, column = np.nonzero((self._owners[at] == pieces) & (p > 0))
        at, p = at[row, column], p[row, column].astype(np.float32)
        size = self._sizes[at]
        each = np.repeat(np.arange(len(row)), size)
        inside = np.arange(len(each)) - np.repeat(np.cumsum(size) - size, size)
        words = self.words[self._begins[at][each] + inside]
        share = np.ones(len(each), np.float32)
        split = np.flatnonzero(size[each] > 1)
        share[split] = ngrams.scores(contexts, row[each[split]], words[split])
        total = np.bincount(each, share, minlength=len(row))
        p = p[each] * share / np.maximum(total, 1e-12)[each]
        # Spellings of a word begin with several pieces.
        pairs = row[each].astype(np.int64) << 16 | words
        pairs, which = np.unique(pairs, return_inverse=True)
        p = np.bincount(which, p, minlength=len(pairs)).astype(np.float32)
        return pairs >> 16, pairs & 0xFFFF, p


class WordTargets:
    """Targets at every word of some lines, to be looked up by batch.

    Args:
        num_positions: int. Words in all lines; those without targets count by labels.
        k: int. Words kept per position.
    """

    def __init__(self, num_positions: int, k: int = 12):
        self.ids = np.zeros((num_positions, k), np.uint16)
        self.p = np.zeros((num_positions, k), np.float16)

    def set(self, positions, rows, words, p, trust=1.0):
        """Keep the k likeliest words of each position, rescaled to sum to `trust`.

        Args:
            positions: int (m,).
            rows, words, p: (n,), as `FirstPieces.to_words` returns them: words of the
                position `positions[row]`.
            trust: float (m,) or a float, from 0 to 1.
        """
        order = np.lexsort((-p, rows))
        rows, words, p = rows[order], words[order], p[order]
        rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
        kept = rank < self.ids.shape[1]
        at = positions[rows[kept]], rank[kept]
        shares = np.zeros((len(positions), self.ids.shape[1]), np.float32)
        shares[rows[kept], rank[kept]] = p[kept]
        self.ids[at] = words[kept]
        shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
        self.p[positions] = shares * np.reshape(trust, (-1, 1))

    def at(self, positions: np.ndarray) -> dict:
        """Return the targets of a batch.

        Args:
            positions: int (n,). Numbers of words, -1 for none.
        """
        is_word = positions >= 0
        p = self.p[positions].astype(np.float32) * is_word[..., None]
        return {
            TARGET_IDS: self.ids[positions].astype(np.int32),
            TARGET_PROBABILITIES: p,
        }


def fill_targets(
    targets: WordTargets,
    found: dict,
    contexts,
    vocabulary: KeyboardVocabulary,
    tokenizer,
    ngrams: NGrams,
):
    """Bring what a teacher said (`NextPieces.read`) to the student's words.

    The teacher has read the lines before, the student has not. So it is not trusted at
    a line's first word, where what it expects is no mean of what comes, a third after
    one id, two thirds after two, and fully from there on.

    Args:
        targets: WordTargets, filled in place.
        found: dict of `NextPieces.read`.
        contexts: callable (position) -> ids before that word, [START] first.
        vocabulary: KeyboardVocabulary.
        tokenizer: the teacher's.
        ngrams: NGrams. Should not have counted the lines that it is asked about.
    """
    for is_spaced in (True, False):
        table = FirstPieces(vocabulary, tokenizer, is_spaced)
        rows = np.flatnonzero(found["is_spaced"] == is_spaced)
        for begin in range(0, len(rows), _CHUNK):
            part = rows[begin : begin + _CHUNK]
            positions = found["positions"][part]
            p = np.exp(found["log_p"][part].astype(np.float32))
            before = [contexts(each) for each in positions]
            known = np.array([len(ids) - 1 for ids in before])
            targets.set(
                positions,
                *table.to_words(found["pieces"][part], p, ngrams, before),
                trust=np.minimum(known / _TRUSTED_AFTER, 1.0),
            )
