"""The last mile of a run: verified files, their measurements and the table.

It needs nothing but a work folder that `run_recipe` has finished. What is there already
is read back.
"""

from tfdistill.bert.saved import load_student
from tfdistill.export.benchmark import benchmark
from tfdistill.export.held_out import new_card
from tfdistill.export.report import Report, Row
from tfdistill.export.to_tflite import export_tflite
from tfdistill.export.verify import export_verified
from tfdistill.train.casting import restore_teachers
from tfdistill.train.files import open_workdir, read_json, write_json
from tfdistill.train.prepare import prepare
from tfdistill.train.recipe import Recipe
from tfdistill.train.recipe_file import read_recipe


def finish_run(workdir) -> Report:
    """Export, verify, measure and compare what a run has trained.

    Leaves `SCHEME.tflite` for each scheme of the recipe, `verification.json`,
    `table.md`, `table.json` and `table.png` in the work folder. The teacher is measured
    as a float32 file of the same length, made for the occasion.

    Args:
        workdir: str or path of a finished work folder.

    Returns:
        Report; the first row is the teacher as it was fine-tuned first (or the mean of
        several, which then have no rows of their own).

    Raises:
        VerificationError: a file is over budget; it is not written.
        ValueError: the folder holds no finished run.
    """
    with open_workdir(workdir) as folder:
        report = read_json(folder / "report.json")
        recipe = read_recipe(folder)
        if _is_finished(recipe, folder):
            return Report.read(folder)
        run = prepare(recipe, folder)
        rows = _teacher_rows(run, report)
        student = load_student(folder / "student.keras")
        held_out = run.encoded("student").held_out
        checks = {}
        for scheme in recipe.export.schemes:
            result, check = export_verified(
                student,
                folder / f"{scheme}.tflite",
                held_out,
                run.task,
                scheme,
                recipe.export.sequence_length,
                recipe.export.budget,
                calibration=run.encoded("student").train,
                card=new_card(folder),
                reported=report["scores"]["student"],
            )
            checks[scheme] = check.to_dict()
            rows.append(
                _row(
                    f"student, {scheme}",
                    result.path,
                    check.rows[-1].metrics,
                    report["student_parameters"],
                    report["split"],
                )
            )
        write_json(folder / "verification.json", checks)
        table = Report(run.task.name, rows)
        table.write(folder)
        return table


def check_export(recipe: Recipe) -> None:
    """Refuse a recipe whose files could not be made, before it is trained.

    Args:
        recipe: Recipe.

    Raises:
        ValueError: its files take fewer tokens than its texts have, or more than its
            student.
    """
    length, longest = recipe.export.sequence_length, recipe.student.max_sequence_length
    if not recipe.max_length <= length <= longest:
        raise ValueError(
            f"export.sequence_length={length} must lie between max_length="
            f"{recipe.max_length} and the student's max_sequence_length={longest}: set "
            "it, or give --noexport."
        )


def _is_finished(recipe, folder) -> bool:
    files = ["table.json", *(f"{scheme}.tflite" for scheme in recipe.export.schemes)]
    return all((folder / name).is_file() for name in files)


def _teacher_rows(run, report) -> list[Row]:
    """Return a row for the teacher after each stage that others learn from."""
    averaged = {name for stage in run.recipe.stages for name in stage.soup}
    rows = []
    path = run.workdir / "teacher.tflite"
    for stage, teacher in restore_teachers(run):
        if stage in averaged:
            continue
        export_tflite(teacher, path, "float32", run.recipe.export.sequence_length)
        metrics = report["scores"][stage]
        rows.append(_row(stage, path, metrics, teacher.count_params(), report["split"]))
        path.unlink()
    return rows


def _row(name, path, metrics, parameters, split) -> Row:
    (measured,) = benchmark(path, num_threads=(1,))
    return Row(
        name=name,
        split=split,
        metrics=metrics,
        parameters=parameters,
        size_bytes=measured.size_bytes,
        latency_ms=measured.latency_p50_ms,
        sequence_length=measured.sequence_length,
        device=measured.device,
    )
