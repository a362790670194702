"""Which n-grams are worth their bytes beside a student, and what they raise.

A student of two megabytes forgets phrases that a table of counts keeps, and most of
what such a table keeps the student knows. So an entry stays if the mean of both models,
which predicts better than either, expects it to help: Stolcke's entropy pruning
("Entropy-based Pruning of Backoff Language Models", 1998) with a student as the model
that is left.
"""

import dataclasses

import numpy as np

from tfdistill.bert.encoder import BertEncoder
from tfdistill.keyboard.examples import Lines, bucket_batches, make_rows
from tfdistill.keyboard.ngram_table import LONGEST, NGramTable
from tfdistill.keyboard.ngrams import NGrams

_MOST_WORDS = 6  # of a context
_SMALLEST = 0.01  # probability of a word
_CONTEXT_BYTES, _ENTRY_BYTES = 3, 2
_BATCH_TOKENS = 4096


@dataclasses.dataclass(frozen=True)
class _Candidates:
    """Contexts of one length: keys uint64 (n,), words and their shares (n, 6)."""

    keys: np.ndarray
    words: np.ndarray
    shares: np.ndarray


def choose_ngrams(
    student: BertEncoder,
    lines: Lines,
    first_suggestion: int,
    most_bytes: int,
    weight: float = 0.5,
) -> NGramTable:
    """Return the table of at most `most_bytes` that helps a student most.

    Args:
        student: BertEncoder, causal, with a masked-LM head.
        lines: Lines. The text to count; what the student was trained on.
        first_suggestion: int. The first id that may be proposed.
        most_bytes: int.
        weight: float above 0. What an n-gram's probability counts against the
            student's.

    Raises:
        ValueError: an impossible weight.
    """
    if not weight > 0:
        raise ValueError(f"weight is above 0; got {weight!r}.")
    ngrams = NGrams(lines.ids, lines.whole_starts, lines.is_word, LONGEST + 1)
    found = [
        _candidates(*ngrams.interpolated(size + 1), first_suggestion)
        for size in range(1, LONGEST + 1)
    ]
    places, own = _ask(student, lines, found)
    gains = [
        _Gains(each, at, p, weight)
        for each, at, p in zip(found, places.T, own, strict=True)
    ]
    kept = _fit(gains, len(places), most_bytes)
    return _build(found, kept, weight)


def _candidates(keys, p, first):
    words = (keys & np.uint64(0xFFFF)).astype(np.int64)
    fits = (words >= first) & (p >= _SMALLEST)
    contexts, words, p = keys[fits] >> np.uint64(16), words[fits], p[fits]
    order = np.lexsort((-p, contexts))
    contexts, words, p = contexts[order], words[order], p[order]
    owners, begins = np.unique(contexts, return_index=True)
    at = np.searchsorted(owners, contexts)
    rank = np.arange(len(contexts)) - begins[at]
    kept = rank < _MOST_WORDS
    made = _Candidates(
        owners,
        np.zeros((len(owners), _MOST_WORDS), np.uint16),
        np.zeros((len(owners), _MOST_WORDS), np.float32),
    )
    made.words[at[kept], rank[kept]] = words[kept]
    made.shares[at[kept], rank[kept]] = p[kept]
    return made


# === What the student says ===


def _ask(student, lines, found):
    """Which contexts stand before each word, and the student's share of their words.

    Returns:
        int32 (positions, 3), -1 where a context is not there; and for each length
        float16 (its contexts' positions, 6), in the order of the positions.
    """
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def read(inputs, words):
        logits = student(inputs)["logits"]
        total = tf.reduce_logsumexp(logits, axis=-1, keepdims=True)
        return tf.exp(tf.gather(logits, words, batch_dims=1) - total)

    places, own = [], [[] for _ in found]
    for rows in bucket_batches(lines, _BATCH_TOKENS, 0, keeps_rest=True):
        inputs, labels = make_rows(lines, rows)
        at = np.stack([_places(inputs, each, n + 1) for n, each in enumerate(found)], 1)
        words = np.concatenate(
            [each.words[np.maximum(at[:, n], 0)] for n, each in enumerate(found)], 1
        )
        p = read(inputs, words.astype(np.int32)).numpy().astype(np.float16)
        places.append(at)
        for n in range(len(found)):
            part = p[:, n * _MOST_WORDS : (n + 1) * _MOST_WORDS]
            own[n].append(part[at[:, n] >= 0])
    return np.concatenate(places), [np.concatenate(each) for each in own]


def _places(inputs, candidates, size):
    """int32 (scored words,): the context of `size` ids before each, or -1."""
    ids, at = inputs["token_ids"], inputs["predict_at"]
    rows, columns = np.divmod(at, ids.shape[1])
    keys = np.zeros(len(at), np.uint64)
    for back in range(size):
        before = ids[rows, np.maximum(columns - back, 0)].astype(np.uint64)
        keys |= before << np.uint64(16 * back)
    place = np.minimum(np.searchsorted(candidates.keys, keys), len(candidates.keys) - 1)
    is_there = (candidates.keys[place] == keys) & (columns >= size - 1)
    return np.where(is_there, place, -1).astype(np.int32)


# === What is worth its bytes ===


class _Gains:
    """What entries of one length are expected to add to the log-likelihood."""

    def __init__(self, candidates, places, own, weight):
        self.at = np.flatnonzero(places >= 0)
        self.context = places[self.at]
        self.size = len(candidates.keys)
        raised = weight * candidates.shares[self.context]
        own = own.astype(np.float32)
        mean = 0.5 * (own + candidates.shares[self.context])
        gain = np.where(raised > 0, mean * np.log1p(raised / np.maximum(own, 1e-6)), 0)
        total = raised.sum(axis=1, keepdims=True)
        self.raised, self.gain = raised, gain
        entries = gain - raised / (1 + total)
        self.entries = np.stack(
            [
                np.bincount(self.context, column, minlength=self.size)
                for column in entries.T
            ],
            axis=1,
        )

    def keep(self, per_byte, base):
        """Return bool (contexts, 6), and raise `base` (positions,) where they are."""
        kept = self.entries > per_byte * _ENTRY_BYTES
        chosen = kept[self.context]
        each = (self.gain * chosen).sum(1) - np.log1p((self.raised * chosen).sum(1))
        more = np.where(chosen.any(1), each - base[self.at], 0)
        total = np.bincount(self.context, more, minlength=self.size)
        cost = _CONTEXT_BYTES + _ENTRY_BYTES * kept.sum(axis=1)
        kept &= (total > per_byte * cost)[:, None]
        is_kept = kept.any(axis=1)[self.context]
        base[self.at[is_kept]] = each[is_kept]
        return kept


def _fit(gains, positions, most_bytes):
    """Raise what a byte has to gain until all that is kept fits."""
    most_bytes = max(most_bytes, 0)
    low, high = 0.0, 1e3
    for _ in range(24):
        middle = np.sqrt(max(low, 1e-6) * high)
        base = np.zeros(positions, np.float32)
        kept = [each.keep(middle, base) for each in gains]
        size = sum(
            _CONTEXT_BYTES * each.any(axis=1).sum() + _ENTRY_BYTES * each.sum()
            for each in kept
        )
        low, high = (middle, high) if size > most_bytes else (low, middle)
    base = np.zeros(positions, np.float32)
    return [each.keep(high, base) for each in gains]


def _build(found, kept, weight):
    contexts, words, weights = [], [], []
    for size, (each, is_kept) in enumerate(zip(found, kept, strict=True), 1):
        for at in np.flatnonzero(is_kept.any(axis=1)):
            key = int(each.keys[at])
            ids = [key >> (16 * back) & 0xFFFF for back in range(size - 1, -1, -1)]
            contexts.append(tuple(ids))
            words.append(each.words[at][is_kept[at]])
            weights.append(weight * each.shares[at][is_kept[at]])
    return NGramTable.build(contexts, words, weights)
