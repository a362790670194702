"""Whether TensorFlow's optimizer makes one oneDNN operation of several."""

import functools
import platform

import keras


def joins_operations() -> bool:
    """Tell whether what is computed now is traced for an optimizer with oneDNN."""
    if not has_onednn():
        return False
    import tensorflow as tf

    return not tf.executing_eagerly()


@functools.cache
def has_onednn() -> bool:
    """Tell whether TensorFlow runs here, on an x86 CPU, with oneDNN turned on.

    `TF_ENABLE_ONEDNN_OPTS=0` turns it off. What is written for the optimizer is slow
    where it does not work: a layer normalization takes four times as long.
    """
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    if platform.machine() not in ("x86_64", "AMD64"):
        return False
    if tf.config.list_physical_devices("GPU"):
        return False
    try:  # TensorFlow's tests ask the same; nothing public tells.
        from tensorflow.python.util import _pywrap_util_port
    except ImportError:
        return False
    return bool(getattr(_pywrap_util_port, "IsMklEnabled", bool)())
