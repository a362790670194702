"""What Keras 3 on TensorFlow needs where several workers take a step together."""

import keras
from keras import ops, tree


def is_multi_worker(model: keras.Model) -> bool:
    """Tell whether a model was made for several processes of TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    strategy = model.distribute_strategy
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return False
    cluster = strategy.cluster_resolver.cluster_spec().as_dict()
    return sum(map(len, cluster.values())) > 1


def as_rows(logs, model: keras.Model):
    """Return a step's logs in the form that Keras can average over workers.

    It averages them over their first axis, and scalars have none.

    Args:
        logs: dict of scalars, or anything on other backends, which is left as it is.
        model: the model that takes the step.
    """
    if not is_multi_worker(model):
        return logs
    return {name: ops.reshape(value, (1,)) for name, value in logs.items()}


def first_local_batch(iterator, model: keras.Model):
    """Return the first batch of Keras's epoch iterator, as one device here has it."""
    local = model.distribute_strategy.experimental_local_results
    _, _, batches = next(iter(iterator))
    return tree.map_structure(lambda value: local(value)[0], next(batches))
