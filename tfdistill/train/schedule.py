"""The optimizer of every stage: AdamW with warm-up, as BERT and TinyBERT use it."""

import keras
from keras import ops

from tfdistill.distill.adamw import AdamWInOnePass


@keras.saving.register_keras_serializable("tfdistill")
class WarmupThenDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Linear ramp to the peak, then linear decay to 0 or a constant.

    Args:
        peak: float. Learning rate at the end of the warm-up.
        steps: int. Steps of the whole run.
        warmup_steps: int.
        decay: "linear" or "constant".
    """

    def __init__(self, peak: float, steps: int, warmup_steps: int, decay="linear"):
        self.peak, self.steps = peak, steps
        self.warmup_steps, self.decay = warmup_steps, decay

    def __call__(self, step):
        step = ops.cast(step, "float32")
        rate = ops.minimum(1.0, (step + 1.0) / max(self.warmup_steps, 1))
        if self.decay == "linear":
            left = (self.steps - step) / max(self.steps - self.warmup_steps, 1)
            rate = ops.minimum(rate, ops.maximum(left, 0.0))
        return self.peak * rate

    def get_config(self):
        return {
            "peak": self.peak,
            "steps": self.steps,
            "warmup_steps": self.warmup_steps,
            "decay": self.decay,
        }


class AdamWOfReplicas(AdamWInOnePass):
    """AdamW that sums the gradients of all replicas before it looks at them.

    Keras on TensorFlow clips each replica's gradient on its own and sums them later, so
    two replicas take another step than one device with the whole batch.
    """

    def apply(self, grads, trainable_variables=None):
        """Sum over replicas, then go on as AdamW does.

        Args:
            grads: list of tensors or None, of this replica.
            trainable_variables: list of variables, or None for those it was built with.
        """
        import tensorflow as tf

        context = tf.distribute.get_replica_context()
        if context is not None:
            given = [grad for grad in grads if grad is not None]
            summed = iter(context.all_reduce(tf.distribute.ReduceOp.SUM, given))
            grads = [None if grad is None else next(summed) for grad in grads]
        super().apply(grads, trainable_variables)

    def _all_reduce_sum_gradients(self, grads_and_vars):
        """Leave them: they are summed already."""
        return grads_and_vars


def make_optimizer(
    stage, steps: int, has_replicas: bool = False, kind=None, **arguments
) -> keras.optimizers.Optimizer:
    """Return AdamW for a stage; no decay on biases and norms.

    Args:
        stage: Stage, or a Pretraining.
        steps: int. Of the whole stage.
        has_replicas: bool. Whether a `tf.distribute.Strategy` trains with it.
        kind: class of AdamW, or None for the usual one.
        **arguments: of that class, besides those of AdamW.
    """
    schedule = WarmupThenDecay(
        stage.learning_rate,
        steps,
        round(stage.warmup_fraction * steps),
        stage.decay,
    )
    kind = kind or (AdamWOfReplicas if has_replicas else AdamWInOnePass)
    optimizer = kind(
        schedule, weight_decay=stage.weight_decay, global_clipnorm=1.0, **arguments
    )
    # Matched with a variable's own name: a norm's are called gamma and beta.
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer
