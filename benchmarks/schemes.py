"""Every scheme of one student: size, time, score, parity, what a length costs.

    python benchmarks/schemes.py --student=runs/NAME --output=benchmarks/results/schemes

The student is a finished work folder. Each file has the lengths of --sequence_lengths;
static_int8 is calibrated on training texts. The files take turns in random order, one
thread, so that whatever else the machine does falls on all of them: what counts is the
ratio within a round. The files stay in --folder. With --quantizer_python there are rows
of ai-edge-quantizer too, which quantizes our float32 file; it needs other versions than
ours, so it stands in a Python of its own.
"""

import datetime
import json
import os
import pathlib

import numpy as np
from absl import app, flags

from tfdistill.export.benchmark import processor_name
from tfdistill.export.runtime import INPUT_NAMES, TfliteModel
from tfdistill.export.schemes import SCHEMES

_STUDENT = flags.DEFINE_string("student", None, "Finished work folder.", required=True)
_OUTPUT = flags.DEFINE_string("output", None, "Path without ending.", required=True)
_FOLDER = flags.DEFINE_string("folder", None, "Where files go.", required=True)
_LENGTHS = flags.DEFINE_list("sequence_lengths", ["16", "32", "64", "128"], "Tokens.")
_QUANTIZER = flags.DEFINE_string(
    "quantizer_python", None, "Python that has ai-edge-quantizer."
)
_ROUNDS = flags.DEFINE_integer("rounds", 60, "Calls of each file and length.")

_RECIPES = {
    "ai-edge-quantizer, int8": "dynamic_wi8_afp32",
    "ai-edge-quantizer, int4": "dynamic_wi4c_afp32",
    "ai-edge-quantizer, int4 in blocks of 32": "dynamic_wi4b32_afp32",
}
_QUANTIZE = """
import sys
from ai_edge_quantizer import quantizer, recipe
source, target, name = sys.argv[1:]
made = quantizer.Quantizer(source)
made.load_quantization_recipe(getattr(recipe, name)())
made.quantize().export_model(target, overwrite=True)
"""


def main(argv):
    """Export, score, time, print and write."""
    del argv
    from tfdistill.bert.saved import load_student
    from tfdistill.export import held_out
    from tfdistill.export.judgement import compare
    from tfdistill.train.evaluate import collect_outputs, keras_outputs

    folder = pathlib.Path(_FOLDER.value)
    folder.mkdir(parents=True, exist_ok=True)
    workdir = pathlib.Path(_STUDENT.value)
    lengths = tuple(int(text) for text in _LENGTHS.value)
    model = load_student(workdir / "student.keras")
    task, examples = held_out.load_held_out(workdir)
    rows = _export_all(model, held_out.load_training(workdir), lengths, folder)
    rows += _quantize_float(folder)
    truth = keras_outputs(model, examples)
    files = {row["scheme"]: TfliteModel(row["path"]) for row in rows}
    for row in rows:
        file = files[row["scheme"]]
        outputs = collect_outputs(examples, file, file.sequence_lengths)
        found = compare(row["scheme"], truth, outputs, examples, task)
        row |= {
            "metrics": found.metrics,
            "max_abs": found.max_abs,
            "mean_abs": found.mean_abs,
            "agreement": found.agreement,
        }
        print({k: v for k, v in row.items() if k != "storage"}, flush=True)
    _time(rows, files, (lengths[0], lengths[-1]))
    report = {
        "date": str(datetime.date.today()),
        "device": processor_name(),
        "load_average": os.getloadavg()[0],
        "student": workdir.name,
        "task": task.name,
        "examples": len(examples),
        "lengths": lengths,
        "rounds": _ROUNDS.value,
        "rows": [{k: v for k, v in row.items() if k != "path"} for row in rows],
    }
    page = _page(report)
    print(page)
    pathlib.Path(f"{_OUTPUT.value}.json").write_text(json.dumps(report, indent=2))
    pathlib.Path(f"{_OUTPUT.value}.md").write_text(page, encoding="utf-8")
    _plot(report, f"{_OUTPUT.value}.png")


def _export_all(model, training, lengths, folder) -> list[dict]:
    from tfdistill.export.storage import read_storage
    from tfdistill.export.to_tflite import export_tflite

    rows = []
    for scheme in SCHEMES:
        path, alone = folder / f"{scheme}.tflite", folder / f"{scheme}_one.tflite"
        result = export_tflite(model, path, scheme, lengths, training)
        row = {"scheme": scheme, "path": path, "size_bytes": result.size_bytes}
        if len(lengths) > 1 and scheme in ("float32", "dynamic_int8", "int4"):
            one = export_tflite(model, alone, scheme, lengths[-1], training).size_bytes
            extra = (result.size_bytes - one) / (len(lengths) - 1)
            row |= {"size_bytes_one": one, "bytes_per_length": extra}
        row["storage"] = read_storage(path).lines()
        rows.append(row)
        print(scheme, result.size_bytes, flush=True)
    return rows


def _quantize_float(folder) -> list[dict]:
    """Rows of the files that ai-edge-quantizer makes of ours."""
    import subprocess

    from tfdistill.export.storage import read_storage

    rows = []
    for scheme, recipe in _RECIPES.items() if _QUANTIZER.value else ():
        path = folder / f"{recipe}.tflite"
        arguments = _QUANTIZE, folder / "float32.tflite", path, recipe
        subprocess.run([_QUANTIZER.value, "-c", *arguments], check=True)
        size = path.stat().st_size
        row = {"scheme": scheme, "path": path, "size_bytes": size}
        rows.append(row | {"storage": read_storage(path).lines()})
    return rows


def _time(rows, files, lengths) -> None:
    """Add ms and ratios: float (rounds, files, lengths) seconds, in random order."""
    import time

    random = np.random.default_rng(0)
    seconds = np.zeros((_ROUNDS.value, len(rows), len(lengths)))
    inputs = {n: _ones(n) for n in lengths}
    for number in range(-2, _ROUNDS.value):
        for place in random.permutation(len(rows) * len(lengths)):
            i, j = divmod(int(place), len(lengths))
            started = time.perf_counter()
            files[rows[i]["scheme"]].run(inputs[lengths[j]])
            if number >= 0:
                seconds[number, i, j] = time.perf_counter() - started
    ratios = np.median(seconds / seconds[:, :1], axis=0)
    for i, row in enumerate(rows):
        for j, length in enumerate(lengths):
            row[f"ms_{length}"] = 1000 * float(np.median(seconds[:, i, j]))
            row[f"least_ms_{length}"] = 1000 * float(seconds[:, i, j].min())
            row[f"ratio_{length}"] = float(ratios[i, j])
        row["short_to_long"] = float(np.median(seconds[:, i, 0] / seconds[:, i, -1]))


def _ones(length):
    x = np.ones((1, length), np.int32)
    return dict(zip(INPUT_NAMES, (x, 0 * x, x), strict=True))


def _page(report) -> str:
    short, long = report["lengths"][0], report["lengths"][-1]
    metric = next(iter(report["rows"][0]["metrics"]))
    head = ["scheme", "MB", metric, "max abs", "mean abs", "agreement"]
    head += [f"ms at {long}", f"ratio at {long}", f"ms at {short}"]
    head += [f"{short} / {long}", "kB per extra length"]
    lines = [
        f"# Schemes of {report['student']} on {report['task']}",
        "",
        f"{report['date']}, {report['device']}, one thread, load average "
        f"{report['load_average']:.1f}, {report['rounds']} interleaved rounds; ms: "
        "median (least). Ratios are medians within a round, to float32. Lengths "
        f"{', '.join(map(str, report['lengths']))} in every file; {metric} in percent "
        f"on {report['examples']} dev examples; differences are to Keras's logits.",
        "",
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
    ]
    for row in report["rows"]:
        extra = row.get("bytes_per_length")
        cells = [
            row["scheme"],
            f"{row['size_bytes'] / 1e6:.2f}",
            f"{100 * row['metrics'][metric]:.2f}",
            f"{row['max_abs']:.1e}",
            f"{row['mean_abs']:.1e}",
            f"{100 * row['agreement']:.2f}",
            f"{row[f'ms_{long}']:.1f} ({row[f'least_ms_{long}']:.1f})",
            f"{row[f'ratio_{long}']:.2f}",
            f"{row[f'ms_{short}']:.1f} ({row[f'least_ms_{short}']:.1f})",
            f"{row['short_to_long']:.3f}",
            "" if extra is None else f"{extra / 1e3:.1f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    for row in report["rows"]:
        about = SCHEMES.get(row["scheme"]) or f"recipe.{_RECIPES[row['scheme']]}()"
        lines += ["", f"## {row['scheme']}", "", f"{about}.", ""]
        lines += [f"    {line}" for line in row["storage"]]
    return "\n".join(lines) + "\n"


def _plot(report, path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    long = report["lengths"][-1]
    metric = next(iter(report["rows"][0]["metrics"]))
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 4), sharey=True)
    pairs = (("size_bytes", 1e-6, "MB"), (f"ratio_{long}", 1, "time, float32 = 1"))
    for axis, (key, factor, label) in zip(axes, pairs, strict=True):
        # Marks of their own: some schemes share a place.
        for row, mark in zip(report["rows"], "o+x^sDv*P", strict=False):
            x, y = factor * row[key], 100 * row["metrics"][metric]
            axis.plot(x, y, mark, markersize=8, alpha=0.8, label=row["scheme"])
        axis.set_xlabel(label)
        axis.margins(0.15)
    axes[1].legend(fontsize=8, loc="center left", bbox_to_anchor=(1.02, 0.5))
    axes[0].set_ylabel(f"{metric}, %")
    figure.tight_layout()
    figure.savefig(path, dpi=110, bbox_inches="tight")


if __name__ == "__main__":
    app.run(main)
