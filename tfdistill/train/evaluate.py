"""The task's metrics of a Keras model on one split."""

import numpy as np

from tfdistill.bert.encoder import BertEncoder
from tfdistill.data import Encoded, Task, make_dataset, score

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
    outputs: dict[str, list] = {}
    for x, _ in make_dataset(encoded, EVALUATION_BATCH):
        for name, value in model.predict_on_batch(x).items():
            outputs.setdefault(name, []).extend(np.asarray(value))
    joined = {
        name: rows if rows[0].ndim > 1 else np.stack(rows)
        for name, rows in outputs.items()
    }
    return score(task, joined, encoded)
