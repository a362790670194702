"""The gate: Keras, float `.tflite` and quantized `.tflite` on the same real examples.

A file passes if the float file computes what Keras computes, if the file in question
is near it, and if no metric of the task loses more than the budget; and if Keras scores
what its run has reported, for with a vocabulary in another order all three would agree.
A file that fails does not stay (`export_verified`).
"""

import dataclasses
import os
import pathlib
import tempfile

import numpy as np

from tfdistill.bert.encoder import BertEncoder
from tfdistill.data import Encoded, Task, score
from tfdistill.export.each_length import file_outputs, other_lengths
from tfdistill.export.graph import read_graph
from tfdistill.export.judgement import (
    Comparison,
    VerificationReport,
    budget_failures,
    compare,
    differences,
    float_failures,
    report_failures,
    spread_failures,
)
from tfdistill.export.layers import layer_errors, worst
from tfdistill.export.metadata import Card, read_card, write_card
from tfdistill.export.runtime import TfliteModel
from tfdistill.export.schemes import HEAVIER
from tfdistill.export.to_tflite import ExportResult, export_tflite
from tfdistill.quantize.clustering import ClusteredEncoder, strip_clusters
from tfdistill.quantize.encoder import QuantizedEncoder, strip
from tfdistill.train.evaluate import keras_outputs
from tfdistill.train.files import written_whole

# Largest difference to Keras that a float32 file may show (Keras's own exporter tests
# allow the same), and points that a metric may lose.
MAX_ABS, BUDGET = 1e-4, 0.5


class VerificationError(ValueError):
    """A file that did not pass; `report` is its VerificationReport."""

    def __init__(self, report: VerificationReport):
        super().__init__(" ".join(report.failures))
        self.report = report


def verify(
    model: BertEncoder,
    path: str | os.PathLike,
    encoded: Encoded,
    task: Task,
    budget: float = BUDGET,
    max_abs: float = MAX_ABS,
    scheme: str | None = None,
    reported: dict[str, float] | None = None,
) -> VerificationReport:
    """Compare a `.tflite` file with the model that it was made from.

    A file that does not store all weights in float32 is compared in two steps: a
    float32 file is made for the occasion, which tells conversion from quantization. A
    static int8 file is compared with fake quantization in Keras alone.

    Args:
        model: BertEncoder with a head.
        path: the file.
        encoded: Encoded, real examples with labels, none longer than the file takes.
        task: Task of the examples.
        budget: float, points (hundredths) that each metric may lose against Keras.
        max_abs: float, largest difference to Keras that the float32 file may show.
        scheme: str, how to call the file in the report; None tells it from the weights.
        reported: dict of metric name to value, what the model scored on these examples
            when it was trained; None leaves the comparison out.

    Returns:
        VerificationReport. Whether it passed is its caller's concern.

    Raises:
        ValueError: examples without labels or longer than the file takes, a file that
            does not run.
    """
    if isinstance(model, ClusteredEncoder):
        model = strip_clusters(model)
    graph = read_graph(path)
    read_card(path)  # Behind the model: gone if the file is cut off.
    candidate = TfliteModel(path)
    is_static = isinstance(model, QuantizedEncoder) and "QUANTIZE" in graph.operators
    trained = model
    if isinstance(model, QuantizedEncoder) and not is_static:
        model = strip(model)
    truth = keras_outputs(model, encoded)
    rows = [Comparison("keras", score(task, truth, encoded))]
    before = rows[0]
    if reported and model is not trained:  # what was reported is under rounding
        outputs = keras_outputs(trained, encoded)
        before = Comparison("keras", score(task, outputs, encoded))
    if not graph.is_float32 and not is_static:
        with tempfile.TemporaryDirectory(prefix="tfdistill_") as folder:
            reference = pathlib.Path(folder, "float32.tflite")
            export_tflite(model, reference, "float32", candidate.sequence_lengths)
            outputs = file_outputs(TfliteModel(reference), encoded)
        rows.append(compare("float32", truth, outputs, encoded, task))
    name = "float32" if graph.is_float32 else scheme or "quantized"
    outputs = file_outputs(candidate, encoded)
    truth = _as_file_gives(candidate, truth)
    rows.append(compare(name, truth, outputs, encoded, task))
    failures = (
        *report_failures(before, reported),
        *(() if is_static else float_failures(rows[1], max_abs)),
        *spread_failures(rows[-1], truth),
        *_length_failures(
            candidate, model, encoded, max_abs if graph.is_float32 else None
        ),
        *budget_failures(rows, budget),
    )
    # One pass trains and is converted: its places have no names in the file.
    layers = () if is_static else layer_errors(model, path, encoded)
    if failures and layers:
        names = ", ".join(f"{x.name} ({x.added:.1e})" for x in worst(layers))
        failures = (*failures, f"Most is lost at {names}.")
    return VerificationReport(
        task.name, len(encoded), budget, max_abs, tuple(rows), failures, layers
    )


def export_verified(
    model: BertEncoder,
    path: str | os.PathLike,
    encoded: Encoded,
    task: Task,
    scheme: str = "dynamic_int8",
    sequence_length: int | tuple[int, ...] = 128,
    budget: float = BUDGET,
    max_abs: float = MAX_ABS,
    *,
    calibration=None,
    interface: str | None = None,
    card: Card | None = None,
    reported: dict[str, float] | None = None,
    allow_degraded: bool = False,
    compatibility: str = "2.14",
) -> tuple[ExportResult, VerificationReport]:
    """Write a `.tflite` file that has passed `verify`, or none.

    Args: as `export_tflite` and `verify`, and
        interface, compatibility: `task` and `compatibility` of `export_tflite`.
        card: Card, written into the file together with what the gate saw.
        allow_degraded: bool. Write the file although it fails; its card says so.

    Raises:
        VerificationError: over budget; nothing is left at `path`, or what was there.
            It names the lightest of the heavier schemes that would pass.
        ValueError: as `export_tflite` and `verify`.
    """

    def attempt(scheme, temporary):
        options = scheme, sequence_length, calibration, interface, compatibility
        result = export_tflite(model, temporary, *options)
        checks = budget, max_abs, scheme, reported
        return result, verify(model, temporary, encoded, task, *checks)

    with written_whole(path) as temporary:
        result, report = attempt(scheme, temporary)
        if not report.has_passed:
            can_round = calibration is not None or isinstance(model, QuantizedEncoder)
            others = [s for s in HEAVIER[scheme] if s != "static_int8" or can_round]
            report = _with_advice(report, others, attempt)
            if not allow_degraded:
                raise VerificationError(report)
            card = card or Card()
        if card is not None:
            proof = {**report.to_dict(), "scheme": scheme}
            write_card(temporary, dataclasses.replace(card, verification=proof))
            TfliteModel(temporary)
        size = temporary.stat().st_size
    path = pathlib.Path(path)
    return dataclasses.replace(result, path=path, size_bytes=size), report


def _with_advice(report, others, attempt) -> VerificationReport:
    """Add which scheme would pass, if the scheme is what is wrong."""
    if any("Keras" in failure for failure in report.failures):
        return report
    advice = "No heavier scheme passes either."
    with tempfile.TemporaryDirectory(prefix="tfdistill_") as folder:
        for other in others:
            _, tried = attempt(other, pathlib.Path(folder, "other.tflite"))
            if tried.has_passed:
                advice = f"{other} would pass."
                break
    return dataclasses.replace(report, failures=(*report.failures, advice))


def _length_failures(candidate, model, encoded, max_abs):
    """Yield a sentence for each length that no example takes and that is wrong.

    Args:
        candidate: TfliteModel.
        model: BertEncoder.
        encoded: Encoded.
        max_abs: float, largest difference of a float32 file; None for others.
    """
    for length, cut, outputs in other_lengths(candidate, encoded):
        truth = _as_file_gives(candidate, keras_outputs(model, cut))
        row = differences(f"{length} tokens of the", truth, outputs)
        yield from spread_failures(row, truth)
        if max_abs is not None:
            yield from float_failures(row, max_abs)


def _as_file_gives(candidate, truth):
    if "probabilities" in candidate.output_names:
        return {"logits": [_log_softmax(x) for x in truth["logits"]]}
    return truth


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max()
    return shifted - np.log(np.exp(shifted).sum())
