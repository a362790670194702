"""What training under fake quantization wins over calibration, with several seeds.

    python benchmarks/qat.py --workdir=runs/NAME --output=benchmarks/results/NAME_qat.md

The student is that of a finished work folder, or --student. Each seed takes other texts
to calibrate with, and another order of the texts that the student is trained on: on the
teacher's answers in the last stage that does not fit the student to its bits, under
tfmot's quantizers. Files are `static_int8` of one length, run on all examples of the
split that the recipe scores.
"""

import pathlib
import statistics
import tempfile
import time

import keras
import numpy as np
from absl import app, flags

_WORKDIR = flags.DEFINE_string("workdir", None, "Finished work folder.", required=True)
_STUDENT = flags.DEFINE_string("student", None, "Another student than the folder's.")
_OUTPUT = flags.DEFINE_string("output", None, "Markdown file to write.", required=True)
_STEPS = flags.DEFINE_integer("steps", 500, "Training steps.")
_BATCH = flags.DEFINE_integer("batch_size", 32, "Rows per step.")
_RATE = flags.DEFINE_float("learning_rate", 5e-5, "Peak; it falls to 0.")
_EXAMPLES = flags.DEFINE_integer("calibration", 1000, "Texts to calibrate with.")
_SEEDS = flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds of each row.")
_LENGTH = flags.DEFINE_integer("sequence_length", 64, "Tokens of the files.")


def main(argv):
    """Measure, print and write, seed by seed."""
    del argv
    from tfdistill.bert.saved import load_student
    from tfdistill.train.evaluate import evaluate
    from tfdistill.train.recipe_file import read_recipe
    from tfdistill.train.run import prepare

    workdir = pathlib.Path(_WORKDIR.value)
    path = pathlib.Path(_STUDENT.value or workdir / "student.keras")
    run = prepare(read_recipe(workdir), workdir)
    judged = run.encoded("student").held_out
    student = load_student(path)
    (score,) = evaluate(student, run.task, judged).values()
    rows, cache, teacher = _answers(run, student)
    found = []
    for seed in map(int, _SEEDS.value):
        found.append(_measure(path, seed, rows, cache, teacher, run.task, judged))
        print(seed, found[-1], flush=True)
        pathlib.Path(_OUTPUT.value).write_text(_page(path, run, score, found))


def _answers(run, student):
    """Return the rows of the last stage that fits no bits, its cache and teacher."""
    from tfdistill.train.casting import replay
    from tfdistill.train.teaching import make_caches

    stages = [
        (stage, teacher)
        for stage, teacher in replay(run)
        if stage.model == "student" and not stage.fits_bits
    ]
    stage, teacher = stages[-1]
    cache, _ = make_caches(run, stage, teacher, student)
    cache.fill()
    return run.training_rows(stage, "student"), cache, teacher


def _measure(path, seed, rows, cache, teacher, task, judged) -> dict:
    """Return the scores of both files and of the trained student, and the minutes."""
    import tfdistill as td
    from tfdistill.bert.saved import load_student
    from tfdistill.train.evaluate import evaluate

    keras.utils.set_random_seed(seed)
    chosen = np.random.default_rng(seed).permutation(len(rows))[: _EXAMPLES.value]
    student = load_student(path)
    calibrated, _ = _score_of_file(student, task, judged, rows.take(chosen))
    begun = time.monotonic()
    trained = td.quantization_aware(student)
    _train(teacher, trained, rows, cache, seed)
    minutes = (time.monotonic() - begun) / 60
    (in_keras,) = evaluate(trained, task, judged).values()
    in_file, megabytes = _score_of_file(trained, task, judged)
    return {
        "calibrated": calibrated,
        "trained, Keras": in_keras,
        "trained": in_file,
        "minutes": minutes,
        "MB": megabytes,
    }


def _train(teacher, student, rows, cache, seed):
    import tfdistill as td
    from tfdistill.distill.adamw import AdamWInOnePass
    from tfdistill.train.schedule import WarmupThenDecay

    steps = _STEPS.value
    distiller = td.Distiller(teacher, student, [td.SoftTargets()])
    schedule = WarmupThenDecay(_RATE.value, steps, steps // 10)
    distiller.compile(optimizer=AdamWInOnePass(schedule, weight_decay=0.01))
    data = td.make_dataset(
        rows, _BATCH.value, seed, shuffle=True, repeat=True, teacher_cache=cache
    )
    distiller.fit(data, steps_per_epoch=steps, verbose=2)


def _score_of_file(student, task, judged, calibration=None):
    from tfdistill.data import score
    from tfdistill.export.runtime import TfliteModel
    from tfdistill.export.to_tflite import export_tflite
    from tfdistill.train.evaluate import collect_outputs

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.tflite"
        export_tflite(student, path, "static_int8", _LENGTH.value, calibration)
        file = TfliteModel(path)
        outputs = collect_outputs(judged, file, file.sequence_lengths)
        megabytes = path.stat().st_size / 1e6
    (value,) = score(task, outputs, judged).values()
    return value, megabytes


def _page(path, run, score, found) -> str:
    names = ["calibrated", "trained, Keras", "trained"]
    lines = [
        f"# {path.parent.name} on {run.task.name} as `static_int8`\n",
        f"{_STEPS.value} steps of {_BATCH.value} on the teacher's answers, learning "
        f"rate {_RATE.value}; {_EXAMPLES.value} texts to calibrate with; "
        f"{_LENGTH.value} tokens. In float32, Keras: {100 * score:.2f}.\n",
        "| seed | calibrated, file | trained, Keras | trained, file | MB | minutes |",
        "|---|---|---|---|---|---|",
    ]
    for seed, row in zip(_SEEDS.value, found, strict=False):
        cells = " | ".join(f"{100 * row[name]:.2f}" for name in names)
        lines.append(f"| {seed} | {cells} | {row['MB']:.2f} | {row['minutes']:.1f} |")
    means = " | ".join(
        f"{100 * statistics.mean(row[name] for row in found):.2f}" for name in names
    )
    return "\n".join([*lines, f"| mean | {means} | | |"]) + "\n"


if __name__ == "__main__":
    app.run(main)
