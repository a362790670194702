"""Every file in configs/ runs from end to end in its tiny form."""

import importlib
import json
import pathlib

import pytest

from tfdistill.data import Glue, HomeAssistant
from tfdistill.train.config_file import load_config
from tfdistill.train.recipe import override_all
from tfdistill.train.run import run_recipe

CONFIGS = sorted(pathlib.Path(__file__).parents[2].glob("configs/*.py"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_config_runs_tiny(path, world, tmp_path):
    recipe = load_config(path, tiny=True)
    changes = [("teacher.source", str(world / "teacher"))]
    if isinstance(recipe.source, Glue):
        changes.append(("source.folder", str(world / "glue")))
    if isinstance(recipe.source, HomeAssistant):
        for package in ("hassil", "home_assistant_intents"):
            if importlib.util.find_spec(package) is None:
                pytest.skip(f"{path.name} needs {package}: pip install tfdistill[demo]")
    report = run_recipe(override_all(recipe, changes), tmp_path)
    assert report["recipe"] == path.stem
    assert report["student_parameters"] < 30_000
    assert report == json.loads((tmp_path / "report.json").read_text())


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_config_tells_its_command_and_is_only_data(path):
    text = path.read_text()
    command = f"tfdistill-train --config=configs/{path.name}"
    assert command in text and "Cost: " in text
    assert load_config(path) == load_config(path)
    assert load_config(path).name == path.stem
