"""Scores SST-2 models on sentences that are no film reviews.

    pip download --no-deps --no-binary=:all: vaderSentiment==3.3.2
    python benchmarks/others_sentences.py --package=vaderSentiment-3.3.2.tar.gz \\
        --model=models/sentiment/model.tflite --model=runs/sentiment

Sentences of product reviews and tweets, rated by people from -4 to 4, out of the
package's source archive; those whose mean rating is at least 1 away from 0. A model is
a .tflite, or a work folder: then its teachers and its student.
"""

import pathlib

import numpy as np
from absl import app, flags
from rated import read_rated

from tfdistill.data import Examples, encode
from tfdistill.text import load_tokenizer

_PACKAGE = flags.DEFINE_string("package", None, "Its .tar.gz.", required=True)
_MODELS = flags.DEFINE_multi_string("model", None, "What to score.", required=True)


def main(argv):
    """Print a row for each model."""
    del argv
    rated = read_rated(_PACKAGE.value)
    found = {name: _sure(rows) for name, rows in rated.items()}
    counts = [f"{len(each)} of {name}" for name, each in found.items()]
    print("model", *counts, sep=" | ")
    for path in map(pathlib.Path, _MODELS.value):
        answers = _tflite if path.suffix == ".tflite" else _work_folder
        for name, answer in answers(path):
            right = [np.mean(answer(each) == each.labels) for each in found.values()]
            print(name, *(f"{100 * each:.2f}" for each in right), sep=" | ", flush=True)


def _sure(rows) -> Examples:
    """Sentences that people are sure about."""
    rows = [(rating, sentence) for rating, sentence in rows if abs(rating) >= 1]
    labels = np.array([rating > 0 for rating, _ in rows], np.int32)
    return Examples([sentence for _, sentence in rows], labels=labels)


def _tflite(path):
    from tfdistill.export.predict import Predictor

    predictor = Predictor(path)

    def answer(examples):
        said = [predictor(text).label for text in examples.texts]
        return np.array([label == "positive" for label in said])

    yield str(path), answer


def _work_folder(path):
    from tfdistill.bert.checkpoint import load_student
    from tfdistill.train.casting import replay
    from tfdistill.train.evaluate import keras_outputs
    from tfdistill.train.prepare import prepare
    from tfdistill.train.recipe_file import read_recipe

    run = prepare(read_recipe(path), path)

    def answers(model, vocabulary):
        tokenizer = load_tokenizer(run.vocabularies[vocabulary])

        def answer(examples):
            rows = encode(examples, run.task, tokenizer, run.recipe.max_length)
            return np.argmax(keras_outputs(model, rows)["logits"], -1)

        return answer

    for stage, teacher in replay(run):
        if stage.model == "teacher":
            yield f"{path}, {stage.name}", answers(teacher, stage.vocabulary)
    student = load_student(path / "student.keras")
    yield f"{path}, student", answers(student, "student")


if __name__ == "__main__":
    app.run(main)
