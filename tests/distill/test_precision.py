"""Mixed precision: variables and losses stay float32, float16 scales its loss."""

import keras
import numpy as np
import pytest

from tfdistill.bert.heads import Classification
from tfdistill.distill.distiller import Distiller


@pytest.fixture
def policy(request):
    """Set the global dtype policy and put the old one back."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"], indirect=True)
def test_a_student_trains_in_mixed_precision(
    policy, make_teacher, make_student, batch, labels, all_objectives, compiled
):
    heads = [Classification(4, dropout=0.0) for _ in range(2)]
    models = make_teacher(heads[0]), make_student(heads[1])
    half = policy.removeprefix("mixed_")
    distiller = compiled(Distiller(*models, all_objectives), rate=0.003)
    outputs = distiller(batch)
    assert outputs["logits"].dtype == outputs["hidden_states"][1].dtype == half
    history = distiller.fit(batch, labels, epochs=6, verbose=0).history
    assert np.all(np.isfinite(history["loss"]))
    assert history["loss"][-1] < history["loss"][0]
    assert {v.dtype for v in distiller.trainable_variables} == {"float32"}
    is_scaled = isinstance(distiller.optimizer, keras.optimizers.LossScaleOptimizer)
    assert is_scaled == (half == "float16")


def test_a_student_of_its_own_policy_gets_its_loss_scaled(
    make_teacher, make_student, batch, labels, all_objectives, compiled
):
    heads = [
        Classification(4, dropout=0.0, dtype=dtype) for dtype in (None, "mixed_float16")
    ]
    models = make_teacher(heads[0]), make_student(heads[1], dtype="mixed_float16")
    distiller = compiled(Distiller(*models, all_objectives))
    assert isinstance(distiller.optimizer, keras.optimizers.LossScaleOptimizer)
    assert distiller.projections[0].compute_dtype == "float16"
    logs = distiller.train_on_batch(batch, labels, return_dict=True)
    assert np.isfinite(logs["loss"])


def test_half_precision_changes_the_losses_a_little_only(
    make_teacher, make_student, batch, labels, all_objectives, compiled
):
    results = []
    for dtype in (None, "mixed_float16"):
        heads = [Classification(4, dropout=0.0, dtype=dtype) for _ in range(2)]
        models = (
            make_teacher(heads[0], dtype=dtype),
            make_student(heads[1], dtype=dtype),
        )
        distiller = compiled(Distiller(*models, all_objectives))
        distiller.projections[0].kernel.assign(np.eye(9, 6))
        results.append(distiller.test_on_batch(batch, labels, return_dict=True))
    for name, value in results[0].items():
        np.testing.assert_allclose(results[1][name], value, rtol=2e-2, err_msg=name)
