"""Latency of our export beside other exporters, other runtimes, and the floor.

    python benchmarks/latency.py --output=benchmarks/results/latency \\
        --torch_python=TORCH_VENV/bin/python

One network, several files: ours, KerasHub's BertBackbone by Keras's own exporter, ONNX
Runtime (where `onnxruntime` and a Python with torch are there; of the same weights as
ours, and compared with it), and the floor: the network's Dense layers alone on the same
interpreter. The files take turns in random order, so that whatever else the machine
does falls on all of them; what counts is the ratio within a round. Weights are random:
they do not change the time.
"""

import datetime
import json
import os
import pathlib
import tempfile

import numpy as np
from absl import app, flags
from latency_files import (
    BASE,
    FLOOR,
    ONNX,
    OURS,
    PEER,
    SCHEMES,
    export_all,
    export_base,
    make_runner,
)

from tfdistill.export.benchmark import processor_name

_OUTPUT = flags.DEFINE_string("output", None, "Path without ending.", required=True)
_SIZES = flags.DEFINE_multi_string(
    "size", ["tinybert_4_312", "extreme_12_96"], "Names of BertConfig."
)
_VOCABULARY = flags.DEFINE_integer("vocabulary_size", 5000, "Rows of the token table.")
_LENGTHS = flags.DEFINE_multi_integer("sequence_length", [16, 32, 64, 128], "Tokens.")
_THREADS = flags.DEFINE_multi_integer("num_threads", [1, 2], "Threads.")
_ROUNDS = flags.DEFINE_integer("rounds", 150, "Calls of each file.")
_CORE = flags.DEFINE_integer("core", 0, "Core to pin one thread to; -1: none.")
_TORCH = flags.DEFINE_string("torch_python", None, "Python that has torch.")


def main(argv):
    """Export, measure, print and write."""
    del argv
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        base = {length: export_base(length, folder) for length in _LENGTHS.value}
        for size in _SIZES.value:
            files = export_all(
                size, _VOCABULARY.value, _LENGTHS.value, folder, _TORCH.value
            )
            for threads in _THREADS.value:
                for length in _LENGTHS.value:
                    rows += _compare(size, length, threads, files, base[length])
                    _write(rows)
    print(_write(rows))


def _compare(size, length, threads, files, base) -> list[dict]:
    """Return one record per file, with its ratio to ours of the same scheme."""
    cores = os.sched_getaffinity(0)
    if threads == 1 and _CORE.value >= 0:
        os.sched_setaffinity(0, {_CORE.value})
    names = [(who, scheme) for who, scheme, tokens in files if tokens == length]
    runners = {
        name: make_runner(files[(*name, length)], length, threads) for name in names
    }
    runners[BASE, "float32"] = make_runner(base, length, threads)
    if (ONNX, "float32") in runners:
        _check_equal(runners[OURS, "float32"](), runners[ONNX, "float32"]())
    seconds = dict(zip(runners, _rounds(list(runners.values())).T, strict=True))
    os.sched_setaffinity(0, cores)
    paths = {
        **{name: files[(*name, length)] for name in names},
        (BASE, "float32"): base,
    }
    return [
        {
            "size": size,
            "sequence_length": length,
            "num_threads": threads,
            "file": who,
            "scheme": scheme,
            "size_bytes": paths[who, scheme].stat().st_size,
            "median_ms": 1000 * float(np.median(found)),
            "p10_ms": 1000 * float(np.percentile(found, 10)),
            "ours_to_it": {
                each: float(np.median(seconds[OURS, each] / found)) for each in SCHEMES
            },
        }
        for (who, scheme), found in seconds.items()
    ]


def _check_equal(ours, other):
    difference = float(np.abs(ours - other).max())
    if difference > 1e-3:
        raise ValueError(f"ONNX Runtime's logits differ from ours by {difference:.2g}.")


def _rounds(runners) -> np.ndarray:
    """Return seconds, float (rounds, files)."""
    import time

    random = np.random.default_rng(0)
    seconds = np.zeros((_ROUNDS.value, len(runners)))
    for number in range(-3, _ROUNDS.value):
        for i in random.permutation(len(runners)):
            started = time.perf_counter()
            runners[i]()
            if number >= 0:
                seconds[number, i] = time.perf_counter() - started
    return seconds


# === Page ===


def _write(rows) -> str:
    report = {
        "date": str(datetime.date.today()),
        "device": processor_name(),
        "load_average": os.getloadavg()[0],
        "versions": _versions(),
        "vocabulary_size": _VOCABULARY.value,
        "rounds": _ROUNDS.value,
        "rows": rows,
    }
    page = _page(report)
    pathlib.Path(f"{_OUTPUT.value}.json").write_text(json.dumps(report, indent=1))
    pathlib.Path(f"{_OUTPUT.value}.md").write_text(page, encoding="utf-8")
    return page


def _page(report) -> str:
    lines = [
        "# Latency of our export beside others, and beside its floor",
        "",
        f"{report['date']}, {report['device']}, {report['versions']}. Calls take turns "
        f"in random order, {report['rounds']} rounds, load average "
        f"{report['load_average']:.1f}; one thread is pinned to one core. A vocabulary "
        f"of {report['vocabulary_size']:,}, two classes, [CLS] pooled. A ratio is the "
        "median over rounds of our time by the other's, in the same scheme: below 1, "
        f"ours is faster. {PEER}: BertBackbone by Keras's LiteRT exporter. {ONNX}: "
        "the same weights, outputs compared. floor: the Dense layers of all blocks "
        "alone. BERT-base: float32, exported as the former; how many times faster.",
        "",
    ]
    head = ["size", "tokens", "threads", "scheme", "MB", "ms", "ms (p10)"]
    head += [f"/ {PEER}", f"/ {FLOOR}", f"/ {ONNX}", "BERT-base / ours"]
    lines += ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    keys = ("size", "sequence_length", "num_threads", "scheme", "file")
    found = {tuple(row[key] for key in keys): row for row in report["rows"]}
    for row in report["rows"]:
        if row["file"] != OURS:
            continue
        place = tuple(row[key] for key in keys[:3])
        scheme = row["scheme"]
        cells = [*place, scheme, f"{row['size_bytes'] / 1e6:.2f}"]
        cells += [f"{row['median_ms']:.2f}", f"{row['p10_ms']:.2f}"]
        for other in (PEER, FLOOR, ONNX):
            beside = found.get((*place, scheme, other))
            cells.append(f"{beside['ours_to_it'][scheme]:.2f}" if beside else "")
        base = found[(*place, "float32", BASE)]["ours_to_it"][scheme]
        cells.append(f"{1 / base:.0f}")
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def _versions() -> str:
    from importlib import metadata

    found = []
    for name in ("tensorflow", "keras", "keras-hub", "ai-edge-litert", "onnxruntime"):
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


if __name__ == "__main__":
    app.run(main)
