"""Tiny models with large, seeded weights, and examples to run them on."""

import dataclasses

import numpy as np
import pytest

from tests.backends import draw
from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import build_student
from tfdistill.data import Encoded, Task
from tfdistill.data.encode import NOT_SCORED

LENGTH = 7
TINY = BertConfig(2, 6, 3, 10, vocabulary_size=11, max_sequence_length=9)


@pytest.fixture(scope="session")
def make():
    """Return a function that builds a model for a head, of width 6 unless told."""

    def make(head, config=TINY, **overrides):
        model = build_student(config, head=head, **overrides)
        draw(model.weights, 3)
        return model

    return make


@pytest.fixture(scope="session")
def text():
    """Return one text of 4 real tokens, padded with junk to 7."""
    random = np.random.default_rng(7)
    return {
        "token_ids": random.integers(0, 11, (1, LENGTH)).astype("int32"),
        "segment_ids": np.array([[0, 0, 1, 1, 1, 0, 1]], "int32"),
        "padding_mask": np.array([[1, 1, 1, 1, 0, 0, 0]], "int32"),
    }


@pytest.fixture(scope="session")
def sentences():
    """Return (Task of 3 classes, 41 Encoded rows of 3 to 7 tokens without labels)."""
    random = np.random.default_rng(5)
    lengths = random.integers(3, LENGTH + 1, 41)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    ids = random.integers(0, 11, starts[-1]).astype(np.int32)
    task = Task("letters", "classification", ("a", "b", "c"))
    return task, Encoded(ids, starts, (lengths - 1).astype(np.int32))


@pytest.fixture(scope="session")
def commands(sentences):
    """Return the rows of `sentences` as a joint task, every second token a word."""
    _, encoded = sentences
    random = np.random.default_rng(6)
    slots = np.where(np.arange(len(encoded.token_ids)) % 2, NOT_SCORED, 0)
    words = [np.count_nonzero(slots[a:b] == 0) for a, b in _rows(encoded)]
    slots = np.where(slots == 0, random.integers(0, 3, len(slots)), NOT_SCORED)
    task = Task("commands", "intent_slots", ("x", "y"), ("O", "B-a", "I-a"))
    return task, dataclasses.replace(
        encoded,
        slot_labels=slots.astype(np.int32),
        word_slots=slots[slots != NOT_SCORED].astype(np.int32),
        word_starts=np.concatenate([[0], np.cumsum(words)]),
    )


def _rows(encoded):
    return zip(encoded.row_starts[:-1], encoded.row_starts[1:], strict=True)
