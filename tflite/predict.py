"""Answer texts with a .tflite file, as the phone does.

    tfdistill-predict --tflite=runs/NAME/dynamic_int8.tflite --text="turn on the lights"

--text may be given several times; without it, each line of the standard input is one
text. vocab.txt, labels.txt and slot_labels.txt are looked for beside the file.
"""

import dataclasses
import json
import sys
import time

from absl import flags

from tfdistill.tflite import program


def main(argv) -> int:
    """Run the program.

    Args:
        argv: list of str, the program's name first.

    Returns:
        int. 0.

    Raises:
        ValueError: what is wrong with the flags or the files.
    """
    values = _flags()
    if not program.read_flags(values, argv, __doc__, ("tflite",)):
        return 0
    from tfdistill.export.predict import Predictor

    predictor = Predictor(
        values.tflite,
        values.vocabulary,
        values.labels,
        values.slot_labels,
        values.num_threads,
    )
    for text in values.text or (line.rstrip("\n") for line in sys.stdin):
        started = time.perf_counter()
        prediction = predictor(text, values.pair)
        milliseconds = 1000 * (time.perf_counter() - started)
        print(
            _as_json(prediction)
            if values.json
            else f"{prediction}  ({milliseconds:.1f} ms)"
        )
    return 0


def run():
    """Console entry: exit with `main`'s code, errors as sentences."""
    sys.exit(program.run_program(main))


def _as_json(prediction):
    return json.dumps(dataclasses.asdict(prediction), ensure_ascii=False)


def _flags():
    values = program.new_flags()
    flags.DEFINE_string("tflite", None, "The .tflite file.", flag_values=values)
    flags.DEFINE_multi_string(
        "text", None, "A text; may be given several times.", flag_values=values
    )
    flags.DEFINE_string(
        "pair", None, "The second text, for a pair task.", flag_values=values
    )
    for name, file in (
        ("vocabulary", "vocab.txt"),
        ("labels", "labels.txt"),
        ("slot_labels", "slot_labels.txt"),
    ):
        flags.DEFINE_string(
            name, None, f"Path of {file}, if it is elsewhere.", flag_values=values
        )
    flags.DEFINE_integer(
        "num_threads", 1, "Threads of the interpreter.", flag_values=values
    )
    flags.DEFINE_bool(
        "json", False, "Print one JSON object a text.", flag_values=values
    )
    return values


if __name__ == "__main__":
    run()
