"""What a `.tflite` file says of itself: a model card, a vocabulary, labels.

The file stays a `.tflite` file; behind it stands a zip archive with vocab.txt,
labels.txt and card.json, and inside it the metadata table that TensorFlow Lite's tools
and MediaPipe read (metadata_schema.fbs, version 1.0). Nothing of it is compressed, so
the model can still be mapped into memory.
"""

import dataclasses
import io
import json
import os
import pathlib
import zipfile

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tfdistill.export import flat
from tfdistill.export.tables import Table
from tfdistill.text.json_text import parse_json

CARD, VOCABULARY, LABELS = "card.json", "vocab.txt", "labels.txt"
SLOT_LABELS = "slot_labels.txt"
_ENTRY = b"TFLITE_METADATA"
_DATE = (1980, 1, 1, 0, 0, 0)
# Numbers of metadata_schema.fbs.
_DESCRIPTIONS, _LABELS_OF_AN_AXIS, _VOCABULARY = 1, 2, 5
_FEATURES, _BERT_TOKENIZER = 1, 4
# What MediaPipe calls the inputs, by the names that they have in the file.
_ROLES = {
    "input_word_ids": "ids",
    "input_type_ids": "segment_ids",
    "input_mask": "mask",
}


@dataclasses.dataclass(frozen=True)
class Card:
    """What is written into a file about it.

    Attributes:
        name: str.
        version: str.
        license: str, of the model.
        task: str, of the examples that it was verified on.
        description: str.
        vocabulary: str, text of vocab.txt; None leaves it out.
        labels: tuple of str, classes in the order of the outputs.
        slot_labels: tuple of str, in the order of a joint head's slot outputs.
        tokenizer: dict, what a tokenizer needs besides the vocabulary.
        verification: dict, of `VerificationReport.to_dict`; None if nothing was proved.
    """

    name: str = "tfdistill student"
    version: str = "1"
    license: str = ""
    task: str = ""
    description: str = ""
    vocabulary: str | None = None
    labels: tuple[str, ...] = ()
    slot_labels: tuple[str, ...] = ()
    tokenizer: dict = dataclasses.field(default_factory=dict)
    verification: dict | None = None

    def to_dict(self) -> dict:
        """Return all but the vocabulary as plain values."""
        values = dataclasses.asdict(self)
        del values["vocabulary"]
        lists = {"labels": list(self.labels), "slot_labels": list(self.slot_labels)}
        return {**values, **lists}


def write_card(path: str | os.PathLike, card: Card) -> None:
    """Put a card into a `.tflite` file that has none, or in the place of its own.

    A file whose inputs have MediaPipe's names is described to MediaPipe as well.

    Raises:
        ValueError: the file is no `.tflite` file.
    """
    path = pathlib.Path(path)
    model = flat.unpack(path.read_bytes())
    files = {CARD: json.dumps(card.to_dict(), indent=2) + "\n"}
    if card.vocabulary is not None:
        files[VOCABULARY] = card.vocabulary
    if card.labels:
        files[LABELS] = "\n".join(card.labels) + "\n"
    if card.slot_labels:
        files[SLOT_LABELS] = "\n".join(card.slot_labels) + "\n"
    entry = schema.MetadataT()
    entry.name = _ENTRY
    content = np.frombuffer(_model_metadata(model, card), np.uint8)
    entry.buffer = flat.add_buffer(model, content)
    kept = [each for each in model.metadata or () if each.name != _ENTRY]
    model.metadata = [*kept, entry]
    path.write_bytes(_with_archive(flat.pack(model), files))


def read_card(path: str | os.PathLike) -> Card | None:
    """Return the card of a `.tflite` file, or None if it has none.

    Raises:
        ValueError: the card is damaged, or the file cut off.
    """
    if not zipfile.is_zipfile(path):
        model = flat.unpack(pathlib.Path(path).read_bytes())
        if any(each.name == _ENTRY for each in model.metadata or ()):
            raise ValueError(f"{path} is cut off: its card is gone. Convert it again.")
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            values = parse_json(archive.read(CARD))
            names = archive.namelist()
            if VOCABULARY in names:
                values["vocabulary"] = archive.read(VOCABULARY).decode("utf-8")
        for name in ("labels", "slot_labels"):
            values[name] = tuple(values.get(name, ()))
        return Card(**values)
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"The card in {path} cannot be read ({error}).") from error


def _with_archive(content: bytes, files: dict[str, str]) -> bytes:
    whole = io.BytesIO(content)
    with zipfile.ZipFile(whole, "a", zipfile.ZIP_STORED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), text.encode("utf-8"))
    return whole.getvalue()


# === The metadata table ===


def _model_metadata(model, card: Card) -> bytes:
    root = Table(
        card.name,
        card.description,
        card.version,
        [
            _graph_metadata(graph, _output_names(model, number), card)
            for number, graph in enumerate(model.subgraphs)
        ],
        None,
        card.license,
        [_file(CARD, "Task, scores, tokenizer.", _DESCRIPTIONS)],
        "1.0.0",
    )
    return root.finished(b"M001")


def _output_names(model, number: int) -> dict[int, str]:
    """Tensor to the name that its signature gives it, of one graph."""
    return {
        each.tensorIndex: each.name.decode()
        for signature in model.signatureDefs or ()
        if signature.subgraphIndex == number
        for each in signature.outputs
    }


def _graph_metadata(graph, names, card: Card):
    inputs = [_input(graph.tensors[index].name.decode()) for index in graph.inputs]
    outputs = [_output(names.get(index, ""), card) for index in graph.outputs]
    units = []
    if card.vocabulary is not None:
        vocabulary = _file(VOCABULARY, "Word pieces.", _VOCABULARY)
        units = [Table(_BERT_TOKENIZER, Table([vocabulary]))]
    return Table(None, None, inputs, outputs, None, units)


def _input(name: str):
    for ours, role in _ROLES.items():
        if ours in name:
            return _tensor(role)
    return _tensor(name)


def _output(name: str, card: Card):
    """MediaPipe looks for "probability"; labels go to what they are labels of."""
    file, labels = (LABELS, card.labels)
    if name == "slot_logits":
        file, labels = (SLOT_LABELS, card.slot_labels)
    files = [_file(file, "Classes.", _LABELS_OF_AN_AXIS)] if labels else []
    return _tensor("probability" if name == "probabilities" else name, files)


def _tensor(name: str, files=()):
    content = Table(_FEATURES, Table())
    return Table(name, None, None, content, None, None, list(files))


def _file(name: str, description: str, kind: int):
    return Table(name, description, kind)
