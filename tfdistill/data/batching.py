"""Rows to batches: order, padding and `tf.data`.

The order of an epoch is one array of row numbers, made by NumPy; nothing else grows
with the data set. Rows of similar length meet in a batch, and a batch is padded to one
of a few lengths, so that a compiled step is traced once per length.
"""

import itertools
from collections.abc import Iterator

import numpy as np

from tfdistill.data.encode import NOT_SCORED, Encoded
from tfdistill.data.share import Share
from tfdistill.data.stream import stream

# Lengths that batches are padded to; longer batches to the next multiple of 64.
LENGTH_BUCKETS = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)


def make_dataset(
    encoded: Encoded,
    batch_size: int,
    seed: int | None = None,
    shuffle: bool = False,
    length_buckets: tuple[int, ...] = LENGTH_BUCKETS,
    start_epoch: int = 0,
    start_step: int = 0,
    repeat: bool = False,
    sequence_length: int | None = None,
    teacher_cache=None,
    share: Share | None = None,
):
    """Makes the `tf.data.Dataset` that `fit`, `evaluate` and `predict` read.

    Without `shuffle` the rows keep their order, so that outputs line up with them.
    With it, the order is a function of (seed, epoch) alone, and a run that was stopped
    goes on with `start_epoch` and `start_step` as if it had not been. Every row comes
    once per epoch; one batch of the epoch is smaller if the numbers ask for it.

    Args:
        encoded: the rows.
        batch_size: int.
        seed: int, needed by `shuffle`.
        shuffle: bool. True also brings rows of similar length together.
        length_buckets: ascending ints, the lengths that batches are padded to.
        start_epoch: int, the epoch to begin with.
        start_step: int, how many batches of that epoch to leave out.
        repeat: bool. True goes on for ever, epoch after epoch: give `fit` its
            `steps_per_epoch`. False is one epoch, the same at each iteration.
        sequence_length: int, pads every batch to this length instead.
        teacher_cache: a `TeacherCache` of the same rows; its outputs come along as
            x["teacher"], and `Distiller` then leaves its teacher alone.
        share: Share or None. Part of each batch to make; it needs labels, and y is then
            followed by sample weights, float32 (batch,).

    Returns:
        A dataset of (x, y), or of x alone where `encoded.labels` is None. x: dict of
        int32 (batch, sequence) token_ids, segment_ids, padding_mask (1 = real token).
        y: the labels, int32 or float32 (batch,); if the task has slots, a dict of
        them as "logits" and of "slot_logits", int32 (batch, sequence), -1 = not scored.

    Raises:
        ValueError: shuffle without a seed, a length shorter than the longest row, a
            start_step beyond the epoch, sizes below 1.
    """
    import tensorflow as tf

    steps = steps_per_epoch(encoded, batch_size)
    _check(encoded, seed, shuffle, length_buckets, sequence_length)
    if share is not None and encoded.labels is None:
        raise ValueError("share needs rows with labels: sample weights follow them.")
    lengths = encoded.lengths
    if not 0 <= start_step <= steps:
        raise ValueError(f"start_step={start_step} is not within 0 and {steps} steps.")

    def make(rows, length):
        batch = make_batch(encoded, rows, length)
        if teacher_cache is not None:
            x = batch[0] if isinstance(batch, tuple) else batch
            x["teacher"] = teacher_cache.read(rows, length)
        return batch

    def batches():
        epochs = itertools.count(start_epoch) if repeat else (start_epoch,)
        skip = start_step
        for epoch in epochs:
            order = (seed, epoch) if shuffle else None
            rows_of_batches = epoch_batches(encoded, batch_size, order, length_buckets)
            for rows in itertools.islice(rows_of_batches, skip, None):
                length = sequence_length or _bucket(lengths[rows].max(), length_buckets)
                if share is None:
                    yield make(rows, length)
                    continue
                for part, weights in share.parts(rows):
                    yield (*make(part, length), weights)
            skip = 0

    signature = _signature(encoded, sequence_length, teacher_cache)
    if share is not None:
        signature = (*signature, tf.TensorSpec((None,), tf.float32))
    pieces = 1 if share is None else share.pieces
    cardinality = (steps - start_step) * pieces
    cardinality = tf.data.INFINITE_CARDINALITY if repeat else cardinality
    return stream(batches, signature, cardinality)


def steps_per_epoch(encoded: Encoded, batch_size: int) -> int:
    """Batches in an epoch: the same in every epoch, whatever the lengths."""
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}.")
    return -(-len(encoded) // batch_size)


def epoch_batches(
    encoded: Encoded,
    batch_size: int,
    seed: tuple[int, int] | None,
    length_buckets: tuple[int, ...] = LENGTH_BUCKETS,
) -> Iterator[np.ndarray]:
    """Yields the row numbers of each batch of an epoch, int64 (batch,).

    The rows are shuffled, sorted by bucket (which keeps the shuffled order within a
    bucket), cut into batches, and the batches are shuffled. The odd batch out is cut
    at a random place, or it would always hold the longest rows.

    Args:
        seed: (seed, epoch) for a training epoch; None keeps the rows' order.
    """
    steps = steps_per_epoch(encoded, batch_size)
    rows, order = np.arange(len(encoded)), np.arange(steps)
    sizes = np.full(steps, batch_size)
    odd = -1
    if seed is not None:
        random = np.random.default_rng(seed)
        random.shuffle(rows)
        buckets = np.searchsorted(length_buckets, encoded.lengths[rows])
        rows = rows[np.argsort(buckets, kind="stable")]
        random.shuffle(order)
        odd = random.integers(steps)
    sizes[odd] -= steps * batch_size - len(encoded)
    ends = np.cumsum(sizes)
    for index in order:
        yield rows[ends[index] - sizes[index] : ends[index]]


def make_batch(encoded: Encoded, rows: np.ndarray, sequence_length: int):
    """Cuts rows out of the flat arrays and pads them.

    Args:
        rows: int (batch,).
        sequence_length: int, at least the longest row.

    Returns:
        (x, y) or x, as NumPy arrays; see `make_dataset`.
    """
    positions = np.arange(sequence_length)
    starts = encoded.row_starts[rows, None]
    mask = positions < encoded.row_starts[rows + 1, None] - starts
    index = np.where(mask, starts + positions, 0)
    x = {
        "token_ids": np.where(mask, encoded.token_ids[index], encoded.pad_id),
        "segment_ids": mask & (positions >= encoded.pair_starts[rows, None]),
        "padding_mask": mask,
    }
    x = {name: array.astype(np.int32) for name, array in x.items()}
    if encoded.labels is None:
        return x
    labels = encoded.labels[rows]
    # Keras's class_weight reads one plain array, so only joint tasks get a dictionary.
    if encoded.slot_labels is None:
        return x, labels
    slots = np.where(mask, encoded.slot_labels[index], NOT_SCORED)
    return x, {"logits": labels, "slot_logits": slots.astype(np.int32)}


def _signature(encoded: Encoded, sequence_length: int | None, teacher_cache):
    import tensorflow as tf

    rows = tf.TensorSpec((None, sequence_length), tf.int32)
    x = {name: rows for name in ("token_ids", "segment_ids", "padding_mask")}
    if teacher_cache is not None:
        x["teacher"] = {
            name: tf.TensorSpec((None, *field.shape(sequence_length)), field.dtype)
            for name, field in teacher_cache.fields.items()
        }
    if encoded.labels is None:
        return x
    labels = tf.TensorSpec((None,), encoded.labels.dtype)
    if encoded.slot_labels is None:
        return x, labels
    return x, {"logits": labels, "slot_logits": rows}


def buckets_within(limit: int) -> tuple[int, ...]:
    """Return the lengths of `LENGTH_BUCKETS` that a model can read.

    Args:
        limit: int. Positions that the model has; the last length, if it is none of
            them.
    """
    if limit >= LENGTH_BUCKETS[-1]:
        return LENGTH_BUCKETS
    return (*(length for length in LENGTH_BUCKETS if length < limit), limit)


def _bucket(length, length_buckets: tuple[int, ...]) -> int:
    for bucket in length_buckets:
        if length <= bucket:
            return bucket
    return int(-(-length // 64) * 64)


def _check(encoded, seed, shuffle, length_buckets, sequence_length) -> None:
    if len(encoded) == 0:
        raise ValueError("The dataset is empty: at least one row is needed.")
    if shuffle and seed is None:
        raise ValueError("shuffle=True needs a seed: the order must be repeatable.")
    if list(length_buckets) != sorted(set(length_buckets)):
        raise ValueError(f"length_buckets must ascend, got {list(length_buckets)}.")
    longest = int(encoded.lengths.max())
    if sequence_length is not None and sequence_length < longest:
        raise ValueError(
            f"sequence_length={sequence_length} is shorter than the longest row "
            f"({longest} tokens): encode with max_length={sequence_length}."
        )
