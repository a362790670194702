"""Values of a recipe are replaced by dotted names, or refused with those there are."""

import dataclasses
import json

import keras
import pytest

from tfdistill.bert.config import BertConfig
from tfdistill.data import Glue
from tfdistill.distill.keras_objective import KerasObjective
from tfdistill.distill.objectives import HardLabels, SoftTargets
from tfdistill.train.recipe import Recipe, Stage, Teacher
from tfdistill.train.tree import find_differences, override, override_all, to_json

RECIPE = Recipe(
    name="letters",
    source=Glue("SST-2", "glue"),
    student=BertConfig(2, 6, 3, 10),
    stages=(
        Stage("teacher", (HardLabels(),), model="teacher"),
        Stage("student", (SoftTargets(), HardLabels(weight=0.5))),
    ),
)


@pytest.mark.parametrize(
    "path, text, value",
    [
        ("student.hidden_dim", "9", 9),
        ("stages.student.epochs", "5", 5),
        ("stages.1.epochs", "5", 5),
        ("stages.student.learning_rate", "1", 1.0),
        ("stages.student.layer_map", "[0, [1, 2]]", (0, (1, 2))),
        ("stages.student.projection", "None", None),
        ("stages.student.objectives.0.temperature", "2.5", 2.5),
        ("source.folder", "2024", "2024"),
        ("source.folder", "1e3", "1e3"),
        ("source.folder", "'a b'", "a b"),
        ("teacher.vocabulary", "7", "7"),
        ("teacher.vocabulary", "None", None),
        ("vocabulary.size", "70", 70),
        ("export.schemes", "['float16']", ("float16",)),
        ("student.has_pooler", "False", False),
        ("name", "None", "None"),
    ],
)
def test_a_value_is_replaced_with_its_own_type(path, text, value):
    node = override(RECIPE, path, text)
    for step in path.replace("student.epochs", "1.epochs").split("."):
        step = {"student": 1}.get(step, step) if isinstance(node, tuple) else step
        node = node[int(step)] if isinstance(node, tuple) else getattr(node, step)
    assert node == value and type(node) is type(value)


@pytest.mark.parametrize(
    "path, text, told",
    [
        ("student.hiden_dim", "9", "no value 'student.hiden_dim': BertConfig has num_"),
        ("colour", "9", "no value 'colour': Recipe has name, source, student"),
        ("stages.fourth.epochs", "9", "'stages.fourth': choose from teacher, student"),
        ("stages.2.epochs", "9", "choose from teacher, student"),
        ("name.first", "9", "no value 'name.first': str has no fields"),
        ("stages.student", "9", "as stages.student.FIELD=VALUE"),
        ("stages", "9", "as stages.NAME.FIELD=VALUE"),
        ("source", "glue", "source cannot be replaced whole"),
        ("student.hidden_dim", "wide", "student.hidden_dim is of type int; got 'wide'"),
        ("student.hidden_dim", "9.5", "of type int; got '9.5'"),
        ("seed", "True", "seed is of type int; got 'True'"),
        ("seed", "None", "seed is of type int; got 'None'"),
        ("vocabulary.size", "big", r"of type int \| None; got 'big'"),
        ("export.schemes", "float16", "of type tuple; got 'float16'"),
        ("student.has_pooler", "1", "of type bool; got '1'"),
        ("student.num_heads", "4", "must divide hidden_dim=6"),
        ("", "9", "no value ''"),
        ("a..b", "9", "no value 'a'"),
    ],
)
def test_what_does_not_fit_is_refused(path, text, told):
    with pytest.raises(ValueError, match=told):
        override(RECIPE, path, text)


def test_values_that_must_fit_each_other_change_together():
    changes = [("student.hidden_dim", "10"), ("student.num_heads", "5")]
    for change in changes:
        with pytest.raises(ValueError, match="must divide"):
            override(RECIPE, *change)
    student = override_all(RECIPE, changes).student
    assert (student.hidden_dim, student.num_heads) == (10, 5)


def test_the_last_of_two_changes_holds_and_the_rest_stays():
    changed = override_all(
        RECIPE, [("seed", "3"), ("stages.1.epochs", "7"), ("seed", "4")]
    )
    assert changed.seed == 4
    assert changed.stages[0] is RECIPE.stages[0]
    assert changed.stages[1] == dataclasses.replace(RECIPE.stages[1], epochs=7)
    assert override_all(RECIPE, []) is RECIPE


def test_json_is_the_same_in_every_process():
    loss = keras.distillation.LogitsDistillation(
        loss=keras.losses.KLDivergence(), temperature=2.0
    )
    texts = [
        to_json(Stage("one", (KerasObjective(loss=each),)))
        for each in (loss, type(loss).from_config(loss.get_config()))
    ]
    assert texts[0] == texts[1] and " at 0x" not in texts[0]
    assert json.loads(texts[0])["objectives"][0]["loss"]["temperature"] == 2.0


def test_json_holds_every_value_once_and_no_more():
    plain = json.loads(to_json(RECIPE))
    assert plain["class"] == "Recipe" and plain["stages"][1]["objectives"][1] == {
        "class": "HardLabels",
        "weight": 0.5,
        "output": "logits",
    }
    fields = [field.name for field in dataclasses.fields(Recipe)]
    assert list(plain) == ["class", *fields]


def test_differences_are_named():
    new = override_all(
        RECIPE, [("stages.student.epochs", "9"), ("teacher.source", "elsewhere")]
    )
    old, new = json.loads(to_json(RECIPE)), json.loads(to_json(new))
    assert find_differences(old, new) == [
        "stages.1.epochs is 9 and was 3",
        f'teacher.source is "elsewhere" and was "{Teacher().source}"',
    ]
    assert find_differences(old, old) == []
