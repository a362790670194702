"""What a program's start and a step's update cost, ours beside Keras's.

    python benchmarks/overheads.py --output=benchmarks/results/overheads.md

The start: Keras and TensorFlow imported as the programs import them, and plainly; a
process for each, in turns, the largest memory and the median time. The step: labels
alone into an encoder of MiniLM's sizes, one text of 64 tokens, under `AdamWInOnePass`
and under Keras's AdamW; the batch is small because the update is what differs. Weights
are random: they do not change the time.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import time

from absl import app, flags

from tfdistill.export.benchmark import processor_name
from tfdistill.tflite import program

_OUTPUT = flags.DEFINE_string("output", None, "Markdown file to write.", required=True)
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Turns of each row.")
_STEPS = flags.DEFINE_integer("steps", 10, "Steps of a turn.")

_PEAK = """
import json, resource, time
begun = time.perf_counter()
{start}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(json.dumps([time.perf_counter() - begun, peak]))
"""
STARTS = {
    "as programs do": "from tfdistill.tflite import program\n"
    "program.start_tensorflow()",
    "plainly": "import keras, tensorflow\ntensorflow.config.list_logical_devices()",
}


def main(argv):
    """Measure, print and write."""
    del argv
    page = (
        "# A program's start and a step's update\n\n"
        f"{processor_name()}, {_ROUNDS.value} turns.\n\n"
        "| start | s | GB |\n|---|---|---|\n"
    )
    for name, found in _starts().items():
        seconds, gigabytes = zip(*found, strict=True)
        page += (
            f"| {name} | {statistics.median(seconds):.1f} | {max(gigabytes):.2f} |\n"
        )
    page += "\n| optimizer | ms of a step |\n|---|---|\n"
    for name, seconds in _steps().items():
        page += f"| {name} | {1e3 * statistics.median(seconds):.0f} |\n"
    pathlib.Path(_OUTPUT.value).write_text(page, encoding="utf-8")
    print(page)


def _starts() -> dict:
    found = {name: [] for name in STARTS}
    for _ in range(_ROUNDS.value):
        for name, start in STARTS.items():
            command = [sys.executable, "-c", _PEAK.format(start=start)]
            run = subprocess.run(command, capture_output=True, text=True, check=True)
            found[name].append(json.loads(run.stdout.splitlines()[-1]))
    return found


def _steps() -> dict:
    program.start_tensorflow()
    import keras
    import numpy as np

    import tfdistill as td
    from tfdistill.distill.adamw import AdamWInOnePass

    x = {
        name: np.ones((1, 64), np.int32)
        for name in ("token_ids", "segment_ids", "padding_mask")
    }
    distillers = {}
    for optimizer in (AdamWInOnePass, keras.optimizers.AdamW):
        config = td.BertConfig(6, 384, 12, 1536, vocabulary_size=30522)
        model = td.build_student(config, head=td.Classification(2))
        distiller = td.Distiller(None, model, [td.HardLabels()])
        distiller.compile(optimizer=optimizer(1e-5, weight_decay=0.01))
        distiller.train_on_batch(x, np.zeros(1, np.int32))  # traces
        distillers[optimizer.__name__] = distiller
    seconds = {name: [] for name in distillers}
    for _ in range(_ROUNDS.value):
        for name, distiller in distillers.items():
            begun = time.perf_counter()
            for _ in range(_STEPS.value):
                distiller.train_on_batch(x, np.zeros(1, np.int32))
            seconds[name].append((time.perf_counter() - begun) / _STEPS.value)
    return seconds


if __name__ == "__main__":
    app.run(main)
