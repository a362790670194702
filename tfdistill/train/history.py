"""The tables of a run: one row an epoch, as `CSVLogger` writes them."""

import csv
import pathlib

from tfdistill.train.files import written_whole
from tfdistill.train.recipe import Recipe, Stage


def stage_table(workdir: pathlib.Path, stage: Stage) -> pathlib.Path:
    """Return where a stage's table is."""
    return workdir / "stages" / f"{stage.name}.csv"


def cut_table(path: pathlib.Path, epochs: int):
    """Leave the first `epochs` epochs in a table, and whole rows only.

    Epochs that are run again would stand in it twice.
    """
    if not path.is_file():
        return
    with open(path, newline="") as lines:
        header, *rows = [*csv.reader(lines)] or [[]]
    kept = [
        row
        for row in rows
        if len(row) == len(header) and row[0].isdigit() and int(row[0]) < epochs
    ]
    _write_rows(path, [header, *kept] if kept else [])


def write_history(recipe: Recipe, workdir: pathlib.Path):
    """Join the stages' tables into history.csv, whose columns are all that occur."""
    rows = []
    for stage in recipe.stages:
        with open(stage_table(workdir, stage), newline="") as lines:
            rows += [{"stage": stage.name, **row} for row in csv.DictReader(lines)]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[row.get(name, "") for name in columns] for row in rows]
    _write_rows(workdir / "history.csv", [columns, *cells])


def _write_rows(path, rows):
    with written_whole(path) as temporary, open(temporary, "w", newline="") as lines:
        csv.writer(lines).writerows(rows)
