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

_CHUNK = 512


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

    def to_words(self, pieces, p, ngrams) -> np.ndarray:
        """Return float32 (rows, vocabulary), rows that sum to 1 (to 0 if nothing fits).

        Args:
            pieces: int (rows, k).
            p: float (rows, k).
            ngrams: float32 (rows, vocabulary). The n-grams' distribution.
        """
        rows = np.arange(len(pieces))[:, None]
        at = np.minimum(np.searchsorted(self._owners, pieces), len(self._owners) - 1)
        given = np.zeros((len(pieces), len(self._owners)), np.float32)
        given[rows, at] = np.where(self._owners[at] == pieces, p, 0)
        shares = ngrams[:, self.words]
        totals = np.add.reduceat(shares, self._begins, axis=1)
        parts = shares * np.repeat(
            given / np.maximum(totals, 1e-12), self._sizes, axis=1
        )
        words = np.zeros_like(ngrams)
        order = np.argsort(self.words, kind="stable")
        owners, begins = np.unique(self.words[order], return_index=True)
        words[:, owners] = np.add.reduceat(parts[:, order], begins, axis=1)
        return words / np.maximum(words.sum(axis=1, keepdims=True), 1e-12)


class WordTargets:
    """Targets at every word of some lines, to be looked up by batch.

    Args:
        num_positions: int. Words in all lines; those without targets count by labels.
        k: int. Words kept per position.
    """

    def __init__(self, num_positions: int, k: int = 12):
        self.ids = np.zeros((num_positions, k), np.uint16)
        self.p = np.zeros((num_positions, k), np.float16)

    def set(self, positions, words: np.ndarray):
        """Keep the k likeliest words of float (rows, vocabulary), rescaled to sum 1."""
        k = self.ids.shape[1]
        best = np.argpartition(words, -k, axis=1)[:, -k:]
        p = np.take_along_axis(words, best, axis=1)
        self.ids[positions] = best
        self.p[positions] = p / np.maximum(p.sum(axis=1, keepdims=True), 1e-12)

    def at(self, positions: np.ndarray) -> dict:
        """Return the targets of a batch.

        Args:
            positions: int (batch, sequence). Numbers of words, -1 for none.
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
    ngram_share: float = 0.0,
):
    """Bring what a teacher said (`NextPieces.read`) to the student's words.

    Args:
        targets: WordTargets, filled in place.
        found: dict of `NextPieces.read`.
        contexts: callable (position) -> ids before that word, [START] first.
        vocabulary: KeyboardVocabulary.
        tokenizer: the teacher's.
        ngrams: NGrams. Should not have counted the lines that it is asked about.
        ngram_share: float from 0 to 1. How much of the target is the n-grams' own.
    """
    for is_spaced in (True, False):
        table = FirstPieces(vocabulary, tokenizer, is_spaced)
        rows = np.flatnonzero(found["is_spaced"] == is_spaced)
        for begin in range(0, len(rows), _CHUNK):
            part = rows[begin : begin + _CHUNK]
            positions = found["positions"][part]
            counted = ngrams.probabilities([contexts(each) for each in positions])
            p = np.exp(found["log_p"][part].astype(np.float32))
            words = table.to_words(found["pieces"][part], p, counted)
            targets.set(positions, (1 - ngram_share) * words + ngram_share * counted)
