"""Published folders, written here under their published names, load back equal."""

import json

import keras
import numpy as np
import pytest

from tfdistill.bert.checkpoint import load_teacher
from tfdistill.bert.heads import (
    Classification,
    MaskedLM,
    Regression,
    TokenClassification,
)


def check_equal(model, weights):
    """Compare some weights of every kind, the transposed ones above all."""
    block = model.blocks[0]
    layer = "bert/encoder/layer_0/"
    for ours, name in [
        (model.embeddings.token.embeddings, "bert/embeddings/word_embeddings"),
        (model.embeddings.segment.embeddings, "bert/embeddings/token_type_embeddings"),
        (model.embeddings.norm.gamma, "bert/embeddings/LayerNorm/gamma"),
        (block.attention.query.kernel, layer + "attention/self/query/kernel"),
        (block.attention.key.kernel, layer + "attention/self/key/kernel"),
        (block.attention.value.bias, layer + "attention/self/value/bias"),
        (block.attention.output_dense.kernel, layer + "attention/output/dense/kernel"),
        (block.attention_norm.beta, layer + "attention/output/LayerNorm/beta"),
        (block.feed_forward.inner.kernel, layer + "intermediate/dense/kernel"),
        (block.feed_forward.outer.kernel, layer + "output/dense/kernel"),
        (block.feed_forward.norm.gamma, layer + "output/LayerNorm/gamma"),
        (model.pooler.kernel, "bert/pooler/dense/kernel"),
    ]:
        np.testing.assert_array_equal(ours, weights[name], err_msg=name)


@pytest.mark.parametrize("prefix", ["", "bert."])
@pytest.mark.parametrize("norm", [("weight", "bias"), ("gamma", "beta")])
def test_a_hugging_face_folder_loads_back_equal(
    tmp_path, weights, prefix, norm, hugging_face, write_hugging_face
):
    tensors = hugging_face(weights, prefix, norm)
    tensors[prefix + "embeddings.position_ids"] = np.arange(9)[None]
    model = load_teacher(write_hugging_face(tmp_path, tensors))
    check_equal(model, weights)
    assert model.config.activation == "gelu"
    assert (model.config.dropout, model.config.attention_dropout) == (0.2, 0.3)


def test_a_google_checkpoint_loads_back_equal(tmp_path, weights, write_google):
    slots = {"global_step": np.int64(3)}
    for name in ("bert/pooler/dense/kernel", "cls/predictions/output_bias"):
        slots[name + "/adam_m"] = weights[name]
    model = load_teacher(write_google(tmp_path, {**weights, **slots}))
    check_equal(model, weights)
    assert model.config.activation == "gelu_tanh"


def test_both_formats_compute_the_same(
    tmp_path, weights, batch, hugging_face, write_hugging_face, write_google
):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    a = write_google(tmp_path / "a", weights, name="model.ckpt-7")
    b = write_hugging_face(tmp_path / "b", hugging_face(weights), hidden_act="gelu_new")
    a, b = (load_teacher(x, head=MaskedLM())(batch) for x in (a, b))
    np.testing.assert_allclose(a["logits"], b["logits"], atol=1e-6)


def test_the_masked_lm_head_comes_along(
    tmp_path, weights, batch, hugging_face, write_hugging_face
):
    folder = write_hugging_face(tmp_path, hugging_face(weights))
    model = load_teacher(folder, head=MaskedLM())
    assert not model.config.has_pooler
    x = np.asarray(model(batch)["sequence_output"])
    x = x @ weights["cls/predictions/transform/dense/kernel"]
    x = keras.ops.gelu(x + weights["cls/predictions/transform/dense/bias"], False)
    logits = (
        np.asarray(model.head.norm(x)) @ weights["bert/embeddings/word_embeddings"].T
    )
    logits += weights["cls/predictions/output_bias"]
    np.testing.assert_allclose(model(batch)["logits"], logits, rtol=1e-4, atol=1e-4)


def test_an_untied_masked_lm_head_is_refused(
    tmp_path, weights, hugging_face, write_hugging_face
):
    tensors = hugging_face(weights)
    tensors["cls.predictions.decoder.weight"] = weights[
        "bert/embeddings/word_embeddings"
    ]
    load_teacher(write_hugging_face(tmp_path, tensors), head=MaskedLM())
    tensors["cls.predictions.decoder.weight"] = np.zeros((11, 6), "float32")
    with pytest.raises(ValueError, match="decoder.weight differs from"):
        load_teacher(write_hugging_face(tmp_path, tensors), head=MaskedLM())


@pytest.mark.parametrize(
    "architecture, head, has_it",
    [
        ("BertForSequenceClassification", lambda: Classification(4), True),
        ("BertForSequenceClassification", lambda: TokenClassification(4), False),
        ("BertForTokenClassification", lambda: TokenClassification(4), True),
        ("BertForTokenClassification", lambda: Classification(4), False),
        ("BertForSequenceClassification", lambda: Classification(4, "mean"), False),
    ],
)
def test_a_fine_tuned_classifier_is_taken(
    tmp_path, weights, architecture, head, has_it, hugging_face, write_hugging_face
):
    tensors = hugging_face(weights)
    tensors["classifier.weight"] = np.arange(24, dtype="float32").reshape(4, 6)
    tensors["classifier.bias"] = np.arange(4, dtype="float32")
    write_hugging_face(tmp_path, tensors, architectures=[architecture])
    kernel = load_teacher(tmp_path, head=head()).head.classifier.kernel
    assert np.array_equal(kernel, tensors["classifier.weight"].T) == has_it
    with pytest.raises(ValueError, match=r"shape \(1, 6\); got \(4, 6\)"):
        load_teacher(
            write_hugging_face(tmp_path, tensors, architectures=[]), head=Regression()
        )


def test_googles_fine_tuned_classifier_is_taken(tmp_path, weights, write_google):
    weights["output_weights"] = np.arange(24, dtype="float32").reshape(4, 6)
    weights["output_bias"] = np.arange(4, dtype="float32")
    model = load_teacher(write_google(tmp_path, weights), head=Classification(4))
    np.testing.assert_array_equal(
        model.head.classifier.kernel, weights["output_weights"].T
    )


def test_shards_are_read_from_the_folder_alone(
    tmp_path, weights, hugging_face, write_hugging_face
):
    from safetensors.numpy import save_file

    tensors = hugging_face(weights)
    write_hugging_face(tmp_path, tensors)
    (tmp_path / "model.safetensors").unlink()
    shards = {"model-1.safetensors": {}, "model-2.safetensors": {}}
    for i, (name, array) in enumerate(tensors.items()):
        shards[f"model-{1 + i % 2}.safetensors"][name] = array
    weight_map = {}
    for file, part in shards.items():
        save_file(part, tmp_path / file)
        weight_map.update({name: "../elsewhere/" + file for name in part})
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": weight_map}))
    check_equal(load_teacher(tmp_path), weights)
    (tmp_path / "model-2.safetensors").unlink()
    with pytest.raises(ValueError, match="model-2.safetensors is missing"):
        load_teacher(tmp_path)


def test_half_precision_weights_are_read(
    tmp_path, weights, hugging_face, write_hugging_face
):
    tensors = {n: a.astype("float16") for n, a in hugging_face(weights).items()}
    model = load_teacher(write_hugging_face(tmp_path, tensors))
    found = np.asarray(model.pooler.kernel)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, weights["bert/pooler/dense/kernel"], atol=2e-3)


def test_overrides_replace_fields_of_the_config(
    tmp_path, weights, hugging_face, write_hugging_face
):
    folder = write_hugging_face(tmp_path, hugging_face(weights))
    model = load_teacher(str(folder), dropout=0.0, attention="causal")
    assert (model.config.dropout, model.config.attention) == (0.0, "causal")
    with pytest.raises(ValueError, match="Did you mean 'dropout'"):
        load_teacher(folder, dropuot=0.0)
    with pytest.raises(ValueError, match=r"word_embeddings.weight should have shape"):
        load_teacher(folder, vocabulary_size=12)


def test_a_model_without_a_pooler_loads_without_a_head(
    tmp_path, weights, hugging_face, write_hugging_face
):
    tensors = {n: a for n, a in hugging_face(weights).items() if "pooler" not in n}
    folder = write_hugging_face(tmp_path, tensors)
    assert not load_teacher(folder).config.has_pooler
    with pytest.raises(ValueError, match="first 'pooler.dense.bias'"):
        load_teacher(folder, head=Classification(2))
