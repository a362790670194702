"""The folders that published weights come in, each opened as a `Source`.

A source knows its encoder's config and hands out arrays by the names of its format.
Which of them are wanted is decided in `checkpoint.py`; KerasHub's are in `hub.py`.
"""

import dataclasses
import json
import pathlib
from collections.abc import Callable

import numpy as np

from tfdistill.bert.config import BertConfig

# Ours, and the name in config.json and bert_config.json.
_FIELDS = {
    "num_layers": "num_hidden_layers",
    "hidden_dim": "hidden_size",
    "num_heads": "num_attention_heads",
    "intermediate_dim": "intermediate_size",
    "vocabulary_size": "vocab_size",
    "max_sequence_length": "max_position_embeddings",
    "num_segments": "type_vocab_size",
    "layer_norm_epsilon": "layer_norm_eps",
    "dropout": "hidden_dropout_prob",
    "attention_dropout": "attention_probs_dropout_prob",
    "initializer_range": "initializer_range",
}
_REQUIRED = tuple(_FIELDS)[:5]
# "gelu" is exact in Hugging Face's code and the approximation by tanh in Google's.
_HUGGING_FACE_ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_python": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_fast": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "relu": "relu",
}
_GOOGLE_ACTIVATIONS = {"gelu": "gelu_tanh", "relu": "relu"}


@dataclasses.dataclass(frozen=True)
class Source:
    """Weights by name, and the config that they belong to.

    Attributes:
        where: str. File or object, for messages.
        layout: str. One of `tfdistill.bert.names.FORMATS`.
        config: BertConfig.
        names: frozenset of str. All weights, named as in `names.py`.
        read: callable (name) -> float array.
    """

    where: str
    layout: str
    config: BertConfig
    names: frozenset[str]
    read: Callable[[str], np.ndarray]

    def is_transposed(self, name: str) -> bool:
        """Tell whether a kernel is stored (outputs, inputs)."""
        return self.layout == "hugging_face" or name == "output_weights"


def open_hugging_face(folder: pathlib.Path) -> Source:
    """Open a folder with `config.json` and `model.safetensors` (or its shards).

    Raises:
        ValueError: a missing or damaged file, pickled weights, or another architecture.
    """
    values = _read_json(folder / "config.json")
    model_type = values.get("model_type", "bert")
    if model_type != "bert":
        raise ValueError(
            f"{folder / 'config.json'} has model_type {model_type!r}; expected 'bert': "
            "other models have other layers."
        )
    config = _read_config(
        folder / "config.json", values, "hidden_act", _HUGGING_FACE_ACTIVATIONS
    )
    if values.get("is_decoder"):
        config = config.replace(attention="causal")
    files = _safetensors_files(folder)
    places = {}
    for file in files:
        with _open_safetensors(file) as tensors:
            for name in tensors.keys():
                places[_plain_name(name, values.get("architectures"))] = (file, name)

    def read(name):
        file, stored_name = places[name]
        # Opened for each: an open file keeps in memory all that was read of it.
        with _open_safetensors(file) as tensors:
            try:
                return tensors.get_tensor(stored_name)
            except (AttributeError, TypeError) as error:
                raise ValueError(
                    f"{file}: {stored_name} has numbers of a kind that NumPy does not "
                    f"have ({error}): store it as float32, float16 or bfloat16."
                ) from error

    where = str(files[0] if len(files) == 1 else folder)
    return Source(where, "hugging_face", config, frozenset(places), read)


def open_google(folder: pathlib.Path) -> Source:
    """Open a google-research/bert folder: `bert_config.json` and one checkpoint.

    Raises:
        ValueError: a missing or damaged file, or an impossible config.
    """
    values = _read_json(folder / "bert_config.json")
    config = _read_config(
        folder / "bert_config.json", values, "hidden_act", _GOOGLE_ACTIVATIONS
    )
    prefix = _checkpoint_prefix(folder)
    try:
        import tensorflow as tf
    except ImportError as error:
        raise ValueError(
            f"{prefix} is a TensorFlow checkpoint: install tensorflow to read it."
        ) from error
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        names = frozenset(reader.get_variable_to_shape_map())
    except Exception as error:  # TensorFlow raises many kinds for a damaged file.
        raise ValueError(
            f"{prefix} is damaged or incomplete: {_first_line(error)}"
        ) from error

    def read(name):
        try:
            return reader.get_tensor(name)
        except Exception as error:  # TensorFlow raises many kinds for a damaged file.
            raise ValueError(
                f"{prefix} is damaged or incomplete at {name}: {_first_line(error)}"
            ) from error

    return Source(str(prefix), "google", config, names, read)


# === Configs ===


def _read_json(path):
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ValueError(
            f"{path} is missing; a model's folder needs it beside the weights."
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} cannot be read as JSON: {error}.") from error
    if not isinstance(values, dict):
        raise ValueError(f"{path} should hold one JSON object; got {values!r:.80}.")
    return values


def _read_config(path, values, activation_key, activations):
    missing = [_FIELDS[name] for name in _REQUIRED if _FIELDS[name] not in values]
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)}: not a BERT config.")
    positions = values.get("position_embedding_type", "absolute")
    if positions != "absolute":
        raise ValueError(
            f"{path} has position_embedding_type {positions!r}; only 'absolute' can be "
            "loaded."
        )
    activation = values.get(activation_key, "gelu")
    if not isinstance(activation, str) or activation not in activations:
        raise ValueError(
            f"{path} has {activation_key} {activation!r}; it must be one of "
            f"{', '.join(activations)}."
        )
    fields = {name: values[key] for name, key in _FIELDS.items() if key in values}
    try:
        return BertConfig(**fields, activation=activations[activation])
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


# === Files ===


def _safetensors_files(folder):
    index = folder / "model.safetensors.index.json"
    if (folder / "model.safetensors").is_file():
        return [folder / "model.safetensors"]
    if index.is_file():
        shards = _read_json(index).get("weight_map")
        if not isinstance(shards, dict) or not shards:
            raise ValueError(f"{index} has no weight_map, the list of its shards.")
        # The name alone: a shard lies in this folder and nowhere else.
        shard_names = {pathlib.PurePath(str(name)).name for name in shards.values()}
        return [folder / name for name in sorted(shard_names)]
    if list(folder.glob("*.bin")):
        raise ValueError(
            f"{folder} has its weights in a pickled .bin file, which is refused: "
            "reading a pickle runs whatever code stands in it. Save the model as "
            "model.safetensors (save_pretrained(..., safe_serialization=True))."
        )
    raise ValueError(f"{folder / 'model.safetensors'} is missing.")


def _open_safetensors(file):
    from safetensors import SafetensorError, safe_open

    try:
        return safe_open(file, framework="np")
    except FileNotFoundError as error:
        raise ValueError(f"{file} is missing.") from error
    except (SafetensorError, OSError) as error:
        raise ValueError(
            f"{file} is damaged or incomplete ({error}); fetch the file again."
        ) from error


def _first_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _plain_name(name, architectures):
    """Drop the model's prefix, the old names of a norm, and one ambiguity.

    Sequence and token classifiers are both called `classifier`; the config tells which.
    """
    name = name.removeprefix("bert.")
    name = name.replace("LayerNorm.gamma", "LayerNorm.weight")
    name = name.replace("LayerNorm.beta", "LayerNorm.bias")
    if name.startswith("classifier.") and architectures == [
        "BertForTokenClassification"
    ]:
        return f"token_{name}"
    return name


def _checkpoint_prefix(folder):
    prefix = folder / "bert_model.ckpt"
    found = sorted(path.with_suffix("") for path in folder.glob("*.index"))
    if prefix in found:
        return prefix
    if len(found) != 1:
        listed = ", ".join(path.name for path in found) or "none"
        raise ValueError(
            f"{folder} should hold bert_model.ckpt.index (or one other .index file); "
            f"found {listed}."
        )
    return found[0]
