"""The tasks' metrics, from a model's outputs and the true labels."""

from collections.abc import Sequence

import numpy as np

from tfdistill.data.encode import NOT_SCORED, Encoded
from tfdistill.data.slot_path import best_path
from tfdistill.data.tasks import Examples, Task


def score(
    task: Task, outputs: dict[str, np.ndarray], examples: Encoded | Examples
) -> dict[str, float]:
    """Computes every metric of a task.

    Args:
        task: names the metrics: accuracy, f1 (of class 1 where there are two classes,
            else the mean over classes), matthews, pearson, spearman, intent_accuracy,
            slot_f1 (of whole entities, a word at a time), frame_accuracy (the share of
            texts whose intent and slots are all right).
        outputs: "logits", float (n, classes), (n,) or (n, 1) for a regression; for
            slots also "slot_logits", float (n, sequence, slots), or a sequence of n
            float (sequence, slots).
        examples: the rows in the order of the outputs; slots need them encoded.

    Returns:
        Dict of float, the main metric first. A metric that is undefined, as Matthews
        or a correlation with a constant, is 0.

    Raises:
        ValueError: no labels, outputs of other rows, or outputs that are not finite.

    Source: gluebenchmark.com for GLUE's metrics; `seqeval` for entities; Goo et al.
    (2018), Slot-Gated Modeling, whose "sentence-level semantic frame accuracy" is
    frame_accuracy.
    """
    if examples.labels is None:
        raise ValueError("The examples have no labels to score against.")
    logits = np.asarray(outputs["logits"], np.float64)
    _check_logits(logits, task, len(examples))
    slots = None
    if {"slot_f1", "frame_accuracy"} & set(task.metrics):
        slots = _slots(task, outputs, examples)
    scores = {}
    for metric in task.metrics:
        if metric == "slot_f1":
            scores[metric] = _slot_f1(*slots)
        elif metric == "frame_accuracy":
            is_right = logits.argmax(-1) == examples.labels
            scores[metric] = _frame_accuracy(is_right, *slots)
        elif task.kind == "regression":
            scores[metric] = _correlation(metric, logits.reshape(-1), examples.labels)
        else:
            scores[metric] = _class_score(metric, logits, examples.labels)
    return scores


def _check_logits(logits: np.ndarray, task: Task, num_rows: int) -> None:
    shapes = [(num_rows, task.num_labels)]
    if task.kind == "regression":
        shapes.append((num_rows,))
    if logits.shape not in shapes:
        raise ValueError(
            f"Expected logits of shape {shapes[0]} for {num_rows} examples of "
            f"{task.name!r}, got {logits.shape}."
        )
    if not np.isfinite(logits).all():
        raise ValueError("The logits are not finite: the model has diverged.")


def _class_score(metric: str, logits: np.ndarray, labels: np.ndarray) -> float:
    from sklearn import metrics

    predicted = logits.argmax(-1)
    if metric == "f1":
        average = "binary" if logits.shape[-1] == 2 else "macro"
        value = metrics.f1_score(labels, predicted, average=average, zero_division=0)
    elif metric == "matthews":
        value = metrics.matthews_corrcoef(labels, predicted)
    else:
        value = np.mean(labels == predicted)
    return float(value)


def _correlation(metric: str, predicted: np.ndarray, labels: np.ndarray) -> float:
    from scipy import stats

    if np.ptp(predicted) == 0 or np.ptp(labels) == 0:
        return 0.0
    function = {"pearson": stats.pearsonr, "spearman": stats.spearmanr}[metric]
    return float(function(predicted, labels).statistic)


def _slots(task: Task, outputs, encoded: Encoded) -> tuple[list, list]:
    if not isinstance(encoded, Encoded):
        raise ValueError("Slots need encoded examples: their first pieces are scored.")
    return word_slots(task, outputs["slot_logits"], encoded)


def _slot_f1(gold: list[list[str]], predicted: list[list[str]]) -> float:
    from seqeval.metrics import f1_score

    return float(f1_score(gold, predicted, zero_division=0))


def _frame_accuracy(is_right: np.ndarray, gold: list, predicted: list) -> float:
    rows = zip(is_right, gold, predicted, strict=True)
    return float(np.mean([right and true == found for right, true, found in rows]))


def word_slots(
    task: Task, slot_logits: Sequence[np.ndarray], encoded: Encoded
) -> tuple[list[list[str]], list[list[str]]]:
    """True and predicted slot labels of every word; words that were cut off are "O".

    Predicted is the likeliest row of labels that makes sense; see `best_path`.

    Args:
        slot_logits: n times float (sequence, slots), padded to any length.

    Returns:
        Two lists of n lists of str.
    """
    if len(slot_logits) != len(encoded):
        raise ValueError(
            f"{len(slot_logits)} rows of slot_logits came for {len(encoded)} examples."
        )
    names = np.array(task.slot_labels, object)
    gold, predicted = [], []
    for row, logits in enumerate(slot_logits):
        words = slice(encoded.word_starts[row], encoded.word_starts[row + 1])
        tokens = slice(encoded.row_starts[row], encoded.row_starts[row + 1])
        is_scored = encoded.slot_labels[tokens] != NOT_SCORED
        best = _best_slots(task, logits, is_scored)
        gold.append(names[encoded.word_slots[words]].tolist())
        cut_off = ["O"] * (len(gold[-1]) - len(best))
        predicted.append(names[best].tolist() + cut_off)
    return gold, predicted


def _best_slots(task: Task, logits: np.ndarray, is_scored: np.ndarray) -> np.ndarray:
    if len(logits) < len(is_scored) or logits.shape[-1] != len(task.slot_labels):
        raise ValueError(
            f"Expected slot_logits of {len(is_scored)} or more tokens and "
            f"{len(task.slot_labels)} slots, got {logits.shape}."
        )
    scored = logits[: len(is_scored)][is_scored]
    if not np.isfinite(scored).all():
        raise ValueError("The slot_logits are not finite: the model has diverged.")
    return best_path(scored, task.slot_labels)
