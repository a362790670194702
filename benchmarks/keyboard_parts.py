"""What a keyboard's student loses in 4 bits, and what n-grams add to it.

    python benchmarks/keyboard_parts.py --student=runs/keyboard/student.keras \\
        --keyboard=models/keyboard --mails=MAILS.tgz --output=TABLE.md

On the conversations of the training text that were kept apart, all words: the student
in float32, with some of its weights rounded to 4 bits, raised by the keyboard's table
of n-grams, and mixed with the whole 4-gram of the training text.
"""

import pathlib
import sys

import numpy as np
from absl import flags

from tfdistill.tflite import program

_BATCH_TOKENS = 2560
_GROUPS = ("token/", "attention/", "feed_forward/", "transform/", "")
_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)


def main(argv) -> int:
    """Run the program.

    Args:
        argv: list of str, the program's name first.
    """
    values = _flags()
    if not program.read_flags(values, argv, __doc__, ("student", "keyboard")):
        return 0
    program.start_tensorflow()
    from tfdistill.bert.saved import load_student
    from tfdistill.keyboard.examples import encode_lines
    from tfdistill.keyboard.make import read_text
    from tfdistill.keyboard.packages import fetch_chitchat
    from tfdistill.keyboard.suggester import Suggester

    student, keyboard = load_student(values.student), Suggester(values.keyboard)
    text = read_text(values.chitchat or fetch_chitchat(), values.mails)
    chosen = encode_lines(text.chosen, keyboard.vocabulary)
    training = encode_lines(text.training, keyboard.vocabulary)
    first = keyboard.vocabulary.first_suggestion
    rows = ["| what | cross-entropy | top-3 |", "|---|---|---|"]
    rows += [
        f"| {name} | {_cross_entropy(p, labels):.4f} | {_top3(p, labels, first):.2f} |"
        for name, p, labels in _systems(student, keyboard, chosen, training)
    ]
    page = "\n".join(rows)
    print(page)
    if values.output:
        pathlib.Path(values.output).write_text(page + "\n", encoding="utf-8")
    return 0


def _systems(student, keyboard, chosen, training):
    """Yield (name, probabilities of every word, labels)."""
    own, labels, contexts = _ask(student, chosen)
    yield "float32", own, labels
    yield "with the keyboard's n-grams", _raised(own, contexts, keyboard.ngrams), labels
    other = _four_gram(training, contexts)
    yield "4-gram", other, labels
    for share in _SHARES:
        mixed = (1 - share) * own + share * other
        yield f"{1 - share:.1f} of it, {share:.1f} of the 4-gram", mixed, labels
    del other
    for part in _GROUPS:
        yield f"4 bits: {part or 'all'}", _rounded(student, part, chosen), labels


def _ask(student, lines):
    import tensorflow as tf

    from tfdistill.keyboard.examples import bucket_batches, make_rows

    read = tf.function(
        lambda inputs: tf.nn.softmax(student(inputs)["logits"]), reduce_retracing=True
    )
    found, labels, contexts = [], [], []
    for rows in bucket_batches(lines, _BATCH_TOKENS, 0, keeps_rest=True):
        inputs, words = make_rows(lines, rows)
        found.append(read(inputs).numpy())
        labels.append(words)
        places = np.divmod(inputs["predict_at"], inputs["token_ids"].shape[1])
        contexts += [
            inputs["token_ids"][row, : column + 1].tolist()
            for row, column in zip(*places, strict=True)
        ]
    return np.concatenate(found), np.concatenate(labels), contexts


def _raised(own, contexts, ngrams):
    raised = own.copy()
    for row, ids in zip(raised, contexts, strict=True):
        words, levels = ngrams.find(ids)
        row[words] += levels
    return raised / raised.sum(axis=1, keepdims=True)


def _four_gram(training, contexts):
    from tfdistill.keyboard.ngrams import NGrams

    ngrams = NGrams(training.ids, training.whole_starts, training.is_word, order=4)
    parts = range(0, len(contexts), 500)
    return np.concatenate([ngrams.probabilities(contexts[i : i + 500]) for i in parts])


def _rounded(student, part, lines):
    """The student's answers, with the weights whose path holds `part` in 4 bits."""
    from tfdistill.quantize.rounded import round_weights

    kept = student.get_weights()
    rounded = round_weights(student)
    places = {id(w): at for at, w in enumerate(rounded.student_weights)}
    for weight, value in rounded.rounded_values():
        if part in weight.path:
            student.weights[places[id(weight)]].assign(value)
    try:
        return _ask(student, lines)[0]
    finally:
        student.set_weights(kept)


def _cross_entropy(p, labels):
    return -np.log(p[np.arange(len(labels)), labels] + 1e-9).mean()


def _top3(p, labels, first):
    best = first + np.argpartition(-p[:, first:], 3, axis=1)[:, :3]
    return 100 * (best == labels[:, None]).any(axis=1).mean()


def _flags():
    values = program.new_flags()
    for name, text in (
        ("student", "student.keras of the training, before it was rounded."),
        ("keyboard", "Folder of the keyboard."),
        ("chitchat", "dataset.json; fetched by its package if not given."),
        ("mails", "datasets-spam-assassin .tgz, or none."),
        ("output", "Where to write the table."),
    ):
        flags.DEFINE_string(name, None, text, flag_values=values)
    return values


if __name__ == "__main__":
    sys.exit(program.run_program(main))
