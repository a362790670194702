"""recipe.json gives back the recipe that wrote it, and nothing but a recipe."""

import importlib.util
import pathlib

import pytest

from tfdistill.train.recipe import to_json
from tfdistill.train.recipe_file import read_recipe

CONFIGS = sorted(pathlib.Path(__file__).parents[2].glob("configs/*.py"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_survives_its_own_json(path, tmp_path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = to_json(module.get_config())
    (tmp_path / "recipe.json").write_text(text)
    read = read_recipe(tmp_path)
    assert read == module.get_config()
    assert to_json(read) == text


@pytest.mark.parametrize(
    "text, reason",
    [
        ("{", "Expecting"),
        ('{"class": "Popen", "args": "ls"}', "'Popen' is unknown"),
        ('{"class": "Vocabulary", "size": 5, "colour": 1}', "colour"),
        ("[1, 2]", "tuple"),
        ("[" * 3000, "nested too deeply"),
        ("[" * 700 + "]" * 700, "recursion"),
        (
            '{"class": "Recipe", "name": "a", "source": 0, "student": {}, '
            '"stages": [{"class": "Stage", "name": "b", '
            '"objectives": [{"class": "HardLabels"}]}]}',
            "has no attribute",
        ),
    ],
)
def test_other_files_are_refused_by_name(text, reason, tmp_path):
    path = tmp_path / "recipe.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="recipe.json is no recipe") as caught:
        read_recipe(path)
    assert reason in str(caught.value)
