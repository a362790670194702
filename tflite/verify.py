"""Compare a .tflite file with the Keras student that it was made from.

    tfdistill-verify --student=runs/NAME --tflite=student.tflite

Both are run on the held-out examples of the work folder: largest and mean difference,
agreement, the task's metrics. Exit code 1 if a metric loses more than the budget.
"""

import sys

from absl import flags

from tfdistill.tflite import program


def main(argv) -> int:
    """Run the program.

    Args:
        argv: list of str, the program's name first.

    Returns:
        int. 0 if the file passed, else 1.

    Raises:
        ValueError: what is wrong with the flags, the student or the file.
    """
    values = _flags()
    if not program.read_flags(values, argv, __doc__, ("student", "tflite")):
        return 0
    program.start_tensorflow()
    from tfdistill.bert.saved import load_student
    from tfdistill.export import held_out
    from tfdistill.export.verify import verify
    from tfdistill.train.files import write_json

    workdir = held_out.find_workdir(values.student, values.workdir)
    if workdir is None:
        raise ValueError(
            f"{values.student} lies in no work folder, so there are no examples to "
            "verify with: give --workdir."
        )
    task, examples = held_out.load_held_out(workdir)
    student = held_out.student_file(values.student)
    model = load_student(student)
    held_out.check_vocabulary_size(model, workdir / "vocab.txt")
    reported = held_out.reported_scores(workdir, student)
    report = verify(
        model, values.tflite, examples, task, values.budget, reported=reported
    )
    print(report)
    if values.report:
        write_json(values.report, report.to_dict())
    return 0 if report.has_passed else 1


def run():
    """Console entry: exit with `main`'s code, errors as sentences."""
    sys.exit(program.run_program(main))


def _flags():
    values = program.new_flags()
    for name, text in (
        ("student", "Work folder, or a .keras file."),
        ("tflite", "The .tflite file."),
        ("workdir", "Work folder with the examples, if --student is elsewhere."),
        ("report", "JSON file to write the comparison to."),
    ):
        flags.DEFINE_string(name, None, text, flag_values=values)
    flags.DEFINE_float(
        "budget", 0.5, "Points that each metric may lose.", flag_values=values
    )
    return values


if __name__ == "__main__":
    run()
