"""The students that ship: small, whole, and right about plain sentences."""

import json
import pathlib

import numpy as np
import pytest

from tests.other_pythons import MEDIAPIPE, run_on
from tfdistill.data import Glue
from tfdistill.export.metadata import read_card
from tfdistill.export.predict import Predictor

MODELS = pathlib.Path(__file__).resolve().parents[2] / "models"
SAID = {
    "voice_commands": {
        "turn on the lights in the kitchen": "HassTurnOn",
        "what is the weather": "HassGetWeather",
        "set the volume to 40 percent": "HassSetVolume",
        "what time is it": "HassGetCurrentTime",
        "never mind": "HassNevermind",
        "louder please": "HassSetVolumeRelative",
        "send the robot vacuum back to its dock": "HassVacuumReturnToBase",
    },
    "sentiment": {
        "A warm, funny and wise film.": "positive",
        "I want my two hours back.": "negative",
        "not bad at all": "positive",
    },
}


@pytest.mark.parametrize("name", SAID)
def test_it_answers(name):
    predict = Predictor(MODELS / name / "model.tflite")
    for text, label in SAID[name].items():
        assert predict(text).label == label


@pytest.mark.parametrize("name", SAID)
def test_it_is_small_and_tells_where_it_is_from(name):
    folder = MODELS / name
    assert (folder / "model.tflite").stat().st_size <= 2_000_000
    card = read_card(folder / "model.tflite")
    assert card.vocabulary == (folder / "vocab.txt").read_text(encoding="utf-8")
    for file in ("recipe.json", "verification.json"):
        assert json.loads((folder / file).read_text())
    assert "icence" in (folder / "card.md").read_text()


@pytest.fixture(scope="module")
def film_sentences(shared):
    """SST-2's dev sentences and their labels."""
    dev = Glue("SST-2", shared / "data/glue").load("dev")
    return list(dev.texts), np.asarray(dev.labels)


def test_it_knows_praise_from_blame(film_sentences):
    texts, labels = film_sentences
    predict = Predictor(MODELS / "sentiment/model.tflite")
    found = [predict.labels.index(predict(text).label) for text in texts]
    # 88.53 where it was made; kernels of other processors round activations otherwise.
    assert np.mean(np.array(found) == labels) >= 0.875


def test_mediapipe_reads_it_unchanged(film_sentences, tmp_path):
    texts = film_sentences[0][::4][:200]
    path = MODELS / "sentiment/model.tflite"
    (tmp_path / "texts.json").write_text(json.dumps(texts))
    files = tmp_path / "texts.json", tmp_path / "scores.json"
    script = pathlib.Path(__file__).parents[1] / "export/mediapipe_classify.py"
    run_on(MEDIAPIPE, script, path, *files)
    answers = json.loads(files[1].read_text())
    predict = Predictor(path)
    assert len(answers) == len(texts) == 200
    for text, scores in zip(texts, answers, strict=True):
        ours = predict(text)
        assert max(scores, key=scores.get) == ours.label, text
        assert scores[ours.label] == pytest.approx(ours.probability, abs=1e-3)
