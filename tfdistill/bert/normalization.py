"""The two normalizations of an encoder, and a quicker way through one of them."""

import contextlib
import contextvars

import keras
from keras import layers, ops

from tfdistill.bert.config import BertConfig
from tfdistill.bert.onednn import joins_operations

_is_joined = contextvars.ContextVar("is_joined", default=False)


@keras.saving.register_keras_serializable("tfdistill")
class NoNorm(layers.Layer):
    """`gamma * x + beta`, MobileBERT's stand-in for normalization (section 3.3)."""

    def build(self, input_shape):
        width = (input_shape[-1],)
        self.gamma = self.add_weight(shape=width, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=width, initializer="zeros", name="beta")

    def call(self, x):
        """Scale and shift float (..., width)."""
        return x * ops.cast(self.gamma, x.dtype) + ops.cast(self.beta, x.dtype)


class LayerNorm(layers.LayerNormalization):
    """Keras's layer over the last axis, in one operation within `joined_norms`."""

    def call(self, x):
        """Normalize float (..., width)."""
        if _is_joined.get() and joins_operations():
            return _joined(x, self.gamma, self.beta, self.epsilon)
        return super().call(x)


def make_norm(config: BertConfig, name: str, dtype) -> layers.Layer:
    """Return the normalization layer that `config` names."""
    if config.normalization == "no_norm":
        return NoNorm(name=name, dtype=dtype)
    return LayerNorm(epsilon=config.layer_norm_epsilon, name=name, dtype=dtype)


@contextlib.contextmanager
def joined_norms():
    """Let TensorFlow make one operation of each layer normalization traced within.

    Its optimizer joins what Keras 2 wrote (a batch normalization with the tokens as
    channels), which has no gradient then and no counterpart in a `.tflite` file: for a
    teacher that only answers. Elsewhere, eagerly, and without oneDNN nothing changes.
    """
    token = _is_joined.set(True)
    try:
        yield
    finally:
        _is_joined.reset(token)


def _joined(x, gamma, beta, epsilon):
    import tensorflow as tf

    shape = tf.shape(x)
    # The count of tokens comes from the shape before: what is reshaped must have no
    # other reader, or the form is not recognized.
    tokens = tf.reduce_prod(shape[:-1])
    y = tf.reshape(x, tf.stack([1, tokens, x.shape[-1], 1]))
    y = tf.reshape(_channelwise(y, [tokens], epsilon), shape)
    return y * tf.cast(gamma, x.dtype) + tf.cast(beta, x.dtype)


def _channelwise(x, channels, epsilon):
    """Normalize each channel of float (1, channels, height, 1)."""
    import tensorflow as tf

    return tf.raw_ops.FusedBatchNormV3(
        x=x,
        scale=tf.fill(channels, 1.0),
        offset=tf.fill(channels, 0.0),
        mean=tf.constant([], tf.float32),
        variance=tf.constant([], tf.float32),
        epsilon=epsilon,
        data_format="NCHW",
        is_training=True,
    ).y
