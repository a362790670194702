"""Convert a student into a .tflite file that is proved before it is written.

    tfdistill-convert --student=runs/NAME --scheme=dynamic_int8 --output=student.tflite

The student is a work folder or its student.keras. Keras, the float file and the file
in question are run on the held-out examples of the work folder; one that loses more
than the budget is not written, and the exit code is 1. --noverify leaves that out.

Schemes, by how weights are stored: float32, float16 (half precision), dynamic_int8 (8
bits, activations quantized on the fly); static_int8 (both in 8 bits) for a student that
a quantized stage has trained.
"""

import sys

from absl import flags

from tfdistill.tflite import program


def main(argv) -> int:
    """Run the program.

    Args:
        argv: list of str, the program's name first.

    Returns:
        int. 0.

    Raises:
        ValueError: what is wrong with the flags, the student or the file.
    """
    values = _flags()
    if not program.read_flags(values, argv, __doc__, ("student", "output")):
        return 0
    program.start_tensorflow()
    from tfdistill.bert.saved import load_student
    from tfdistill.export import held_out
    from tfdistill.export.to_tflite import export_tflite
    from tfdistill.export.verify import export_verified

    model = load_student(held_out.student_file(values.student))
    options = (values.scheme, values.sequence_length)
    if not values.verify:
        result = export_tflite(model, values.output, *options)
        print("Not verified, as --noverify asks.")
    else:
        workdir = held_out.find_workdir(values.student, values.workdir)
        if workdir is None:
            raise ValueError(
                f"{values.student} lies in no work folder, so there are no examples to "
                "verify with: give --workdir, or --noverify."
            )
        task, examples = held_out.load_held_out(workdir)
        result, report = export_verified(
            model, values.output, examples, task, *options, budget=values.budget
        )
        print(report)
    print(f"{result.path}: {result.size_bytes / 1e6:.2f} MB, {result.scheme}")
    return 0


def run():
    """Console entry: exit with `main`'s code, errors as sentences."""
    sys.exit(program.run_program(main))


def _flags():
    values = program.new_flags()
    for name, default, text in (
        ("student", None, "Work folder, or a .keras file."),
        ("output", None, "The .tflite file to write."),
        ("workdir", None, "Work folder with the examples, if --student is elsewhere."),
    ):
        flags.DEFINE_string(name, default, text, flag_values=values)
    flags.DEFINE_enum(
        "scheme",
        "dynamic_int8",
        ["float32", "float16", "dynamic_int8", "static_int8"],
        "How weights are stored.",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "sequence_length", 128, "Tokens of every text.", flag_values=values
    )
    flags.DEFINE_float(
        "budget", 0.5, "Points that each metric may lose.", flag_values=values
    )
    flags.DEFINE_bool("verify", True, "Prove the file first.", flag_values=values)
    return values


if __name__ == "__main__":
    run()
