"""Tiny models and batches, and published folders written under their real names."""

import json

import numpy as np
import pytest

from tests.backends import draw

TINY = dict(
    num_layers=2,
    hidden_dim=6,
    num_heads=3,
    intermediate_dim=10,
    vocabulary_size=11,
    max_sequence_length=9,
)
BOTTLENECK = dict(
    TINY,
    embedding_dim=5,
    has_trigram_input=True,
    bottleneck_dim=9,
    num_feed_forward=2,
    normalization="no_norm",
    activation="relu",
    has_pooler=False,
)

# `config.json` of a BERT with one layer.
PUBLISHED_CONFIG = {
    "model_type": "bert",
    "hidden_size": 6,
    "num_hidden_layers": 1,
    "num_attention_heads": 3,
    "intermediate_size": 10,
    "vocab_size": 11,
    "max_position_embeddings": 9,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.2,
    "attention_probs_dropout_prob": 0.3,
}

# The names of a published BERT with one layer, as Google wrote them, and their shapes.
GOOGLE = {
    "bert/embeddings/word_embeddings": (11, 6),
    "bert/embeddings/position_embeddings": (9, 6),
    "bert/embeddings/token_type_embeddings": (2, 6),
    "bert/embeddings/LayerNorm/gamma": (6,),
    "bert/embeddings/LayerNorm/beta": (6,),
    "bert/encoder/layer_0/attention/self/query/kernel": (6, 6),
    "bert/encoder/layer_0/attention/self/query/bias": (6,),
    "bert/encoder/layer_0/attention/self/key/kernel": (6, 6),
    "bert/encoder/layer_0/attention/self/key/bias": (6,),
    "bert/encoder/layer_0/attention/self/value/kernel": (6, 6),
    "bert/encoder/layer_0/attention/self/value/bias": (6,),
    "bert/encoder/layer_0/attention/output/dense/kernel": (6, 6),
    "bert/encoder/layer_0/attention/output/dense/bias": (6,),
    "bert/encoder/layer_0/attention/output/LayerNorm/gamma": (6,),
    "bert/encoder/layer_0/attention/output/LayerNorm/beta": (6,),
    "bert/encoder/layer_0/intermediate/dense/kernel": (6, 10),
    "bert/encoder/layer_0/intermediate/dense/bias": (10,),
    "bert/encoder/layer_0/output/dense/kernel": (10, 6),
    "bert/encoder/layer_0/output/dense/bias": (6,),
    "bert/encoder/layer_0/output/LayerNorm/gamma": (6,),
    "bert/encoder/layer_0/output/LayerNorm/beta": (6,),
    "bert/pooler/dense/kernel": (6, 6),
    "bert/pooler/dense/bias": (6,),
    "cls/predictions/transform/dense/kernel": (6, 6),
    "cls/predictions/transform/dense/bias": (6,),
    "cls/predictions/transform/LayerNorm/gamma": (6,),
    "cls/predictions/transform/LayerNorm/beta": (6,),
    "cls/predictions/output_bias": (11,),
    "cls/seq_relationship/output_weights": (2, 6),
    "cls/seq_relationship/output_bias": (2,),
}


@pytest.fixture
def tiny():
    """Return the fields of a plain config: hidden 6, heads 3, vocabulary 11."""
    return dict(TINY)


@pytest.fixture
def bottleneck():
    """Return the fields of a config with bottleneck blocks of width 9."""
    return dict(BOTTLENECK)


@pytest.fixture
def batch():
    """Return two rows of length 7, the second one with 4 real tokens."""
    random = np.random.default_rng(7)
    mask = np.array([[1] * 7, [1] * 4 + [0] * 3], "int32")
    return {
        "token_ids": random.integers(0, 11, (2, 7)).astype("int32"),
        "segment_ids": np.array([[0] * 3 + [1] * 4, [0] * 7], "int32"),
        "padding_mask": mask,
    }


@pytest.fixture
def make():
    """Return a function that builds an encoder with large, seeded weights."""
    from tfdistill.bert.config import BertConfig
    from tfdistill.bert.encoder import BertEncoder

    def make(fields, head=None, seed=3, **overrides):
        model = BertEncoder(BertConfig(**{**fields, **overrides}), head)
        draw(model.weights, seed, 0.4)
        return model

    return make


@pytest.fixture
def weights():
    """Return random arrays under the names of a published checkpoint."""
    random = np.random.default_rng(5)
    return {
        name: random.normal(size=shape).astype("float32")
        for name, shape in GOOGLE.items()
    }


@pytest.fixture
def hugging_face():
    """Return a function that renames and transposes as the published converters do."""

    def hugging_face(weights, prefix="bert.", norm=("weight", "bias")):
        found = {}
        for name, array in weights.items():
            if name.endswith("kernel"):
                array = np.ascontiguousarray(array.T)
            name = name.replace("/", ".").replace("layer_0", "layer.0")
            name = name.replace("_embeddings", "_embeddings.weight")
            name = name.replace("kernel", "weight")
            name = name.replace("gamma", norm[0]).replace("beta", norm[1])
            name = name.replace("predictions.output_bias", "predictions.bias")
            name = name.replace("relationship.output_", "relationship.")
            name = name.replace("relationship.weights", "relationship.weight")
            found[prefix + name[5:] if name.startswith("bert.") else name] = array
        return found

    return hugging_face


@pytest.fixture
def write_hugging_face():
    """Return a function that writes a Hugging Face folder."""

    def write_hugging_face(folder, tensors, **changes):
        from safetensors.numpy import save_file

        save_file(tensors, folder / "model.safetensors")
        (folder / "config.json").write_text(json.dumps({**PUBLISHED_CONFIG, **changes}))
        return folder

    return write_hugging_face


@pytest.fixture
def write_google():
    """Return a function that writes a google-research/bert folder."""

    def write_google(folder, weights, name="bert_model.ckpt", **changes):
        import tensorflow as tf

        names = list(weights)
        tensors = [tf.constant(weights[n]) for n in names]
        tf.raw_ops.SaveV2(
            prefix=str(folder / name),
            tensor_names=names,
            shape_and_slices=[""] * len(names),
            tensors=tensors,
        )
        (folder / "bert_config.json").write_text(
            json.dumps({**PUBLISHED_CONFIG, **changes})
        )
        return folder

    return write_google
