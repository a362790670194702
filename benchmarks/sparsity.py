"""What pruning and clustering cost in accuracy, and buy in zipped size.

    python benchmarks/sparsity.py --student=runs/NAME \\
        --output=benchmarks/results/sparsity.md

The student is a finished work folder. It is trained on for --steps on the labels of its
training rows: as it is, pruned to some shares, in the 2:4 pattern, and clustered; each
becomes a dynamic_int8 file of one length, scored on the split that the recipe scores.
Zipped is deflate at its highest level, as a phone's package has it.
"""

import pathlib
import time
import zlib

import keras
from absl import app, flags
from trained_on import score_file, train_on

_STUDENT = flags.DEFINE_string("student", None, "Finished work folder.", required=True)
_OUTPUT = flags.DEFINE_string("output", None, "Markdown file to write.", required=True)
_STEPS = flags.DEFINE_integer("steps", 400, "Training steps of each row.")
_BATCH = flags.DEFINE_integer("batch_size", 64, "Rows per step.")
_RATE = flags.DEFINE_float("learning_rate", 5e-5, "Peak; it falls to 0.")
_SEED = flags.DEFINE_integer("seed", 0, "Of the order of the rows.")
_LENGTH = flags.DEFINE_integer("sequence_length", 64, "Tokens of the files.")

KINDS = {
    "as it is": {},
    "50 % zeros": {"sparsity": 0.5},
    "70 % zeros": {"sparsity": 0.7},
    "2 zeros in 4": {"pattern": (2, 4)},
    "32 values": {"clusters": 32},
    "16 values": {"clusters": 16},
}


def main(argv):
    """Train, convert, score and write, row by row."""
    del argv
    from tfdistill.data import encode
    from tfdistill.export import held_out
    from tfdistill.text import load_tokenizer
    from tfdistill.train.recipe_file import read_recipe

    workdir = pathlib.Path(_STUDENT.value)
    recipe = read_recipe(workdir)
    task, judged = held_out.load_held_out(workdir)
    tokenizer = load_tokenizer(workdir / "vocab.txt")
    rows = encode(recipe.source.load("train"), task, tokenizer, recipe.max_length)
    lines = [
        f"# Pruning and clustering of {workdir.name} on {task.name}\n",
        f"{_STEPS.value} steps of {_BATCH.value} on labels, learning rate "
        f"{_RATE.value}, seed {_SEED.value}; `dynamic_int8` at {_LENGTH.value} tokens; "
        f"{len(judged)} examples of {recipe.evaluate_on}.\n",
        "| kernels | zeros | score, Keras | score, file | MB | MB zipped | minutes |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, options in KINDS.items():
        lines.append(f"| {name} | {_measure(workdir, options, rows, task, judged)} |")
        print(lines[-1], flush=True)
        pathlib.Path(_OUTPUT.value).write_text("\n".join(lines) + "\n")


def _measure(workdir, options, rows, task, judged) -> str:
    import tfdistill as td
    from tfdistill.bert.saved import load_student
    from tfdistill.quantize.clustering import cluster, strip_clusters
    from tfdistill.quantize.pruning import Prune, sparsity_of
    from tfdistill.train.evaluate import evaluate

    keras.utils.set_random_seed(_SEED.value)
    begun = time.monotonic()
    student = load_student(workdir / "student.keras")
    callbacks = []
    if "clusters" in options:
        student = cluster(student, options["clusters"])
    elif options:
        end = 2 * _STEPS.value // 3
        callbacks.append(Prune(student, end_step=end, frequency=20, **options))
    train_on(
        student,
        rows,
        [td.HardLabels()],
        _STEPS.value,
        _RATE.value,
        _BATCH.value,
        _SEED.value,
        callbacks=callbacks,
    )
    if "clusters" in options:
        student = strip_clusters(student)
    minutes = (time.monotonic() - begun) / 60
    (score,) = evaluate(student, task, judged).values()
    file = score_file(student, "dynamic_int8", _LENGTH.value, task, judged)
    zipped = len(zlib.compress(file.content, 9))
    return (
        f"{100 * sparsity_of(student):.0f} % | {100 * score:.2f} | "
        f"{100 * file.score:.2f} | {len(file.content) / 1e6:.2f} | "
        f"{zipped / 1e6:.2f} | {minutes:.1f}"
    )


if __name__ == "__main__":
    app.run(main)
