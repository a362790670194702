"""Print the words that a keyboard would offer after a text.

    tfdistill-suggest --tflite=models/keyboard/model.tflite --text="see you "
    tfdistill-suggest --tflite=models/keyboard/model.tflite --text="see you tom"

A text that ends in a space asks for the next word, any other for completions of its
last word. The other files of the keyboard lie beside the model.
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
        ValueError: what is wrong with the flags or the files.
    """
    values = program.new_flags()
    flags.DEFINE_string("tflite", None, "The keyboard's .tflite.", flag_values=values)
    flags.DEFINE_multi_string("text", None, "A text; give several.", flag_values=values)
    flags.DEFINE_integer("k", 3, "Words for each text.", flag_values=values)
    if not program.read_flags(values, argv, __doc__, ("tflite", "text")):
        return 0
    from tfdistill.keyboard.suggester import Suggester, split_prefix

    suggester = Suggester(values.tflite)
    for text in values.text:
        words = suggester.suggest(*split_prefix(text), values.k)
        print(f"{text}|  {'  '.join(words)}")
    return 0


def run():
    """Console entry: exit with `main`'s code, errors as sentences."""
    sys.exit(program.run_program(main))


if __name__ == "__main__":
    run()
