"""New commands from old ones: other values in the places of slots' values.

What has slots needs more text than other tasks, as its values are names that no word
vector is near. Values of one slot may change places, and the labels of the new text are
known. Source: slot substitution, Louvan and Magnini 2020 (PACLIC 34, arXiv 2009.03695,
section 3).
"""

import numpy as np

from tfdistill.data.tasks import Examples


def swap_slot_values(examples: Examples, num_samples: int, seed: int = 0) -> Examples:
    """Return examples, and after each the texts that it becomes with other values.

    Every value of a new text is drawn from the different values that its slot has in
    any of the examples. An example without slots, and a draw that was made before for
    the same example, yield nothing.

    Args:
        examples: Examples with slots.
        num_samples: int, at least 0. Draws for each example.
        seed: int. With the number of the example it decides every draw.

    Raises:
        ValueError: examples without slots, or a negative num_samples.
    """
    if examples.slots is None:
        raise ValueError(
            "Slot values can be swapped only in examples with slots; these have none: "
            "set num_swaps to 0."
        )
    if num_samples < 0:
        raise ValueError(f"num_samples must be 0 or more; got {num_samples!r}.")
    values = _values(examples)
    rows, words, slots = [], [], []
    for number in range(len(examples)):
        random = np.random.default_rng((seed, number))
        for new_words, new_slots in _draws(
            examples.words[number], examples.slots[number], values, num_samples, random
        ):
            rows.append(number)
            words.append(new_words)
            slots.append(new_slots)
    labels = None if examples.labels is None else examples.labels[rows]
    return Examples([*map(" ".join, words)], None, labels, words, slots)


def _draws(words, slots, values, num_samples, random):
    """(words, slots) of an example as it is and with other values, all different."""
    found = {tuple(words): slots}  # an ordered set
    parts = _parts(words, slots)
    if any(slot for slot, _ in parts):
        for _ in range(num_samples):
            new_words, new_slots = [], []
            for slot, value in parts:
                if slot:
                    value = values[slot][random.integers(len(values[slot]))]
                new_words += value
                new_slots += _labels(slot, len(value))
            found.setdefault(tuple(new_words), new_slots)
    return [(list(new), labels) for new, labels in found.items()]


def _values(examples) -> dict:
    """{slot: its different values, tuples of words, in the order they are met}."""
    values = {}
    for words, slots in zip(examples.words, examples.slots, strict=True):
        for slot, value in _parts(words, slots):
            if slot:
                values.setdefault(slot, {})[value] = None
    return {slot: list(found) for slot, found in values.items()}


def _parts(words, slots) -> list[tuple[str, tuple]]:
    """(slot, its words) from left to right; the slot is "" where there is none."""
    parts = []
    for word, label in zip(words, slots, strict=True):
        slot = label[2:]
        # An I- that continues nothing begins a value, as in seqeval's default.
        if parts and slot == parts[-1][0] and label[:2] != "B-":
            parts[-1][1].append(word)
        else:
            parts.append((slot, [word]))
    return [(slot, tuple(value)) for slot, value in parts]


def _labels(slot, count):
    if not slot:
        return ["O"] * count
    return [f"B-{slot}"] + [f"I-{slot}"] * (count - 1)
