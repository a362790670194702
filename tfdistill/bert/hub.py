"""KerasHub's BERT as a source of weights: a backbone object or the name of a preset.

KerasHub (also importable as keras_nlp, its old name) is imported only for a preset.
"""

import difflib
import pathlib

import keras

from tfdistill.bert.config import BertConfig
from tfdistill.bert.sources import Source


def open_backbone(backbone) -> Source:
    """Read a `keras_hub.models.BertBackbone`.

    Raises:
        ValueError: another kind of object.
    """
    if "BertBackbone" not in [kind.__name__ for kind in type(backbone).__mro__]:
        raise ValueError(
            "A teacher is a folder, a .keras file, a KerasHub preset name or a "
            f"keras_hub.models.BertBackbone; got {type(backbone).__name__}."
        )
    weights = {weight.path: weight for weight in backbone.weights}

    def read(name):
        return _without_head_axis(name, keras.ops.convert_to_numpy(weights[name]))

    where = f"the KerasHub backbone {backbone.name!r}"
    return Source(where, "keras_hub", _config(backbone), frozenset(weights), read)


def open_preset(name: str) -> Source:
    """Load a preset of `keras_hub.models.BertBackbone`, by name, address or folder.

    Raises:
        ValueError: unknown name, with the nearest known ones, or a failed download.
    """
    import keras_hub

    known = keras_hub.models.BertBackbone.presets
    if "://" not in name and not pathlib.Path(name).is_dir() and name not in known:
        near = difflib.get_close_matches(name, known, n=3)
        meant = f"Did you mean {' or '.join(near)}?" if near else "Check the path."
        raise ValueError(f"{name!r} is neither a folder nor a KerasHub preset. {meant}")
    try:
        backbone = keras_hub.models.BertBackbone.from_preset(name)
    except Exception as error:  # The clients of the hubs raise many kinds.
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ValueError(
            f"KerasHub could not load the preset {name!r}: {reason[0]}"
        ) from error
    return open_backbone(backbone)


def is_preset_folder(folder: pathlib.Path) -> bool:
    """Tell whether a folder was written by KerasHub's `save_to_preset`."""
    return any(folder.glob("model.weights.*"))


def _config(backbone):
    return BertConfig(
        num_layers=backbone.num_layers,
        hidden_dim=backbone.hidden_dim,
        num_heads=backbone.num_heads,
        intermediate_dim=backbone.intermediate_dim,
        vocabulary_size=backbone.vocabulary_size,
        max_sequence_length=backbone.max_sequence_length,
        num_segments=backbone.num_segments,
        dropout=float(backbone.dropout),
        attention_dropout=float(backbone.dropout),
        activation="gelu_tanh",
    )


def _without_head_axis(name, array):
    """Make (d, h, d/h) and (h, d/h, d) kernels (d, d) and (h, d/h) biases (d)."""
    if "/self_attention_layer/" not in name:
        return array
    if name.endswith("/attention_output/kernel"):
        return array.reshape(-1, array.shape[-1])
    if name.endswith("/kernel"):
        return array.reshape(array.shape[0], -1)
    return array.reshape(-1)
