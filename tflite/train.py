"""Train by a recipe, or go on with a run that was stopped.

    tfdistill-train --config=configs/NAME.py --workdir=runs/NAME

Every value of the recipe can be given by its dotted name, a stage also by its own:

    --config.student.hidden_dim=96 --config.stages.prediction.epochs=5

The work folder then holds student.keras, vocab.txt, labels.txt, recipe.json,
history.csv and report.json; and, unless --noexport is given, a verified .tflite file
for each scheme of the recipe and the table of what was won. The same command goes on
where a run was stopped, and prints the scores of one that is finished.
"""

import shlex
import sys

from absl import flags

from tfdistill.tflite import program
from tfdistill.tflite.recipe_flags import new_recipe_flags, read_recipe_flags


def main(argv) -> int:
    """Run the program.

    Args:
        argv: list of str, the program's name first.

    Returns:
        int. 0.

    Raises:
        ValueError: what is wrong with the flags, the recipe, the data or the folder.
    """
    values = _flags()
    recipe = read_recipe_flags(values, argv, __doc__, _start)
    if recipe is None:
        return 0
    from tfdistill.export.finish import check_export, finish_run
    from tfdistill.train.run import run_recipe

    if values.export and values.until is None:
        check_export(recipe)
    try:
        report = run_recipe(
            recipe,
            values.workdir,
            values.until,
            values.profile,
            values.distribution,
        )
    except KeyboardInterrupt:
        command = shlex.join(["tfdistill-train", *argv[1:]])
        print(
            "Stopped. Finished stages and epochs are kept; the same command goes on:\n"
            f"  {command}",
            file=sys.stderr,
        )
        raise
    if report is None:
        what = "This worker" if values.until is None else f"Stage {values.until}"
        print(f"{what} is finished in {values.workdir}.")
        return 0
    print(format_scores(report, values.workdir))
    if values.export:
        print(f"\n{finish_run(values.workdir).to_markdown()}")
    return 0


def run():
    """Console entry: exit with `main`'s code, errors as sentences."""
    sys.exit(program.run_program(main))


def format_scores(report: dict, workdir) -> str:
    """Return a report's scores as a short table.

    Args:
        report: dict of `run_recipe`.
        workdir: str or path, named below the table.
    """
    metrics = report["metrics"]
    size = report["examples"]["held_out"]
    title = f"{report['task']}, {report['split']} ({size} examples)"
    width = max(map(len, [title, *report["scores"]])) + 2
    lines = [title.ljust(width) + "".join(f"{name:>18}" for name in metrics)]
    for name, scores in report["scores"].items():
        cells = "".join(f"{scores[metric]:18.4f}" for metric in metrics)
        lines.append(name.ljust(width) + cells)
    lines.append(
        f"{report['student_parameters']:,} parameters, {report['minutes']} minutes; "
        f"everything is in {workdir}."
    )
    return "\n".join(lines)


def _start(values):
    """Several workers have to find each other before TensorFlow looks for devices."""
    program.start_tensorflow(looks_for_devices=values.distribution != "multi_worker")


def _flags():
    values = new_recipe_flags("Folder of the run, made if needed.")
    flags.DEFINE_bool(
        "export",
        True,
        "At the end export, verify and measure what the recipe's `export` asks for.",
        flag_values=values,
    )
    flags.DEFINE_string(
        "until",
        None,
        "Stop after the stage of this name; without the flag the run goes on.",
        flag_values=values,
    )
    flags.DEFINE_bool(
        "profile",
        False,
        "Trace some steps of each stage for TensorBoard and name their largest costs.",
        flag_values=values,
    )
    flags.DEFINE_enum(
        "distribution",
        "none",
        ("none", "mirrored", "multi_worker", "data_parallel"),
        "Who trains together: all GPUs of this machine (mirrored), the machines that "
        "TF_CONFIG names (multi_worker), or all devices that JAX sees (data_parallel).",
        flag_values=values,
    )
    return values


if __name__ == "__main__":
    run()
