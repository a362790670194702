"""What `fit` does beside training, so that a killed stage goes on exactly.

Keras's own `BackupAndRestore` writes weights and epoch number in place, as two files: a
kill in between leaves a backup that cannot be read, or that belongs to another epoch.
"""

import contextlib
import pathlib
import shutil

import keras
import numpy as np

from tfdistill.train.weights import load_weights, save_weights


class EpochBackup(keras.callbacks.Callback):
    """Keeps the model, its optimizer included, as it stood after the last whole epoch.

    One file, whose name tells the epoch, appears whole; then the one before it goes.

    Args:
        folder: path. Of this stage alone.
    """

    def __init__(self, folder: pathlib.Path):
        super().__init__()
        self.folder = folder

    @property
    def epochs(self) -> int:
        """Epochs that the newest backup has behind it; 0 without a backup."""
        newest = max(self._files(), default=None)
        return int(newest.stem.split("_")[1]) if newest else 0

    def restore(self, model: keras.Model):
        """Load the newest backup, if there is one, into a compiled model.

        Raises:
            ValueError: the file is damaged.
        """
        newest = max(self._files(), default=None)
        if newest is None:
            return
        model.optimizer.build(model.trainable_variables)
        load_weights(_state(model), newest)

    def on_epoch_end(self, epoch, logs=None):
        """Write the backup of the epoch that ends, and remove older ones."""
        old = self._files()
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"epoch_{epoch + 1:05d}.safetensors"
        save_weights(_state(self.model), path)
        for each in old:
            if each != path:
                each.unlink()

    def remove(self):
        """Remove the folder: the stage is finished and its weights are written."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.folder.parent.rmdir()  # if no other stage has its backup there

    def _files(self):
        return sorted(self.folder.glob("epoch_*.safetensors"))


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
        student = self.model.student
        weights = {id(weight) for weight in student.weights}
        random = np.random.default_rng((self.seed, epoch))
        for variable in student.variables:
            if id(variable) not in weights:  # what is left are the seeds
                variable.assign([random.integers(2**31), 0])


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


def _state(model):
    return [*model.weights, *model.optimizer.variables]
