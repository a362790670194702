"""Losses of `keras.distillation` as objectives, and what they cannot measure."""

import keras
import numpy as np
import pytest
from keras.distillation import FeatureDistillation, LogitsDistillation

from tfdistill.bert.heads import Classification, IntentAndSlots, TokenClassification
from tfdistill.distill.distiller import Distiller
from tfdistill.distill.keras_objective import KerasObjective
from tfdistill.distill.objectives import SoftTargets


def kl(temperature=3.0):
    return LogitsDistillation(temperature, loss=keras.losses.KLDivergence())


def test_a_keras_loss_object_is_an_objective_and_equals_ours(pair, batch, compiled):
    objectives = [kl(), SoftTargets(temperature=3.0, kind="kl")]
    distiller = compiled(Distiller(*pair, objectives))
    logs = distiller.test_on_batch(batch, return_dict=True)
    np.testing.assert_allclose(
        logs["logits_distillation"], logs["soft_target_kl"], rtol=1e-4
    )
    assert logs["loss"] == pytest.approx(2 * logs["soft_target_kl"], rel=1e-4)
    history = distiller.fit(batch, epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]


def test_it_can_be_weighted_and_measured_on_the_pooled_output(
    make_teacher, batch, compiled
):
    teacher, student = make_teacher(), make_teacher(seed=4)
    objective = KerasObjective(0.5, FeatureDistillation("mse"), output="pooled_output")
    logs = compiled(Distiller(teacher, student, [objective])).test_on_batch(
        batch, return_dict=True
    )
    t, s = teacher(batch)["pooled_output"], student(batch)["pooled_output"]
    expected = np.mean((np.asarray(t) - np.asarray(s)) ** 2)
    np.testing.assert_allclose(
        logs["feature_distillation_pooled_output"], expected, rtol=1e-5
    )
    np.testing.assert_allclose(logs["loss"], 0.5 * expected, rtol=1e-5)


def test_the_wrong_string_default_is_told(pair):
    with pytest.warns(UserWarning, match="without softmax; give it loss=keras.losses"):
        Distiller(*pair, [LogitsDistillation(temperature=2.0)])


def test_layers_by_name_are_refused():
    named = FeatureDistillation("mse", teacher_layer_name="a", student_layer_name="b")
    with pytest.raises(ValueError, match="by name.*use HiddenStateMSE and a layer_map"):
        KerasObjective(loss=named)
    for nothing in (None, "mse"):
        with pytest.raises(ValueError, match="must be a loss of keras.distillation"):
            KerasObjective(loss=nothing)


@pytest.mark.parametrize(
    ("head", "output"),
    [
        (lambda: TokenClassification(4), "logits"),
        (lambda: IntentAndSlots(4, 3), "slot_logits"),
        (lambda: Classification(4), "sequence_output"),
        (lambda: None, "logits"),
    ],
)
def test_outputs_per_token_are_refused_as_padding_would_count(
    make_teacher, make_student, head, output
):
    objective = KerasObjective(loss=kl(), output=output)
    with pytest.raises(ValueError, match="knows no padding.*use SoftTargets"):
        Distiller(make_teacher(head()), make_student(head()), [objective])


def test_unequal_widths_and_classes_are_refused(make_teacher, make_student):
    heads = Classification(3), Classification(4)
    models = make_teacher(heads[0]), make_student(heads[1])
    with pytest.raises(ValueError, match="num_classes=3.*num_classes=4"):
        Distiller(*models, [kl()])
    objective = KerasObjective(loss=kl(), output="pooled_output")
    with pytest.raises(ValueError, match="hidden_dim is 6, the student's 9"):
        Distiller(*models, [objective])
