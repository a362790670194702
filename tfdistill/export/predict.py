"""Text in, answer out, with a `.tflite` file and its label files alone.

This is what the app on the phone does: tokenizer, interpreter, softmax, slots. Text is
cut into words and pieces by the code that prepared the training data. Neither Keras nor
TensorFlow is imported.
"""

import dataclasses
import pathlib
import re

import numpy as np

from tfdistill.data.batching import make_batch
from tfdistill.data.encode import NOT_SCORED, Encoded, encode
from tfdistill.data.slot_path import best_path, bio_spans
from tfdistill.data.tasks import Examples, Task
from tfdistill.export.runtime import TfliteModel
from tfdistill.text import load_tokenizer

# Marks that a word may carry at its end without their being part of a slot's value.
_PUNCTUATION = ".,;:!?"
_NO_LIMIT = 10**9


@dataclasses.dataclass(frozen=True)
class Prediction:
    """An answer to one text.

    Attributes:
        text: str.
        label: str, the class or intent; None for a regression.
        probability: float in [0, 1], of the label; None for a regression.
        score: float, the output of a regression; None otherwise.
        slots: tuple of (slot name, str as it stands in the text); empty without slots.
        is_cut: bool, whether the text was longer than the file takes.
    """

    text: str
    label: str | None = None
    probability: float | None = None
    score: float | None = None
    slots: tuple[tuple[str, str], ...] = ()
    is_cut: bool = False

    def __str__(self):
        if self.label is None:
            answer = f"{self.score:.3f}"
        else:
            answer = f"{self.label} {100 * self.probability:.1f} %"
        slots = "".join(f"  {name}={value!r}" for name, value in self.slots)
        return f"{self.text}\n  -> {answer}{slots}"


class Predictor:
    """A `.tflite` file together with its vocabulary and its labels.

    Args:
        path: path of the file.
        vocabulary: path of vocab.txt; None looks beside the file.
        labels: path of labels.txt, a class or intent a line; None looks beside it.
        slot_labels: path of slot_labels.txt; None looks beside the file.
        num_threads: int.

    Raises:
        ValueError: a file is missing, or has another number of labels than outputs.
    """

    def __init__(
        self, path, vocabulary=None, labels=None, slot_labels=None, num_threads=1
    ):
        folder = pathlib.Path(path).parent
        self.model = TfliteModel(path, num_threads)
        self.tokenizer = load_tokenizer(vocabulary or folder / "vocab.txt")
        self.labels = read_labels(labels or folder / "labels.txt")
        self.slot_labels = ()
        if "slot_logits" in self.model.output_names:
            self.slot_labels = read_labels(slot_labels or folder / "slot_labels.txt")
        kind = "intent_slots" if self.slot_labels else "classification"
        self.task = Task(
            "prediction",
            kind if self.labels else "regression",
            self.labels,
            self.slot_labels,
        )

    def __call__(self, text: str, pair: str | None = None) -> Prediction:
        """Answer one text, or one pair of texts.

        Args:
            text: str, of any length: what does not fit is cut off.
            pair: str, the second text of a pair task.

        Raises:
            ValueError: no word in the text, or a model with another number of outputs
                than there are labels.
        """
        words = re.findall(r"\S+", text)
        if not words:
            raise ValueError("The text is empty; expected at least one word.")
        task = dataclasses.replace(self.task, is_pair=pair is not None)
        slots = [["O"] * len(words)] if self.slot_labels else None
        pairs = None if pair is None else [pair]
        examples = Examples([text], pairs, words=[words], slots=slots)
        length = self.model.sequence_length
        row = encode(examples, task, self.tokenizer, length)
        is_cut = bool(
            row.lengths[0] == length
            and encode(examples, task, self.tokenizer, _NO_LIMIT).lengths[0] > length
        )
        outputs = self.model(make_batch(row, np.zeros(1, int), int(row.lengths[0])))
        return self._answer(text, outputs, row, is_cut)

    def _answer(self, text, outputs, row: Encoded, is_cut: bool) -> Prediction:
        logits = _logits(outputs)
        if not self.labels:
            return Prediction(text, score=float(logits[0]), is_cut=is_cut)
        _check_count(logits, self.labels, "labels.txt", self.model.path)
        probabilities = softmax(logits)
        best = int(probabilities.argmax())
        return Prediction(
            text,
            self.labels[best],
            float(probabilities[best]),
            slots=self._slots(text, outputs, row),
            is_cut=is_cut,
        )

    def _slots(self, text, outputs, row: Encoded):
        if not self.slot_labels:
            return ()
        logits = outputs["slot_logits"][0]
        _check_count(logits[0], self.slot_labels, "slot_labels.txt", self.model.path)
        is_first = row.slot_labels != NOT_SCORED
        path = best_path(logits[is_first], self.slot_labels)
        labels = [self.slot_labels[i] for i in path]
        spans = [match.span() for match in re.finditer(r"\S+", text)]
        return tuple(
            (name, text[spans[start][0] : spans[stop - 1][1]].rstrip(_PUNCTUATION))
            for name, start, stop in bio_spans(labels)
        )


def _logits(outputs) -> np.ndarray:
    """Return float32 (classes,), also of a file that gives probabilities."""
    if "probabilities" in outputs:
        return np.log(outputs["probabilities"][0] + np.finfo(np.float32).tiny)
    return outputs["logits"][0]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return exp(z) / sum(exp(z)) over the last axis: float (..., classes)."""
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def read_labels(path) -> tuple[str, ...]:
    """Read a file of labels, one a line; empty lines are left out.

    Args:
        path: str or path.

    Raises:
        ValueError: it cannot be read, or is not UTF-8.
    """
    try:
        lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ValueError(
            f"{path} cannot be read ({error.strerror}); expected one label a line, in "
            "the order of the model's outputs."
        ) from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 ({error}).") from None
    return tuple(line for line in lines if line)


def _check_count(logits, labels, name, path):
    if len(logits) != len(labels):
        raise ValueError(
            f"{path} has {len(logits)} outputs, but {name} {len(labels)} labels: the "
            "files belong to different models."
        )
