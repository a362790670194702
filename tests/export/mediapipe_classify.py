"""Classify texts with MediaPipe's Text Classifier, in a Python that has it.

    PYTHON mediapipe_classify.py FILE TEXTS.json SCORES.json

Texts are a list; scores become a list of class name to score.
"""

import json
import pathlib
import sys

from mediapipe.tasks import python as tasks
from mediapipe.tasks.python import text


def main(path, texts, scores):
    """Classify every text with MediaPipe's own tokenizer."""
    base = tasks.BaseOptions(model_asset_path=path)
    options = text.TextClassifierOptions(base_options=base)
    answers = []
    with text.TextClassifier.create_from_options(options) as classifier:
        for each in json.loads(pathlib.Path(texts).read_text()):
            (head,) = classifier.classify(each).classifications
            answers.append({c.category_name: c.score for c in head.categories})
    pathlib.Path(scores).write_text(json.dumps(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
