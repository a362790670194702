"""Latency of our export against KerasHub's BertBackbone and Keras's own exporter.

    python benchmarks/latency.py --output=benchmarks/results/latency

Same shape, same length, one thread pinned to one core, both schemes. The files take
turns in random order, so that whatever else the machine does falls on all of them; what
counts is the ratio within a round. Weights are random: they do not change the time.
"""

import datetime
import json
import os
import pathlib
import statistics
import tempfile

import numpy as np
from absl import app, flags

from tfdistill.export.benchmark import processor_name
from tfdistill.export.graph import read_graph
from tfdistill.export.runtime import INPUT_NAMES, TfliteModel

SCHEMES = ("float32", "dynamic_int8")
PEER = "KerasHub + Keras"

_OUTPUT = flags.DEFINE_string("output", None, "Path without ending.", required=True)
_SIZES = flags.DEFINE_multi_string(
    "size", ["tinybert_4_312", "extreme_12_96"], "Names of BertConfig."
)
_VOCABULARY = flags.DEFINE_integer("vocabulary_size", 5000, "Rows of the token table.")
_LENGTHS = flags.DEFINE_multi_integer("sequence_length", [128], "Tokens.")
_ROUNDS = flags.DEFINE_integer("rounds", 200, "Calls of each file in a repetition.")
_REPETITIONS = flags.DEFINE_integer("repetitions", 3, "Each gives one ratio.")
_CORE = flags.DEFINE_integer("core", 0, "Core to pin to; -1 leaves it to the system.")


def main(argv):
    """Export, measure, print and write."""
    del argv
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for size in _SIZES.value:
            for length in _LENGTHS.value:
                files = _export_all(size, length, pathlib.Path(folder))
                for scheme in SCHEMES:
                    rows += _compare(size, length, scheme, files)
    report = {
        "date": str(datetime.date.today()),
        "device": processor_name(),
        "load_average": os.getloadavg()[0],
        "versions": _versions(),
        "vocabulary_size": _VOCABULARY.value,
        "rounds": _ROUNDS.value,
        "repetitions": _REPETITIONS.value,
        "rows": rows,
    }
    page = _page(report)
    print(page)
    pathlib.Path(f"{_OUTPUT.value}.json").write_text(json.dumps(report, indent=2))
    pathlib.Path(f"{_OUTPUT.value}.md").write_text(page, encoding="utf-8")


# === Files ===


def _export_all(size, length, folder) -> dict:
    """Return {(who, scheme): path}; we have one file per pooling."""
    from tfdistill.bert.heads import Classification
    from tfdistill.export.to_tflite import export_tflite

    files = {}
    peer = _peer(size)
    for scheme in SCHEMES:
        path = folder / f"{size}_{length}_peer_{scheme}.tflite"
        files[PEER, scheme] = _export_peer(peer, path, scheme, length)
    for pooling in ("cls", "mean"):
        model = _ours(size, Classification(2, pooling))
        for scheme in SCHEMES:
            path = folder / f"{size}_{length}_{pooling}_{scheme}.tflite"
            export_tflite(model, path, scheme, length)
            files[f"tfdistill, {pooling}", scheme] = path
    return files


def _ours(size, head):
    from tfdistill.bert.encoder import build_student

    return _shaken(build_student(size, head=head, vocabulary_size=_VOCABULARY.value))


def _peer(size):
    import keras
    import keras_hub

    from tfdistill.bert.config import BertConfig

    config = BertConfig.named(size)
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=_VOCABULARY.value,
        num_layers=config.num_layers,
        num_heads=config.num_heads,
        hidden_dim=config.hidden_dim,
        intermediate_dim=config.intermediate_dim,
        max_sequence_length=config.max_sequence_length,
    )
    logits = keras.layers.Dense(2)(backbone.output["pooled_output"])
    return _shaken(keras.Model(backbone.inputs, logits))


def _shaken(model):
    """Make no weight zero: converters drop a bias that is."""
    random = np.random.default_rng(0)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(weight + 0.05 * random.normal(size=weight.shape))
    return model


def _export_peer(model, path, scheme, length):
    import tensorflow as tf

    signature = {
        name: tf.TensorSpec((1, length), tf.int32, name=name) for name in INPUT_NAMES
    }
    options = {}
    if scheme == "dynamic_int8":
        options["optimizations"] = [tf.lite.Optimize.DEFAULT]
    model.export(
        str(path),
        format="litert",
        input_signature=[signature],
        verbose=False,
        **options,
    )
    return path


# === Measurement ===


def _compare(size, length, scheme, files) -> list[dict]:
    """Return one record per file of a scheme, its ratio to KerasHub's included."""
    names = [who for who, kind in files if kind == scheme]
    models = [_loaded(files[name, scheme]) for name in names]
    if _CORE.value >= 0:
        os.sched_setaffinity(0, {_CORE.value})
    seconds = np.array([_rounds(models) for _ in range(_REPETITIONS.value)])
    ratios = np.median(seconds / seconds[:, :, :1], axis=1)
    return [
        {
            "size": size,
            "sequence_length": length,
            "scheme": scheme,
            "file": name,
            "size_bytes": files[name, scheme].stat().st_size,
            "operators": sum(read_graph(files[name, scheme]).operators.values()),
            "median_ms": 1000 * float(np.median(seconds[:, :, i])),
            "p10_ms": 1000 * float(np.percentile(seconds[:, :, i], 10)),
            "ratio": statistics.median(ratios[:, i]),
            "ratios": ratios[:, i].tolist(),
        }
        for i, name in enumerate(names)
    ]


def _loaded(path):
    model = TfliteModel(path, num_threads=1)
    inputs = {
        name: np.ones((1, model.sequence_length), np.int32) for name in INPUT_NAMES
    }
    inputs["segment_ids"] *= 0
    for _ in range(5):
        model.run(inputs)
    return lambda: model.run(inputs)


def _rounds(models) -> np.ndarray:
    """Return seconds, float (rounds, models)."""
    import time

    random = np.random.default_rng(0)
    seconds = np.zeros((_ROUNDS.value, len(models)))
    for row in seconds:
        for i in random.permutation(len(models)):
            started = time.perf_counter()
            models[i]()
            row[i] = time.perf_counter() - started
    return seconds


# === Page ===


def _page(report) -> str:
    head = ["size", "tokens", "scheme", "file", "MB", "operators", "ms", "ms (p10)"]
    head += ["ratio", "lowest to highest"]
    lines = [
        "# Latency: our export against KerasHub's BertBackbone and Keras's exporter",
        "",
        f"{report['date']}, {report['device']}, one thread pinned to one core, "
        f"{report['versions']}. Interleaved calls in random order, "
        f"{report['repetitions']} x {report['rounds']} rounds, load average "
        f"{report['load_average']:.1f}; ratio = median over the rounds of ours / "
        f"theirs, beside the least and greatest repetition. Vocabulary of "
        f"{report['vocabulary_size']:,}, random weights, two classes.",
        "",
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
    ]
    for row in report["rows"]:
        cells = [
            row["size"],
            row["sequence_length"],
            row["scheme"],
            row["file"],
            f"{row['size_bytes'] / 1e6:.2f}",
            row["operators"],
            f"{row['median_ms']:.2f}",
            f"{row['p10_ms']:.2f}",
            f"{row['ratio']:.3f}",
            f"{min(row['ratios']):.3f} to {max(row['ratios']):.3f}",
        ]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def _versions() -> str:
    from importlib.metadata import version

    names = ("tensorflow", "keras", "keras-hub", "ai-edge-litert")
    return ", ".join(f"{name} {version(name)}" for name in names)


if __name__ == "__main__":
    app.run(main)
