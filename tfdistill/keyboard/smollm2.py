"""SmolLM2-135M-Instruct out of a GGUF file, as a KerasHub Llama model.

The `gguf` package (extra `keyboard`) reads and dequantizes the file; nothing of it is
executed. The model is Apache-2.0 (HuggingFaceTB), 30 layers of 576, 49,152 pieces.
"""

import contextlib
import dataclasses
from typing import Any

import keras
import numpy as np

_HEADS = {
    "attn_q": "llama.attention.head_count",
    "attn_k": "llama.attention.head_count_kv",
}
# GGUF's name of a matrix (rows = outputs) -> the attribute of KerasHub's layer.
_MATRICES = {
    "attn_q": ("_self_attention_layer", "query_dense"),
    "attn_k": ("_self_attention_layer", "key_dense"),
    "attn_v": ("_self_attention_layer", "value_dense"),
    "attn_output": ("_self_attention_layer", "output_dense"),
    "ffn_gate": ("_feedforward_gate_dense",),
    "ffn_up": ("_feedforward_intermediate_dense",),
    "ffn_down": ("_feedforward_output_dense",),
}
_NORMS = {
    "attn_norm": "_self_attention_layernorm",
    "ffn_norm": "_feedforward_layernorm",
}


@dataclasses.dataclass(frozen=True)
class LlamaTeacher:
    """A causal language model and its tokenizer.

    Attributes:
        backbone: `keras_hub.models.LlamaBackbone`. Token ids and padding mask, int32
            `(batch, sequence)`, to states, float32 `(batch, sequence, hidden_dim)`.
        tokenizer: `tokenizers.Tokenizer`. The byte-level BPE of the file.
    """

    backbone: Any
    tokenizer: Any

    @property
    def token_table(self):
        """float32 `(pieces, hidden_dim)`. The table that is also the output layer."""
        return self.backbone.token_embedding.embeddings


def load_llama(path) -> LlamaTeacher:
    """Read a Llama model with tied embeddings from a GGUF file.

    Args:
        path: path. A `.gguf` file of architecture `llama` with a `gpt2` tokenizer.

    Returns:
        `LlamaTeacher`, in float32 whatever the file's quantization.

    Raises:
        ValueError: the package `gguf` is missing, or the file is damaged or another
            kind of model.
    """
    with _naming(path):
        reader = _open(path)
        fields = {name: field.contents() for name, field in reader.fields.items()}
        kind = fields.get("general.architecture")
        if kind != "llama":
            raise ValueError(
                f"{path} should hold a model of architecture 'llama'; it holds "
                f"{kind!r}."
            )
        matrices = _matrices(reader, fields)
        _check_sizes(fields, matrices)
        backbone = _build(fields)
        _assign(backbone, matrices)
        return LlamaTeacher(backbone, byte_level_bpe(fields))


def byte_level_bpe(fields):
    """Return the `tokenizers.Tokenizer` of a GGUF file's metadata.

    Digits are single pieces and words carry the space before them, as SmolLM's
    pre-tokenizer has it. No special token is recognized in text.
    """
    import tokenizers
    from tokenizers import decoders, models, pre_tokenizers

    names = fields["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"]]
    ids = {name: index for index, name in enumerate(names)}
    tokenizer = tokenizers.Tokenizer(models.BPE(vocab=ids, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


@contextlib.contextmanager
def _naming(path):
    """Say which file it was: reader and tokenizer have no exceptions of their own."""
    try:
        yield
    except Exception as error:
        if isinstance(error, ValueError) and str(path) in str(error):
            raise
        raise ValueError(
            f"{path} is not a whole GGUF file of a Llama model ({error!r}); take it "
            "again."
        ) from error


def _open(path):
    try:
        import gguf
    except ImportError as error:
        raise ValueError(
            f"Reading {path} needs the package gguf; install tfdistill[keyboard]."
        ) from error

    class Reader(gguf.GGUFReader):
        """Stops at the file's end: an array that says it is longer would never end."""

        def _get(self, offset, dtype, count=1, *args, **kwargs):
            found = super()._get(offset, dtype, count, *args, **kwargs)
            if len(found) != int(count):
                raise ValueError("it ends inside a field")
            return found

    reader = Reader(path)
    if sum(int(tensor.n_bytes) for tensor in reader.tensors) > reader.data.size:
        raise ValueError("its matrices overlap")
    return reader


def _check_sizes(fields, matrices):
    """Compare the sizes that the file tells with its matrices, before it is built."""
    pieces, width = matrices["token_embd"].shape
    inner, _ = matrices["blk.0.ffn_gate"].shape
    narrow, _ = matrices["blk.0.attn_k"].shape
    layers = sum(name.endswith(".attn_q") for name in matrices)
    heads = fields["llama.attention.head_count"]
    expected = {
        "tokenizer.ggml.tokens": pieces,
        "llama.block_count": layers,
        "llama.embedding_length": width,
        "llama.feed_forward_length": inner,
        "llama.attention.head_count_kv": narrow * heads // width,
    }
    for name, size in expected.items():
        said = len(fields[name]) if name.endswith("tokens") else fields[name]
        if said != size or not size:
            raise ValueError(f"{name} is {said}, its matrices have {size}")


def _build(fields):
    import keras_hub

    return keras_hub.models.LlamaBackbone(
        vocabulary_size=len(fields["tokenizer.ggml.tokens"]),
        num_layers=fields["llama.block_count"],
        num_query_heads=fields["llama.attention.head_count"],
        num_key_value_heads=fields["llama.attention.head_count_kv"],
        hidden_dim=fields["llama.embedding_length"],
        intermediate_dim=fields["llama.feed_forward_length"],
        rope_max_wavelength=fields["llama.rope.freq_base"],
        layer_norm_epsilon=fields["llama.attention.layer_norm_rms_epsilon"],
        tie_word_embeddings=True,
    )


def _matrices(reader, fields):
    """Return name -> float32 array; matrices as (outputs, inputs)."""
    import gguf

    found = {}
    for tensor in reader.tensors:
        name = tensor.name.removesuffix(".weight")
        value = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        heads = _HEADS.get(name.split(".")[-1])
        found[name] = _halves(value, fields[heads]) if heads else value
    return found


def _halves(matrix, num_heads):
    """Undo GGUF's interleaving of rotary pairs: (2i, 2i + 1) become (i, i + half)."""
    rows, columns = matrix.shape
    pairs = matrix.reshape(num_heads, rows // num_heads // 2, 2, columns)
    return pairs.transpose(0, 2, 1, 3).reshape(rows, columns)


def _assign(backbone, matrices):
    backbone.token_embedding.embeddings.assign(matrices["token_embd"])
    backbone.get_layer("sequence_output_layernorm").scale.assign(
        matrices["output_norm"]
    )
    for index, layer in enumerate(backbone.transformer_layers):
        for name, path in _MATRICES.items():
            kernel = _find(layer, path).kernel
            matrix = matrices[f"blk.{index}.{name}"].T
            kernel.assign(np.reshape(matrix, kernel.shape))
        for name, attribute in _NORMS.items():
            getattr(layer, attribute).scale.assign(matrices[f"blk.{index}.{name}"])


def _find(layer, path):
    for name in path:
        layer = getattr(layer, name, None) or getattr(layer, "_" + name)
    if not isinstance(layer, keras.layers.Layer):
        raise ValueError(f"KerasHub's Llama layer has no {'.'.join(path)}.")
    return layer
