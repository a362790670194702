"""Layer normalization in one operation, and MobileBERT's (METHODS.md, section 5)."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfdistill.bert.normalization import LayerNorm, NoNorm, joined_norms
from tfdistill.bert.onednn import has_onednn


def test_no_norm_scales_and_shifts():
    layer = NoNorm()
    layer.build((None, 2))
    np.testing.assert_array_equal(layer(np.array([[2.0, 3.0]])), [[2.0, 3.0]])
    layer.gamma.assign([1.5, 0.5])
    layer.beta.assign([0.1, 0.2])
    np.testing.assert_allclose(layer(np.array([[2.0, 3.0]])), [[3.1, 1.7]], rtol=1e-6)


def traced(layer, is_joined):
    @tf.function(input_signature=[tf.TensorSpec((None, None, 8), layer.compute_dtype)])
    def run(x):
        if not is_joined:
            return layer(x)
        with joined_norms():
            return layer(x)

    return run


def operations(function):
    return {
        each.type for each in function.get_concrete_function().graph.get_operations()
    }


@pytest.mark.parametrize(
    ("dtype", "atol"), [("float32", 1e-5), ("mixed_bfloat16", 0.02), ("bfloat16", 0.02)]
)
def test_one_operation_computes_the_same(dtype, atol):
    if not has_onednn():
        pytest.skip("TensorFlow has no oneDNN here, so nothing is joined.")
    layer = LayerNorm(epsilon=1e-12, dtype=dtype)
    layer.build((None, None, 8))
    random = np.random.default_rng(0)
    layer.gamma.assign(random.normal(size=8))
    layer.beta.assign(random.normal(size=8))
    x = tf.cast(random.normal(3, 2, (2, 5, 8)), layer.compute_dtype)
    plain, joined = traced(layer, False), traced(layer, True)
    assert "FusedBatchNormV3" in operations(joined)
    assert "FusedBatchNormV3" not in operations(plain)
    found, expected = joined(x), plain(x)
    assert found.dtype == expected.dtype == layer.compute_dtype
    found, expected = (tf.cast(each, "float32") for each in (found, expected))
    np.testing.assert_allclose(found, expected, atol=atol, rtol=atol)


def test_only_within_its_context():
    layer = LayerNorm()
    layer.build((None, 4))
    x = keras.ops.ones((2, 4))
    with pytest.raises(RuntimeError, match="on purpose"), joined_norms():
        raise RuntimeError("on purpose")
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(x) * tf.constant([1.0, 2.0, 3.0, 4.0]))
    gradient = tape.gradient(total, layer.beta.value)
    np.testing.assert_array_equal(gradient, [2.0, 4.0, 6.0, 8.0])
