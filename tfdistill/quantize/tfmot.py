"""tfmot, imported late and without a trace in the environment.

Importing it sets TF_USE_LEGACY_KERAS, which would give Keras 2 to whatever is started
or imported afterwards, and its own Keras is Keras 2 in any case. Its quantizers compute
with plain TensorFlow, so they serve Keras 3 layers as they are.
"""

import os

_VARIABLE = "TF_USE_LEGACY_KERAS"


def load_quantizers():
    """Import tfmot's quantizers, and put the environment back.

    Returns:
        module with MovingAverageQuantizer, LastValueQuantizer, AllValuesQuantizer and
        FixedQuantizer.

    Raises:
        ValueError: tfmot is not installed, or Keras does not run on TensorFlow.
    """
    _load("tensorflow_model_optimization")
    from tensorflow_model_optimization.python.core.quantization.keras import quantizers

    return quantizers


def _load(name):
    import importlib

    import keras
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "Fake quantization needs Keras on TensorFlow; got KERAS_BACKEND="
            f"{keras.backend.backend()}."
        )
    # tf.keras is decided by the variable when it is first touched: touch it before.
    tf.keras.__version__  # noqa: B018
    before = os.environ.get(_VARIABLE)
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ValueError(
            f"Fake quantization needs the package tensorflow-model-optimization: "
            f"{error}."
        ) from error
    finally:
        if before is None:
            os.environ.pop(_VARIABLE, None)
        else:
            os.environ[_VARIABLE] = before
