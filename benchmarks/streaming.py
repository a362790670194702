"""Peak memory of distillation on a large text file, beside a small one.

    python benchmarks/streaming.py --text=CHATS.txt --folder=BIG_DISK \\
        --output=benchmarks/results/streaming.md

The lines of TEXT are repeated, each with a number of its own, into a file of 50 MB and
one of 5 GB. A process for each distils MiniLM into 6 layers of 96 on some steps of its
file, then reads the file to its end as the same epoch does, and tells its peak memory.
The files are removed afterwards.
"""

import itertools
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

from absl import app, flags

_TEXT = flags.DEFINE_string("text", None, "Lines to repeat, UTF-8.", required=True)
_FOLDER = flags.DEFINE_string("folder", None, "Where the files are for the while.")
_MEGABYTES = flags.DEFINE_multi_integer("megabytes", [50, 5000], "Sizes of the files.")
_STEPS = flags.DEFINE_integer("steps", 100, "Steps of 32 lines.")
_OUTPUT = flags.DEFINE_string("output", None, "Markdown file to write.")
_CHILD = flags.DEFINE_string("child", None, "The file to train on; set by the program.")


def main(argv):
    """Run the program, or one of its processes."""
    del argv
    if _CHILD.value:
        print(json.dumps(_measure(_CHILD.value)))
        return
    rows = ["| text, MB | lines | peak memory, MB | seconds |", "|---|---|---|---|"]
    peaks = []
    for megabytes in _MEGABYTES.value:
        with tempfile.TemporaryDirectory(dir=_FOLDER.value) as folder:
            path = pathlib.Path(folder) / "text.txt"
            _write(path, megabytes * 1_000_000)
            found = _run(path)
        peaks.append(found["megabytes"])
        values = f"{found['lines']:,}", f"{peaks[-1]:.0f}", f"{found['seconds']:.0f}"
        rows.append(f"| {megabytes} | {' | '.join(values)} |")
    page = "\n".join(
        [
            "# Memory of distillation on text larger than memory\n",
            *rows,
            f"\nDifference: {peaks[-1] - peaks[0]:+.0f} MB. {_STEPS.value} steps of 32",
            "lines, MiniLM into 6 layers of 96; then the rest of the file is read.",
        ]
    )
    print(page)
    if _OUTPUT.value:
        pathlib.Path(_OUTPUT.value).write_text(page + "\n", encoding="utf-8")


def _write(path, size):
    lines = pathlib.Path(_TEXT.value).read_text(encoding="utf-8").splitlines()
    written = 0
    with path.open("w", encoding="utf-8") as file:
        for number in itertools.count():
            block = "".join(f"{line} {number}\n" for line in lines)
            file.write(block)
            written += len(block.encode())
            if written >= size:
                return


def _run(path):
    command = [sys.executable, __file__, f"--child={path}", f"--text={_TEXT.value}"]
    command.append(f"--steps={_STEPS.value}")
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def _measure(path):
    import tfdistill as td
    from tfdistill.data.corpus import Corpus, make_text_dataset
    from tfdistill.text import load_tokenizer

    begun = time.monotonic()
    folder = td.fetch_minilm()
    teacher = td.load_teacher(folder)
    student = td.build_student(
        "small_6_96", vocabulary_size=teacher.config.vocabulary_size
    )
    corpus = Corpus((path,))
    tokenizer = load_tokenizer(pathlib.Path(folder) / "vocab.txt")
    dataset = make_text_dataset(corpus, tokenizer, 32, 64, seed=0)
    distiller = td.Distiller(teacher, student, [td.HiddenStateMSE()])
    distiller.compile(optimizer="adamw")
    distiller.fit(dataset, steps_per_epoch=_STEPS.value, epochs=1, verbose=2)
    lines = sum(1 for _ in corpus.lines(seed=0))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    seconds = time.monotonic() - begun
    return {"lines": lines, "megabytes": peak, "seconds": seconds}


if __name__ == "__main__":
    app.run(main)
