"""The students that ship: small, whole, and right about plain sentences."""

import json
import pathlib

import pytest

from tfdistill.export.metadata import read_card
from tfdistill.export.predict import Predictor

MODELS = pathlib.Path(__file__).resolve().parents[2] / "models"
SAID = {
    "voice_commands": {
        "turn on the lights in the kitchen": "HassTurnOn",
        "what is the weather": "HassGetWeather",
        "set the volume to 40 percent": "HassSetVolume",
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
