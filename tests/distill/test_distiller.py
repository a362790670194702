"""What one step does: who runs, who moves, what is counted."""

import keras
import numpy as np
import pytest

from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder, build_student
from tfdistill.bert.heads import Classification, IntentAndSlots, Regression
from tfdistill.distill import losses
from tfdistill.distill.distiller import Distiller
from tfdistill.distill.objectives import (
    AttentionScoreMSE,
    EmbeddingMSE,
    HardLabels,
    HiddenStateMSE,
    SoftTargets,
)

INTERMEDIATE = [EmbeddingMSE(), HiddenStateMSE(), AttentionScoreMSE()]


class Counting(BertEncoder):
    """An encoder that counts how often it runs."""

    calls = 0

    def call(self, *args, **kwargs):
        self.calls += 1
        return super().call(*args, **kwargs)


def copies(variables):
    return [np.array(variable.numpy()) for variable in variables]


def moved(before, variables):
    return [np.any(a != b.numpy()) for a, b in zip(before, variables, strict=True)]


@pytest.mark.parametrize("step", ["train_on_batch", "test_on_batch"])
def test_one_pass_each_whatever_the_number_of_objectives(
    make_teacher, make_student, batch, labels, all_objectives, compiled, step
):
    teacher = make_teacher(Classification(4), model_class=Counting)
    student = make_student(Classification(4), model_class=Counting)
    distiller = Distiller(teacher, student, all_objectives * 2)
    compiled(distiller, run_eagerly=True, metrics=["accuracy"])
    for steps in (1, 2):
        getattr(distiller, step)(batch, labels)
        assert (teacher.calls, student.calls) == (steps, steps)


def test_a_batch_that_failed_leaves_no_answers_behind(make_teacher, batch):
    from tfdistill.distill.frozen import FrozenTeacher

    frozen = FrozenTeacher(make_teacher(Classification(4), model_class=Counting))
    with pytest.raises(RuntimeError), frozen.ahead(batch) as inputs:
        assert sorted(inputs) == sorted(batch)
        first = frozen(inputs)["logits"]
        assert frozen.model.calls == 1
        raise RuntimeError
    np.testing.assert_array_equal(frozen(batch)["logits"], first)
    assert frozen.model.calls == 2


def test_once_there_waits_and_changes_nothing():
    import tensorflow as tf

    from tfdistill.distill.frozen import once_there

    @tf.function
    def both(x):
        late = tf.py_function(lambda v: v * 2, [x], tf.float32)
        return once_there({"late": late}, {"x": x, "y": [x + 1]})

    found = both(tf.constant(3.0))
    assert found["x"] == 3 and found["y"][0] == 4
    graph = both.get_concrete_function(tf.constant(3.0)).graph
    waiting = [op for op in graph.get_operations() if op.control_inputs]
    assert {each.type for op in waiting for each in op.control_inputs} >= {
        "EagerPyFunc"
    }


def test_the_student_waits_for_the_teacher(pair, batch, labels, compiled):
    """So that both never hold their working memory at once."""
    import tensorflow as tf

    distiller = Distiller(*pair, [SoftTargets()])
    compiled(distiller)
    data = tf.nest.map_structure(tf.constant, (batch, labels))
    graph = tf.function(distiller.train_step).get_concrete_function(data).graph
    waiting = [op for op in graph.get_operations() if op.control_inputs]
    held = [op for op in waiting if op.type == "Identity"]
    held = [op for op in held if op.inputs[0].op.type == "Placeholder"]
    assert len(held) == len(batch)


@pytest.mark.parametrize("projection", ["shared", "per_layer"])
def test_a_step_moves_the_student_and_the_projections_alone(
    pair, batch, labels, all_objectives, compiled, projection
):
    teacher, student = pair
    distiller = Distiller(teacher, student, all_objectives, projection=projection)
    projections = [w for layer in distiller.projections for w in layer.weights]
    assert len(projections) == {"shared": 2, "per_layer": 6}[projection]
    trained = student.trainable_variables + projections
    assert {id(v) for v in distiller.trainable_variables} == {id(v) for v in trained}
    before, frozen = copies(trained), copies(teacher.weights)
    compiled(distiller).train_on_batch(batch, labels)
    assert all(moved(before, trained))
    assert not any(moved(frozen, teacher.weights))


def test_layer_losses_leave_the_head_alone_without_a_warning(
    pair, batch, compiled, recwarn
):
    teacher, student = pair
    before = copies(student.head.weights)
    compiled(Distiller(teacher, student, INTERMEDIATE)).train_on_batch(batch)
    assert not any(moved(before, student.head.weights))
    assert not [w for w in recwarn if "Gradients do not exist" in str(w.message)]


def test_the_teacher_never_drops_out(make_teacher, make_student, batch, compiled):
    teacher = make_teacher(Classification(4, dropout=0.5), dropout=0.5)
    student = make_student(Classification(4, dropout=0.0))
    distiller = compiled(Distiller(teacher, student, [SoftTargets()]), rate=0.0)
    first, second = (distiller.frozen_teacher(batch) for _ in range(2))
    keras.tree.map_structure(np.testing.assert_array_equal, first, second)
    values = {float(distiller.train_on_batch(batch)[0]) for _ in range(3)}
    assert len(values) == 1 and distiller.agreement is not None


def test_the_loss_is_the_weighted_sum_of_the_hand_made_terms(
    pair, batch, labels, all_objectives, compiled
):
    teacher, student = pair
    distiller = compiled(Distiller(teacher, student, all_objectives))
    logs = distiller.test_on_batch(batch, labels, return_dict=True)
    t, s = teacher(batch), student(batch)
    mask, lift = batch["padding_mask"], distiller.projections[0]

    def hidden(m, g):
        states = lift(s["hidden_states"][m])
        return losses.hidden_state_mse(t["hidden_states"][g], states, mask)

    def attention(m, g):
        scores = t["attention_scores"][g - 1], s["attention_scores"][m - 1]
        return losses.attention_score_mse(*scores, mask)

    means = {
        "embedding_mse": (0.5, hidden(0, 0)),
        "hidden_state_mse_1_2": (0.25, hidden(1, 2)),
        "hidden_state_mse_2_4": (0.25, hidden(2, 4)),
        "attention_score_mse_1_2": (2.0, attention(1, 2)),
        "attention_score_mse_2_4": (2.0, attention(2, 4)),
        "soft_target_kl": (0.75, losses.soft_target_kl(t["logits"], s["logits"], 2.0)),
        "label_cross_entropy": (0.125, losses.label_cross_entropy(labels, s["logits"])),
    }
    for name, (_, values) in means.items():
        np.testing.assert_allclose(logs[name], np.mean(values), rtol=1e-5)
    total = sum(weight * np.mean(values) for weight, values in means.values())
    np.testing.assert_allclose(logs["loss"], total, rtol=1e-5)
    assert set(logs) == {"loss", "agreement", *means}


def test_a_layer_map_chooses_the_teachers_layers(pair, batch, compiled):
    teacher, student = pair
    distiller = Distiller(teacher, student, [HiddenStateMSE()], layer_map=[0, 1, 4])
    logs = compiled(distiller).test_on_batch(batch, return_dict=True)
    assert "hidden_state_mse_1_1" in logs and "hidden_state_mse_2_4" in logs


def test_junk_under_the_mask_changes_no_loss(
    pair, batch, labels, all_objectives, compiled
):
    distiller = compiled(Distiller(*pair, all_objectives))
    before = distiller.test_on_batch(batch, labels, return_dict=True)
    mask = batch["padding_mask"]
    junk = {
        "token_ids": np.where(mask, batch["token_ids"], 10 - batch["token_ids"]),
        "segment_ids": np.where(mask, batch["segment_ids"], 1),
        "padding_mask": mask,
    }
    longer = {name: np.pad(x, ((0, 0), (0, 2))) for name, x in junk.items()}
    for changed in (junk, longer):
        after = distiller.test_on_batch(changed, labels, return_dict=True)
        for name, value in before.items():
            np.testing.assert_allclose(after[name], value, rtol=2e-6, err_msg=name)


def test_a_copy_of_the_teacher_has_nothing_to_learn(make_teacher, batch, compiled):
    teacher, student = (make_teacher(Classification(4)) for _ in range(2))
    objectives = [*INTERMEDIATE, SoftTargets(kind="kl")]
    distiller = compiled(Distiller(teacher, student, objectives, projection=None))
    logs = distiller.test_on_batch(batch, return_dict=True)
    assert logs.pop("agreement") == 1.0
    np.testing.assert_allclose(list(logs.values()), 0, atol=1e-6)
    assert distiller.projections == []


def test_the_prediction_stage_has_no_projections(pair):
    teacher, student = pair
    distiller = Distiller(teacher, student, [SoftTargets(), HardLabels()])
    assert distiller.projections == []
    assert len(distiller.trainable_variables) == len(student.trainable_variables)


def test_tinyberts_projection_has_240384_weights_and_12_heads_of_26_are_fine():
    sizes = dict(num_layers=4, vocabulary_size=11, intermediate_dim=7)
    teacher = build_student(BertConfig(hidden_dim=768, num_heads=12, **sizes))
    student = build_student("tinybert_4_312", **sizes)
    distiller = Distiller(teacher, student, INTERMEDIATE)
    (projection,) = distiller.projections
    assert projection.count_params() == 240_384 == 312 * 768 + 768


# === Agreement ===


def test_agreement_equals_a_hand_count(pair, batch, compiled):
    teacher, student = pair
    distiller = compiled(Distiller(teacher, student, [SoftTargets()]))
    logs = distiller.evaluate(batch, batch_size=2, verbose=0, return_dict=True)
    choices = (np.argmax(model(batch)["logits"], -1) for model in pair)
    equal = np.array([a == b for a, b in zip(*choices, strict=True)], "float32")
    assert 0 < equal.sum() < 5
    np.testing.assert_allclose(logs["agreement"], equal.mean(), rtol=1e-6)
    # Rows of weight 0 fill the batches of several workers.
    weights = np.array([1, 0, 1, 1, 0], "float32")
    distiller.agreement.reset_state()
    distiller.compute_loss(batch, None, distiller(batch), weights)
    expected = (equal * weights).sum() / 3
    np.testing.assert_allclose(distiller.agreement.result(), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("teacher_head", "student_head"),
    [
        (Regression(), Regression()),
        (Classification(4), Classification(5)),
        (Classification(4), None),
        (None, IntentAndSlots(4, 3)),
    ],
)
def test_agreement_is_left_out_where_it_means_nothing(
    make_teacher, make_student, teacher_head, student_head
):
    models = make_teacher(teacher_head), make_student(student_head)
    assert Distiller(*models, [EmbeddingMSE()]).agreement is None


def test_without_a_teacher_labels_alone_train(pair, batch, labels, compiled):
    _, student = pair
    distiller = compiled(Distiller(None, student, [HardLabels()]), metrics=["accuracy"])
    history = distiller.fit(batch, labels, epochs=8, verbose=0).history
    assert set(history) == {"loss", "label_cross_entropy", "accuracy"}
    assert history["loss"][-1] < history["loss"][0]


def test_equal_objectives_are_counted_apart(pair, batch, compiled):
    objectives = [SoftTargets(temperature=t, kind="kl") for t in (1.0, 4.0)]
    distiller = compiled(Distiller(*pair, objectives))
    logs = distiller.test_on_batch(batch, return_dict=True)
    names = ("soft_target_kl", "soft_target_kl_2")
    np.testing.assert_allclose(logs["loss"], sum(logs[n] for n in names), rtol=1e-6)
    assert logs["soft_target_kl"] != logs["soft_target_kl_2"]
