"""TensorFlow's optimizer joins what is written for it: seen in what has run."""

import numpy as np
import pytest
import tensorflow as tf

from tfdistill.bert.blocks import FeedForward
from tfdistill.bert.config import BertConfig
from tfdistill.bert.normalization import joined_norms
from tfdistill.bert.onednn import has_onednn
from tfdistill.train.profile import read_costs


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_product_gelu_and_normalization_are_joined(dtype, tmp_path):
    if not has_onednn():
        pytest.skip("TensorFlow has no oneDNN here, so nothing is joined.")
    config = BertConfig(
        vocabulary_size=9, hidden_dim=32, num_layers=1, num_heads=2, intermediate_dim=64
    )
    layer = FeedForward(config, 32, dtype=dtype)
    layer.build((None, None, 32))

    @tf.function(input_signature=[tf.TensorSpec((None, None, 32), dtype)])
    def run(x):
        with joined_norms():
            return layer(x, training=False)

    x = tf.cast(np.random.default_rng(0).normal(size=(4, 8, 32)), dtype)
    run(x)
    tf.profiler.experimental.start(str(tmp_path))
    run(x)
    tf.profiler.experimental.stop()
    ran = {name for name, _ in read_costs(tmp_path, 1)}
    assert {"_MklNativeFusedMatMul", "_MklLayerNorm"} <= ran
    assert not {"Erf", "Erfc", "MatMul", "_MklMatMul", "BiasAdd", "Mean"} & ran
