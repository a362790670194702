"""Twins and ablations: the same recipe with a part exchanged or gone."""

import dataclasses

import pytest

from tfdistill.distill.objectives import HardLabels, SoftTargets
from tfdistill.train.papers import (
    COLA,
    EXTREME_12_96,
    PLAIN_TEXT,
    SNIPS,
    STS_B,
    TINYBERT_4_312,
    TINYBERT_4_312_FULL,
    make_recipe,
)
from tfdistill.train.variants import (
    change_stages,
    leave_out,
    parts,
    undistilled,
    with_other_values,
)

RECIPE = make_recipe("r", COLA, TINYBERT_4_312)


def test_a_recipe_tells_its_parts():
    assert parts(RECIPE) == [
        "augmentation",
        *("general", "teacher", "teacher_adopts", "intermediate", "prediction"),
        *("EmbeddingMSE", "HiddenStateMSE", "AttentionScoreMSE", "SoftTargets"),
    ]


def test_a_stage_goes():
    recipe = leave_out(RECIPE, "general")
    assert [stage.name for stage in recipe.stages] == [
        *("teacher", "teacher_adopts", "intermediate", "prediction")
    ]
    assert recipe.vocabulary == dataclasses.replace(RECIPE.vocabulary, texts=())
    assert recipe == dataclasses.replace(
        RECIPE, stages=recipe.stages, vocabulary=recipe.vocabulary
    )


def test_a_vocabulary_of_other_texts_stays_when_plain_text_goes():
    own = dataclasses.replace(RECIPE.vocabulary, texts=("own.txt",))
    recipe = dataclasses.replace(RECIPE, vocabulary=own)
    assert leave_out(recipe, "general").vocabulary == own
    assert leave_out(RECIPE, "prediction").vocabulary == RECIPE.vocabulary


def test_augmentation_goes_from_every_stage():
    recipe = leave_out(RECIPE, "augmentation")
    assert recipe.augmentation is None
    assert not any(stage.is_augmented for stage in recipe.stages)
    task = leave_out(RECIPE, "intermediate", "prediction")
    assert task.augmentation is None and task.stages[0].name == "general"


def test_an_objective_goes_from_every_student_stage():
    recipe = leave_out(RECIPE, "AttentionScoreMSE", "HiddenStateMSE")
    kinds = [
        [type(each).__name__ for each in stage.objectives] for stage in recipe.stages
    ]
    layers, labels = ["EmbeddingMSE"], ["HardLabels"]
    assert kinds == [layers, labels, labels, layers, ["SoftTargets"]]
    bare = leave_out(recipe, "EmbeddingMSE")
    assert [s.name for s in bare.stages][2:] == ["prediction"]


def test_what_is_not_there_cannot_go():
    with pytest.raises(ValueError, match="no part 'FeatureMap' to leave out: choose"):
        leave_out(RECIPE, "FeatureMap")


def test_a_twin_takes_as_many_steps_on_the_same_rows():
    twin = undistilled(RECIPE)
    (stage,) = twin.stages
    assert twin.name == "r_labels" and not twin.needs_teacher
    assert stage.objectives == (HardLabels(),) and stage.is_augmented
    assert stage.epochs * stage.epoch_fraction == sum(COLA.epochs)
    assert stage.learning_rate == RECIPE.stages[-1].learning_rate
    assert twin.student == RECIPE.student and twin.vocabulary == RECIPE.vocabulary
    assert undistilled(leave_out(RECIPE, "augmentation")).augmentation is None


def test_a_twin_reads_each_kind_of_rows_as_often_as_its_student():
    """STS-B: intermediate distillation is augmented, prediction is not."""
    recipe = make_recipe("r", STS_B, TINYBERT_4_312)
    first, last = undistilled(recipe).stages
    assert (first.name, first.is_augmented, first.epochs) == ("labels_1", True, 1)
    assert (last.name, last.is_augmented, last.epochs) == ("labels", False, 5)
    short = dataclasses.replace(
        recipe.stages[-1], name="more", epochs=3, steps_per_epoch=7, frozen_layers=2
    )
    *_, more = undistilled(
        dataclasses.replace(recipe, stages=(*recipe.stages, short))
    ).stages
    assert (more.epochs, more.steps_per_epoch, more.frozen_layers) == (3, 7, 0)


def test_a_twin_is_rounded_last_as_its_student_is():
    rounded = dataclasses.replace(
        RECIPE.stages[-1], name="rounded", learning_rate=1e-5, rounded_bits=4
    )
    recipe = dataclasses.replace(RECIPE, stages=(*RECIPE.stages, rounded))
    labels, last = undistilled(recipe).stages
    assert (labels,) == undistilled(RECIPE).stages
    assert last == dataclasses.replace(
        rounded, objectives=(HardLabels(),), teacher_vocabulary="student"
    )


def test_a_twin_with_slots_learns_both_labels():
    (stage,) = undistilled(make_recipe("r", SNIPS, EXTREME_12_96)).stages
    assert stage.objectives == (HardLabels(), HardLabels(output="slot_logits"))
    with pytest.raises(ValueError, match="has no twin that learns from labels"):
        undistilled(leave_out(RECIPE, "intermediate", "prediction"))


def test_tasks_and_students_shape_the_stages():
    full = make_recipe("r", STS_B, TINYBERT_4_312_FULL)
    assert [stage.name for stage in full.stages][:2] == ["general", "teacher"]
    assert not full.stages[-1].is_augmented and full.vocabulary.size is None
    assert full.stages[-1].teacher_vocabulary == "student"
    assert RECIPE.stages[-1].teacher_vocabulary == "teacher"


def test_stages_are_changed_by_their_names():
    recipe = change_stages(RECIPE, {"prediction": {"epochs": 7}})
    assert recipe.stages[:-1] == RECIPE.stages[:-1]
    assert recipe.stages[-1] == dataclasses.replace(RECIPE.stages[-1], epochs=7)
    with pytest.raises(ValueError, match="called 'predictions': take one of .'general"):
        change_stages(RECIPE, {"predictions": {"epochs": 7}})


def test_plain_text_gives_the_vocabulary_too():
    assert RECIPE.stages[0].corpus.files == RECIPE.vocabulary.texts == PLAIN_TEXT


def test_epochs_may_be_parts_of_one():
    task = dataclasses.replace(COLA, adopting=0.5, epochs=(2.5, 3))
    stages = make_recipe("r", task, TINYBERT_4_312).stages[2:]
    lengths = [(stage.epochs, stage.epoch_fraction) for stage in stages]
    assert lengths == [(1, 0.5), (3, pytest.approx(2.5 / 3)), (3, 1.0)]


@pytest.mark.parametrize("student", [TINYBERT_4_312, TINYBERT_4_312_FULL])
def test_commands_get_other_values_and_the_labels_of_their_intents(student):
    recipe = with_other_values(make_recipe("s", SNIPS, student))
    stages = {stage.name: stage for stage in recipe.stages}
    adopting = [s.is_augmented for n, s in stages.items() if n == "teacher_adopts"]
    assert adopting == ([True] if student is TINYBERT_4_312 else [])
    answers = SoftTargets(), SoftTargets(output="slot_logits"), HardLabels()
    assert stages["prediction"].objectives == answers
    assert recipe.augmentation.num_swaps == 4
