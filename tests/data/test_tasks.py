"""Task and Examples refuse what does not fit together; splits are read in pieces."""

import json

import numpy as np
import pytest

from tfdistill.data import (
    Examples,
    Glue,
    SlotFile,
    Streamed,
    TableFile,
    Task,
    split_examples,
)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(kind="ranking"), "kind must be one of"),
        (dict(kind="classification", labels=("a",)), "at least 2 labels"),
        (dict(kind="classification", labels=("a", "a")), "differ"),
        (dict(kind="regression", labels=("a", "b")), "has no labels"),
        (dict(kind="intent_slots", labels=("a", "b")), "begin with 'O'"),
        (dict(kind="regression", metrics=("f1",)), "do not fit"),
    ],
)
def test_an_impossible_task_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Task("t", **arguments)


def test_the_main_metric_comes_first_and_has_a_default():
    assert Task("t", "classification", ("a", "b")).metrics == ("accuracy",)
    assert Task("t", "regression").metrics[0] == "spearman"


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="2 texts came with 1 labels"):
        Examples(["a", "b"], labels=np.zeros(1, np.int32))
    with pytest.raises(ValueError, match="Example 1 has 2 words and 1 slots"):
        Examples(["a", "b c"], words=[["a"], ["b", "c"]], slots=[["O"], ["O"]])


def test_no_example_at_all_is_refused():
    with pytest.raises(ValueError, match="empty"):
        Examples([])


def test_a_slice_and_its_rest_are_the_whole_and_repeatable():
    examples = Examples([f"{i}" for i in range(11)], labels=np.arange(11))
    rest, slice_ = split_examples(examples, 0.3, seed=5)
    assert (len(rest), len(slice_)) == (8, 3)
    assert sorted(rest.texts + slice_.texts) == sorted(examples.texts)
    assert slice_.labels.tolist() == [int(text) for text in slice_.texts]
    assert split_examples(examples, 0.3, seed=5)[1].texts == slice_.texts
    assert split_examples(examples, 0.3, seed=6)[1].texts != slice_.texts


@pytest.mark.parametrize("fraction", [0, 1, 1.5, 0.99])
def test_a_slice_that_empties_a_part_is_refused(fraction):
    with pytest.raises(ValueError, match="leaves one part empty"):
        split_examples(Examples(["a", "b"]), fraction, seed=0)


def make_glue(folder):
    lines = [f"text {i}\tother {i}\t{i % 6}" for i in range(10)]
    lines.insert(0, "sentence1\tsentence2\tscore")
    (folder / "train.tsv").write_text("\n".join(lines), "utf-8")
    return Glue("STS-B", folder)


def make_table(folder):
    lines = ["text,label", *(f"text {i},{i % 2}" for i in range(10))]
    (folder / "train.csv").write_text("\n".join(lines), "utf-8")
    return TableFile(folder / "train.csv")


def make_slots(folder):
    rows = [
        {"tokens": ["play", f"{i}"], "slots": ["O", "B-song"], "intent": f"{i % 2}"}
        for i in range(10)
    ]
    lines = [json.dumps(row) for row in rows]
    (folder / "train.jsonl").write_text("\n".join(lines), "utf-8")
    return SlotFile(folder / "train.jsonl")


@pytest.mark.parametrize("make", [make_glue, make_table, make_slots])
def test_pieces_are_the_whole(tmp_path, make):
    source = make(tmp_path)
    whole, pieces = source.load("train"), Streamed(source, "train", 4)
    for _ in range(2):  # each time from the beginning
        assert [len(piece) for piece in pieces] == [4, 4, 2]
    assert [text for piece in pieces for text in piece.texts] == whole.texts
    for name in ("pairs", "words", "slots"):
        found = [row for piece in pieces for row in getattr(piece, name) or ()]
        assert found == (getattr(whole, name) or [])
    labels = np.concatenate([piece.labels for piece in pieces])
    np.testing.assert_array_equal(labels, whole.labels)
    assert labels.dtype == whole.labels.dtype


def test_a_source_without_pieces_comes_whole():
    class Plain:
        def load(self, split):
            return Examples([split])

    assert [piece.texts for piece in Streamed(Plain(), "dev")] == [["dev"]]
