"""Distilled students beside their twins on labels alone and their teachers, as a table
and a picture.

    python benchmarks/twins.py --output=benchmarks/results/NAME --title="TITLE" \\
        runs/cola_s0 runs/cola_s1 runs/cola_s0_twin runs/cola_s1_twin ...

Every argument is a finished work folder; a twin is one that --undistilled has made. A
row is a task and a body, over all seeds. Size and latency are those of the first folder
that has been exported.
"""

import json
import pathlib
import statistics
import sys

from absl import app, flags
from reports import read_report
from spread import mean_and_spread

_OUTPUT = flags.DEFINE_string("output", None, "Path without ending.", required=True)
_TITLE = flags.DEFINE_string("title", None, "Heading.", required=True)

_TWIN = "_labels"
_COLORS = {"teacher": "#444444", "student": "#0072B2", "twin": "#D55E00"}


def main(argv):
    """Read the folders named in argv, write the table and the picture."""
    rows = {}
    for folder in argv[1:]:
        report = read_report(folder)
        name = report["recipe"].removesuffix(_TWIN)
        row = rows.setdefault(name, {"student": {}, "twin": {}, "teacher": {}})
        kind = "twin" if report["recipe"].endswith(_TWIN) else "student"
        if report["seed"] in row[kind]:
            sys.exit(
                f"Expected one {kind} of {name} for each seed; {folder} is another."
            )
        row[kind][report["seed"]] = report
        row.setdefault("metrics", report["metrics"])
        if kind == "student":
            if "teacher" not in report["scores"]:
                sys.exit(
                    f"Expected a run with a stage called teacher; {folder} has none."
                )
            row["teacher"][report["seed"]] = report["scores"]["teacher"]
            row["file"] = row.get("file") or _file(folder)
    incomplete = [name for name, row in rows.items() if not row["student"]]
    if not rows or incomplete:
        sys.exit(
            "Expected finished work folders, with a student for each twin; got "
            f"{argv[1:]}, where {incomplete or 'nothing'} has none."
        )
    output = pathlib.Path(_OUTPUT.value)
    output.with_suffix(".md").write_text(_page(rows), encoding="utf-8")
    _draw(rows, output.with_suffix(".png"))
    print(output.with_suffix(".md").read_text())


def _file(folder):
    """(MB, ms) of the int8 file, if the folder was exported."""
    path = pathlib.Path(folder) / "table.json"
    if not path.is_file():
        return None
    rows = json.loads(path.read_text())["rows"]
    row = next((each for each in rows if each["name"] == "student, dynamic_int8"), None)
    if row is None:
        return None
    return row["size_bytes"] / 1e6, row["latency_ms"], row["sequence_length"]


def _page(rows):
    lines = [
        f"# {_TITLE.value}",
        "",
        "In percent; mean over seeds ± half of what lies between the highest and the "
        "lowest. Minutes are those of a student's own stages, of one seed; what it was "
        "begun with comes before.",
        "",
        "| recipe | parameters, M | MB, int8 | ms | metric | teacher | student | "
        "% of teacher | twin on labels | seeds | minutes | twin's |",
        "|" + "---|" * 12,
        *(
            _line(name, row, metric)
            for name, row in rows.items()
            for metric in row["metrics"]
        ),
    ]
    return "\n".join(lines) + "\n"


def _line(name, row, metric):
    students = [each["scores"]["student"][metric] for each in row["student"].values()]
    twins = [each["scores"]["student"][metric] for each in row["twin"].values()]
    teachers = [each[metric] for each in row["teacher"].values()]
    teachers = teachers if len(set(teachers)) > 1 else teachers[:1]
    kept = statistics.mean(students) / (statistics.mean(teachers) or float("nan"))
    first = next(iter(row["student"].values()))
    size, milliseconds, length = row["file"] or (None, None, None)
    cells = [
        name,
        f"{first['student_parameters'] / 1e6:.2f}",
        "" if size is None else f"{size:.2f}",
        "" if size is None else f"{milliseconds:.2f} ({length} tokens)",
        metric,
        _percent(teachers),
        _percent(students),
        f"{100 * kept:.1f}",
        _percent(twins) if twins else "",
        f"{len(students)}, {len(twins)}",
        f"{statistics.mean(_minutes(each) for each in row['student'].values()):.0f}",
        f"{statistics.mean(map(_minutes, row['twin'].values())):.0f}" if twins else "",
    ]
    return f"| {' | '.join(cells)} |"


def _percent(values):
    return mean_and_spread([100 * value for value in values])


def _minutes(report):
    """Of the student's own stages."""
    teachers = report["teacher_parameters"]
    minutes = report["stage_minutes"].items()
    return sum(value for name, value in minutes if name not in teachers)


# === Picture ===


def _draw(rows, path):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 1.2 + 0.55 * len(rows)), layout="constrained")
    figure.suptitle(_TITLE.value, fontsize=12, fontweight="bold", x=0.01, ha="left")
    axis = figure.subplots()
    names = list(reversed(rows))
    for y, name in enumerate(names):
        row = rows[name]
        metric = row["metrics"][0]
        values = {
            kind: [
                100 * each["scores"]["student"][metric] for each in row[kind].values()
            ]
            for kind in ("student", "twin")
        }
        values["teacher"] = [100 * each[metric] for each in row["teacher"].values()]
        points = [point for each in values.values() for point in each]
        axis.plot([min(points), max(points)], [y, y], color="#cccccc", zorder=1)
        for kind, found in values.items():
            axis.scatter(
                found,
                [y] * len(found),
                s=90 if kind == "teacher" else 45,
                marker="*" if kind == "teacher" else "o",
                color=_COLORS[kind],
                alpha=0.8,
                label=kind if y == 0 else None,
                zorder=2,
            )
    axis.set_yticks(range(len(names)), [f"{n}, {rows[n]['metrics'][0]}" for n in names])
    axis.set_ylim(-0.5, len(names) - 0.5)
    axis.set_xlabel("main metric, %; a point for each seed")
    axis.grid(axis="x", alpha=0.3, linewidth=0.5)
    axis.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, dpi=150, format="png")


if __name__ == "__main__":
    app.run(main)
