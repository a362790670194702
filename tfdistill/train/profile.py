"""Where the time of a training step goes: a trace, and its largest costs."""

import collections
import pathlib

import keras
from absl import logging


class ProfileSteps(keras.callbacks.Callback):
    """Traces a few steps of the first epoch and logs what they spent their time on.

    Args:
        folder: path. TensorBoard reads the trace there (its plugin "profile").
        first: int. Steps to let pass, as the first ones trace and compile.
        count: int. Steps that are traced.

    Attributes:
        costs: list of (operation, milliseconds for each step), largest first; empty
            until the steps have passed.
    """

    def __init__(self, folder, first: int = 20, count: int = 10):
        super().__init__()
        self.folder, self.first, self.count = pathlib.Path(folder), first, count
        self.costs: list[tuple[str, float]] = []
        self._traced = None  # None before, then the steps that have passed

    def on_train_batch_begin(self, batch, logs=None):
        """Begin the trace."""
        if batch >= self.first and self._traced is None:
            import tensorflow as tf

            tf.profiler.experimental.start(str(self.folder))
            self._traced = 0
        self._begun = batch

    def on_train_batch_end(self, batch, logs=None):
        """Count the steps of one call, and end the trace after the last one."""
        if self._traced is not None and not self.costs:
            self._traced += batch - self._begun + 1
            if self._traced >= self.count:
                self._stop()

    def on_epoch_end(self, epoch, logs=None):
        """End the trace of an epoch that was too short for it."""
        if self._traced and not self.costs:
            self._stop()

    def _stop(self):
        import tensorflow as tf

        tf.profiler.experimental.stop()
        self.costs = read_costs(self.folder, self._traced)
        total = sum(cost for _, cost in self.costs)
        shown = ", ".join(f"{name} {cost:.3g}" for name, cost in self.costs[:8])
        logging.info(
            "Of %.3g ms of operations in a step, all threads together: %s. The trace "
            "is in %s.",
            total,
            shown,
            self.folder,
        )


def read_costs(folder, steps: int) -> list[tuple[str, float]]:
    """Return (operation, milliseconds for each step) of a trace, largest first.

    Args:
        folder: path. The newest trace below it is read.
        steps: int. Steps that it spans.

    Raises:
        ValueError: there is no trace.
    """
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    traces = sorted(pathlib.Path(folder).rglob("*.xplane.pb"))
    if not traces:
        raise ValueError(f"There is no trace in {folder}.")
    space = xplane_pb2.XSpace()
    space.ParseFromString(traces[-1].read_bytes())
    picoseconds = collections.Counter()
    for plane in space.planes:
        for line in plane.lines:
            for event in line.events:
                # An operation is named "where/it/stands:MatMul".
                name = plane.event_metadata[event.metadata_id].name
                where, _, operation = name.rpartition(":")
                if where and operation.isidentifier():
                    picoseconds[operation] += event.duration_ps
    return [(name, value / 1e9 / steps) for name, value in picoseconds.most_common()]
