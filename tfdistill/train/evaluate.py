"""A model's outputs on one split, row by row, and the task's metrics of them."""

import keras
import numpy as np

from tfdistill.bert.encoder import BertEncoder
from tfdistill.data import Encoded, Task, score
from tfdistill.data.batching import buckets_within, epoch_batches, make_batch
from tfdistill.data.teacher_outputs import compiled

EVALUATION_BATCH = 64


def evaluate(model: BertEncoder, task: Task, encoded: Encoded) -> dict[str, float]:
    """Score a model on one split.

    Args:
        model: BertEncoder with the task's head.
        task: Task.
        encoded: Encoded, with labels.

    Returns:
        dict of metric name to value, as `tfdistill.data.score`.
    """
    return score(task, keras_outputs(model, encoded), encoded)


def keras_outputs(model: BertEncoder, encoded: Encoded) -> dict[str, list]:
    """Run the model in float32 on every row.

    Returns:
        dict of output name to n float32 arrays; an output per token has the row's real
        tokens only.
    """
    model = _in_float32(model)
    buckets = buckets_within(model.config.max_sequence_length)
    if keras.backend.backend() != "tensorflow":
        return collect_outputs(encoded, model.predict_on_batch, buckets)

    # Not predict_on_batch: among several workers it would collect the rows of all.
    @compiled
    def run(inputs):
        return model.select_outputs(model(inputs, training=False))

    return collect_outputs(encoded, run, buckets)


def collect_outputs(encoded: Encoded, run, length_buckets) -> dict[str, list]:
    """Run anything on every row, in order; see `keras_outputs`.

    Args:
        encoded: Encoded.
        run: callable, from the inputs of a batch to a dict of arrays by output name.
        length_buckets: ascending ints. Lengths that batches are padded to; a longer
            batch is not padded.
    """
    outputs = {}
    for rows in epoch_batches(encoded, EVALUATION_BATCH, None):
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
