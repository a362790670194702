"""Encoders saved by this package: read a `.keras` file, put a body under a new head."""

import importlib
import json
import pathlib
import zipfile
import zlib

import keras
import numpy as np

from tfdistill.bert.encoder import BertEncoder

# Encoders of rooms below this one, which Keras knows once their module is imported.
_OTHERS = {
    "tfdistill>QuantizedEncoder": "tfdistill.quantize.encoder",
    "tfdistill>RoundedEncoder": "tfdistill.quantize.rounded",
    "tfdistill>ClusteredEncoder": "tfdistill.quantize.clustering",
}


def load_student(path) -> BertEncoder:
    """Load a `.keras` file that holds a BertEncoder, head included.

    A student under fake quantization comes back as such.

    Keras's safe mode is on: no code from the file runs.

    Args:
        path: path of a file written by `BertEncoder.save`.

    Returns:
        BertEncoder.

    Raises:
        ValueError: the file is missing, damaged or holds something else.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise ValueError(f"{path} does not exist; expected a .keras file.")
    kind = _registered_name(path)
    if not _is_encoder(kind):
        raise ValueError(f"{path} holds a {kind}; expected a BertEncoder.")
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises many kinds for a damaged file.
        raise ValueError(f"{path} cannot be loaded: {_reason(error)}") from error


def with_head(model: BertEncoder, head, **overrides) -> BertEncoder:
    """Return a new encoder with a copy of `model`'s body under another head.

    Args:
        model: BertEncoder. Stays as it is.
        head: a head of `tfdistill.bert.heads`, or None. It is new: nothing is copied
            into it, and a pooler that it reads is new if `model` has none.
        **overrides: fields of BertConfig to replace, e.g. `dropout=0.0`.

    Returns:
        BertEncoder, of the same dtype policy.

    Raises:
        ValueError: an override changes the number or the shape of the weights.
    """
    if head is not None:
        overrides = {"has_pooler": head.needs_pooler, **overrides}
    config = model.config.replace(**overrides)
    copy = BertEncoder(config, head, dtype=model.dtype_policy)
    old, new = _body(model), _body(copy)
    if model.pooler is not None and copy.pooler is not None:
        old, new = old + model.pooler.weights, new + copy.pooler.weights
    if [weight.shape for weight in old] != [weight.shape for weight in new]:
        raise ValueError(
            f"Only settings that keep every weight's shape can be replaced; got "
            f"{overrides} for {model.config}."
        )
    for source, target in zip(old, new, strict=True):
        target.assign(source)
    return copy


def in_dtype(model: BertEncoder, dtype: str) -> BertEncoder:
    """Return the encoder itself, or a copy that computes and is held in another dtype.

    For a teacher that only answers: half the memory, and nothing to convert in each
    step. Its head stays as it is, so that what it answers is not rounded.

    Args:
        model: BertEncoder. Stays as it is.
        dtype: str. "float32" or "bfloat16".

    Returns:
        BertEncoder.

    Raises:
        ValueError: the model is one that rounds its weights itself.
    """
    if model.dtype_policy.name == dtype:
        return model
    if type(model) is not BertEncoder:
        raise ValueError(
            f"A {type(model).__name__} rounds its weights itself; only a BertEncoder "
            f"can be had in {dtype}."
        )
    policy = keras.DTypePolicy(dtype)
    config = {
        **model.get_config(),
        "dtype": keras.saving.serialize_keras_object(policy),
    }
    copy = BertEncoder.from_config(config)
    for source, target in zip(model.weights, copy.weights, strict=True):
        target.assign(source)
    return copy


def copy_body(source: BertEncoder, target: BertEncoder):
    """Copy embeddings and blocks between models that differ in their heads.

    Args:
        source: BertEncoder. Pieces and positions beyond the target's are left out.
        target: BertEncoder, changed in place. Its pooler and head stay.
    """
    for value, variable in zip(_body(source), _body(target), strict=True):
        variable.assign(np.asarray(value)[: variable.shape[0]])


def _reason(error):
    """Pick the line of Keras's message that says what happened."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    told = [line for line in lines if line.startswith("Exception encountered: ")]
    return told[0].removeprefix("Exception encountered: ") if told else lines[0]


def _is_encoder(registered_name):
    if registered_name in _OTHERS:
        importlib.import_module(_OTHERS[registered_name])
    cls = keras.saving.get_registered_object(registered_name)
    return isinstance(cls, type) and issubclass(cls, BertEncoder)


def _body(model):
    layers = [model.embeddings, *model.blocks]
    return [weight for layer in layers for weight in layer.weights]


def _registered_name(path):
    """Read which class a `.keras` file holds, before anything is built from it."""
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
        kind = config["registered_name"] or config["class_name"]
        if not isinstance(kind, str):
            raise TypeError(f"its class is {kind!r}")
        return kind
    except (
        zipfile.BadZipFile,
        zlib.error,
        RuntimeError,  # encrypted, or of an unknown compression; RecursionError as well
        KeyError,
        TypeError,
        ValueError,
        OSError,
    ) as error:
        raise ValueError(f"{path} is not a .keras file, or damaged: {error}") from error
