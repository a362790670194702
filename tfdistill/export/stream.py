"""Dense layers and normalizations on an activation whose shift is still to be added.

`beta` of a normalization is the same for every token. Instead of being added to the
activation, it travels along as a constant and ends in the biases of the Dense layers
that read the activation and of the one whose output it meets at the residual.

A Dense layer is a convolution with a 1 x 1 kernel. CONV_2D and FULLY_CONNECTED do the
same arithmetic at the same speed, but in dynamic int8 only CONV_2D has a scale per
output on runtimes as old as tflite-runtime 2.14.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfdistill.bert.normalization import NoNorm


class Stream(NamedTuple):
    """An activation `value + shift` whose shift has not been added.

    Attributes:
        value: float32 (1, 1, rows, width).
        shift: float32 (width,), constant, or 0.0.
    """

    value: tf.Tensor
    shift: np.ndarray | float = 0.0

    def rows(self, count: int | None) -> "Stream":
        """Return the first `count` rows, or all for None."""
        if count is None or count == self.value.shape[2]:
            return self
        return Stream(self.value[:, :, :count], self.shift)

    def total(self) -> tf.Tensor:
        """Return `value + shift`."""
        return self.value + self.shift

    def through(self, kernel: np.ndarray):
        """Return what the shift adds behind a kernel: float32 (units,), or 0.0."""
        return self.shift @ kernel if isinstance(self.shift, np.ndarray) else 0.0


def array_of(weight) -> np.ndarray:
    """Return a Keras variable's value as float32."""
    with tf.init_scope():  # Out of the trace, where variables have values.
        return np.asarray(weight.value).astype(np.float32)


def multiply(x: tf.Tensor, kernel: np.ndarray) -> tf.Tensor:
    """Matrix product of float32 (1, 1, rows, width) and (width, units)."""
    return tf.nn.conv2d(x, kernel[None, None], strides=1, padding="VALID")


def dense(x: Stream, layer, scale=1.0, shift=0.0) -> tf.Tensor:
    """`layer(x) * scale + shift`, float32 (1, 1, rows, units), with a single bias."""
    return joined_dense(x, (layer,), (scale,), shift)


def joined_dense(x: Stream, layers, scales, shift=0.0) -> tf.Tensor:
    """`dense` of several layers in one product: their outputs side by side."""
    kernels, biases = [], []
    for layer, scale in zip(layers, scales, strict=True):
        kernel = array_of(layer.kernel)
        kernels.append(kernel * np.float32(scale))
        biases.append((array_of(layer.bias) + x.through(kernel)) * scale)
    bias = np.concatenate(biases) + shift
    return multiply(x.value, np.concatenate(kernels, axis=1)) + bias.astype(np.float32)


def normalize(x: tf.Tensor, norm) -> Stream:
    """Layer normalization in the operators that measured fastest, or NoNorm."""
    gamma, beta = array_of(norm.gamma), array_of(norm.beta)
    if isinstance(norm, NoNorm):
        return Stream(x * gamma, beta)
    centered = x - tf.reduce_mean(x, -1, keepdims=True)
    variance = tf.reduce_mean(centered * centered, -1, keepdims=True)
    return Stream(centered * tf.math.rsqrt(variance + norm.epsilon) * gamma, beta)
