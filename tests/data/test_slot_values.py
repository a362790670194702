import numpy as np
import pytest

from tfdistill.data import Examples
from tfdistill.data.slot_values import swap_slot_values

WORDS = [
    ["play", "blue", "in", "green"],
    ["play", "so", "what", "now"],
    ["stop"],
]
SLOTS = [
    ["O", "B-song", "I-song", "I-song"],
    ["O", "B-song", "I-song", "B-time"],
    ["O"],
]


def commands():
    labels = np.array([0, 0, 1], np.int32)
    return Examples([*map(" ".join, WORDS)], None, labels, WORDS, SLOTS)


def test_values_change_places_and_take_their_labels_along():
    found = swap_slot_values(commands(), 8, seed=3)
    rows = {tuple(w): s for w, s in zip(found.words, found.slots, strict=True)}
    assert rows == {
        ("play", "blue", "in", "green"): ["O", "B-song", "I-song", "I-song"],
        ("play", "so", "what"): ["O", "B-song", "I-song"],
        ("play", "so", "what", "now"): ["O", "B-song", "I-song", "B-time"],
        ("play", "blue", "in", "green", "now"): [
            *("O", "B-song", "I-song", "I-song", "B-time")
        ],
        ("stop",): ["O"],
    }
    assert found.texts == [*map(" ".join, found.words)]
    assert found.labels.tolist() == [0, 0, 0, 0, 1]


def test_the_original_comes_first_and_nothing_comes_twice():
    found = swap_slot_values(commands(), 20)
    assert found.words[0] == WORDS[0]
    assert len({*found.texts}) == len(found) == 5


def test_the_seed_decides():
    one, same, other = (swap_slot_values(commands(), 1, seed) for seed in (0, 0, 1))
    assert one.texts == same.texts
    assert one.texts != other.texts


def test_without_draws_examples_are_as_they_were():
    found = swap_slot_values(commands(), 0)
    assert (found.words, found.slots) == (WORDS, SLOTS)


def test_an_inside_label_that_continues_nothing_begins_a_value():
    examples = Examples(
        ["a b", "c"], None, None, [["a", "b"], ["c"]], [["O", "I-x"], ["I-x"]]
    )
    found = swap_slot_values(examples, 20)
    assert {*found.texts} == {"a b", "a c", "c", "b"}
    assert found.slots[found.texts.index("a c")] == ["O", "B-x"]


def test_real_commands_keep_to_the_values_of_their_slots(shared):
    from tfdistill.data import SlotFile

    files = ("train.jsonl", "dev.jsonl", "test.jsonl")
    dev = SlotFile(*files, "SNIPS", folder=shared / "data" / "snips").load("dev")

    def values(examples):
        from seqeval.metrics.sequence_labeling import get_entities

        return {
            (kind, tuple(words[begin : end + 1]))
            for words, slots in zip(examples.words, examples.slots, strict=True)
            for kind, begin, end in get_entities(slots)
        }

    found = swap_slot_values(dev, 3)
    assert len(dev) * 3 < len(found) <= len(dev) * 4
    assert values(found) == values(dev)


def test_examples_without_slots_are_refused():
    with pytest.raises(ValueError, match="set num_swaps to 0"):
        swap_slot_values(Examples(["a"]), 1)
    with pytest.raises(ValueError, match="0 or more; got -1"):
        swap_slot_values(commands(), -1)
