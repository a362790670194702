"""Kills a run at random moments until it is through, and compares what it leaves.

    python benchmarks/kills.py --kills=20 --output=benchmarks/results/kills.md \\
        -- --config=configs/voice_commands.py --tiny

What follows `--` is the command line of tfdistill-train, without --workdir. It runs
once undisturbed; then again and again in another folder, ended by SIGKILL after a
random time, until one is left to finish. Weights and files have to be equal, byte for
byte.
"""

import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

from absl import app, flags

_KILLS = flags.DEFINE_integer("kills", 20, "How often to kill.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Of the moments.")
_OUTPUT = flags.DEFINE_string("output", None, "Markdown file to write.", required=True)


def main(argv):
    """Run the command of argv."""
    command = argv[1:]
    if not command:
        sys.exit("Expected the flags of tfdistill-train after --.")
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = pathlib.Path(folder, "whole"), pathlib.Path(folder, "killed")
        seconds = _finish(command, whole)
        moments, finished, total = _kill(command, whole, killed, seconds)
        lost = (total - finished * seconds) / len(moments)
        lines = [
            "# A run that is killed at random moments",
            "",
            f"`tfdistill-train {' '.join(command)}`: {seconds:.0f} s undisturbed.",
            f"{len(moments)} times SIGKILL (seed {_SEED.value}). {finished} runs were",
            "resumed until they came to their end, and compared with the undisturbed",
            "one: same files, byte for byte, and same weights. A kill cost",
            f"{lost:.1f} s on average, the start of a new process included.",
            "",
            "| kill | seconds after start | newest file |",
            "|---|---|---|",
            *(f"| {i} | {s:.1f} | {what} |" for i, (s, what) in enumerate(moments, 1)),
        ]
    pathlib.Path(_OUTPUT.value).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def _kill(command, whole, killed, seconds):
    moments, finished, total = [], 0, 0.0
    draw = random.Random(_SEED.value)
    while len(moments) < _KILLS.value:
        process, started = _start(command, killed), time.monotonic()
        try:
            process.wait(draw.uniform(0.0, seconds))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            moments.append((time.monotonic() - started, _describe(killed)))
        total += time.monotonic() - started
        if process.returncode == 0:
            finished += 1
            _compare(whole, killed)
            shutil.rmtree(killed)
        elif process.returncode > 0:
            sys.exit(f"A run that was resumed ended with {process.returncode}.")
    total += _finish(command, killed)
    _compare(whole, killed)
    return moments, finished + 1, total


def _start(command, folder):
    train = [sys.executable, "-m", "tfdistill.tflite.train", *command]
    return subprocess.Popen(
        [*train, f"--workdir={folder}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _finish(command, folder):
    started = time.monotonic()
    code = _start(command, folder).wait()
    if code:
        sys.exit(f"tfdistill-train {' '.join(command)} ended with exit code {code}.")
    return time.monotonic() - started


def _describe(folder):
    """Name the newest file of a run, the place that a resumed one begins at."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    files = [
        path for path in files if "logs" not in path.parts and path.name != ".lock"
    ]
    if not files:
        return "nothing"
    newest = max(files, key=lambda path: path.stat().st_mtime_ns)
    return f"`{newest.relative_to(folder)}`"


def _compare(whole, killed):
    for path in sorted(whole.rglob("*")):
        name = path.relative_to(whole)
        is_timed = name.name in _TIMED or name.match("stages/*.json")
        if not path.is_file() or name.parts[0] == "logs" or is_timed:
            continue
        other = killed / name
        if not other.is_file():
            sys.exit(f"{name} is missing after the kills.")
        if path.suffix == ".keras":
            _compare_weights(path, other)
        elif path.read_bytes() != other.read_bytes():
            sys.exit(f"{name} differs after the kills.")
    extra = {p.relative_to(killed) for p in killed.rglob("*") if p.is_file()}
    extra -= {p.relative_to(whole) for p in whole.rglob("*") if p.is_file()}
    extra = [name for name in extra if name.parts[0] != "logs"]
    if extra:
        sys.exit(f"{', '.join(map(str, extra))} was left behind by the kills.")


def _compare_weights(path, other):
    import numpy as np

    from tfdistill.bert.checkpoint import load_student

    pairs = zip(load_student(path).weights, load_student(other).weights, strict=True)
    if not all(np.array_equal(a, b) for a, b in pairs):
        sys.exit(f"The weights of {path.name} differ after the kills.")


# They hold minutes and milliseconds.
_TIMED = {"report.json", "table.json", "table.md", "table.png"}


if __name__ == "__main__":
    app.run(main)
