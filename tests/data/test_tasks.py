"""Task and Examples refuse what does not fit together."""

import numpy as np
import pytest

from tfdistill.data import Examples, Task, split_examples


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
