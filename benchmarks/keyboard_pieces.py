"""Whole words or pieces: two small keyboards of equal size and training, compared.

    python benchmarks/keyboard_pieces.py --workdir=runs/pieces --mails=MAILS.tgz \\
        --output=benchmarks/results/keyboard_pieces.md

Both students read the same lines for the same number of epochs, on labels alone. One
has the commonest words as its vocabulary, the other the pieces of a byte-level BPE
learned on the same text, case kept; a beam joins its pieces to words. Both are asked
for words of conversations that were kept apart.
"""

import pathlib
import random
import sys
import time

import numpy as np
from absl import flags

from tfdistill.tflite import program

_SPECIALS = 4  # [PAD], [UNK], [START], [NUMBER], as in a vocabulary of words
_START = 2
_WINDOW = 32
_BEAM = 16
_SPACE = "\u0120"


def main(argv) -> int:
    """Run the program.

    Args:
        argv: list of str, the program's name first.
    """
    values = _flags()
    if not program.read_flags(values, argv, __doc__, ("workdir", "output")):
        return 0
    program.start_tensorflow()
    from tfdistill.keyboard.evaluate import SEED, find_positions
    from tfdistill.keyboard.make import read_text
    from tfdistill.keyboard.packages import fetch_chitchat

    text = read_text(values.chitchat or fetch_chitchat(), values.mails)
    asked = find_positions(text.chosen)
    asked = random.Random(SEED).sample(asked, min(values.positions, len(asked)))
    rows = [
        f"| {name} | {make(values, text, asked)} |"
        for name, make in (("words", _words), ("pieces", _pieces))
    ]
    head = "| vocabulary | parameters | ids per line | top-1 | top-3 | minutes |\n"
    page = (
        "# A keyboard's vocabulary: whole words or pieces\n\n"
        f"{values.num_layers} layers of {values.hidden_dim}, epochs on labels: "
        f"{values.epochs}, {values.vocabulary_size:,} entries, seed 0; {len(asked):,} "
        "words of conversations of the training text that were kept apart. Pieces: "
        f"byte-level BPE, a beam of {_BEAM}, words of three pieces at most.\n\n"
        f"{head}|---|---|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )
    pathlib.Path(values.output).write_text(page, encoding="utf-8")
    print(page)
    return 0


# === Students ===


def _words(values, text, asked) -> str:
    from tfdistill.keyboard.examples import encode_lines
    from tfdistill.keyboard.make import choose_vocabulary

    vocabulary = choose_vocabulary(text.counts, values.vocabulary_size)
    lines = encode_lines(text.training, vocabulary)
    chosen = encode_lines(text.chosen, vocabulary)
    student, minutes = _train(values, "words", len(vocabulary), lines, chosen)
    run = _Runner(student)

    def suggest(context):
        scores = run([vocabulary.ids(context)])[0]
        best = np.argsort(-scores[vocabulary.first_suggestion :])[:3]
        return [vocabulary.entries[vocabulary.first_suggestion + i] for i in best]

    return _row(student, lines, suggest, asked, minutes)


def _pieces(values, text, asked) -> str:
    from tfdistill.data.flat import flatten
    from tfdistill.keyboard.examples import Lines

    tokenizer = _learn_pieces(text.training, values.vocabulary_size - _SPECIALS)
    is_piece = np.arange(values.vocabulary_size) >= _SPECIALS

    def encode(lines):
        rows, goes_on = [], []
        for each in tokenizer.encode_batch(lines):
            ids = np.array(each.ids, np.uint16) + np.uint16(_SPECIALS)
            begins = range(0, len(ids), _WINDOW)
            rows += [ids[begin : begin + _WINDOW] for begin in begins]
            goes_on += [begin > 0 for begin in begins]
        ids, starts = flatten(rows)
        positions = np.full(len(ids), -1, np.int32)
        return Lines(ids, starts, positions, is_piece, np.array(goes_on, bool))

    lines, chosen = encode(text.training), encode(text.chosen)
    student, minutes = _train(values, "pieces", values.vocabulary_size, lines, chosen)
    beam = _Beam(_Runner(student), tokenizer)
    return _row(student, lines, beam.suggest, asked, minutes)


def _learn_pieces(lines, size):
    import tokenizers
    from tokenizers import decoders, models, pre_tokenizers, trainers

    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def _train(values, name, size, lines, chosen):
    from tfdistill.keyboard.train import (
        KeyboardStage,
        build_next_word,
        next_word_config,
        train_next_word,
    )

    config = next_word_config(
        size,
        num_layers=values.num_layers,
        hidden_dim=values.hidden_dim,
        intermediate_dim=4 * values.hidden_dim,
    )
    begun = time.monotonic()
    stage = KeyboardStage(epochs=values.epochs)
    student = build_next_word(config)
    folder = pathlib.Path(values.workdir, name)
    student = train_next_word(student, lines, chosen, folder, stage)
    return student, (time.monotonic() - begun) / 60


def _row(student, lines, suggest, asked, minutes) -> str:
    first, three = [], []
    for position in asked:
        shown = [word.lower() for word in suggest(position.context)]
        first.append(position.word.lower() in shown[:1])
        three.append(position.word.lower() in shown)
    length = len(lines.ids) / len(lines)
    return (
        f"{student.count_params():,} | {length:.1f} | {100 * np.mean(first):.1f} | "
        f"{100 * np.mean(three):.1f} | {minutes:.0f}"
    )


# === Pieces to words ===


class _Runner:
    """Logits after the last id of each row, float32 (rows, vocabulary)."""

    def __init__(self, student):
        import tensorflow as tf

        self._run = tf.function(
            lambda inputs: student(inputs, training=False)["logits"],
            reduce_retracing=True,
        )

    def __call__(self, rows):
        lengths = np.array([len(row) for row in rows])
        token_ids = np.zeros((len(rows), _WINDOW), np.int32)
        for target, row in zip(token_ids, rows, strict=True):
            target[: len(row)] = row
        mask = np.arange(_WINDOW) < lengths[:, None]
        inputs = {
            "token_ids": token_ids,
            "segment_ids": np.zeros_like(token_ids),
            "padding_mask": mask.astype(np.int32),
            "predict_at": (np.arange(len(rows)) * _WINDOW + lengths - 1).astype("i4"),
        }
        return self._run(inputs).numpy()


class _Beam:
    """The three likeliest words after a context, of up to three pieces each."""

    def __init__(self, run, tokenizer):
        self._run, self._tokenizer = run, tokenizer
        names = [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())]
        self._names = [""] * _SPECIALS + names
        letter = [bool(n) and n[0] != _SPACE and n[0].isalpha() for n in self._names]
        self._begins = np.array(
            [len(n) > 1 and n[0] == _SPACE and n[1].isalpha() for n in self._names]
        )
        self._goes_on = np.array(letter) | np.array([n[:1] == "'" for n in self._names])

    def suggest(self, context):
        """Return three words; see `KeyboardScores`."""
        ids = self._tokenizer.encode(context.rstrip()).ids if context.strip() else []
        before = [_START, *(i + _SPECIALS for i in ids[-_WINDOW + 4 :])]
        is_spaced = not context or context[-1].isspace()
        beam = [((), 0.0)]
        words = {}
        for depth in range(4):
            logits = self._run([[*before, *path] for path, _ in beam])
            log_p = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
            if depth:
                ends = np.log(np.exp(log_p[:, ~self._goes_on]).sum(axis=1) + 1e-30)
                for (path, score), end in zip(beam, ends, strict=True):
                    self._add(words, path, score + end)
            if depth == 3:
                break
            allowed = self._goes_on if depth or not is_spaced else self._begins
            scores = np.where(allowed, log_p, -np.inf)
            scores += np.array([score for _, score in beam])[:, None]
            best = np.argsort(-scores, axis=None)[:_BEAM]
            rows, pieces = np.unravel_index(best, scores.shape)
            beam = [
                ((*beam[row][0], int(piece)), float(scores[row, piece]))
                for row, piece in zip(rows, pieces, strict=True)
            ]
        return sorted(words, key=words.get, reverse=True)[:3]

    def _add(self, words, path, score):
        ids = [each - _SPECIALS for each in path]
        word = self._tokenizer.decode(ids).strip().lower()
        words[word] = np.logaddexp(words.get(word, -np.inf), score)


def _flags():
    values = program.new_flags()
    for name, text in (
        ("workdir", "Folder of the trainings, made if needed."),
        ("chitchat", "dataset.json; fetched by its package if not given."),
        ("mails", "datasets-spam-assassin .tgz, or none."),
        ("output", "Markdown file to write."),
    ):
        flags.DEFINE_string(name, None, text, flag_values=values)
    for name, default, text in (
        ("positions", 3000, "Words to find."),
        ("epochs", 1, "Of both."),
        ("vocabulary_size", 6144, "Entries of both."),
        ("num_layers", 2, "Of both."),
        ("hidden_dim", 128, "Of both."),
    ):
        flags.DEFINE_integer(name, default, text, flag_values=values)
    return values


if __name__ == "__main__":
    sys.exit(program.run_program(main))
