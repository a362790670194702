"""Rows of token ids, with truncation, word boundaries and odd input."""

import importlib

import numpy as np
import pytest

from tfdistill.data import Examples, Task, encode
from tfdistill.data.encode import cut_pair

PAIRS = Task("pairs", "regression", is_pair=True)
SENTENCES = Task("sentences", "classification", ("no", "yes"))
COMMANDS = Task("c", "intent_slots", ("go", "stop"), ("O", "B-x", "I-x"))


def row(encoded, index):
    return encoded.token_ids[encoded.row_starts[index] : encoded.row_starts[index + 1]]


def published_cut(first, second, room):
    """google-research/bert, run_classifier.py: _truncate_seq_pair."""
    while first + second > room:
        if first > second:
            first -= 1
        else:
            second -= 1
    return first, second


def test_pairs_are_cut_as_published():
    first, second = (axis.ravel() for axis in np.indices((12, 12)))
    for room in (2, 3, 7, 10):
        got = np.stack(cut_pair(first, second, room), axis=1)
        wanted = [
            published_cut(*pair, room) for pair in zip(first, second, strict=True)
        ]
        np.testing.assert_array_equal(got, wanted)


def test_rows_equal_the_tokenizers_own(letters):
    examples = Examples(["ab c", "", "d"], ["e", "fg", ""], np.ones(3, np.float32))
    encoded = encode(examples, PAIRS, letters, 9)
    for index, pair in enumerate(zip(examples.texts, examples.pairs, strict=True)):
        encoding = letters.encode(*pair)
        assert row(encoded, index).tolist() == encoding.ids
        assert encoded.pair_starts[index] == encoding.type_ids.index(1)


def test_a_long_text_loses_its_end_and_keeps_sep(letters):
    encoded = encode(Examples(["a" * 90, "a"]), SENTENCES, letters, 7)
    assert row(encoded, 0).tolist() == [2, 5, 31, 31, 31, 31, 3]
    assert encoded.lengths.tolist() == [7, 3]


def test_a_text_of_100_000_characters_becomes_one_row(letters):
    encoded = encode(Examples(["ab " * 33_334]), SENTENCES, letters, 128)
    assert encoded.lengths.tolist() == [128]


def test_more_texts_than_a_chunk_stay_in_order(letters, monkeypatch):
    module = importlib.import_module("tfdistill.data.encode")
    monkeypatch.setattr(module, "_CHUNK", 3)
    texts = ["abcdefg"[:n] for n in (3, 1, 7, 2, 5, 4, 6, 1)]
    encoded = encode(Examples(texts), SENTENCES, letters, 16)
    assert encoded.lengths.tolist() == [len(text) + 2 for text in texts]


def test_the_first_piece_of_a_word_carries_its_slot(letters):
    examples = Examples(
        ["abc d"], labels=np.zeros(1), words=[["abc", "d"]], slots=[["B-x", "I-x"]]
    )
    encoded = encode(examples, COMMANDS, letters, 16)
    assert row(encoded, 0).tolist() == [2, 5, 32, 33, 8, 3]
    assert encoded.slot_labels.tolist() == [-1, 1, -1, -1, 2, -1]


@pytest.mark.parametrize("lost", ["\u0301", "\u200b", " "])
def test_a_word_without_pieces_is_unknown_and_keeps_its_slot(letters, lost):
    examples = Examples(["x"], words=[[lost, "ab", lost]], slots=[["B-x", "O", "I-x"]])
    encoded = encode(examples, COMMANDS, letters, 16)
    assert row(encoded, 0).tolist() == [2, 1, 5, 32, 1, 3]
    assert encoded.slot_labels.tolist() == [-1, 1, 0, -1, 2, -1]


def test_words_that_are_cut_off_are_remembered(letters):
    words = [["ab", "cd", "e"], ["a"]]
    slots = [["O", "B-x", "I-x"], ["B-x"]]
    encoded = encode(Examples(["", ""], None, None, words, slots), COMMANDS, letters, 5)
    assert encoded.slot_labels.tolist() == [-1, 0, -1, 1, -1, -1, 1, -1]
    assert encoded.word_slots.tolist() == [0, 1, 2, 1]


def test_taking_rows_takes_all_that_belongs_to_them(letters):
    words = [["ab"], ["c", "d", "e"], ["f", "g"]]
    slots = [["O"], ["B-x", "I-x", "O"], ["O", "B-x"]]
    labels = np.array([1, 0, 1], np.int32)
    examples = Examples(["1", "2", "3"], None, labels, words, slots)
    taken = encode(examples, COMMANDS, letters, 9).take([2, 1])
    wanted = encode(examples.take([2, 1]), COMMANDS, letters, 9)
    for name in vars(wanted):
        np.testing.assert_array_equal(getattr(taken, name), getattr(wanted, name))


@pytest.mark.parametrize(
    ("examples", "task", "max_length", "message"),
    [
        (Examples(["a"]), SENTENCES, 2, "max_length=2 leaves no room"),
        (Examples(["a"], ["b"]), PAIRS, 4, "give 5 or more"),
        (Examples(["a"], ["b"]), SENTENCES, 9, "is_pair=False"),
        (Examples(["a"]), PAIRS, 9, "is_pair=True"),
        (Examples(["a"], labels=np.array([2])), SENTENCES, 9, "out of range"),
        (Examples(["a"]), COMMANDS, 9, "needs examples with words and slots"),
        (Examples(["a"], None, None, [["a"]], [["B-y"]]), COMMANDS, 9, "'B-y'"),
    ],
)
def test_what_does_not_fit_the_task_is_refused(
    letters, examples, task, max_length, message
):
    with pytest.raises(ValueError, match=message):
        encode(examples, task, letters, max_length)
