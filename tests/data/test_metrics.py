"""Metrics against numbers worked out by hand."""

import numpy as np
import pytest

from tfdistill.data import Examples, Task, encode, score

METRICS = ("intent_accuracy", "slot_f1", "frame_accuracy")
COMMANDS = Task("c", "intent_slots", ("go", "stop"), ("O", "B-x", "I-x"), METRICS)


def classified(metrics, predicted, labels, classes=2):
    task = Task("t", "classification", tuple("abc"[:classes]), metrics=metrics)
    examples = Examples([""] * len(labels), labels=np.array(labels))
    return score(task, {"logits": np.eye(classes)[predicted]}, examples)


def test_accuracy_f1_and_matthews_by_hand():
    got = classified(("f1", "accuracy", "matthews"), [1, 1, 0, 0, 1], [1, 0, 0, 0, 1])
    assert list(got) == ["f1", "accuracy", "matthews"]
    matthews = (2 * 2 - 1 * 0) / np.sqrt(3 * 2 * 3 * 2)
    assert got == pytest.approx({"f1": 0.8, "accuracy": 0.8, "matthews": matthews})


def test_f1_of_three_classes_is_their_mean():
    got = classified(("f1",), [0, 1, 1], [0, 1, 2], classes=3)
    assert got["f1"] == pytest.approx((1 + 2 / 3 + 0) / 3)


def test_matthews_of_a_constant_classifier_is_0():
    assert classified(("matthews",), [1, 1, 1], [1, 0, 1]) == {"matthews": 0}
    assert classified(("matthews",), [1, 0, 1], [1, 1, 1]) == {"matthews": 0}


def regressed(predicted, labels):
    examples = Examples([""] * len(labels), labels=np.array(labels, np.float32))
    return score(Task("t", "regression"), {"logits": np.array(predicted)}, examples)


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_correlations_by_hand(shape):
    got = regressed(np.reshape([1.0, 2.0, 3.0, 9.0], shape), [0, 1, 2, 5])
    assert list(got) == ["spearman", "pearson"]
    # Deviations from the means: -2.75, -1.75, -0.75, 5.25 and -2, -1, 0, 3.
    pearson = 23.0 / np.sqrt(38.75 * 14.0)
    assert got == pytest.approx({"spearman": 1.0, "pearson": pearson})


def test_correlations_with_a_constant_are_0():
    assert regressed([2.0, 2.0], [0, 1]) == {"spearman": 0, "pearson": 0}


def commands(letters, max_length=16):
    examples = Examples(
        texts=["ab c d", "e f"],
        labels=np.array([0, 1], np.int32),
        words=[["ab", "c", "d"], ["e", "f"]],
        slots=[["B-x", "I-x", "O"], ["O", "B-x"]],
    )
    return encode(examples, COMMANDS, letters, max_length)


def test_slots_are_scored_by_whole_entities_at_first_pieces(letters):
    logits = np.zeros((2, 9, 3))
    # Row 0: [CLS] a ##b c d [SEP]; what stands at ##b and at the padding is not read.
    logits[0, [1, 2, 3], [1, 1, 2]] = 1
    logits[0, 6:, 1] = 1
    logits[1, [1, 2], [1, 1]] = 1
    intents = np.array([[1, 0], [1, 0]])
    outputs = {"logits": intents, "slot_logits": logits}
    got = score(COMMANDS, outputs, commands(letters))
    # Two entities of two are found, and one too many, in the text of the wrong intent.
    expected = {"intent_accuracy": 0.5, "slot_f1": 0.8, "frame_accuracy": 0.5}
    assert got == pytest.approx(expected)


@pytest.mark.parametrize(
    ("intents", "last", "frames"), [([0, 1], 1, 1), ([0, 0], 1, 0.5), ([0, 1], 0, 0.5)]
)
def test_a_frame_is_right_when_its_intent_and_all_its_slots_are(
    letters, intents, last, frames
):
    rows = [np.eye(3)[[0, 1, 0, 2, 0, 0]], np.eye(3)[[0, 0, last, 0]]]
    outputs = {"logits": np.eye(2)[intents], "slot_logits": rows}
    assert score(COMMANDS, outputs, commands(letters))["frame_accuracy"] == frames


def test_rows_of_slot_logits_may_differ_in_length(letters):
    rows = [np.eye(3)[[0, 1, 0, 2, 0, 0]], np.eye(3)[[0, 0, 1, 0]]]
    outputs = {"logits": np.eye(2), "slot_logits": rows}
    assert score(COMMANDS, outputs, commands(letters))["slot_f1"] == 1


def test_words_that_were_cut_off_count_as_missed(letters):
    outputs = {"logits": np.eye(2), "slot_logits": np.eye(3)[[[0, 1, 0, 0]] * 2]}
    outputs["slot_logits"][1] = np.eye(3)[[0, 0, 1, 0]]
    # Of "ab c d" only the pieces of "ab" are left: its entity ends too early.
    got = score(COMMANDS, outputs, commands(letters, max_length=4))
    assert got["slot_f1"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("logits", "message"),
    [
        (np.zeros((3, 2)), r"shape \(2, 2\)"),
        (np.zeros((2, 3)), r"shape \(2, 2\)"),
        (np.full((2, 2), np.nan), "not finite"),
    ],
)
def test_outputs_that_do_not_fit_are_refused(logits, message):
    task = Task("t", "classification", ("a", "b"))
    with pytest.raises(ValueError, match=message):
        score(task, {"logits": logits}, Examples(["", ""], labels=np.zeros(2)))


@pytest.mark.parametrize(
    ("slots", "message"),
    [
        (np.zeros((2, 5, 3)), "6 or more tokens and 3 slots"),
        (np.zeros((2, 9, 4)), "6 or more tokens and 3 slots"),
        (np.zeros((3, 9, 3)), "3 rows of slot_logits came for 2"),
        (np.full((2, 9, 3), np.inf), "not finite"),
    ],
)
def test_slot_outputs_that_do_not_fit_are_refused(letters, slots, message):
    outputs = {"logits": np.eye(2), "slot_logits": slots}
    with pytest.raises(ValueError, match=message):
        score(COMMANDS, outputs, commands(letters))


def test_examples_without_labels_are_refused():
    with pytest.raises(ValueError, match="no labels"):
        score(Task("t", "regression"), {"logits": np.zeros(1)}, Examples([""]))
