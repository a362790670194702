"""The teacher cache made ahead, by several workers, is the one that training reads."""

import dataclasses

import pytest

from tfdistill.data.cache import TeacherCache
from tfdistill.train.ahead import cache_ahead
from tfdistill.train.recipe import Cache, override
from tfdistill.train.run import run_recipe


@pytest.fixture(scope="module")
def begun(recipe, tmp_path_factory):
    """Recipe and work folder in which only the teacher is finished."""
    folder = tmp_path_factory.mktemp("begun")
    recipe = override(recipe, "stages.student.epochs", "2")
    recipe = dataclasses.replace(recipe, cache=Cache(folder=str(folder / "kept")))
    assert run_recipe(recipe, folder, until="teacher") is None
    assert not (folder / "student.keras").exists()
    return recipe, folder


def test_training_finds_what_workers_have_made(begun, monkeypatch):
    recipe, folder = begun
    sizes = {cache_ahead(recipe, folder, worker, 2) for worker in (1, 0)}
    shards = {path: path.read_bytes() for path in (folder / "kept").rglob("*.safe*")}
    assert len(shards) == 2 and len(sizes) == 1  # the slice to choose on has its own
    overhead = sum(map(len, shards.values())) - sizes.pop()
    assert 0 < overhead < 2000

    def write(self, shard):
        raise AssertionError(f"shard {shard} was made again")

    monkeypatch.setattr(TeacherCache, "_write", write)
    report = run_recipe(recipe, folder)
    assert "student" in report["scores"] and all(path.exists() for path in shards)


@pytest.mark.parametrize(
    "changes, arguments, told",
    [
        ({}, (2, 2), "worker must be from 0 to 1, as num_workers is 2; got 2"),
        ({"seed": 9}, (), "another recipe: seed is 9 and was 0"),
    ],
)
def test_what_cannot_be_cached_ahead_is_refused(changes, arguments, told, begun):
    recipe, folder = begun
    with pytest.raises(ValueError, match=told):
        cache_ahead(dataclasses.replace(recipe, **changes), folder, *arguments)


def test_a_folder_without_a_finished_teacher_is_refused(recipe, tmp_path):
    with pytest.raises(ValueError, match="is no work folder"):
        cache_ahead(recipe, tmp_path)
    with pytest.raises(ValueError, match="no stage 'techer'"):
        run_recipe(recipe, tmp_path, until="techer")


def test_the_program_does_the_same(begun, world, tmp_path, capsys):
    from tfdistill.tflite import cache, program

    assert program.run_program(cache.main, ["cache", "--help"]) == 0
    assert "--num_workers" in capsys.readouterr().out
    argv = ["cache", "--config=configs/none.py", f"--workdir={tmp_path}"]
    assert program.run_program(cache.main, argv) == 1
    assert "configs/none.py" in capsys.readouterr().err
