"""Files run where nobody has this package: tflite-runtime 2.14 and MediaPipe."""

import json
import pathlib

import numpy as np
import pytest

from tests.other_pythons import MEDIAPIPE, OLD, run_on
from tfdistill.bert import heads
from tfdistill.bert.config import BertConfig
from tfdistill.export.metadata import Card, read_card, write_card
from tfdistill.export.runtime import BERT_NAMES, TfliteModel
from tfdistill.export.schemes import SCHEMES
from tfdistill.export.to_tflite import export_tflite
from tfdistill.text import SPECIAL_TOKENS, load_tokenizer

HERE = pathlib.Path(__file__).parent
LENGTH = 9
# 40 wide: no multiple of 16, which 4 bits need padding for.
CONFIG = BertConfig(2, 40, 4, 48, vocabulary_size=97, max_sequence_length=9)
WORDS = [f"w{i}" for i in range(91)]
# Largest difference between the runtimes, as a share of the largest output.
TOLERANCES = {"float32": 1e-5, "float16": 1e-4, "weight_only_int8": 1e-4}
QUANTIZED = 0.05


@pytest.mark.parametrize("scheme", SCHEMES)
def test_tflite_runtime_2_14_agrees(make, sentences, tmp_path, scheme):
    model = make(heads.IntentAndSlots(3, 5, "mean"), CONFIG)
    path = tmp_path / "m.tflite"
    export_tflite(model, path, scheme, LENGTH, sentences[1])
    random = np.random.default_rng(2)
    inputs = {
        "token_ids": random.integers(0, 97, (8, LENGTH)).astype("int32"),
        "segment_ids": random.integers(0, 2, (8, LENGTH)).astype("int32"),
        "padding_mask": (np.arange(LENGTH) < np.arange(2, 10)[:, None]).astype("int32"),
    }
    np.savez(tmp_path / "x.npz", **inputs)
    files = tmp_path / "x.npz", tmp_path / "y.npz"
    run_on(OLD, HERE / "other_runtime.py", path, *files)
    ours, theirs = TfliteModel(path)(inputs), np.load(tmp_path / "y.npz")
    for name, value in ours.items():
        other = theirs[name]
        if name == "slot_logits":  # Nothing is promised at padding.
            real = inputs["padding_mask"].astype(bool)
            value, other = value[real], other[real]
        limit = TOLERANCES.get(scheme, QUANTIZED) * np.abs(value).max()
        np.testing.assert_allclose(other, value, atol=limit, err_msg=name)


@pytest.fixture(scope="module")
def classifier(make, tmp_path_factory):
    """Return (path, vocab.txt) of a file for MediaPipe, its card inside."""
    folder = tmp_path_factory.mktemp("classifier")
    model = make(heads.Classification(3), CONFIG)
    pieces = "\n".join([*SPECIAL_TOKENS, *WORDS, "."]) + "\n"
    (folder / "vocab.txt").write_text(pieces)
    path = folder / "m.tflite"
    export_tflite(model, path, "dynamic_int8", LENGTH, task="text_classifier")
    plain = TfliteModel(path)
    before = plain(_inputs(folder / "vocab.txt", "w3 w5 ."))
    card = Card("tiny", "7", "MIT", "letters", "", pieces, ("a", "b", "c"))
    write_card(path, card)
    after = TfliteModel(path)(_inputs(folder / "vocab.txt", "w3 w5 ."))
    np.testing.assert_array_equal(before["probabilities"], after["probabilities"])
    assert read_card(path) == card
    return path, folder / "vocab.txt"


def _inputs(vocabulary, text):
    ids = np.array([load_tokenizer(vocabulary).encode(text).ids], "int32")
    return {"token_ids": ids, "segment_ids": 0 * ids, "padding_mask": 0 * ids + 1}


def test_a_card_replaces_the_one_before(classifier, tmp_path):
    path = tmp_path / "m.tflite"
    path.write_bytes(classifier[0].read_bytes())
    write_card(path, Card("other", labels=("x", "y", "z")))
    card = read_card(path)
    assert (card.name, card.labels, card.vocabulary) == ("other", ("x", "y", "z"), None)
    size = path.stat().st_size
    write_card(path, Card("other", labels=("x", "y", "z")))
    assert path.stat().st_size == size


def test_a_text_classifier_has_mediapipes_names_and_probabilities(classifier):
    model = TfliteModel(classifier[0])
    (signature,) = model.interpreter.get_signature_list().values()
    assert set(signature["inputs"]) == set(BERT_NAMES)
    (row,) = model(_inputs(classifier[1], "w1 w2"))["probabilities"]
    assert row.sum() == pytest.approx(1.0, abs=1e-5) and row.min() > 0


def test_mediapipe_classifies_as_we_do(classifier, tmp_path):
    path, vocabulary = classifier
    texts = [f"{a} {b}." for a, b in zip(WORDS[:20], WORDS[40:60], strict=True)]
    (tmp_path / "texts.json").write_text(json.dumps(texts))
    files = tmp_path / "texts.json", tmp_path / "scores.json"
    run_on(MEDIAPIPE, HERE / "mediapipe_classify.py", path, *files)
    model = TfliteModel(path)
    for text, scores in zip(texts, json.loads(files[1].read_text()), strict=True):
        (row,) = model(_inputs(vocabulary, text))["probabilities"]
        theirs = [scores[name] for name in "abc"]
        assert np.argmax(theirs) == row.argmax()
        np.testing.assert_allclose(theirs, row, atol=1e-3)
