"""From one value per example to the batch's loss."""

import keras


class BatchMean(keras.losses.Loss):
    """Mean over the batch of values that are already losses, one per example.

    As a `keras.losses.Loss` it applies sample weights and the scaling of
    `tf.distribute` as Keras does.
    """

    def call(self, y_true, y_pred):
        """Return `y_pred`: float (batch,)."""
        return y_pred


BATCH_MEAN = BatchMean(dtype="float32")


def weights_for(objective, sample_weight):
    """Return the sample weights that an objective's terms are multiplied by.

    Args:
        objective: Objective.
        sample_weight: float (batch,) or (batch, 1), a dict of them by output name, or
            None. An objective without an output takes the weights of `logits`.

    Raises:
        ValueError: weights per token.
    """
    if isinstance(sample_weight, dict):
        sample_weight = sample_weight.get(getattr(objective, "output", "logits"))
    if sample_weight is None:
        return None
    shape = tuple(sample_weight.shape)
    if len(shape) > 2 or shape[1:] not in ((), (1,)):
        raise ValueError(
            "Expected one sample weight per example, float (batch,); got shape "
            f"{shape}."
        )
    return sample_weight
