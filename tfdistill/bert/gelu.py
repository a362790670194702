"""GELU (arXiv 1606.08415) twice: quick where it is only read, lean where it trains."""

import math

from keras import ops

from tfdistill.bert.onednn import joins_operations


def quick_gelu(x, is_approximate: bool = False):
    """GELU as TensorFlow joins it with the matrix product and the bias before it.

    Its optimizer knows the form of `tf.nn.gelu`, not that of `keras.ops.gelu`, and on a
    CPU makes one operation of the three, which works in float32 inside. Where nothing
    is joined it is computed in float32, as half precision would cost digits and
    TensorFlow converts back and forth in each of its operations.

    Args:
        x: float (...), best of rank 2, straight from a Dense layer.
        is_approximate: bool. By tanh instead of erf.

    Returns:
        float of the same dtype and shape.
    """
    if joins_operations():
        import tensorflow as tf

        return tf.nn.gelu(x, approximate=is_approximate)
    y = ops.gelu(ops.cast(x, "float32"), approximate=is_approximate)
    return ops.cast(y, x.dtype)


def lean_gelu(x):
    """GELU, the exact one, with the derivative written out.

    Left to itself, TensorFlow keeps four results of six operations for the gradient;
    this one keeps the slope. It is no `custom_gradient`, which TensorFlow names by a
    count of the process, so that two traces of one step differed in their last bits.

    Args:
        x: float (...).

    Returns:
        float of the same dtype and shape.
    """
    # In bfloat16 each operation would convert back and forth.
    wide = ops.stop_gradient(ops.cast(x, "float32"))
    share = 0.5 * (1 + ops.erf(wide * (1 / math.sqrt(2))))
    density = ops.exp(-0.5 * ops.square(wide)) * (1 / math.sqrt(2 * math.pi))
    slope = ops.cast(share + wide * density, x.dtype)
    zero = x - ops.stop_gradient(x)  # whose gradient is 1
    return ops.cast(wide * share, x.dtype) + zero * slope
