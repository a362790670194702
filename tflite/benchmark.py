"""Measure a .tflite file on this machine: size, load time, latency, memory.

    tfdistill-benchmark --tflite=student.tflite --num_threads=1 --num_threads=2

The text that is run fills the file's whole length, so this is the longest it can take.
"""

import dataclasses
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
        ValueError: what is wrong with the flags or the file.
    """
    values = _flags()
    if not program.read_flags(values, argv, __doc__, ("tflite",)):
        return 0
    from tfdistill.export.benchmark import benchmark

    records = [
        record
        for path in values.tflite
        for record in benchmark(
            path, values.num_threads, values.runs, device=values.device
        )
    ]
    print(*records, sep="\n")
    if values.report:
        from tfdistill.train.files import write_json

        write_json(values.report, [dataclasses.asdict(record) for record in records])
    return 0


def run():
    """Console entry: exit with `main`'s code, errors as sentences."""
    sys.exit(program.run_program(main))


def _flags():
    values = program.new_flags()
    flags.DEFINE_multi_string(
        "tflite", None, "A .tflite file; several may be given.", flag_values=values
    )
    flags.DEFINE_multi_integer(
        "num_threads", [1, 2], "Threads; several may be given.", flag_values=values
    )
    flags.DEFINE_integer("runs", 100, "Timed calls.", flag_values=values)
    flags.DEFINE_string(
        "device",
        None,
        "Name of this machine, if not its processor's.",
        flag_values=values,
    )
    flags.DEFINE_string("report", None, "JSON file to write.", flag_values=values)
    return values


if __name__ == "__main__":
    run()
