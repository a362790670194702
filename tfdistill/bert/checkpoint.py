"""Published weights in: one loop over the table of names, whatever the format.

A weight that is missing, left over or of another shape is an error that names it; only
weights of other heads and of optimizers are passed over.
"""

import os
import pathlib

import numpy as np

from tfdistill.bert import hub, names, sources
from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.saved import load_student, with_head

__all__ = ["load_student", "load_teacher", "with_head"]

_TOKEN_TABLE = "embeddings.word_embeddings.weight"
_LM_TABLE = "cls.predictions.decoder.weight"


def load_teacher(source, head=None, **overrides) -> BertEncoder:
    """Load a pretrained encoder and stand a head on it.

    A head is new unless the source has it: a masked-LM head must be there; a classifier
    (on the pooler or on tokens) or a regression is taken if it is there. The body has a
    pooler if the head reads it; without a head, if the source has one.

    Args:
        source: one of
            a Hugging Face folder: `config.json` and `model.safetensors`;
            a google-research/bert folder: `bert_config.json` and `bert_model.ckpt.*`;
            a `.keras` file of ours, whose own head is kept if `head` is None;
            a `keras_hub.models.BertBackbone` or the name of one of its presets.
        head: a head of `tfdistill.bert.heads`, or None.
        **overrides: fields of BertConfig to replace, e.g. `dropout=0.0`.

    Returns:
        BertEncoder.

    Raises:
        ValueError: the source cannot be read, is another architecture, or has a
            missing, extra or misshapen weight, which is named.
    """
    if _is_keras_file(source):
        return _reload(source, head, overrides)
    found = _open(source)
    has_pooler = head.needs_pooler if head is not None else _has_pooler(found)
    config = found.config.replace(**{"has_pooler": has_pooler, **overrides})
    pairs = names.body_names(found.layout, config.num_layers, config.has_pooler)
    pairs += _head_pairs(found, head)
    _check_names(found, {name for _, name in pairs})
    model = BertEncoder(config, head)
    for path, name in pairs:
        _assign(_variable(model, path), found, name, path.endswith(".kernel"))
    return model


# === Sources ===


def _is_keras_file(source):
    return isinstance(source, str | os.PathLike) and str(source).endswith(".keras")


def _reload(path, head, overrides):
    model = load_student(path)
    if head is not None:
        return with_head(model, head, **overrides)
    if not overrides:
        return model
    if model.head is None:
        return with_head(model, None, **overrides)
    raise ValueError(
        f"{path} is loaded with its own head, which fixes its config; got {overrides}. "
        "Give a new head, or leave the overrides out."
    )


def _open(source):
    """Find out what `source` is and open it."""
    if not isinstance(source, str | os.PathLike):
        return hub.open_backbone(source)
    folder = pathlib.Path(source)
    if folder.is_file():
        raise ValueError(f"{folder} is a file; expected the folder that it lies in.")
    if not folder.is_dir() or hub.is_preset_folder(folder):
        return hub.open_preset(str(source))
    # Converted folders may hold both configs; TensorFlow's weights have an index file.
    has_index = any(folder.glob("*.index")) or not (folder / "config.json").is_file()
    if (folder / "bert_config.json").is_file() and has_index:
        return sources.open_google(folder)
    return sources.open_hugging_face(folder)


# === Weights ===


def _has_pooler(found):
    _, pooler = names.body_names(found.layout, num_layers=0, has_pooler=True)[-1]
    return pooler in found.names


def _head_pairs(found, head):
    """Return the names of the head's weights in the source, if it has them."""
    kind = type(head).__name__
    pairs = names.head_names(found.layout, kind)
    is_there = bool(pairs) and pairs[0][1] in found.names
    if kind == "MaskedLM":
        if not is_there:
            raise ValueError(
                f"{found.where} has no masked-LM head; for a new one use "
                "with_head(load_teacher(...), MaskedLM())."
            )
        _check_tied(found)
    if not is_there or getattr(head, "pooling", "cls") != "cls":
        return []
    return pairs


def _check_tied(found):
    if _LM_TABLE in found.names and not np.array_equal(
        found.read(_LM_TABLE), found.read(_TOKEN_TABLE)
    ):
        raise ValueError(
            f"{found.where}: {_LM_TABLE} differs from {_TOKEN_TABLE}; only a masked-LM "
            "head that is tied to the token table can be loaded."
        )


def _check_names(found, wanted):
    missing = sorted(wanted - found.names)
    if missing:
        raise ValueError(
            f"{found.where} lacks {len(missing)} of the model's weights, first "
            f"{missing[0]!r}: another model's weights, or an incomplete file."
        )
    extra = sorted(
        name for name in found.names - wanted if not names.is_unread(found.layout, name)
    )
    if extra:
        raise ValueError(
            f"{found.where} has {len(extra)} weights that the model has no place for, "
            f"first {extra[0]!r}: does its config belong to it?"
        )


def _assign(variable, found, name, is_kernel):
    array = np.asarray(found.read(name))
    is_transposed = is_kernel and found.is_transposed(name)
    expected = variable.shape[::-1] if is_transposed else variable.shape
    if array.shape != tuple(expected):
        raise ValueError(
            f"{found.where}: {name} should have shape {tuple(expected)}; "
            f"got {array.shape}."
        )
    # NumPy's kind of bfloat16 is "V".
    if array.dtype.kind not in "fV":
        raise ValueError(
            f"{found.where}: {name} should hold floats; got {array.dtype}."
        )
    array = array.T if is_transposed else array
    variable.assign(array.astype("float32", copy=False))


def _variable(model, path):
    """Follow a dotted path; a number is an index into a list."""
    value = model
    for step in path.split("."):
        value = value[int(step)] if step.isdigit() else getattr(value, step)
    return value
