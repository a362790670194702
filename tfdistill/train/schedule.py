"""The optimizer of every stage: AdamW with warm-up, as BERT and TinyBERT use it."""

import keras
from keras import ops


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


def make_optimizer(stage, steps: int) -> keras.optimizers.Optimizer:
    """Return AdamW for a `Stage` of `steps` steps; no decay on biases and norms."""
    schedule = WarmupThenDecay(
        stage.learning_rate,
        steps,
        round(stage.warmup_fraction * steps),
        stage.decay,
    )
    optimizer = keras.optimizers.AdamW(
        schedule, weight_decay=stage.weight_decay, global_clipnorm=1.0
    )
    # Matched with a variable's own name: a norm's are called gamma and beta.
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer
