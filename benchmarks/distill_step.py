"""Time and memory of a distillation step: ours beside PyTorch, TextBrewer and Keras.

    python benchmarks/distill_step.py --torch_python=TORCH_VENV/bin/python \\
        --tcmalloc=/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4 \\
        --output=benchmarks/results/distill_step.md

TinyBERT's losses (5 hidden states, 4 attention matrices, soft targets), 12 layers of
768 into 4 of 312, batch 32 as in the paper, all tokens real. Every system is a process
of its own (`distill_systems.py`); they take turns in random order, so that whatever
else the machine does falls on all. PyTorch runs Hugging Face's modules and saves the
weights that ours loads. TextBrewer's row needs the package `textbrewer` beside `torch`
and `transformers`. A row's ratio is the median over rounds of its time to PyTorch's.
"""

import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

from absl import app, flags

from tfdistill.export.benchmark import processor_name

PYTORCH = "torch"
NAMES = {
    PYTORCH: "PyTorch, Hugging Face modules",
    "textbrewer": "TextBrewer's GeneralDistiller",
    "ours": "tfdistill",
    "products": "tfdistill, its products alone in it (Recipe.dtype)",
    "xla": "tfdistill, jit_compile=True",
    "cached": "tfdistill, teacher cached (float16)",
    "keras": "keras.distillation.Distiller, logits alone",
    "logits": "tfdistill, logits alone",
}

_TORCH = flags.DEFINE_string("torch_python", None, "Python that has torch.")
_MALLOC = flags.DEFINE_string("tcmalloc", None, "Library to load into PyTorch's.")
_ALL_MALLOC = flags.DEFINE_bool("all_tcmalloc", False, "Load it into all of them.")
_SYSTEMS = flags.DEFINE_list("systems", list(NAMES), "Which to run.")
_LENGTHS = flags.DEFINE_multi_integer("sequence_length", [64, 128], "Tokens.")
_DTYPES = flags.DEFINE_multi_enum(
    "dtype", ["float32"], ["float32", "bfloat16"], "Precision of the step."
)
_BATCH = flags.DEFINE_integer("batch_size", 32, "Rows of a step.")
_STEPS = flags.DEFINE_integer("steps", 16, "Steps of a turn.")
_ROUNDS = flags.DEFINE_integer("rounds", 6, "Turns of each system.")
_OUTPUT = flags.DEFINE_string("output", None, "Markdown file to write.")


def main(argv):
    """Measure, print and write."""
    del argv
    parts = ["# A step of TinyBERT distillation\n", _about()]
    for dtype in _DTYPES.value:
        for length in _LENGTHS.value:
            parts += _table(dtype, length)
            page = "\n".join(parts) + "\n"
            if _OUTPUT.value:
                pathlib.Path(_OUTPUT.value).write_text(page, encoding="utf-8")
    print(page)


_ABOUT = """Teacher 12×768, student 4×312, batch {}, every token real; 5 hidden
states, 4 attention matrices, soft targets; AdamW. {}, all its cores. {} tcmalloc where
it was given. Times are medians; `ratio` is the median over rounds of the
time beside PyTorch's of the same round; memory is the peak of the process. Hugging
Face's modules give attention after the softmax; ours compares it before, as TinyBERT
does."""


def _about():
    who = "All systems have" if _ALL_MALLOC.value else "PyTorch has"
    return _ABOUT.format(_BATCH.value, processor_name(), who)


def _table(dtype, length):
    with tempfile.TemporaryDirectory() as folder:
        found = _measure(dtype, length, folder)
    base = found.get(PYTORCH)
    rows = [
        f"\n## {length} tokens, {dtype}\n",
        "| system | s per step | ratio | peak GB | first mean loss |",
        "|---|---|---|---|---|",
    ]
    for system, (turns, megabytes, loss) in found.items():
        ratio = "–"
        if base:
            pairs = zip(turns, base[0], strict=True)
            ratio = f"{statistics.median(a / b for a, b in pairs):.2f}"
        rows.append(
            f"| {NAMES[system]} | {statistics.median(turns):.3f} | {ratio} | "
            f"{megabytes / 1e3:.2f} | {loss:.5f} |"
        )
    return rows


def _measure(dtype, length, folder) -> dict:
    """Return {system: (seconds per step of each turn, peak MB, first loss)}."""
    processes = {}
    # One after the other: PyTorch first, as the others read the weights it saves.
    for system in sorted(_SYSTEMS.value, key=list(NAMES).index):
        if (system, dtype) == ("products", "float32"):
            continue  # it is "ours"
        process = _start(system, dtype, length, folder)
        if process is not None:
            processes[system] = process
    turns = {system: [] for system in processes}
    order = list(processes)
    for _ in range(_ROUNDS.value):
        random.shuffle(order)
        for system in order:
            turns[system].append(_turn(processes[system])["seconds"])
    found = {}
    for system, process in processes.items():
        process.stdin.close()
        last = json.loads(process.stdout.readline())
        process.wait()
        found[system] = turns[system], last["megabytes"], last["loss"]
    return found


def _start(system, dtype, length, folder):
    """Return a process that waits for its turns, or None if its system is not here."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    python = sys.executable
    is_torch = system in (PYTORCH, "textbrewer")
    if is_torch:
        python = _TORCH.value
    if _MALLOC.value and (is_torch or _ALL_MALLOC.value):
        environment["LD_PRELOAD"] = _MALLOC.value
    if python is None:
        return None
    script = pathlib.Path(__file__).with_name("distill_systems.py")
    numbers = length, _BATCH.value, _STEPS.value
    process = subprocess.Popen(
        [python, script, system, dtype, *map(str, numbers), folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )
    try:
        _turn(process)  # the first one traces
    except ValueError:
        print(f"{NAMES[system]} did not start, and is left out.", file=sys.stderr)
        return None
    return process


def _turn(process):
    try:
        process.stdin.write("\n")
        process.stdin.flush()
    except BrokenPipeError:
        pass
    return json.loads(process.stdout.readline())


if __name__ == "__main__":
    app.run(main)
