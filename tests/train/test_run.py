"""A recipe from data to report, killed and resumed on the way."""

import csv
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file

from tfdistill.data import TableFile
from tfdistill.distill.objectives import AttentionScoreMSE, HardLabels
from tfdistill.text import read_vocabulary
from tfdistill.train import stages
from tfdistill.train.casting import restore_teachers
from tfdistill.train.evaluate import evaluate
from tfdistill.train.models import make_teacher
from tfdistill.train.prepare import prepare
from tfdistill.train.recipe import Stage, Teacher, Vocabulary
from tfdistill.train.run import run_recipe

FILES = [
    "history.csv",
    "labels.txt",
    "logs",
    "recipe.json",
    "report.json",
    "stages",
    "student.keras",
    "vocab.txt",
]
KILLED = """
import os, signal, sys
from tfdistill.train import backup
from tfdistill.train.recipe_file import read_recipe
from tfdistill.train.run import run_recipe

backup.MINUTES = 0.0  # after every step
whole = backup.Backup._save

def save(self, name, *args):
    whole(self, name, *args)
    if (self.folder.name, name) == ("student", sys.argv[3]):
        os.kill(os.getpid(), int(sys.argv[4]))

backup.Backup._save = save
run_recipe(read_recipe(sys.argv[1]), sys.argv[2])
"""


def names(folder):
    return sorted(p.name for p in folder.iterdir() if p.name != ".lock")


def assert_equal(weights, ours, theirs):
    for a, b in zip(weights(ours), weights(theirs), strict=True):
        assert np.array_equal(a, b)  # bit for bit
    for name in ("history.csv", "vocab.txt", "recipe.json"):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes()
    assert names(ours) == names(theirs) == FILES


def test_a_finished_folder_holds_what_a_phone_and_a_reader_need(finished, recipe):
    assert names(finished) == FILES
    assert (finished / "labels.txt").read_text() == "negative\npositive\n"
    assert len(read_vocabulary(finished / "vocab.txt")) == 60
    with open(finished / "history.csv", newline="") as lines:
        rows = list(csv.DictReader(lines))
    epochs = [(row["stage"], row["epoch"]) for row in rows]
    assert epochs == [("teacher", "0"), *(("student", str(e)) for e in range(3))]
    report = json.loads((finished / "report.json").read_text())
    assert set(report["scores"]) == {"teacher", "student"}
    assert 0 <= report["scores"]["student"]["accuracy"] <= 1
    assert report["examples"] == {"train": 48, "chosen": 12, "held_out": 20}


def test_a_finished_folder_is_read_back_untouched(finished, recipe, monkeypatch):
    monkeypatch.setattr("tfdistill.train.run.prepare", None)
    before = (finished / "student.keras").stat().st_mtime_ns
    report = run_recipe(recipe, finished)
    assert report == json.loads((finished / "report.json").read_text())
    assert (finished / "student.keras").stat().st_mtime_ns == before


def test_another_recipe_is_refused(finished, recipe):
    longer = dataclasses.replace(recipe.stages[1], epochs=4)
    other = dataclasses.replace(recipe, stages=(recipe.stages[0], longer))
    with pytest.raises(ValueError, match="stages.1.epochs is 4 and was 3"):
        run_recipe(other, finished)
    assert names(finished) == FILES


def test_a_run_stopped_between_stages_ends_alike(
    finished, recipe, tmp_path, monkeypatch, weights
):
    def stop(stage, *args):
        if stage.name == "student":
            raise KeyboardInterrupt
        return stages.train_stage(stage, *args)

    with monkeypatch.context() as patch:
        patch.setattr("tfdistill.train.run.train_stage", stop)
        with pytest.raises(KeyboardInterrupt):
            run_recipe(recipe, tmp_path)
    assert not (tmp_path / "backup").exists()
    assert not (tmp_path / "student.keras").exists()
    run_recipe(recipe, tmp_path)
    assert_equal(weights, tmp_path, finished)


def kill(finished, folder, place, number):
    """Run the recipe until the student's backup of that name; return what was said."""
    command = [sys.executable, "-c", KILLED, str(finished), str(folder)]
    done = subprocess.run(
        [*command, place, str(int(number))], capture_output=True, text=True, check=False
    )
    assert done.returncode == -number, done.stderr
    return done.stderr


@pytest.mark.parametrize("place", ["epoch_00001", "epoch_00001_step_00000002"])
def test_a_killed_run_goes_on_where_it_was_and_ends_alike(
    place, finished, recipe, tmp_path, weights
):
    kill(finished, tmp_path, place, signal.SIGKILL)
    assert names(tmp_path / "backup" / "student") == [f"{place}.safetensors"]
    # As if it had been killed a moment later, in the midst of the next backup.
    half = ".tfdistill-99.epoch_00002.safetensors"
    (tmp_path / "backup" / "student" / half).write_text("half")
    with open(tmp_path / "stages" / "student.csv", "a") as lines:
        lines.write("1,0.25,0.")
    run_recipe(recipe, tmp_path)
    assert_equal(weights, tmp_path, finished)


def test_a_run_that_is_told_to_end_takes_its_last_step_along(
    finished, recipe, tmp_path, weights
):
    # The signal comes in the backup of step 2: the step under way is the third.
    kill(finished, tmp_path, "epoch_00001_step_00000002", signal.SIGTERM)
    assert names(tmp_path / "backup" / "student") == [
        "epoch_00001_step_00000003.safetensors"
    ]
    run_recipe(recipe, tmp_path)
    assert_equal(weights, tmp_path, finished)


def test_a_stage_stopped_after_its_last_epoch_is_not_trained_again(
    recipe, tmp_path, monkeypatch
):
    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(stages, "check_finite", stop)
    with pytest.raises(KeyboardInterrupt):
        run_recipe(recipe, tmp_path)
    assert names(tmp_path / "backup" / "teacher") == ["epoch_00001.safetensors"]
    monkeypatch.setattr(stages, "check_finite", lambda *args: None)
    monkeypatch.setattr(stages.Distiller, "fit", stop)
    with pytest.raises(KeyboardInterrupt):  # in the next stage
        run_recipe(recipe, tmp_path)
    assert (tmp_path / "stages" / "teacher.safetensors").is_file()
    assert not (tmp_path / "backup").exists()


def test_the_teacher_is_restored_as_its_stages_left_it(finished, recipe):
    run = prepare(recipe, finished)
    ((stage, teacher),) = restore_teachers(run)
    assert stage == "teacher"
    scores = json.loads((finished / "report.json").read_text())["scores"]
    held_out = run.encoded("teacher").held_out
    assert evaluate(teacher, run.task, held_out) == scores["teacher"]


def test_the_student_of_a_finished_folder_teaches_with_its_own_head(finished, recipe):
    other = dataclasses.replace(recipe, teacher=Teacher(str(finished)))
    task = recipe.source.task()
    ours, again = (make_teacher(other, task) for _ in range(2))
    for a, b in zip(ours.weights, again.weights, strict=True):
        assert np.array_equal(a, b)
    fresh = [make_teacher(recipe, task).head.weights[0] for _ in range(2)]
    assert not np.array_equal(*fresh)


def test_labels_alone_need_no_teacher(recipe, tmp_path):
    stage = Stage("labels", (HardLabels(),))
    alone = dataclasses.replace(recipe, stages=(stage,), teacher=Teacher("nowhere"))
    run = prepare(alone, tmp_path)
    assert set(run.vocabularies) == {"student"}
    assert list(restore_teachers(run)) == []
    borrowed = dataclasses.replace(alone, vocabulary=Vocabulary(None))
    with pytest.raises(ValueError, match="nowhere/vocab.txt does not exist"):
        prepare(borrowed, tmp_path)


def test_the_teachers_vocabulary_is_kept_where_none_is_learned(recipe, tmp_path, world):
    kept = dataclasses.replace(recipe, vocabulary=Vocabulary(None))
    prepare(kept, tmp_path)
    theirs = (world / "teacher" / "vocab.txt").read_bytes()
    assert (tmp_path / "vocab.txt").read_bytes() == theirs


def test_a_stage_that_cannot_work_is_refused_before_the_first_is_trained(
    recipe, tmp_path
):
    last = Stage("attention", (AttentionScoreMSE(),))
    other = dataclasses.replace(recipe, stages=(*recipe.stages, last))
    with pytest.raises(ValueError, match="the teacher has 12 heads and the student 3"):
        run_recipe(other, tmp_path)
    assert names(tmp_path) == ["labels.txt", "recipe.json", "vocab.txt"]
    run = prepare(recipe, tmp_path)  # nothing was trained, so another may begin here
    assert run.recipe is recipe


def test_a_teacher_that_reads_less_than_the_recipe_is_refused(recipe, tmp_path):
    student = recipe.student.replace(max_sequence_length=17)
    longer = dataclasses.replace(recipe, student=student, max_length=17)
    with pytest.raises(ValueError, match="17 tokens, the teacher reads 16 at most"):
        run_recipe(longer, tmp_path)


def test_a_diverged_run_leaves_no_student_and_no_bad_backup(recipe, tmp_path):
    wild = [
        dataclasses.replace(each, learning_rate=1e30, warmup_fraction=0.0)
        for each in recipe.stages
    ]
    other = dataclasses.replace(recipe, stages=tuple(wild))
    with pytest.raises(ValueError, match="Stage 'teacher' diverged in epoch 1, step 2"):
        run_recipe(other, tmp_path)
    assert names(tmp_path) == [
        "labels.txt",
        "logs",
        "recipe.json",
        "stages",
        "vocab.txt",
    ]
    assert names(tmp_path / "stages") == ["teacher.csv"]


def test_a_part_of_the_data_is_spread_over_the_whole(recipe, tmp_path):
    part = dataclasses.replace(recipe, max_examples=11)
    run = prepare(part, tmp_path)
    sizes = {name: len(each) for name, each in run.examples.items()}
    assert sizes == {"train": 9, "chosen": 2, "held_out": 11}
    texts = recipe.source.load("dev").texts
    held_out = run.examples["held_out"].texts
    assert (held_out[0], held_out[-1]) == (texts[0], texts[-1])
    assert len(set(held_out)) == 11


def test_seeds_may_share_the_slice_to_choose_on_and_so_the_vocabulary(recipe, tmp_path):
    chosen, pieces = {}, {}
    for name, seed, choose_seed in (("a", 0, None), ("b", 1, None), ("c", 1, 0)):
        other = dataclasses.replace(recipe, seed=seed, choose_seed=choose_seed)
        (tmp_path / name).mkdir()
        run = prepare(other, tmp_path / name)
        chosen[name] = run.examples["chosen"].texts
        pieces[name] = run.vocabularies["student"].read_bytes()
    assert chosen["a"] == chosen["c"] != chosen["b"]
    assert pieces["a"] == pieces["c"]


def test_a_split_without_labels_cannot_be_scored(recipe, tmp_path):
    table = pathlib.Path(tmp_path / "a.csv")
    table.write_text("text,label\n" + "fine,1\ngrim,0\n" * 9)
    (tmp_path / "b.csv").write_text("text\nfine\n")
    source = TableFile(str(table), test=str(tmp_path / "b.csv"))
    other = dataclasses.replace(recipe, source=source, evaluate_on="test")
    with pytest.raises(ValueError, match="The split 'test' has no labels"):
        run_recipe(other, tmp_path / "run")
    assert os.listdir(tmp_path / "run") == [".lock"]


def test_a_teacher_may_be_the_mean_of_several(recipe, tmp_path):
    first = dataclasses.replace(recipe.stages[0], name="first")
    again = dataclasses.replace(first, name="again", restart=True)
    other = dataclasses.replace(again, name="other", learning_rate=1e-3)
    mean = dataclasses.replace(other, name="mean", soup=("first",))
    stages = (first, again, other, mean, recipe.stages[1])
    run_recipe(dataclasses.replace(recipe, stages=stages), tmp_path)
    first, again, other, mean = (
        load_file(tmp_path / "stages" / f"{stage.name}.safetensors")
        for stage in stages[:4]
    )
    for name, weight in first.items():
        assert np.array_equal(weight, again[name])
        expected = (weight.astype("float64") + other[name]) / 2
        np.testing.assert_allclose(mean[name], expected, rtol=1e-6)
    assert any(not np.array_equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"soup": ("student",)}, "averages 'student', which is no earlier stage"),
        ({"soup": ("mean",)}, "averages 'mean', which is no earlier stage"),
        ({"vocabulary": "student", "restart": True}, "'mean' cannot restart"),
    ],
)
def test_other_models_cannot_be_averaged(changes, told, recipe):
    teacher, student = recipe.stages
    mean = dataclasses.replace(teacher, name="mean", **changes)
    with pytest.raises(ValueError, match=told):
        dataclasses.replace(recipe, stages=(teacher, mean, student))
