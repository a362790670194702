"""Scores SST-2 models on sentences that are no film reviews.

    pip download --no-deps --no-binary=:all: vaderSentiment==3.3.2
    python benchmarks/others_sentences.py --package=vaderSentiment-3.3.2.tar.gz \\
        --model=models/sentiment/model.tflite --model=runs/sentiment

Sentences of product reviews and tweets, rated by people from -4 to 4, out of the
package's source archive; those whose mean rating is at least 1 away from 0. A model is
a .tflite, or a work folder: then its teachers and its student.
"""

import numpy as np
from absl import app, flags
from answers import answering
from rated import read_rated

_PACKAGE = flags.DEFINE_string("package", None, "Its .tar.gz.", required=True)
_MODELS = flags.DEFINE_multi_string("model", None, "What to score.", required=True)


def main(argv):
    """Print a row for each model."""
    del argv
    rated = read_rated(_PACKAGE.value)
    # Sentences that people are sure about.
    found = {
        name: [(text, rating > 0) for rating, text in rows if abs(rating) >= 1]
        for name, rows in rated.items()
    }
    counts = [f"{len(rows)} of {name}" for name, rows in found.items()]
    print("model", *counts, sep=" | ")
    for path in _MODELS.value:
        for name, answer in answering(path):
            right = [_accuracy(answer, rows) for rows in found.values()]
            print(name, *(f"{100 * each:.2f}" for each in right), sep=" | ", flush=True)


def _accuracy(answer, rows):
    texts, are_positive = zip(*rows, strict=True)
    said = [label == "positive" for label in answer(list(texts))]
    return np.mean(np.equal(said, are_positive))


if __name__ == "__main__":
    app.run(main)
