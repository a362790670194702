"""One run on several devices or machines: who computes, who writes, who waits.

Every worker runs the same program on the same recipe. Each reads its share of every
batch; gradients are summed before each step, so that all have the same weights at all
times; the chief alone writes.
"""

import contextlib
import dataclasses
import os
import re
from typing import Any

import keras

from tfdistill.data.share import Share
from tfdistill.text.json_text import parse_json

CHOICES = ("none", "mirrored", "multi_worker", "data_parallel")


@dataclasses.dataclass(frozen=True)
class Workers:
    """Those who train together.

    Attributes:
        strategy: `tf.distribute.Strategy` or None.
        index: int. Which worker this process is; 0 is the chief.
        addresses: tuple of str. Of all workers; empty where there is one alone.
        share: Share or None. What this process reads of each batch; None is all of it.
    """

    strategy: Any = None
    index: int = 0
    addresses: tuple = ()
    share: Share | None = None

    @property
    def count(self) -> int:
        """Processes that train together."""
        return max(len(self.addresses), 1)

    @property
    def is_chief(self) -> bool:
        """Whether this process writes."""
        return self.index == 0

    def scope(self):
        """Return the context in which models and optimizers are made."""
        return (
            contextlib.nullcontext() if self.strategy is None else self.strategy.scope()
        )

    def distribute(self, make):
        """Return the data set of `make(share=...)`, as `fit` reads it on these devices.

        Args:
            make: callable with the keyword `share`, Share or None.
        """
        if self.strategy is None:
            return make(share=self.share)
        return self.strategy.distribute_datasets_from_function(
            lambda context: make(share=self.share)
        )

    def wait(self):
        """Come back when all workers have come here."""
        if self.count > 1:
            import tensorflow as tf

            one = tf.constant(1.0)
            self.strategy.reduce("SUM", self.strategy.run(lambda: one), axis=None)


ALONE = Workers()


@contextlib.contextmanager
def open_workers(distribution: str):
    """Join the workers of a run.

    Args:
        distribution: str. "none"; "mirrored": all GPUs of this machine; "multi_worker":
            the cluster that the environment variable TF_CONFIG describes, to be asked
            for before TensorFlow has done anything else; "data_parallel": all devices
            that JAX sees.

    Yields:
        Workers.

    Raises:
        ValueError: another backend is needed, TF_CONFIG is missing or wrong, or, while
            it is open, a worker was lost.
    """
    if distribution not in CHOICES:
        raise ValueError(
            f"distribution must be one of {', '.join(CHOICES)}; got {distribution!r}."
        )
    if distribution == "none":
        yield ALONE
        return
    backend = "jax" if distribution == "data_parallel" else "tensorflow"
    if keras.backend.backend() != backend:
        raise ValueError(
            f"distribution={distribution!r} needs Keras on {backend}, and it is on "
            f"{keras.backend.backend()}: set the environment variable "
            f"KERAS_BACKEND={backend}, or choose another distribution."
        )
    if distribution == "data_parallel":
        with _data_parallel() as workers:
            yield workers
    elif distribution == "mirrored":
        yield _mirrored()
    else:
        workers = _multi_worker()
        with _told_if_lost(workers):
            yield workers


@contextlib.contextmanager
def _data_parallel():
    parallel = keras.distribution.DataParallel()
    devices = len(keras.distribution.list_devices())
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(parallel)
    try:
        yield Workers(share=Share(0, devices, devices, is_joined=True))
    finally:
        keras.distribution.set_distribution(before)


def _mirrored():
    import tensorflow as tf

    strategy = tf.distribute.MirroredStrategy()
    devices = strategy.num_replicas_in_sync
    return Workers(strategy, share=Share(0, devices, devices))


def _multi_worker():
    index, addresses = read_cluster(os.environ.get("TF_CONFIG"))
    import tensorflow as tf

    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    total = strategy.num_replicas_in_sync
    own = total // len(addresses)
    return Workers(strategy, index, addresses, Share(index * own, own, total))


def read_cluster(text: str | None) -> tuple[int, tuple]:
    """Return (this worker's number, the addresses of all), as TF_CONFIG tells them.

    Args:
        text: str or None. The value of the environment variable.

    Raises:
        ValueError: what is wrong with it, and how it should look.
    """
    try:
        config = parse_json(text or "")
        cluster, task = config["cluster"], config["task"]
        addresses = (*cluster.get("chief", ()), *cluster.get("worker", ()))
        index = int(task["index"])
        if task["type"] == "worker":
            index += len(cluster.get("chief", ()))
        elif task["type"] != "chief":
            raise ValueError(f"a task of type {task['type']!r}")
        if not 0 <= index < len(addresses):
            raise ValueError(f"task {index} of {len(addresses)}")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            'distribution="multi_worker" reads the environment variable TF_CONFIG, '
            'such as {"cluster": {"worker": ["HOST:PORT", "HOST:PORT"]}, "task": '
            f'{{"type": "worker", "index": 0}}}}; got {text!r} ({error}).'
        ) from None
    return index, tuple(map(str, addresses))


@contextlib.contextmanager
def _told_if_lost(workers):
    import tensorflow as tf

    errors = tf.errors
    try:
        yield
    except (
        errors.UnavailableError,
        errors.AbortedError,
        errors.InternalError,
        errors.CancelledError,
        errors.DeadlineExceededError,
    ) as error:
        if workers.count == 1:
            raise
        tasks = {int(n) for n in re.findall(r"task:(\d+)", str(error))}
        lost = sorted(tasks - {workers.index}) or set(range(workers.count)) - {
            workers.index
        }
        names = ", ".join(f"{i} ({workers.addresses[i]})" for i in lost)
        raise ValueError(
            f"Worker {names} does not answer any more, so the run stopped. Start all "
            "workers again with the same command: they go on from the last backup."
        ) from error
