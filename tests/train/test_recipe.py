"""A recipe that cannot work is refused when it is made."""

import dataclasses

import keras
import pytest

from tfdistill.bert.config import BertConfig
from tfdistill.data import Glue, Tfds
from tfdistill.distill.objectives import HardLabels, HiddenStateMSE, SoftTargets
from tfdistill.train.recipe import Recipe, Stage, Teacher, Vocabulary, with_changes
from tfdistill.train.shrink import shrink

LABELS = (HardLabels(),)


def make(*stages, **fields):
    defaults = dict(source=Glue("SST-2", "glue"), student=BertConfig(3, 12, 4, 10))
    return Recipe("letters", stages=stages, **{**defaults, **fields})


@pytest.mark.parametrize(
    "fields, told",
    [
        ({"epochs": 0}, "Stage.epochs must be a whole number of at least 1; got 0"),
        ({"batch_size": 1.5}, "Stage.batch_size must be a whole number"),
        ({"epochs": True}, "Stage.epochs must be a whole number"),
        ({"learning_rate": 0.0}, "Stage.learning_rate must be above 0"),
        ({"learning_rate": float("nan")}, "Stage.learning_rate must be above 0"),
        ({"warmup_fraction": 1.0}, r"Stage.warmup_fraction must be in \[0, 1\)"),
        ({"epoch_fraction": 0.0}, r"Stage.epoch_fraction must be in \(0, 1\]"),
        ({"weight_decay": -0.1}, "Stage.weight_decay must be 0 or more"),
        ({"model": "both"}, "Stage.model must be one of student, teacher"),
        ({"decay": "cosine"}, "Stage.decay must be one of linear, constant"),
        ({"projection": "none"}, "projection must be one of shared, per_layer, None"),
        ({"vocabulary": "teacher"}, "a student reads its own vocabulary"),
        ({"name": "../up"}, "use letters, digits, _ and -; got '../up'"),
        ({"objectives": ("mse",)}, "must be an Objective"),
        ({"model": "teacher", "objectives": (SoftTargets(),)}, "only HardLabels"),
    ],
)
def test_a_stage_that_cannot_work_is_refused(fields, told):
    with pytest.raises(ValueError, match=told):
        Stage(**{"name": "one", "objectives": LABELS, **fields})


def test_a_loss_of_keras_is_an_objective_that_needs_a_teacher():
    loss = keras.distillation.LogitsDistillation(loss=keras.losses.KLDivergence())
    assert Stage("one", (loss,)).needs_teacher
    assert not Stage("one", LABELS).needs_teacher


@pytest.mark.parametrize(
    "stages, fields, told",
    [
        ((), {}, "needs stages of different names"),
        ((Stage("a", LABELS), Stage("a", LABELS)), {}, "of different names"),
        ((Stage("a", LABELS, "teacher"),), {}, "No stage .* trains the student"),
        ((Stage("a", LABELS),), {"pooling": "max"}, "Recipe.pooling must be one of"),
        ((Stage("a", LABELS),), {"max_length": 513}, "max_length=513 is more than"),
        ((Stage("a", LABELS),), {"max_examples": 0}, "max_examples must be a whole"),
        (
            (
                Stage("a", LABELS, "teacher"),
                Stage("b", LABELS, "teacher", vocabulary="teacher"),
                Stage("c", (SoftTargets(),)),
            ),
            {},
            "learned the student's in stage 'a': put 'b' before it",
        ),
    ],
)
def test_a_recipe_that_cannot_work_is_refused(stages, fields, told):
    with pytest.raises(ValueError, match=told):
        make(*stages, **fields)
    with pytest.raises(ValueError, match="Teacher.pooling must be one of"):
        Teacher(pooling="max")


def test_a_teacher_is_needed_to_be_trained_or_to_teach():
    assert not make(Stage("a", LABELS)).needs_teacher
    assert make(Stage("a", (SoftTargets(),))).needs_teacher
    assert make(Stage("a", LABELS), Stage("b", LABELS, "teacher")).needs_teacher


def test_a_shrunk_recipe_has_the_same_steps_and_small_numbers():
    stages = (
        Stage("a", LABELS, "teacher", vocabulary="teacher", epochs=9),
        Stage("b", (HiddenStateMSE(),), layer_map=(0, 2, 3, 6), batch_size=64),
        Stage("c", (HiddenStateMSE(),), layer_map="top", batch_size=4),
    )
    small = shrink(make(*stages, vocabulary=Vocabulary(5000)))
    assert [stage.name for stage in small.stages] == ["a", "b", "c"]
    assert [stage.layer_map for stage in small.stages] == ["uniform", "uniform", "top"]
    assert [stage.batch_size for stage in small.stages] == [16, 16, 4]
    assert {stage.epochs for stage in small.stages} == {1}
    assert (small.student.num_layers, small.student.num_heads) == (2, 4)
    assert (small.student.hidden_dim, small.vocabulary.size) == (8, 200)
    assert small.max_length == small.export.sequence_length == 16


def test_a_shrunk_bottleneck_is_a_bottleneck_still():
    student = BertConfig(6, 192, 12, 384, embedding_dim=96, bottleneck_dim=96)
    recipe = make(Stage("a", LABELS), student=student, max_length=11)
    small = shrink(recipe).student
    assert (small.hidden_dim, small.bottleneck_dim, small.embedding_dim) == (24, 12, 12)
    assert shrink(recipe).max_length == 11
    assert shrink(recipe).vocabulary.size is None
    assert shrink(recipe).source is recipe.source
    assert dataclasses.replace(shrink(recipe)) == shrink(recipe)


def test_a_command_line_may_name_another_source():
    recipe = make(Stage("labels", LABELS))
    tfds = with_changes(recipe, [("source", "tfds:glue/sst2"), ("seed", "3")])
    assert tfds.source == Tfds("glue/sst2") and tfds.seed == 3
    glue = with_changes(
        recipe, [("source.on_malformed", "skip"), ("source", "glue:a/b/RTE")]
    )
    assert glue.source == Glue("RTE", "a/b", on_malformed="skip")


@pytest.mark.parametrize("word", ["SST-2", "tfds:", "glue:SST-2", "csv:a.csv"])
def test_an_unknown_source_is_refused_with_the_known_ones(word):
    with pytest.raises(ValueError, match="named tfds:NAME or glue:FOLDER/TASK"):
        with_changes(make(Stage("labels", LABELS)), [("source", word)])
