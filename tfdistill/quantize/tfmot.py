"""tfmot, imported late and without a trace in the environment.

Importing it sets TF_USE_LEGACY_KERAS, which would give Keras 2 to whatever is started
or imported afterwards, and its own Keras is Keras 2 in any case. Its algorithms compute
with plain TensorFlow, so they serve Keras 3 layers as they are.
"""

import os

_VARIABLE = "TF_USE_LEGACY_KERAS"
_PACKAGE = "tensorflow_model_optimization"


def load_quantizers():
    """Import tfmot's quantizers, and put the environment back.

    Returns:
        module with MovingAverageQuantizer, LastValueQuantizer, AllValuesQuantizer and
        FixedQuantizer.

    Raises:
        ValueError: tfmot is not installed, or Keras does not run on TensorFlow.
    """
    return _load("quantization.keras.quantizers")


def load_pruning():
    """Import tfmot's pruning, and put the environment back.

    Returns:
        (module with Pruning, module with PolynomialDecay and ConstantSparsity).

    Raises:
        ValueError: as `load_quantizers`.
    """
    where = "sparsity.keras."
    return _load(f"{where}pruning_impl"), _load(f"{where}pruning_schedule")


def load_clustering():
    """Import tfmot's clustering, and put the environment back.

    Returns:
        (module with ClusteringAlgorithm, module of what the centroids begin with).

    Raises:
        ValueError: as `load_quantizers`.
    """
    where = "clustering.keras.clustering_"
    return _load(f"{where}algorithm"), _load(f"{where}centroids")


def _load(name):
    import importlib

    import keras
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "tfmot's algorithms need Keras on TensorFlow; got KERAS_BACKEND="
            f"{keras.backend.backend()}."
        )
    # tf.keras is decided by the variable when it is first touched: touch it before.
    tf.keras.__version__  # noqa: B018
    before = os.environ.get(_VARIABLE)
    try:
        importlib.import_module(_PACKAGE)
        return importlib.import_module(f"{_PACKAGE}.python.core.{name}")
    except ImportError as error:
        raise ValueError(
            "Quantizing, pruning and clustering in training need the package "
            f"tensorflow-model-optimization: {error}."
        ) from error
    finally:
        if before is None:
            os.environ.pop(_VARIABLE, None)
        else:
            os.environ[_VARIABLE] = before
