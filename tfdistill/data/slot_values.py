"""New commands from old ones: other values in the places of slots' values.

What has slots needs more text than other tasks, as its values are names that no word
vector is near. Values of one slot may change places, and the labels of the new text are
known. Source: slot substitution, Louvan and Magnini 2020 (PACLIC 34, arXiv 2009.03695,
section 3).
"""

import numpy as np

from tfdistill.data.slot_path import bio_spans
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
    spans = bio_spans(slots)
    for _ in range(num_samples if spans else 0):
        new_words, new_slots, end = [], [], 0
        for slot, start, stop in spans:
            value = values[slot][random.integers(len(values[slot]))]
            new_words += [*words[end:start], *value]
            new_slots += ["O"] * (start - end)
            new_slots += [f"B-{slot}"] + [f"I-{slot}"] * (len(value) - 1)
            end = stop
        new_words += words[end:]
        new_slots += slots[end:]
        found.setdefault(tuple(new_words), new_slots)
    return [(list(new), labels) for new, labels in found.items()]


def _values(examples) -> dict:
    """{slot: its different values, tuples of words, in the order they are met}."""
    values = {}
    for words, slots in zip(examples.words, examples.slots, strict=True):
        for slot, start, stop in bio_spans(slots):
            values.setdefault(slot, {})[tuple(words[start:stop])] = None
    return {slot: list(found) for slot, found in values.items()}
