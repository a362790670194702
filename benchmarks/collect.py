"""Turns finished work folders into a table: who scored what, at which cost.

    python benchmarks/collect.py --output=benchmarks/results/sst2.md \\
        --title="SST-2" runs/sst2_s0 runs/sst2_labels_s0

Each folder's report.json is one row; a teacher that a folder trained is a row too. All
folders must be of one task and one split.
"""

import datetime
import json
import pathlib
import platform
import sys

from absl import app, flags

from tfdistill.export.benchmark import processor_name

_OUTPUT = flags.DEFINE_string("output", None, "Markdown file to write.", required=True)
_TITLE = flags.DEFINE_string("title", None, "Heading of the table.", required=True)


def main(argv):
    """Read the folders named in argv and write the table."""
    reports = [_read(folder) for folder in argv[1:]]
    if not reports:
        sys.exit("Expected at least one finished work folder; got none.")
    asked = {(r["task"], r["split"], tuple(r["metrics"])) for r in reports}
    if len(asked) > 1:
        sys.exit(f"Expected one task and one split in a table; got {sorted(asked)}.")
    rows = [row for report in reports for row in _rows(report)]
    pathlib.Path(_OUTPUT.value).write_text(_page(reports[0], rows), encoding="utf-8")
    print(f"{_OUTPUT.value}: {len(rows)} rows")


def _read(folder):
    path = pathlib.Path(folder) / "report.json"
    if not path.is_file():
        sys.exit(f"Expected a finished work folder; {path} does not exist.")
    return json.loads(path.read_text())


def _rows(report):
    minutes = report["stage_minutes"]
    for stage, scores in report["scores"].items():
        is_student = stage == "student"
        count = report["student_parameters"]
        if not is_student:
            count = report["teacher_parameters"][stage]
        own = sum(minutes.values()) if is_student else minutes[stage]
        yield [
            report["recipe"] if is_student else f"{report['recipe']}: {stage}",
            report["seed"],
            f"{count / 1e6:.2f}",
            *(f"{100 * scores[metric]:.2f}" for metric in report["metrics"]),
            f"{own:.1f}",
        ]


def _page(report, rows):
    head = ["recipe", "seed", "parameters, M", *report["metrics"], "minutes"]
    lines = [
        f"# {_TITLE.value}",
        "",
        f"{report['task']}, {report['split']} split, scored once at the end of each "
        "run, in percent. A student's minutes hold its teacher's.",
        "",
        f"{datetime.date.today()}, {platform.machine()}, {processor_name()}.",
        "",
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    app.run(main)
