"""A .tflite file and its label files answer text, without Keras."""

import subprocess
import sys

import numpy as np
import pytest

from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import build_student
from tfdistill.bert.heads import Classification, IntentAndSlots, Regression
from tfdistill.export.predict import Predictor
from tfdistill.export.to_tflite import export_tflite

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "turn", "on", "lamp", "##s"]
CONFIG = BertConfig(1, 8, 2, 12, vocabulary_size=len(PIECES), max_sequence_length=9)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "vocab.txt").write_text("\n".join(PIECES) + "\n")
    (tmp_path / "labels.txt").write_text("no\nyes\n")
    (tmp_path / "slot_labels.txt").write_text("O\nB-name\nI-name\n")
    return tmp_path


def _export(head, folder):
    model = build_student(CONFIG, head=head)
    if isinstance(head, IntentAndSlots):
        # Every word is a B-name: the bias alone decides.
        head.slot_classifier.kernel.assign(np.zeros((8, 3), "float32"))
        head.slot_classifier.bias.assign([0.0, 9.0, 0.0])
    export_tflite(model, folder / "m.tflite", "float32", sequence_length=7)
    return model


def test_the_answer_is_kerass(folder):
    model = _export(Classification(2, "mean"), folder)
    prediction = Predictor(folder / "m.tflite")("Turn on lamps")
    ids = np.array([[2, 5, 6, 7, 8, 3]], "int32")
    x = {"token_ids": ids, "segment_ids": 0 * ids, "padding_mask": ids // ids}
    logits = model.predict_on_batch(x)["logits"][0]
    expected = np.exp(logits) / np.exp(logits).sum()
    assert prediction.label == ["no", "yes"][expected.argmax()]
    assert prediction.probability == pytest.approx(expected.max(), abs=1e-5)


def test_slots_are_text_as_it_was_typed(folder):
    _export(IntentAndSlots(2, 3), folder)
    prediction = Predictor(folder / "m.tflite")("Turn LAMPS on!")
    expected = (("name", "Turn"), ("name", "LAMPS"), ("name", "on"))
    assert prediction.slots == expected


def test_a_regression_gives_a_score(folder):
    _export(Regression("mean"), folder)
    (folder / "labels.txt").write_text("")
    prediction = Predictor(folder / "m.tflite")("turn")
    assert prediction.label is None and isinstance(prediction.score, float)


def test_a_long_text_is_cut_and_says_so(folder):
    _export(Classification(2, "mean"), folder)
    predictor = Predictor(folder / "m.tflite")
    assert predictor("turn " * 20_000).is_cut
    assert not predictor("turn").is_cut


def test_labels_of_another_model_are_refused(folder):
    _export(Classification(2, "mean"), folder)
    (folder / "labels.txt").write_text("a\nb\nc\n")
    with pytest.raises(ValueError, match="2 outputs, but labels.txt 3 labels"):
        Predictor(folder / "m.tflite")("turn")


def test_a_missing_file_is_named(folder):
    _export(Classification(2, "mean"), folder)
    (folder / "labels.txt").unlink()
    with pytest.raises(ValueError, match="labels.txt cannot be read"):
        Predictor(folder / "m.tflite")


def test_prediction_needs_no_keras():
    code = (
        "import sys, tfdistill.export.predict; "
        "print([m for m in ('keras', 'tensorflow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
