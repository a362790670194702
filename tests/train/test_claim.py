"""A work folder belongs to one recipe, from its first trained weight on."""

import dataclasses
import json

import pytest

from tfdistill.train.claim import check_claim, claim


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def train_something(folder):
    (folder / "stages").mkdir()
    (folder / "stages" / "teacher.safetensors").write_bytes(b"weights")


def test_a_folder_is_claimed_by_its_recipe(recipe, tmp_path):
    check_claim(recipe, tmp_path)
    assert names(tmp_path) == []
    claim(recipe, tmp_path)
    train_something(tmp_path)
    claim(recipe, tmp_path)
    assert names(tmp_path) == ["recipe.json", "stages"]


def test_another_recipe_is_told_what_differs(recipe, tmp_path):
    claim(recipe, tmp_path)
    train_something(tmp_path)
    before = (tmp_path / "recipe.json").read_bytes()
    for function in (check_claim, claim):
        with pytest.raises(ValueError, match="another recipe: seed is 8 and was 0. "):
            function(dataclasses.replace(recipe, seed=8), tmp_path)
    assert (tmp_path / "recipe.json").read_bytes() == before


def test_what_was_only_prepared_makes_room_for_another_recipe(recipe, tmp_path):
    claim(recipe, tmp_path)
    for name in ("vocab.txt", "labels.txt", "notes.md"):
        (tmp_path / name).write_text("a")
    claim(recipe, tmp_path)
    assert names(tmp_path) == ["labels.txt", "notes.md", "recipe.json", "vocab.txt"]
    claim(dataclasses.replace(recipe, seed=8), tmp_path)
    assert names(tmp_path) == ["notes.md", "recipe.json"]
    assert json.loads((tmp_path / "recipe.json").read_text())["seed"] == 8


@pytest.mark.parametrize("name", ["student.keras", "vocab.txt", "report.json"])
def test_files_of_unknown_origin_are_not_overwritten(name, recipe, tmp_path):
    (tmp_path / name).write_text("somebody's")
    with pytest.raises(ValueError, match=f"has {name} but no recipe.json"):
        claim(recipe, tmp_path)
    assert names(tmp_path) == [name]


def test_a_recipe_file_of_an_older_version_is_still_the_same_recipe(recipe, tmp_path):
    claim(recipe, tmp_path)
    train_something(tmp_path)
    old = json.loads((tmp_path / "recipe.json").read_text())
    del old["max_examples"], old["stages"][0]["epoch_fraction"]
    (tmp_path / "recipe.json").write_text(json.dumps(old))
    check_claim(recipe, tmp_path)
    with pytest.raises(ValueError, match="begun with another recipe"):
        check_claim(dataclasses.replace(recipe, max_examples=9), tmp_path)


def test_a_damaged_recipe_file_is_named(recipe, tmp_path):
    (tmp_path / "recipe.json").write_bytes(b"\xff{")
    train_something(tmp_path)
    with pytest.raises(ValueError, match="recipe: recipe.json is damaged"):
        check_claim(recipe, tmp_path)
