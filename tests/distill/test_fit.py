"""A distiller is a Keras model: fit, evaluate, predict, callbacks, weights, metrics."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfdistill.bert.heads import IntentAndSlots, Regression
from tfdistill.distill.distiller import Distiller
from tfdistill.distill.objectives import (
    EmbeddingMSE,
    HardLabels,
    HiddenStateMSE,
    SoftTargets,
)


def dataset(*data, rows=2):
    return tf.data.Dataset.from_tensor_slices(data).batch(rows)


def label_losses(student, batch, labels):
    """Return -log q of each row's label, in float64."""
    z = np.float64(student(batch)["logits"])
    return np.log(np.exp(z).sum(-1)) - z[np.arange(len(z)), labels]


def test_fit_evaluate_and_predict_with_callbacks(
    pair, batch, labels, all_objectives, compiled, tmp_path
):
    distiller = Distiller(*pair, all_objectives)
    compiled(distiller, optimizer="adamw", metrics=["accuracy"], run_eagerly=False)
    data = dataset(batch, labels)
    callbacks = [
        keras.callbacks.BackupAndRestore(str(tmp_path / "backup")),
        keras.callbacks.CSVLogger(str(tmp_path / "log.csv")),
        keras.callbacks.EarlyStopping("val_agreement", mode="max", patience=9),
        keras.callbacks.ModelCheckpoint(
            str(tmp_path / "best.weights.h5"),
            monitor="val_accuracy",
            save_best_only=True,
            save_weights_only=True,
        ),
        keras.callbacks.TerminateOnNaN(),
    ]
    fitted = distiller.fit(
        data, epochs=3, validation_data=data, callbacks=callbacks, verbose=0
    )
    history = fitted.history
    assert history["loss"][-1] < history["loss"][0]
    header = (tmp_path / "log.csv").read_text().splitlines()[0].split(",")
    assert set(header) == {"epoch", *history}
    assert (tmp_path / "best.weights.h5").is_file()
    logs = distiller.evaluate(data, verbose=0, return_dict=True)
    np.testing.assert_allclose(logs["loss"], history["val_loss"][-1], rtol=1e-5)
    predicted = distiller.predict(data, verbose=0)
    assert {name: x.shape for name, x in predicted.items()} == {"logits": (5, 4)}
    np.testing.assert_allclose(
        predicted["logits"], pair[1](batch)["logits"], rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize(
    "settings", [{}, {"steps_per_execution": 4}, {"jit_compile": True}]
)
def test_every_way_of_running_gives_the_same(
    make_teacher, make_student, batch, compiled, settings
):
    results = []
    for changes in ({}, {"run_eagerly": False, **settings}):
        objectives = [EmbeddingMSE(), HiddenStateMSE()]
        distiller = Distiller(make_teacher(), make_student(), objectives)
        distiller.projections[0].kernel.assign(np.eye(9, 6))
        compiled(distiller, rate=0.01, **changes)
        history = distiller.fit(dataset(batch, rows=1), epochs=2, verbose=0).history
        results.append([history["loss"], *distiller.get_weights()[:9]])
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_sample_weights_multiply_each_example(pair, batch, labels, compiled):
    _, student = pair
    weights = np.array([0.5, 2.0, 0.0, 1.0, 3.0], "float32")
    expected = (label_losses(student, batch, labels) * weights).mean()
    distiller = compiled(Distiller(None, student, [HardLabels(weight=0.25)]))
    for given in (weights, weights[:, None]):
        loss = distiller.evaluate(batch, labels, sample_weight=given, verbose=0)[0]
        np.testing.assert_allclose(loss, 0.25 * expected, rtol=1e-5)
    data = dataset(batch, labels, weights, rows=5)
    np.testing.assert_allclose(
        distiller.evaluate(data, verbose=0)[0], 0.25 * expected, rtol=1e-5
    )


def test_sample_weights_reach_the_teachers_losses_too(pair, batch, compiled):
    distiller = compiled(Distiller(*pair, [SoftTargets(), HiddenStateMSE()]))
    rows = [{name: x[i : i + 1] for name, x in batch.items()} for i in (0, 3)]
    single = [distiller.evaluate(row, verbose=0)[0] for row in rows]
    weights = np.array([0.5, 0, 0, 2.0, 0], "float32")
    data = dataset(batch, np.zeros(5, "int32"), weights, rows=5)
    loss = distiller.evaluate(data, verbose=0)[0]
    np.testing.assert_allclose(loss, (0.5 * single[0] + 2 * single[1]) / 5, rtol=1e-5)


def test_class_weights_multiply_by_class(pair, batch, labels, compiled):
    _, student = pair
    class_weight = {0: 2.0, 1: 0.5, 3: 4.0}
    weights = [class_weight.get(label, 1.0) for label in labels]
    expected = (label_losses(student, batch, labels) * weights).mean()
    for data in ((dataset(batch, labels, rows=5),), (batch, labels, 5)):
        distiller = compiled(Distiller(None, student, [HardLabels()]), rate=0.0)
        fitted = distiller.fit(*data, class_weight=class_weight, verbose=0)
        np.testing.assert_allclose(fitted.history["loss"], [expected], rtol=1e-5)


def test_compiled_metrics_read_the_head(pair, batch, labels, compiled):
    teacher, student = pair
    correct = np.argmax(student(batch)["logits"], -1) == labels
    for y in (labels, {"logits": labels}):
        distiller = Distiller(teacher, student, [SoftTargets()])
        compiled(distiller, metrics=["accuracy"])
        logs = distiller.evaluate(batch, y, batch_size=2, verbose=0, return_dict=True)
        np.testing.assert_allclose(logs["accuracy"], correct.mean(), rtol=1e-6)


@pytest.fixture
def joint(make_teacher, make_student):
    """Return a joint intent and slot pair, and a distiller's four objectives."""
    heads = [IntentAndSlots(4, 3, dropout=0.0) for _ in range(2)]
    objectives = [
        HardLabels(),
        HardLabels(output="slot_logits"),
        SoftTargets(),
        SoftTargets(output="slot_logits"),
    ]
    return make_teacher(heads[0]), make_student(heads[1]), objectives


@pytest.fixture
def joint_labels(batch, labels):
    """Return intents, and slots of which all but every second real token are -1."""
    slots = np.random.default_rng(2).integers(0, 3, (5, 7)).astype("int32")
    is_scored = (batch["padding_mask"] == 1) & (np.arange(7) % 2 == 0)
    return {"logits": labels, "slot_logits": np.where(is_scored, slots, -1)}


def test_joint_intents_and_slots_train_on_both_labels(
    joint, batch, joint_labels, compiled
):
    *models, objectives = joint
    distiller = compiled(
        Distiller(*models, objectives),
        optimizer="adam",
        run_eagerly=False,
        metrics={"logits": ["accuracy"], "slot_logits": []},
    )
    history = distiller.fit(
        dataset(batch, joint_labels), epochs=3, verbose=0, validation_split=0.0
    ).history
    assert set(history) == {
        "loss",
        "agreement",
        "logits_accuracy",
        "label_cross_entropy",
        "label_cross_entropy_slot",
        "soft_cross_entropy",
        "soft_cross_entropy_slot",
    }
    assert history["loss"][-1] < history["loss"][0]
    shapes = {k: v.shape for k, v in distiller.predict(batch, verbose=0).items()}
    assert shapes == {"logits": (5, 4), "slot_logits": (5, 7, 3)}


def test_joint_sample_weights_may_differ_by_output(
    joint, batch, joint_labels, compiled
):
    _, student, _ = joint
    objectives = [HardLabels(), HardLabels(output="slot_logits")]
    distiller = compiled(Distiller(None, student, objectives))
    one, two = np.full(5, 2.0, "float32"), np.full(5, 3.0, "float32")
    plain = distiller.evaluate(batch, joint_labels, verbose=0, return_dict=True)
    terms = plain["label_cross_entropy"], plain["label_cross_entropy_slot"]
    for weights, factors in (
        (one, (2, 2)),
        ({"logits": one, "slot_logits": two}, (2, 3)),
    ):
        loss = distiller.evaluate(
            batch, joint_labels, sample_weight=weights, verbose=0
        )[0]
        np.testing.assert_allclose(loss, np.dot(factors, terms), rtol=1e-5)


def test_regression_learns_from_the_teacher_and_from_labels(
    make_teacher, make_student, batch, compiled
):
    models = make_teacher(Regression()), make_student(Regression(dropout=0.0))
    y = np.linspace(0, 5, 5).astype("float32")
    distiller = Distiller(*models, [SoftTargets(), HardLabels()])
    compiled(distiller, optimizer=keras.optimizers.Adam(0.01), metrics=["mae"])
    first = distiller.evaluate(batch, y, verbose=0, return_dict=True)
    t, s = (np.asarray(model(batch)["logits"])[:, 0] for model in models)
    np.testing.assert_allclose(
        first["output_squared_error"], ((t - s) ** 2).mean(), 1e-5
    )
    np.testing.assert_allclose(
        first["label_squared_error"], ((y - s) ** 2).mean(), 1e-5
    )
    history = distiller.fit(batch, y, epochs=5, verbose=0).history
    assert history["loss"][-1] < first["loss"] and "mae" in history


def test_unlabelled_text_is_enough_for_the_teachers_losses(pair, batch, compiled):
    distiller = compiled(Distiller(*pair, [SoftTargets(), EmbeddingMSE()]))
    history = distiller.fit(
        dataset(batch).map(lambda x: x), epochs=3, verbose=0
    ).history
    assert history["loss"][-1] < history["loss"][0]
