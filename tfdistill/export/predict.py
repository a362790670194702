"""Text in, answer out, with a `.tflite` file and its label files alone.

This is what the app on the phone does: tokenizer, interpreter, softmax, slots. Neither
Keras nor TensorFlow is imported.
"""

import dataclasses
import pathlib

import numpy as np

from tfdistill.export.runtime import TfliteModel
from tfdistill.text import load_tokenizer


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
        self.labels = _read_labels(labels or folder / "labels.txt")
        self.slot_labels = ()
        if "slot_logits" in self.model.output_names:
            self.slot_labels = _read_labels(slot_labels or folder / "slot_labels.txt")

    def __call__(self, text: str, pair: str | None = None) -> Prediction:
        """Answer one text, or one pair of texts.

        Args:
            text: str, of any length: what does not fit is cut off.
            pair: str, the second text of a pair task.

        Raises:
            ValueError: the model has another number of outputs than there are labels.
        """
        encoding = self.tokenizer.encode(text, pair)
        length = len(encoding.ids)
        is_cut = length > self.model.sequence_length
        encoding.truncate(self.model.sequence_length)
        outputs = self.model(self._inputs(encoding, is_cut))
        logits = outputs["logits"][0]
        if not self.labels:
            return Prediction(text, score=float(logits[0]), is_cut=is_cut)
        _check_count(logits, self.labels, "labels.txt", self.model.path)
        probabilities = softmax(logits)
        best = int(probabilities.argmax())
        return Prediction(
            text,
            self.labels[best],
            float(probabilities[best]),
            slots=self._slots(text, encoding, outputs),
            is_cut=is_cut,
        )

    def _inputs(self, encoding, is_cut):
        ids = list(encoding.ids)
        if is_cut:
            ids[-1] = self.tokenizer.token_to_id("[SEP]")
        rows = {
            "token_ids": ids,
            "segment_ids": encoding.type_ids,
            "padding_mask": [1] * len(ids),
        }
        return {name: np.array([row], np.int32) for name, row in rows.items()}

    def _slots(self, text, encoding, outputs):
        if not self.slot_labels:
            return ()
        logits = outputs["slot_logits"][0]
        _check_count(logits[0], self.slot_labels, "slot_labels.txt", self.model.path)
        words = first_pieces(encoding.word_ids)
        labels = [self.slot_labels[logits[first].argmax()] for first in words]
        ends = [*words[1:], None]
        spans = []
        for first, end in zip(words, ends, strict=True):
            offsets = [
                offset
                for offset, word in zip(
                    encoding.offsets[first:end],
                    encoding.word_ids[first:end],
                    strict=True,
                )
                if word is not None
            ]
            spans.append((offsets[0][0], offsets[-1][1]))
        return tuple(
            (name, text[spans[start][0] : spans[stop - 1][1]])
            for name, start, stop in bio_spans(labels)
        )


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return exp(z) / sum(exp(z)) over the last axis: float (..., classes)."""
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def first_pieces(word_ids: list[int | None]) -> list[int]:
    """Return the position of each word's first piece; None marks special tokens.

    >>> first_pieces([None, 0, 0, 1, None])
    [1, 3]
    """
    return [
        position
        for position, word in enumerate(word_ids)
        if word is not None and (position == 0 or word_ids[position - 1] != word)
    ]


def bio_spans(labels: list[str]) -> list[tuple[str, int, int]]:
    """Return (name, first word, word after the last) of every slot.

    An "I-" that continues no slot of its name begins one, as the CoNLL scorer reads it.

    >>> bio_spans(["O", "B-area", "I-area", "B-area", "I-name"])
    [('area', 1, 3), ('area', 3, 4), ('name', 4, 5)]
    """
    spans = []
    for position, label in enumerate([*labels, "O"]):
        kind, _, name = label.partition("-")
        is_open = bool(spans) and spans[-1][2] is None
        if is_open and (kind != "I" or name != spans[-1][0]):
            spans[-1] = (*spans[-1][:2], position)
            is_open = False
        if kind != "O" and not is_open:
            spans.append((name, position, None))
    return spans


def _read_labels(path) -> tuple[str, ...]:
    try:
        lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ValueError(
            f"{path} cannot be read ({error.strerror}); expected one label a line, in "
            "the order of the model's outputs."
        ) from None
    return tuple(line for line in lines if line)


def _check_count(logits, labels, name, path):
    if len(logits) != len(labels):
        raise ValueError(
            f"{path} has {len(logits)} outputs, but {name} {len(labels)} labels: the "
            "files belong to different models."
        )
