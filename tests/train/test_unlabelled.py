"""Plain text besides a task's own, for students that learn from the teacher alone."""

import dataclasses
import pathlib

import numpy as np
import pytest

from tfdistill.data import Glue, Task
from tfdistill.data.unlabelled import read_unlabelled
from tfdistill.distill.objectives import HardLabels, SoftTargets
from tfdistill.train.prepare import prepare
from tfdistill.train.recipe import Stage
from tfdistill.train.recipe_file import read_recipe
from tfdistill.train.run import run_recipe
from tfdistill.train.variants import leave_out, undistilled

SINGLE = Task("t", "classification", ("no", "yes"), metrics=("accuracy",))


@pytest.fixture
def text(tmp_path):
    """A file of four lines, two of which hold two texts."""
    path = tmp_path / "text.txt"
    path.write_text("a fine film\none\ttwo\n\nso dull, so cold\nthree\tfour\n")
    return str(path)


@pytest.fixture
def with_text(recipe, text):
    """The recipe of the world; the teacher reads its own vocabulary all along."""
    teacher, student = recipe.stages
    student = dataclasses.replace(
        student,
        objectives=(SoftTargets(),),
        teacher_vocabulary="teacher",
        epochs=2,
        unlabelled=(text,),
    )
    return dataclasses.replace(recipe, stages=(teacher, student))


def test_lines_are_examples_of_the_task(text):
    examples = read_unlabelled((text,), SINGLE)
    assert examples.texts[:2] == ["a fine film", "one\ttwo"] and len(examples) == 4
    assert examples.labels.dtype == np.int32 and not examples.labels.any()
    score = Task("t", "regression", metrics=("pearson",))
    pairs = read_unlabelled((text,), dataclasses.replace(score, is_pair=True))
    assert (pairs.texts, pairs.pairs) == (["one", "three"], ["two", "four"])
    assert pairs.labels.dtype == np.float32


def test_words_have_slots_that_say_nothing(text):
    task = Task("t", "intent_slots", ("a", "b"), ("O", "B-x"), metrics=("slot_f1",))
    examples = read_unlabelled((text,), task)
    assert examples.words[2] == ["so", "dull,", "so", "cold"]
    assert examples.slots[2] == ["O"] * 4


def test_a_student_learns_from_them_as_well(with_text, tmp_path, weights):
    folder, without = tmp_path / "with", tmp_path / "without"
    report = run_recipe(with_text, folder)
    assert report["unlabelled_examples"] == 4
    table = (folder / "stages" / "student.csv").read_text().splitlines()
    assert "accuracy" not in table[0] and len(table) == 3
    assert read_recipe(folder) == with_text
    plain = run_recipe(leave_out(with_text, "unlabelled"), without)
    assert "unlabelled_examples" not in plain
    pairs = zip(weights(folder), weights(without), strict=True)
    assert any((a != b).any() for a, b in pairs)


def test_they_come_behind_the_rows_of_the_task(with_text, tmp_path):
    run = prepare(with_text, tmp_path)
    own = run.encoded("student").train
    rows = run.training_rows(with_text.stages[1], "student")
    assert len(rows) == len(own) + 4
    np.testing.assert_array_equal(rows.take(range(len(own))).token_ids, own.token_ids)
    np.testing.assert_array_equal(rows.labels, [*own.labels, 0, 0, 0, 0])
    assert run.training_rows(with_text.stages[0], "student") is own


def test_a_twin_has_no_use_for_them(with_text):
    (stage,) = undistilled(with_text).stages
    assert stage.unlabelled == () and stage.objectives == (HardLabels(),)


def test_a_missing_file_is_missed_before_any_training(with_text, text, tmp_path):
    pathlib.Path(text).unlink()
    remedy = r"text\.txt.*--config\.stages\.student\.unlabelled"
    with pytest.raises(ValueError, match=remedy):
        run_recipe(with_text, tmp_path / "run")
    assert not (tmp_path / "run" / "stages").exists()
    assert run_recipe(with_text, tmp_path / "run", until="teacher") is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"unlabelled": "text.txt"}, "must be a tuple of paths"),
        ({"objectives": (SoftTargets(), HardLabels())}, "leave HardLabels out"),
        ({"corpus": "a", "steps_per_epoch": 3}, "leave unlabelled out"),
    ],
)
def test_a_stage_that_cannot_read_them_is_refused(changes, message):
    changes = {"objectives": (SoftTargets(),), "unlabelled": ("a.txt",), **changes}
    with pytest.raises(ValueError, match=message):
        Stage("student", **changes)


def test_a_file_without_use_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"missing\.txt does not exist"):
        read_unlabelled(("missing.txt",), SINGLE)
    path = tmp_path / "single.txt"
    path.write_text("one text a line\n")
    task = Glue("MRPC", "glue").task()
    with pytest.raises(ValueError, match=r"no line with a tab .*single\.txt"):
        read_unlabelled((path,), task)
