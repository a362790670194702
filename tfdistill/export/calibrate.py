"""Ranges of the activations, which `static_int8` rounds within.

The ranges are a dict of an activation's name (`Form.seen`) to its least and greatest
value, float32. They come from real examples, as here, or from training with rounding.
"""

import pathlib

import numpy as np
import tensorflow as tf

from tfdistill.bert.encoder import BertEncoder
from tfdistill.data import Encoded
from tfdistill.data.batching import make_batch
from tfdistill.export.form import Form
from tfdistill.export.inference import INPUT_NAMES, forward
from tfdistill.text.json_text import parse_json

NUM_EXAMPLES = 128


def calibrate(
    model: BertEncoder, encoded: Encoded, num_examples: int = NUM_EXAMPLES
) -> dict[str, tuple[float, float]]:
    """Return the range of every activation that `Form.seen` names.

    What stands at padding has no say.

    Args:
        model: BertEncoder.
        encoded: Encoded, real texts; their labels are not read.
        num_examples: int. Texts to run, spread evenly over `encoded`.

    Raises:
        ValueError: no examples.
    """
    if not len(encoded) or num_examples < 1:
        raise ValueError(
            "Expected examples to calibrate with; got "
            f"{num_examples} of {len(encoded)}."
        )
    count = min(num_examples, len(encoded))
    rows = np.linspace(0, len(encoded) - 1, count).astype(int)
    length = int(encoded.lengths[rows].max())
    run = _observed(model, length)
    ends = []
    for row in rows:
        batch = make_batch(encoded, np.array([row]), length)
        inputs = batch if isinstance(batch, dict) else batch[0]
        ends.append(run(*(tf.constant(inputs[name]) for name in INPUT_NAMES)))
    return {
        name: (
            min(float(each[name][0]) for each in ends),
            max(float(each[name][1]) for each in ends),
        )
        for name in ends[0]
    }


def _observed(model, length: int):
    """Return a function of one text that gives name to (least, greatest) value."""

    @tf.function(autograph=False)
    def run(token_ids, segment_ids, padding_mask):
        ends = {}
        is_real = tf.cast(padding_mask[0], tf.bool)

        def look(name, x):
            # Zero is in every range: it has to be a whole step.
            real = x
            if x.shape[-2] == length:
                real = tf.where(is_real[:, None], real, 0.0)
            if name.endswith("attention/scores"):
                real = tf.where(is_real, real, 0.0)
            low = tf.minimum(tf.reduce_min(real), 0.0)
            ends[name] = low, tf.maximum(tf.reduce_max(real), 0.0)
            return x

        forward(model, token_ids, segment_ids, padding_mask, Form(tap=look))
        return ends

    return run


def read_ranges(path) -> dict[str, tuple[float, float]]:
    """Read ranges from a JSON file: name to [least, greatest].

    Raises:
        ValueError: it is missing or something else.
    """
    try:
        values = parse_json(pathlib.Path(path).read_text(encoding="utf-8"))
        return {name: (float(a), float(b)) for name, (a, b) in values.items()}
    except (AttributeError, OSError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} has no ranges ({error}); expected name to [least, greatest]."
        ) from None


def rounding(ranges: dict[str, tuple[float, float]]):
    """Return a `Form.tap` that rounds activations to the 256 steps of their ranges.

    Probabilities are rounded within 0 to 1 whatever was seen.

    Raises:
        ValueError: when it meets an activation without a range.
    """

    def tap(name, x):
        if name.endswith("/probabilities"):
            return tf.quantization.fake_quant_with_min_max_args(x, 0.0, 255 / 256)
        if name not in ranges:
            raise ValueError(
                f"The ranges lack {name!r}: they were made for another model."
            )
        low, high = ranges[name]
        high = max(high, low + 1e-6)
        return tf.quantization.fake_quant_with_min_max_args(x, low, high)

    return tap
