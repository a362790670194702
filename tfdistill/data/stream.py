"""Batches made in Python as the `tf.data.Dataset` that Keras reads."""

_AHEAD = 4


def stream(batches, signature, cardinality: int | None = None):
    """Return a dataset of what a function yields, some batches ahead of their use.

    tf.data's autotuning is off: there is one Python function to wait for and nothing to
    tune, and its thread, which sleeps twice as long each time, held up the end of every
    `fit` until it woke: by up to as long as the fit had taken.

    Args:
        batches: callable () -> iterator of batches.
        signature: nested tf.TensorSpec of a batch.
        cardinality: int or None. Batches, if that is known; it is asserted.
    """
    import tensorflow as tf

    dataset = tf.data.Dataset.from_generator(batches, output_signature=signature)
    if cardinality is not None:
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(cardinality))
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.prefetch(_AHEAD).with_options(options)
