"""Measure a keyboard on lines of text that it was not trained on.

    tfdistill-evaluate-keyboard --tflite=models/keyboard/model.tflite \\
        --lines=heldout.txt

Prints the share of words that are the first suggestion or among three (top-1, top-3),
the same after one and two letters (c1, c2), the share of key presses saved (KSR), and
the time of a call.
"""

import dataclasses
import json
import pathlib
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
        ValueError: what is wrong with the flags or the files.
    """
    values = program.new_flags()
    for name, text in (
        ("tflite", "The keyboard's .tflite."),
        ("lines", "UTF-8 text, one message per line."),
        ("report", "Where to write the figures as JSON."),
    ):
        flags.DEFINE_string(name, None, text, flag_values=values)
    flags.DEFINE_integer("positions", 6000, "Words to ask for.", flag_values=values)
    if not program.read_flags(values, argv, __doc__, ("tflite", "lines")):
        return 0
    from tfdistill.data.corpus import Corpus
    from tfdistill.keyboard.evaluate import evaluate_keyboard, sample_positions
    from tfdistill.keyboard.suggester import Suggester
    from tfdistill.train.files import write_json

    suggester = Suggester(values.tflite)
    lines = list(Corpus((values.lines,)).lines())
    scores = evaluate_keyboard(
        suggester.suggest, sample_positions(lines, values.positions)
    )
    found = dataclasses.asdict(scores)
    found["megabytes"] = suggester.size_bytes / 1e6
    print(json.dumps({name: round(value, 3) for name, value in found.items()}))
    if values.report:
        write_json(pathlib.Path(values.report), found)
    return 0


def run():
    """Console entry: exit with `main`'s code, errors as sentences."""
    sys.exit(program.run_program(main))


if __name__ == "__main__":
    run()
