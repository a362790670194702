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
import sys
import time

import keras
import numpy as np
from absl import app, flags
from trained_on import score_file, train_on

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
    from tfdistill.train.prepare import prepare
    from tfdistill.train.recipe_file import read_recipe

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
        if stage.needs_teacher and not stage.fits_bits
    ]
    if not stages:
        sys.exit(f"Expected a student that a teacher taught; {run.workdir} has none.")
    stage, teacher = stages[-1]
    cache, _ = make_caches(run, stage, teacher, student)
    if cache is not None:
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
    file = "static_int8", _LENGTH.value, task, judged
    calibrated = score_file(student, *file, rows.take(chosen))
    begun = time.monotonic()
    trained = td.quantization_aware(student)
    train_on(
        trained,
        rows,
        [td.SoftTargets()],
        _STEPS.value,
        _RATE.value,
        _BATCH.value,
        seed,
        teacher=teacher,
        teacher_cache=cache,
    )
    minutes = (time.monotonic() - begun) / 60
    (in_keras,) = evaluate(trained, task, judged).values()
    in_file = score_file(trained, *file)
    return {
        "calibrated": calibrated.score,
        "trained, Keras": in_keras,
        "trained": in_file.score,
        "minutes": minutes,
        "MB": len(in_file.content) / 1e6,
    }


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
