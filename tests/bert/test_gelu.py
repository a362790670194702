import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tfdistill.bert.gelu import lean_gelu

VALUES = np.concatenate([np.linspace(-9, 9, 3001), [0, -40, 40]]).astype("float32")


def test_lean_gelu_is_gelu():
    found = ops.convert_to_numpy(lean_gelu(ops.convert_to_tensor(VALUES)))
    expected = ops.convert_to_numpy(ops.gelu(VALUES, approximate=False))
    np.testing.assert_allclose(found, expected, atol=2e-6)


@pytest.mark.parametrize(("dtype", "atol"), [("float32", 2e-6), ("bfloat16", 0.02)])
def test_its_derivative_is_that_of_gelu(dtype, atol):
    x = tf.constant(VALUES, dtype)
    slopes = []
    for function in (lean_gelu, lambda x: ops.gelu(x, approximate=False)):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x) * tf.cast(3.0, dtype)
        slopes.append(tf.cast(tape.gradient(y, x), "float32").numpy())
        assert y.dtype == dtype
    np.testing.assert_allclose(slopes[0], slopes[1], atol=3 * atol)


def test_a_student_trains_as_with_gelu_spelled_out(monkeypatch):
    from tfdistill.bert import blocks
    from tfdistill.bert.config import BertConfig

    config = BertConfig(
        vocabulary_size=30, hidden_dim=12, num_layers=1, num_heads=2, intermediate_dim=8
    )
    keras.utils.set_random_seed(0)
    layer = blocks.FeedForward(config.replace(dropout=0.0), 12)
    layer.build((None, None, 12))
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 3, 12)), tf.float32)

    def gradients():
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(layer(x, training=True) ** 2)
        values = [each.value for each in layer.trainable_variables]
        return [each.numpy() for each in tape.gradient(total, values)]

    lean = gradients()
    plain = lambda x: ops.gelu(x, approximate=False)  # noqa: E731
    monkeypatch.setattr(blocks, "lean_gelu", plain)
    for found, expected in zip(lean, gradients(), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)
