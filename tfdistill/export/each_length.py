"""A file's answers to real examples, each at the length that a caller would take."""

import numpy as np

from tfdistill.data import Encoded
from tfdistill.data.batching import make_batch
from tfdistill.data.flat import starts_of
from tfdistill.export.runtime import INPUT_NAMES, TfliteModel

NUM_EXAMPLES = 8  # for a length that no example takes


def file_outputs(model: TfliteModel, encoded: Encoded) -> dict[str, list]:
    """Run a file on every row, alone and at the least of its lengths that fits.

    Args:
        model: TfliteModel.
        encoded: Encoded, none longer than the file takes.

    Returns:
        dict of output name to n float32 arrays, as `keras_outputs`. Probabilities come
        as "logits", their logarithms.

    Raises:
        ValueError: a row is longer than the file takes.
    """
    return _collect(encoded, lambda row, length: model(_inputs(encoded, row, length)))


def other_lengths(model: TfliteModel, encoded: Encoded):
    """Yield (length, Encoded, outputs) for every length that no row is run at.

    Some rows are cut to that length, or padded to it.

    Args:
        model: TfliteModel.
        encoded: Encoded.
    """
    lengths = model.sequence_lengths
    taken = {next(n for n in lengths if n >= each) for each in encoded.lengths}
    count = min(NUM_EXAMPLES, len(encoded))
    rows = np.linspace(0, len(encoded) - 1, count).astype(int)
    for length in lengths:
        if length not in taken:
            cut = _cut(encoded, rows, length)
            yield length, cut, _collect(cut, _at(model, cut, length))


def _at(model, encoded, length):
    return lambda row, _: model.run(_inputs(encoded, row, length))


def _collect(encoded, run):
    found = {}
    for row, length in enumerate(map(int, encoded.lengths)):
        for name, (value,) in run(row, length).items():
            value = value[:length] if value.ndim > 1 else value
            found.setdefault(name, []).append(np.asarray(value))
    if "probabilities" not in found:
        return found
    least = np.finfo(np.float32).tiny
    return {"logits": [np.log(each + least) for each in found["probabilities"]]}


def _inputs(encoded, row, length):
    batch = make_batch(encoded, np.array([row]), length)
    inputs = batch if isinstance(batch, dict) else batch[0]
    return {name: np.asarray(inputs[name], np.int32) for name in INPUT_NAMES}


def _cut(encoded: Encoded, rows, length: int) -> Encoded:
    """Rows without labels, of `length` tokens at most."""
    taken = [encoded.take([row]) for row in rows]
    ids = [each.token_ids[:length] for each in taken]
    ends = [min(int(each.pair_starts[0]), length) for each in taken]
    return Encoded(
        np.concatenate(ids),
        starts_of(np.array([len(each) for each in ids])),
        np.array(ends, np.int32),
        pad_id=encoded.pad_id,
    )
