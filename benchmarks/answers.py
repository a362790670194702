"""What a file, or the models of a work folder, answer to sentences without labels."""

import pathlib

import numpy as np

from tfdistill.data import Examples, encode
from tfdistill.text import load_tokenizer


def answering(path):
    """Yield (name, answer) of every model of `path`; answer(texts) is a list of labels.

    Args:
        path: a .tflite, or a work folder: then its teachers and its student.
    """
    path = pathlib.Path(path)
    return _tflite(path) if path.suffix == ".tflite" else _work_folder(path)


def _tflite(path):
    from tfdistill.export.predict import Predictor

    predictor = Predictor(path)
    yield str(path), lambda texts: [predictor(text).label for text in texts]


def _work_folder(path):
    from tfdistill.bert.checkpoint import load_student
    from tfdistill.train.casting import replay
    from tfdistill.train.evaluate import keras_outputs
    from tfdistill.train.prepare import prepare
    from tfdistill.train.recipe_file import read_recipe

    run = prepare(read_recipe(path), path)

    def answers(model, vocabulary):
        tokenizer = load_tokenizer(run.vocabularies[vocabulary])

        def answer(texts):
            rows = encode(
                _unlabelled(texts), run.task, tokenizer, run.recipe.max_length
            )
            found = np.argmax(keras_outputs(model, rows)["logits"], -1)
            return [run.task.labels[label] for label in found]

        return answer

    for stage, teacher in replay(run):
        if stage.model == "teacher":
            yield f"{path}, {stage.name}", answers(teacher, stage.vocabulary)
    student = load_student(path / "student.keras")
    yield f"{path}, student", answers(student, "student")


def _unlabelled(texts) -> Examples:
    words = [text.split() for text in texts]
    slots = [["O"] * len(each) for each in words]
    return Examples(texts, None, np.zeros(len(texts), np.int32), words, slots)
