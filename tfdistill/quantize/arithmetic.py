"""Two ways to compute the same forward pass: to train it, and to convert it.

Both quantize what is named in the same places to the same ranges. `Live` reads Keras
variables and works on batches (batch, sequence, width); `Frozen` reads constants and
works on one text as (1, 1, sequence, width), where a Dense layer is a 1 x 1 convolution
and so has a scale per output (docs/decisions.md).
"""

import numpy as np
import tensorflow as tf

from tfdistill.bert.blocks import activate
from tfdistill.bert.normalization import NoNorm
from tfdistill.quantize.quantizers import BITS, FakeQuantizer

# What the int8 kernels of LiteRT give out: softmax steps of 1/256, tanh of 1/128.
SOFTMAX_RANGE = (0.0, 255 / 256)
TANH_RANGE = (-1.0, 127 / 128)


class Live:
    """Computes with a model's variables.

    Args:
        quantizers: dict of name to FakeQuantizer. What is missing is added, when the
            model is built.
        training: bool. Ranges follow the data, dropout is active.
        is_calibrating: bool. Ranges widen to all that is seen.
    """

    leading = ()

    def __init__(self, quantizers, training=False, is_calibrating=False):
        self.quantizers = quantizers
        self.training = training
        self.is_calibrating = is_calibrating

    def value(self, variable):
        """Return a Keras variable's tensor."""
        return tf.convert_to_tensor(variable)

    def weight(self, name, x, kind="kernel"):
        """Quantize float32 weights."""
        return self._quantizer(name, kind, x)(
            x, training=self.training or self.is_calibrating
        )

    def activation(self, name, x):
        """Quantize a float32 activation."""
        quantizer = self._quantizer(name, "activation", x)
        if self.is_calibrating:
            return quantizer.widen(x)
        return quantizer(x, training=self.training)

    def within(self, name, x, margin=0.0):
        """Quantize to the range of another tensor, `margin` wider at its lower end."""
        return self.quantizers[name].below(x, margin)

    def fixed(self, x, ends):
        """Quantize to a range that is known."""
        return tf.quantization.fake_quant_with_min_max_args(x, *ends, BITS)

    def multiply(self, x, kernel):
        """Matrix product over the last axis."""
        rows = tf.reshape(x, (-1, kernel.shape[0]))
        sizes = [*x.shape[:-1], kernel.shape[1]]
        shape = tf.shape(x)
        sizes = [shape[i] if n is None else n for i, n in enumerate(sizes)]
        return tf.reshape(rows @ kernel, sizes)

    def drop(self, layer, x):
        """Apply a dropout layer."""
        return layer(x, training=self.training)

    def _quantizer(self, name, kind, x):
        if name not in self.quantizers:
            quantizer = FakeQuantizer(
                kind, name=name.replace("/", "_"), dtype="float32"
            )
            quantizer.build(x.shape)
            self.quantizers[name] = quantizer
        return self.quantizers[name]


class Frozen:
    """Computes with constants, for the converter.

    Args:
        quantizers: dict of name to FakeQuantizer, whose ranges are all known.
    """

    leading = (1,)

    def __init__(self, quantizers):
        self.quantizers = quantizers

    def value(self, variable):
        """Return a Keras variable's float32 array."""
        with tf.init_scope():  # Out of the trace, where variables have values.
            return np.asarray(variable.value)

    def weight(self, name, x, kind="kernel"):
        """Quantize a constant; a kernel becomes that of a convolution."""
        x = tf.constant(x[None, None] if kind == "kernel" else x)
        return self._quantize(x, *self._ends(name), is_narrow=True)

    def activation(self, name, x):
        """Quantize a float32 activation."""
        return self.within(name, x)

    def within(self, name, x, margin=0.0):
        """Quantize to the range of a tensor, `margin` wider at its lower end."""
        low, high = self._ends(name)
        is_narrow = self.quantizers[name].kind != "activation"
        return self._quantize(x, low - np.float32(margin), high, is_narrow)

    def fixed(self, x, ends):
        """Quantize to a range that is known."""
        return self._quantize(x, *np.float32(ends))

    def multiply(self, x, kernel):
        """Matrix product over the last axis."""
        return tf.nn.conv2d(x, kernel, strides=1, padding="VALID")

    def drop(self, layer, x):
        """Return x: nothing is dropped."""
        return x

    def _ends(self, name):
        quantizer = self.quantizers[name]
        low, high = self.value(quantizer.low), self.value(quantizer.high)
        # What was zero wherever it was seen needs some range that has a zero.
        return np.where(low < high, low, -1), np.where(low < high, high, 1)

    def _quantize(self, x, low, high, is_narrow=False):
        if low.ndim:
            quantize = tf.quantization.fake_quant_with_min_max_vars_per_channel
        else:
            quantize = tf.quantization.fake_quant_with_min_max_vars
        return quantize(x, low, high, num_bits=BITS, narrow_range=is_narrow)


# === Layers, in either way ===


def dense(how, name, x, layer, scale=1.0, shift=0.0):
    """`layer(x) * scale + shift`, quantized in and out."""
    return how.activation(name, _product(how, name, x, layer, scale, shift))


def activated_dense(how, name, x, layer, config):
    """`activation(layer(x))`; gelu's input is quantized as well, relu's need not be."""
    y = _product(how, name, x, layer, 1.0, 0.0)
    if config.activation != "relu":
        y = how.activation(name, y)
    return how.activation(f"{name}/activation", activate(config, y))


def normalize(how, name, x, norm):
    """Normalize in float32, then quantize.

    The mean is a sum that is divided: the converter would give MEAN the scale of its
    input, and eight bits of that are too few.
    """
    gamma, beta = how.value(norm.gamma), how.value(norm.beta)
    if not isinstance(norm, NoNorm):
        x = x - tf.reduce_sum(x, -1, keepdims=True) / x.shape[-1]
        variance = tf.reduce_mean(x * x, -1, keepdims=True)
        x = x * tf.math.rsqrt(variance + norm.epsilon)
    return how.activation(name, x * gamma + beta)


def normalized_dense(how, name, x, layer, norm):
    """`norm(layer(x))`; NoNorm becomes part of the kernel."""
    if isinstance(norm, NoNorm):
        return dense(how, name, x, layer, how.value(norm.gamma), how.value(norm.beta))
    return normalize(how, f"{name}/norm", dense(how, name, x, layer), norm)


def add_and_normalize(how, name, x, residual, norm):
    """`norm(x + residual)`."""
    total = how.activation(f"{name}/sum", x + residual)
    return normalize(how, f"{name}/norm", total, norm)


def _product(how, name, x, layer, scale, shift):
    kernel = how.weight(f"{name}/kernel", how.value(layer.kernel) * scale)
    return how.multiply(x, kernel) + (how.value(layer.bias) * scale + shift)
