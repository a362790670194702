"""AdamW in one pass beside Keras's own."""

import keras
import numpy as np
import pytest

from tfdistill.distill.adamw import AdamWInOnePass


@pytest.mark.parametrize("amsgrad", [False, True])
def test_one_pass_moves_weights_as_keras_does(amsgrad):
    moved = []
    for kind in (keras.optimizers.AdamW, AdamWInOnePass):
        generator = np.random.default_rng(0)
        shapes = (40, 7), (7,)
        weights = [keras.Variable(generator.normal(size=shape)) for shape in shapes]
        optimizer = kind(
            0.01, weight_decay=0.1, global_clipnorm=1.0, beta_2=0.9, amsgrad=amsgrad
        )
        for scale in (1.0, 30.0, 1e-3, 0.0):
            grads = [scale * generator.normal(size=shape) for shape in shapes]
            grads = [keras.ops.cast(grad, "float32") for grad in grads]
            optimizer.apply(grads, weights)
        moved.append([keras.ops.convert_to_numpy(weight) for weight in weights])
    for ours, keras_own in zip(*moved, strict=True):
        np.testing.assert_allclose(ours, keras_own, rtol=0, atol=2e-7)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="the kernel is TensorFlow's"
)
def test_one_pass_is_one_operation():
    import tensorflow as tf

    weight = keras.Variable(np.ones((3, 2)))
    optimizer = AdamWInOnePass(0.1)
    optimizer.build([weight])

    @tf.function
    def step(grad):
        optimizer.apply([grad], [weight])

    graph = step.get_concrete_function(tf.zeros((3, 2))).graph
    kinds = [operation.type for operation in graph.get_operations()]
    assert kinds.count("ResourceApplyAdam") == 1
