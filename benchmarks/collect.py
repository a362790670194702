"""Turns finished work folders into a table: who scored what, at which cost.

    python benchmarks/collect.py --output=benchmarks/results/sst2.md \\
        --title="SST-2" runs/sst2_s0 runs/sst2_labels_s0

Each recipe is one row, whatever the seeds of its folders; a teacher that a folder
trained is a row too. All folders must be of one task and one split.
"""

import datetime
import pathlib
import platform
import sys

from absl import app, flags
from reports import read_report
from spread import mean_and_spread

from tfdistill.export.benchmark import processor_name

_OUTPUT = flags.DEFINE_string("output", None, "Markdown file to write.", required=True)
_TITLE = flags.DEFINE_string("title", None, "Heading of the table.", required=True)


def main(argv):
    """Read the folders named in argv and write the table."""
    reports = [read_report(folder) for folder in argv[1:]]
    if not reports:
        sys.exit("Expected at least one finished work folder; got none.")
    asked = {(r["task"], r["split"], tuple(r["metrics"])) for r in reports}
    if len(asked) > 1:
        sys.exit(f"Expected one task and one split in a table; got {sorted(asked)}.")
    rows = [*_rows(reports)]
    pathlib.Path(_OUTPUT.value).write_text(_page(reports[0], rows), encoding="utf-8")
    print(f"{_OUTPUT.value}: {len(rows)} rows")


def _rows(reports):
    """A row for each model; seeds of one recipe are one row."""
    groups = {}
    for report in reports:
        for name, values in _models(report):
            group = groups.setdefault(name, {})
            # A teacher that several runs share is counted once.
            group.setdefault(tuple(values), report["seed"])
    for name, group in groups.items():
        parameters, *scores, minutes = zip(*group, strict=True)
        seeds = ", ".join(map(str, group.values()))
        cells = [mean_and_spread([100 * value for value in each]) for each in scores]
        yield [
            name,
            seeds,
            f"{parameters[0] / 1e6:.2f}",
            *cells,
            mean_and_spread(minutes, 1),
        ]


def _models(report):
    """(name, (parameters, scores, minutes)) of the student and of its teachers."""
    minutes = report["stage_minutes"]
    for stage, scores in report["scores"].items():
        numbers = [scores[metric] for metric in report["metrics"]]
        if stage == "student":
            count, own = report["student_parameters"], sum(minutes.values())
            yield report["recipe"], [count, *numbers, own]
        else:
            count, own = report["teacher_parameters"][stage], minutes[stage]
            yield f"{report['recipe']}: {stage}", [count, *numbers, own]


def _page(report, rows):
    head = ["recipe", "seeds", "parameters, M", *report["metrics"], "minutes"]
    lines = [
        f"# {_TITLE.value}",
        "",
        f"{report['task']}, {report['split']} split, scored once at the end of each "
        "run, in percent; of several seeds the mean ± half of what lies between the "
        "highest and the lowest. A student's minutes hold its teacher's.",
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
