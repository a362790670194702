"""MobileBERT's and MiniLM's losses by golden numbers, and as objectives."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder
from tfdistill.data import Encoded, make_dataset
from tfdistill.data.cache import TeacherCache
from tfdistill.distill import layer_losses as losses
from tfdistill.distill.cached import teacher_outputs
from tfdistill.distill.distiller import Distiller
from tfdistill.distill.layer_objectives import (
    AttentionProbabilityKL,
    FeatureMap,
    RelationKL,
)
from tfdistill.distill.objectives import HiddenStateMSE


def rows(*lines):
    return np.array([lines], float)


# === Relations ===


def test_a_value_relation_gives_the_golden_number(compute):
    teacher, student = rows([1, 0], [0, 2], [7, 7]), rows([1], [1], [9])
    mask = np.array([[1, 1, 0]])
    value = compute(losses.relation_kl, teacher, student, 1, mask)
    np.testing.assert_allclose(value, [0.268338], atol=2e-6)


def test_relations_forget_rotations_within_a_head(compute):
    random = np.random.default_rng(1)
    student = random.normal(size=(2, 5, 6))
    turn, _ = np.linalg.qr(random.normal(size=(3, 3)))
    turned = np.concatenate([student[..., :3] @ turn, student[..., 3:]], -1)
    np.testing.assert_allclose(
        compute(losses.relation_kl, turned, student, 2), [0, 0], atol=1e-6
    )
    assert np.all(compute(losses.relation_kl, turned, student, 6) > 1e-4)
    for heads in (1, 2, 3, 6):
        same = compute(losses.relation_kl, student, student, heads)
        np.testing.assert_allclose(same, [0, 0], atol=1e-7)


def test_heads_in_groups_are_all_heads(compute):
    teacher = np.random.default_rng(2).normal(size=(3, 4, 12))
    student = np.random.default_rng(3).normal(size=(3, 4, 6))
    mask = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]])
    whole = compute(losses.relation_kl, teacher, student, 6, mask)
    for step in (1, 4, 5, 9):
        part = compute(losses.relation_kl, teacher, student, 6, mask, step)
        np.testing.assert_allclose(part, whole, atol=1e-6)


def test_padding_and_half_precision_change_nothing_and_no_gradient_breaks(compute):
    random = np.random.default_rng(4)
    teacher, student = 30 * random.normal(size=(2, 2, 5, 4))
    mask = np.array([[1, 1, 1, 0, 0], [1, 0, 0, 0, 0]])
    expected = compute(losses.relation_kl, teacher, student, 2, mask)
    teacher[mask == 0], student[mask == 0] = 1e4, -1e4
    junk = compute(losses.relation_kl, teacher, student, 2, mask)
    np.testing.assert_allclose(junk, expected, rtol=1e-5)
    half = tf.Variable(student.astype("float16"))
    with tf.GradientTape() as tape:
        loss = losses.relation_kl(teacher.astype("float16"), half, 2, mask)
    assert np.all(np.isfinite(loss)) and np.all(np.isfinite(tape.gradient(loss, half)))


# === Feature maps ===


@pytest.mark.parametrize(
    "student, total",
    [([1, 3, 5, 7], 11268.75), ([2, 1, 4, 3], 80.0), ([1, 2, 3, 4], 0.0)],
)
def test_feature_maps_give_the_golden_totals(student, total, compute):
    value = compute(losses.feature_map_loss, rows([1, 2, 3, 4]), rows(student))
    np.testing.assert_allclose(value, [total], rtol=1e-5, atol=1e-3)


# === Objectives ===


def test_they_compose_with_any_other_and_run_each_model_once(
    pair, batch, compiled, make_teacher
):
    teacher, student = pair
    objectives = [
        HiddenStateMSE(),
        AttentionProbabilityKL(weight=0.5),
        RelationKL(num_relation_heads=3),
        AttentionProbabilityKL(last_only=True),
        RelationKL(kinds=("values",)),
    ]
    distiller = compiled(Distiller(teacher, student, objectives))
    logs = distiller.train_on_batch(batch, return_dict=True)
    names = {
        "attention_prob_kl_1_2",
        "attention_prob_kl_2_4",
        "attention_prob_kl_2_4_2",
        "query_relation_kl",
        "key_relation_kl",
        "value_relation_kl",
        "value_relation_kl_2",
    }
    assert names < set(logs) and all(np.isfinite(value) for value in logs.values())
    assert logs["value_relation_kl"] == pytest.approx(logs["value_relation_kl_2"])


def test_equal_models_lose_nothing(make_teacher, batch, compiled):
    teacher, student = make_teacher(), make_teacher()
    objectives = [FeatureMap(), RelationKL(), AttentionProbabilityKL()]
    logs = compiled(Distiller(teacher, student, objectives)).evaluate(
        batch, verbose=0, return_dict=True
    )
    assert logs["loss"] == pytest.approx(0, abs=1e-4) and len(logs) > 8


def test_their_teacher_comes_from_disk_as_well(tmp_path, pair, compiled):
    teacher, student = pair
    starts = np.array([0, 4, 6, 9])
    tokens = np.arange(9, dtype="int32")
    encoded = Encoded(tokens, starts, np.diff(starts).astype("int32"))
    objectives = [RelationKL(), RelationKL(teacher_layer=2, student_layer=1)]
    names = teacher_outputs(teacher, student, objectives)
    assert {"keys/-1", "keys/1"} < set(names)
    cache = TeacherCache(tmp_path, teacher, encoded, names, "float32")
    distiller = compiled(Distiller(teacher, student, objectives))
    logs = [
        distiller.evaluate(
            make_dataset(encoded, 2, teacher_cache=each), verbose=0, return_dict=True
        )
        for each in (None, cache)
    ]
    assert logs[0] == pytest.approx(logs[1], rel=1e-5)


@pytest.mark.parametrize(
    "objective, told",
    [
        (RelationKL(num_relation_heads=4), "does not divide .* choose from 1, 3"),
        (RelationKL(teacher_layer=5), "teacher_layer must be from 1 to 4"),
        (FeatureMap(), "hidden_dim is 6, the student's 9. Use HiddenStateMSE"),
    ],
)
def test_models_that_do_not_fit_are_refused(objective, told, pair):
    with pytest.raises(ValueError, match=told):
        Distiller(*pair, [objective])


def test_the_heads_that_fit_both_widths_are_listed():
    sizes = dict(num_layers=1, num_heads=12, intermediate_dim=8, vocabulary_size=9)
    teacher, student = (
        BertEncoder(BertConfig(hidden_dim=width, **sizes)) for width in (768, 312)
    )
    told = "48 does not divide .* choose from 1, 2, 3, 4, 6, 8, 12, 24"
    with pytest.raises(ValueError, match=told):
        Distiller(teacher, student, [RelationKL(num_relation_heads=48)])
    Distiller(teacher, student, [RelationKL(num_relation_heads=24)])


def test_unknown_relations_are_refused():
    with pytest.raises(ValueError, match="must be some of queries, keys, values"):
        RelationKL(kinds=("heads",))
    assert dataclasses.replace(RelationKL(), kinds=["values"]).kinds == ("values",)
