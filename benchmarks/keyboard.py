"""Measure a keyboard beside n-grams of the same text, on lines that nobody trained on.

    python benchmarks/keyboard.py --keyboard=models/keyboard --mails=MAILS.tgz \\
        --lines=chats=HELDOUT.txt --lines=reviews=REVIEWS.txt \\
        --output=benchmarks/results/keyboard.md

Prints one table per text: the keyboard, and interpolated Kneser-Ney n-grams of orders 2
to 4 over the same training text, vocabulary and list of words. Times are of one call on
one thread; a busy machine shows in them.
"""

import datetime
import functools
import pathlib
import platform
import sys

import numpy as np
from absl import flags

from tfdistill.export.benchmark import processor_name
from tfdistill.tflite import program


def main(argv) -> int:
    """Run the program.

    Args:
        argv: list of str, the program's name first.
    """
    values = program.new_flags()
    for name, text in (
        ("keyboard", "Folder of the keyboard."),
        ("chitchat", "dataset.json; fetched by its package if not given."),
        ("mails", "datasets-spam-assassin .tgz, or none."),
        ("output", "Where to write the table."),
    ):
        flags.DEFINE_string(name, None, text, flag_values=values)
    flags.DEFINE_multi_string("lines", None, "NAME=FILE; several.", flag_values=values)
    flags.DEFINE_integer("positions", 6000, "Words per text.", flag_values=values)
    if not program.read_flags(values, argv, __doc__, ("keyboard", "lines")):
        return 0
    from tfdistill.keyboard.make import read_text
    from tfdistill.keyboard.packages import fetch_chitchat
    from tfdistill.keyboard.suggester import Suggester

    suggester = Suggester(values.keyboard)
    text = read_text(values.chitchat or fetch_chitchat(), values.mails)
    systems = {
        f"keyboard ({suggester.size_bytes / 1e6:.2f} MB)": suggester.suggest,
        **dict(_ngrams(suggester, text.training)),
    }
    tables = [_table(named, systems, values.positions) for named in values.lines]
    page = "\n".join([_head(), *tables])
    print(page)
    if values.output:
        pathlib.Path(values.output).write_text(page, encoding="utf-8")
    return 0


def _head():
    today = datetime.date.today()
    return (
        "# The keyboard beside n-grams\n\n"
        "Top-1 and top-3 recall, completions after one and two letters (c1, c2) and\n"
        "keystroke savings rate (KSR) in percent; docs/keyboard.md has the model, "
        "`keyboard/evaluate.py`\nthe definitions. "
        f"{today}, {platform.machine()}, {processor_name()}.\n"
    )


def _ngrams(suggester, lines):
    from tfdistill.keyboard.examples import encode_lines
    from tfdistill.keyboard.ngrams import NGrams

    encoded = encode_lines(lines, suggester.vocabulary)
    for order in (2, 3, 4):
        counted = NGrams(encoded.ids, encoded.whole_starts, encoded.is_word, order)
        name = f"{order}-gram, Kneser-Ney ({counted.num_ngrams:,} n-grams)"
        yield name, functools.partial(_suggest, suggester, counted)


def _suggest(suggester, ngrams, context, prefix, k):
    """The keyboard's own rules over the n-grams' logarithms in place of its logits."""
    p = ngrams.probabilities([suggester.vocabulary.ids(context)])[0]
    return suggester.rank(np.log(np.maximum(p, 1e-30)), context, prefix, k)


def _table(named, systems, positions):
    from tfdistill.data.corpus import Corpus
    from tfdistill.keyboard.evaluate import evaluate_keyboard, sample_positions

    name, _, path = named.partition("=")
    if not path:
        raise ValueError(f"--lines is NAME=FILE; got {named!r}.")
    sample = sample_positions(list(Corpus((path,)).lines()), positions)
    rows = [
        f"\n## {name}, {len(sample)} words\n",
        "| system | top-1 | top-3 | top-3, first word | c1 | c2 | KSR | p50 ms | p95 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for system, suggest in systems.items():
        s = evaluate_keyboard(suggest, sample)
        shares = (s.top1, s.top3, s.first_top3, s.c1, s.c2, s.ksr)
        cells = [f"{x:.1f}" for x in shares] + [f"{s.p50_ms:.2f}", f"{s.p95_ms:.2f}"]
        rows.append(f"| {system} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(program.run_program(main))
