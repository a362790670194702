"""Less memory for a training step on TensorFlow, at no price in time.

TensorFlow runs an operation as soon as its inputs are there, and keeps for the backward
pass what its gradients ask for. Other backends compile the step whole and choose by
themselves, so there all of this changes nothing.
"""

import math

import keras
from keras import ops, tree


def once_there(tensors, values):
    """Return `values`, from which nothing is computed before `tensors` are there.

    Args:
        tensors: nested structure of tensors.
        values: nested structure of tensors of any dtype and shape.
    """
    if keras.backend.backend() != "tensorflow":
        return values
    import tensorflow as tf

    with tf.control_dependencies(tree.flatten(tensors)):
        return tree.map_structure(tf.identity, values)


@ops.custom_gradient
def lean_gelu(x):
    """GELU (arXiv 1606.08415, exact) with the derivative written out.

    Left to itself, TensorFlow keeps four results of six operations for the gradient;
    this one keeps the input and its normal distribution.

    Args:
        x: float (...).

    Returns:
        float of the same dtype and shape.
    """
    share = 0.5 * (1 + ops.erf(x * (1 / math.sqrt(2))))

    def gradient(*args, upstream=None):
        upstream = args[0] if upstream is None else upstream
        density = ops.exp(-0.5 * ops.square(x)) * (1 / math.sqrt(2 * math.pi))
        return upstream * (share + x * density)

    return x * share, gradient
