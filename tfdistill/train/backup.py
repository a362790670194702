"""A stage on disk while it trains, so that little is lost and nothing changes.

Keras's own `BackupAndRestore` writes weights and epoch number in place, as two files: a
kill in between leaves a backup that cannot be read, or that belongs to another epoch.
"""

import contextlib
import pathlib
import shutil
import signal
import threading
import time

import keras

from tfdistill.train.callbacks import seeds_of
from tfdistill.train.weights import load_weights, read_note, save_weights

MINUTES = 5.0


class Backup(keras.callbacks.Callback):
    """Keeps a stage as it stands: after every epoch, and every few minutes between.

    One file, whose name tells the place, appears whole; then the one before it goes. It
    holds the optimizer; within an epoch also the state of dropout and of the metrics,
    so that the epoch ends as if nobody had disturbed it. It has to be the last callback
    in the list: what it holds is then in the logs as well.

    Args:
        folder: path. Of this stage alone.
        metrics: sequence of Keras metrics that the model is compiled with, as objects.
        minutes: float or None. Between two backups within an epoch; None is 5.
        is_written: bool. False reads what the chief of several workers writes.
        is_shared: bool. Several workers train: backups are taken between epochs alone,
            as within one the metrics could only be read by all of them together.

    Attributes:
        seconds: float. Spent on the stage so far, by all processes together.
        stop: callable or None. Called after the next step, once its backup is written.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        metrics=(),
        minutes: float | None = None,
        is_written: bool = True,
        is_shared: bool = False,
    ):
        super().__init__()
        self.is_shared = is_shared
        self.is_written = is_written
        self.folder = folder
        self.metrics = metrics
        self.stop = None
        self._between = 60 * (MINUTES if minutes is None else minutes)
        self._epoch = self._step = 0
        self._begun = self._newest()
        self._before = float(read_note(self._begun) or 0) if self._begun else 0.0
        self._started = self._saved = time.monotonic()

    @property
    def position(self) -> tuple[int, int]:
        """Whole epochs behind the newest backup, and steps of the one after."""
        return _place_of(self._newest())

    @property
    def seconds(self) -> float:
        return self._before + time.monotonic() - self._started

    def restore(self, model: keras.Model):
        """Load the backup that was there in the beginning into a compiled model.

        One from within an epoch is loaded when that epoch begins, as Keras has made all
        metrics by then.

        Raises:
            ValueError: the file is damaged.
        """
        if self._begun is None or _place_of(self._begun)[1]:
            return
        model.optimizer.build(model.trainable_variables)
        load_weights(_state_of(model), self._begun)

    def on_epoch_begin(self, epoch, logs=None):
        """Go on within the epoch, if the newest backup was taken there."""
        epochs, steps = _place_of(self._begun)
        self._epoch, self._step = epoch, 0
        if steps and epochs == epoch:
            load_weights(self._state_within(), self._begun)
            self._step = steps

    def on_train_batch_end(self, batch, logs=None):
        """Write a backup if it is time, or if the process was told to end."""
        self._step += 1
        if batch + 1 == self.params.get("steps"):
            return  # the epoch's own comes next
        if self.is_shared:
            return
        is_time = time.monotonic() - self._saved >= self._between
        if is_time or self.stop is not None:
            name = f"epoch_{self._epoch:05d}_step_{self._step:08d}"
            self._save(name, self._state_within())

    def on_epoch_end(self, epoch, logs=None):
        """Write the backup of the epoch that ends."""
        self._save(f"epoch_{epoch + 1:05d}", _state_of(self.model))

    def remove(self):
        """Remove the folder: the stage is finished and its weights are written."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.folder.parent.rmdir()  # if no other stage has its backup there

    def _save(self, name, state):
        if self.is_written:
            self._write(name, state)
        self._saved = time.monotonic()
        if self.stop is not None:
            self.stop()

    def _write(self, name, state):
        old = self._files()
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.safetensors"
        save_weights(state, path, f"{self.seconds:.1f}")
        for each in old:
            if each != path:
                each.unlink()

    def _state_within(self):
        """Keras builds compiled metrics in the first step; the objects are there."""
        means = [m for m in self.model.metrics if isinstance(m, keras.metrics.Mean)]
        counts = [v for metric in (*means, *self.metrics) for v in metric.variables]
        return [*_state_of(self.model), *seeds_of(self.model.student), *counts]

    def _newest(self):
        return max(self._files(), default=None)

    def _files(self):
        return sorted(self.folder.glob("epoch_*.safetensors"))


def _place_of(path):
    """Whole epochs and steps that a backup's name tells."""
    if path is None:
        return 0, 0
    _, epochs, *steps = path.stem.split("_")
    return int(epochs), int(steps[1]) if steps else 0


@contextlib.contextmanager
def ends_between_steps(backup: Backup):
    """Let SIGTERM and Ctrl-C wait for the end of a step and for its backup.

    A second signal does not wait. Without effect outside the main thread, to which
    signals belong.

    Args:
        backup: Backup that is among the callbacks of the `fit` inside.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {}

    def end(number):
        signal.signal(number, before[number])
        signal.raise_signal(number)

    def ask(number, frame):
        if backup.stop is not None:
            end(number)
        backup.stop = lambda: end(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def fit_from(distiller, epochs, steps, backup, batches_after, **arguments):
    """Call `fit` from the newest backup on; a begun epoch's rest is one of its own.

    Args:
        distiller: keras.Model, compiled.
        epochs: int. Of the whole stage.
        steps: int. Of an epoch.
        backup: Backup.
        batches_after: callable (step) -> data set of the batches after that step.
        **arguments: of `fit`.
    """
    begun, done = backup.position
    parts = [(begun, done, epochs)]
    if done:
        parts = [(begun, done, begun + 1), (begun + 1, 0, epochs)]
    for begin, first, end in parts:
        if begin < end:
            with ends_between_steps(backup):
                distiller.fit(
                    batches_after(begin * steps + first),
                    steps_per_epoch=steps - first,
                    initial_epoch=begin,
                    epochs=end,
                    **arguments,
                )


def _state_of(model):
    # On JAX, variables lag behind within an epoch until they are asked to catch up.
    getattr(model, "jax_state_sync", lambda: None)()
    return [*model.weights, *model.optimizer.variables]
