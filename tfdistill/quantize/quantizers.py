"""tfmot's quantizers as Keras 3 layers: each keeps the range of one tensor.

A range is two weights that are never trained: the largest and smallest value that eight
bits must tell apart. Kernels and tables take theirs from the values themselves, in
every step of training; activations from a moving average over batches.
"""

import keras
import tensorflow as tf
from keras import layers

from tfdistill.quantize.tfmot import load_quantizers

# Who has a range of its own: kernels one for each output, tables and activations one.
KINDS = ("kernel", "table", "activation")
BITS = 8


@keras.saving.register_keras_serializable("tfdistill")
class FakeQuantizer(layers.Layer):
    """Rounds a tensor to the 256 values (255 for weights) of its range.

    Gradients pass through the rounding, and stop for values out of range.

    Args:
        kind: of `KINDS`.
    """

    def __init__(self, kind: str, **kwargs):
        super().__init__(**kwargs)
        self.kind = kind
        source = load_quantizers()
        if kind == "activation":
            self.rule = source.MovingAverageQuantizer(BITS, False, False, False)
            self.widening = source.AllValuesQuantizer(BITS, False, False, False)
        else:
            self.rule = source.LastValueQuantizer(BITS, kind == "kernel", True, True)

    def build(self, input_shape):
        ranges = self.rule.build(input_shape, self.name, _Host(self))
        self.low, self.high = ranges["min_var"], ranges["max_var"]

    def call(self, x, training=False):
        """Quantize float32 (...); training moves the range, or begins it."""
        if not training:
            rounded = self.rule(x, False, self._range())
            return tf.where(self._is_new(), x, rounded)
        if self.kind == "activation":
            # tfmot would begin at -6 to 6 and forget it over thousands of steps.
            is_new = self._is_new()
            for end, value in zip((self.low, self.high), _ends(x), strict=True):
                end.assign(tf.where(is_new, value, end.value))
        return self.rule(x, True, self._range())

    def widen(self, x):
        """Quantize, and widen the range to all that was ever seen: calibration."""
        return self.widening(x, True, self._range())

    def below(self, x, margin: float):
        """Quantize to the range, widened by `margin` at its lower end."""
        ends = {"min_var": self.low.value - margin, "max_var": self.high.value}
        return tf.where(self._is_new(), x, self.rule(x, False, ends))

    def _is_new(self):
        return tf.equal(self.low.value, self.high.value)

    def _range(self):
        return {"min_var": self.low.value, "max_var": self.high.value}

    def get_config(self):
        return {**super().get_config(), "kind": self.kind}


class _Host:
    """What tfmot takes for a Keras 2 layer; an empty range says that none is known."""

    def __init__(self, layer):
        self.layer = layer

    def add_weight(self, name, initializer, trainable, shape=None):
        del initializer  # tfmot's -6 and 6, as a Keras 2 object
        shape = () if shape is None else (shape,)
        return self.layer.add_weight(
            name=name, shape=shape, initializer="zeros", trainable=trainable
        )


def _ends(x):
    """The batch's own range; zero is always in it, as LiteRT asks."""
    return tf.minimum(tf.reduce_min(x), 0.0), tf.maximum(tf.reduce_max(x), 0.0)
