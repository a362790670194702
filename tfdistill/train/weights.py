"""Weights of models and optimizers, as safetensors files in the order of the variables.

Keras's own `save_weights` writes HDF5, whose library ends the whole process when the
disk is full.
"""

import contextlib
import pathlib

from keras import ops

from tfdistill.text import vocabulary_hash
from tfdistill.train.files import written_whole

_NOTE = "tfdistill"


def save_weights(variables, path: pathlib.Path, note: str | None = None):
    """Write variables, whole or not at all.

    Args:
        variables: list of Keras variables, such as `model.weights`.
        path: path of the file.
        note: str or None. Kept beside them, for `read_note`.

    Raises:
        ValueError: as `written_whole`.
    """
    from safetensors.numpy import save_file

    arrays = [ops.convert_to_numpy(variable) for variable in variables]
    with written_whole(path) as temporary:
        save_file(
            dict(zip(_names(variables), arrays, strict=True)),
            temporary,
            None if note is None else {_NOTE: note},
        )


def average_weights(variables, paths):
    """Set variables to the mean of what they hold and what files hold.

    Args:
        variables: list of Keras variables.
        paths: sequence of paths of files that `save_weights` has written.

    Raises:
        ValueError: as `load_weights`.
    """
    sums = [ops.convert_to_numpy(variable).astype("float64") for variable in variables]
    for path in paths:
        load_weights(variables, path)
        sums = [
            total + ops.convert_to_numpy(variable)
            for total, variable in zip(sums, variables, strict=True)
        ]
    for variable, total in zip(variables, sums, strict=True):
        variable.assign(total / (len(paths) + 1))


def check_vocabulary(log: dict, tokenizer, path: pathlib.Path):
    """Refuse the weights of a stage that belong to other word pieces.

    Args:
        log: dict. What the stage has left beside its weights.
        tokenizer: `tokenizers.Tokenizer` of the model that takes them, or None.
        path: path of the weights.

    Raises:
        ValueError: they were trained on another vocabulary.
    """
    known = log.get("vocabulary")
    if known and tokenizer is not None and known != vocabulary_hash(tokenizer):
        raise ValueError(
            f"{path} was trained on another vocabulary than this run's: remove it and "
            f"{path.with_suffix('.json').name} to train the stage here."
        )


def read_note(path: pathlib.Path) -> str | None:
    """Return the note of a file that `save_weights` has written, or None.

    Raises:
        ValueError: the file is missing or damaged.
    """
    from safetensors import safe_open

    with _told_if_damaged(path), safe_open(path, "numpy") as file:
        return (file.metadata() or {}).get(_NOTE)


def load_weights(variables, path: pathlib.Path):
    """Read what `save_weights` has written into variables of the same shapes.

    Args:
        variables: list of Keras variables, in the same order.
        path: path of the file.

    Raises:
        ValueError: the file is missing, damaged or belongs to another model; then no
            variable has changed.
    """
    from safetensors.numpy import load_file

    with _told_if_damaged(path):
        arrays = load_file(path)
    shapes = {name: array.shape for name, array in arrays.items()}
    names = _names(variables)
    if shapes != {n: tuple(v.shape) for n, v in zip(names, variables, strict=True)}:
        raise ValueError(
            f"{path} holds the weights of another model. Delete it and run again: they "
            "are trained anew."
        )
    for name, variable in zip(names, variables, strict=True):
        variable.assign(arrays[name])


@contextlib.contextmanager
def _told_if_damaged(path):
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError) as error:
        raise ValueError(
            f"{path} is missing or damaged ({error}). Delete it and run again: what it "
            "holds is trained anew."
        ) from error


def _names(variables):
    """The paths of variables count the models of a process, so numbers come first."""
    return [f"{i:05d} {variable.name}" for i, variable in enumerate(variables)]
