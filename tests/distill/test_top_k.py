"""The k likeliest classes: a part of the divergence, with finite gradients."""

import numpy as np
import tensorflow as tf
from keras import ops

from tfdistill.data.top_k import top_k_targets
from tfdistill.distill import losses


def test_the_likeliest_classes_give_a_part_of_the_divergence(compute):
    random = np.random.default_rng(2)
    teacher, student = 3 * random.normal(size=(2, 4, 5, 9))
    mask = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 1, 1, 0], [1] * 5])
    full = compute(losses.soft_target_kl, teacher, student, 2.0, mask)
    last = np.zeros(4)
    for k in (1, 2, 4, 7, 8, 9, 20):
        targets = top_k_targets(ops.convert_to_tensor(teacher, "float32"), k, 2.0)
        assert targets.ids.shape[-1] == min(k, 9)
        part = compute(losses.top_k_kl, *targets, student, 2.0, mask)
        assert np.all(part >= last - 1e-5) and np.all(part <= full + 1e-5)
        last = part
        if k >= 8:
            np.testing.assert_allclose(part, full, rtol=2e-5)


def test_one_of_two_classes_tells_all(compute):
    teacher, student = np.random.default_rng(4).normal(size=(2, 6, 2))
    targets = top_k_targets(ops.convert_to_tensor(teacher, "float32"), 1)
    np.testing.assert_allclose(
        compute(losses.top_k_kl, *targets, student),
        compute(losses.soft_target_kl, teacher, student),
        rtol=1e-4,
    )


def test_a_sure_student_gets_a_finite_gradient_from_the_rest():
    logits = tf.Variable([[90.0, 0.0, 0.0, -90.0]])
    with tf.GradientTape() as tape:
        targets = top_k_targets(tf.constant([[0.0, 50.0, 1.0, 2.0]]), 2)
        loss = losses.top_k_kl(*targets, logits)
    gradient = tape.gradient(loss, logits).numpy()
    assert np.all(np.isfinite(gradient)) and gradient[0, 1] < 0 < gradient[0, 0]
