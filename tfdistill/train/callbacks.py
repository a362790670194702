"""What `fit` does beside training: dropout by seed and epoch, and a stop at NaN."""

import keras
import numpy as np


class Reseed(keras.callbacks.Callback):
    """Makes dropout a function of (seed, epoch), as the order of the data is.

    Keras saves no seeds, so a model that is loaded again would draw other masks.

    Args:
        seed: int.
    """

    def __init__(self, seed: int):
        super().__init__()
        self.seed = seed

    def on_epoch_begin(self, epoch, logs=None):
        """Set the state of every random generator of the student."""
        random = np.random.default_rng((self.seed, epoch))
        for variable in seeds_of(self.model.student):
            variable.assign([random.integers(2**31), 0])


def seeds_of(model: keras.Model) -> list:
    """Return the variables, uint32 (2,), that a model's dropout draws from."""
    weights = {id(weight) for weight in model.weights}
    return [variable for variable in model.variables if id(variable) not in weights]


class StopAtNaN(keras.callbacks.Callback):
    """Stops a diverged run at once, before its weights are backed up.

    Args:
        stage: Stage.
    """

    def __init__(self, stage):
        super().__init__()
        self.stage = stage
        self.epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        """Remember the epoch, for the message."""
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Look at every value of the progress bar.

        Raises:
            ValueError: one is not finite; names stage, epoch, step and objectives.
        """
        values = logs or {}
        wrong = [name for name in sorted(values) if not np.isfinite(values[name])]
        if wrong:
            raise ValueError(
                f"Stage {self.stage.name!r} diverged in epoch {self.epoch + 1}, step "
                f"{batch + 1}: {', '.join(wrong)} not finite. Begin again in another "
                f"work folder, below learning_rate={self.stage.learning_rate:g}."
            )
