"""How changes on the command line make one recipe of a config."""

import pathlib

import pytest

from tfdistill.tflite.recipe_flags import new_recipe_flags, read_recipe_flags

CONFIGS = pathlib.Path(__file__).resolve().parents[2] / "configs"
BEGINNING = "--config.beginning=runs/general/general.keras"


def read(config, *extra):
    argv = ["train", f"--config={CONFIGS / config}", "--workdir=run", *extra]
    return read_recipe_flags(new_recipe_flags("Folder."), argv, "Usage.")


def test_a_beginning_takes_the_place_of_a_vocabulary():
    recipe = read("sentiment.py", "--leave_out=general", BEGINNING)
    assert recipe.beginning.endswith("general.keras")
    assert recipe.vocabulary.texts == () and recipe.vocabulary.size == 5000
    twin = read("sentiment.py", "--undistilled", "--leave_out=general", BEGINNING)
    assert twin.beginning is None
    assert twin.vocabulary.file == "runs/general/vocab.txt"
    with pytest.raises(ValueError, match=r"leave vocabulary\.texts and"):
        read("sentiment.py", BEGINNING, "--config.vocabulary.texts=['own.txt']")
