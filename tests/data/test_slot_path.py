import itertools

import numpy as np
import pytest

from tfdistill.data.slot_path import best_path

LABELS = ("O", "B-a", "I-a", "B-b", "I-b")


def makes_sense(path):
    before = [0, *path]
    return all(
        not LABELS[i].startswith("I-") or LABELS[i][2:] == LABELS[j][2:]
        for j, i in zip(before[:-1], path, strict=True)
    )


@pytest.mark.parametrize("seed", range(20))
def test_no_other_row_that_makes_sense_is_likelier(seed):
    logits = np.random.default_rng(seed).normal(size=(4, 5)) * 2
    rows = [p for p in itertools.product(range(5), repeat=4) if makes_sense(p)]
    best = max(rows, key=lambda row: logits[range(4), row].sum())
    assert best_path(logits, LABELS).tolist() == list(best)


def test_a_value_keeps_its_slot():
    logits = np.array([[0, 5, 0, 4, 0], [0, 0, 1, 0, 3.0]])
    assert [LABELS[i] for i in logits.argmax(-1)] == ["B-a", "I-b"]
    assert [LABELS[i] for i in best_path(logits, LABELS)] == ["B-b", "I-b"]


def test_rows_that_make_sense_are_left_alone():
    row = [1, 2, 0, 3, 3, 4]
    assert best_path(np.eye(5, dtype="float32")[row], LABELS).tolist() == row


def test_what_has_no_beginning_may_begin_inside():
    logits = np.array([[0, 9.0], [0, 9.0]])
    assert best_path(logits, ("O", "I-a")).tolist() == [1, 1]


def test_no_word_has_no_label():
    assert best_path(np.zeros((0, 5)), LABELS).shape == (0,)
