"""A model's outputs on encoded examples, from Keras or from a `.tflite` file."""

import numpy as np

from tfdistill.bert.encoder import BertEncoder
from tfdistill.data import Encoded
from tfdistill.data.batching import LENGTH_BUCKETS, epoch_batches, make_batch
from tfdistill.export.runtime import TfliteModel

_BATCH = 32


def keras_outputs(model: BertEncoder, encoded: Encoded) -> dict[str, list]:
    """Run the model in float32 on every row.

    Returns:
        dict of output name to n float32 arrays; an output per token has the row's real
        tokens only.
    """
    model = _in_float32(model)
    return _collect(encoded, model.predict_on_batch, LENGTH_BUCKETS)


def tflite_outputs(model: TfliteModel, encoded: Encoded) -> dict[str, list]:
    """Run a `.tflite` file on every row; see `keras_outputs`."""
    return _collect(encoded, model, (model.sequence_length,))


def _collect(encoded, run, length_buckets) -> dict[str, list]:
    outputs = {}
    for rows in epoch_batches(encoded, _BATCH, None):
        longest = int(encoded.lengths[rows].max())
        length = next((n for n in length_buckets if n >= longest), longest)
        batch = make_batch(encoded, rows, length)
        for name, values in run(batch if isinstance(batch, dict) else batch[0]).items():
            kept = outputs.setdefault(name, [])
            for row, value in zip(rows, np.asarray(values), strict=True):
                kept.append(value[: encoded.lengths[row]] if value.ndim > 1 else value)
    return outputs


def _in_float32(model: BertEncoder) -> BertEncoder:
    """Return the model itself, or a copy that computes in full precision."""
    if model.compute_dtype == "float32":
        return model
    config = {**model.get_config(), "dtype": "float32"}
    if config["head"] is not None:
        config["head"]["config"]["dtype"] = "float32"
    copy = BertEncoder.from_config(config)
    copy.set_weights(model.get_weights())
    return copy
