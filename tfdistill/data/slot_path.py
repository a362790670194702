"""Rows of BIO labels: the likeliest that makes sense, and the values in a row."""

import functools
from collections.abc import Sequence

import numpy as np


def best_path(logits: np.ndarray, slot_labels: Sequence[str]) -> np.ndarray:
    """Return the likeliest labels in which every "I-x" goes on with an x.

    A slot that has no "B-x" among the labels may begin with its "I-x".

    The words' likeliest labels one by one may say "B-artist I-album", which is no
    value of any slot. This is Viterbi's algorithm with the rules of BIO for transitions
    and nothing learned (the constraints of He et al. 2017, ACL P17-1044).

    Args:
        logits: float (words, slots). A softmax would take the same off all labels of a
            word, so it is not needed.
        slot_labels: sequence of str, "O", "B-..." and "I-...".

    Returns:
        int64 (words,), places in `slot_labels`.
    """
    if not len(logits):
        return np.zeros(0, np.int64)
    allowed, is_first = _rules(tuple(slot_labels))
    scores = np.asarray(logits, np.float64)
    total = np.where(is_first, scores[0], -np.inf)
    steps = []
    for score in scores[1:]:
        ways = np.where(allowed, total[:, None], -np.inf)
        steps.append(ways.argmax(axis=0))
        total = ways.max(axis=0) + score
    path = [int(total.argmax())]
    for step in reversed(steps):
        path.append(int(step[path[-1]]))
    return np.array(path[::-1], np.int64)


def bio_spans(labels: list[str]) -> list[tuple[str, int, int]]:
    """Return (name, first word, word after the last) of every slot.

    An "I-" that continues no slot of its name begins one, as the CoNLL scorer reads it.

    >>> bio_spans(["O", "B-area", "I-area", "B-area", "I-name"])
    [('area', 1, 3), ('area', 3, 4), ('name', 4, 5)]
    """
    spans = []
    for position, label in enumerate([*labels, "O"]):
        kind, _, name = label.partition("-")
        is_open = bool(spans) and spans[-1][2] is None
        if is_open and (kind != "I" or name != spans[-1][0]):
            spans[-1] = (*spans[-1][:2], position)
            is_open = False
        if kind != "O" and not is_open:
            spans.append((name, position, None))
    return spans


@functools.lru_cache(maxsize=8)
def _rules(labels):
    """bool (slots, slots), who may follow whom, and (slots,), who may begin."""
    may_begin = [
        not label.startswith("I-") or f"B-{label[2:]}" not in labels for label in labels
    ]
    names = [label[2:] for label in labels]
    allowed = [
        [
            begins or mine == before
            for begins, mine in zip(may_begin, names, strict=True)
        ]
        for before in names
    ]
    return np.array(allowed), np.array(may_begin)
