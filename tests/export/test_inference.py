"""The phone's forward pass computes what the encoder computes, for every option."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfdistill.bert import heads
from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder
from tfdistill.export import inference
from tfdistill.export.form import Form
from tfdistill.export.inference import inference_function

LENGTH = 7
PLAIN = BertConfig(2, 6, 3, 10, vocabulary_size=11, max_sequence_length=9)
BOTTLENECK = PLAIN.replace(
    embedding_dim=5, bottleneck_dim=9, num_feed_forward=2, activation="relu"
)
CONFIGS = {
    "plain": PLAIN,
    "one segment": PLAIN.replace(num_segments=1),
    "causal": PLAIN.replace(attention="causal"),
    "relu, narrow table": PLAIN.replace(embedding_dim=4, activation="relu"),
    "gelu by tanh": PLAIN.replace(activation="gelu_tanh"),
    "NoNorm": PLAIN.replace(normalization="no_norm"),
    "bottleneck": BOTTLENECK,
    "mobilebert": BOTTLENECK.replace(
        has_trigram_input=True, has_shared_key_query=True, normalization="no_norm"
    ),
    "bottleneck, causal": BOTTLENECK.replace(
        attention="causal", has_shared_key_query=True, activation="gelu"
    ),
}
HEADS = {
    "none": lambda: None,
    "cls": lambda: heads.Classification(3, "cls"),
    "mean": lambda: heads.Classification(3, "mean"),
    "regression": lambda: heads.Regression("cls"),
    "tokens": lambda: heads.TokenClassification(4),
    "joint cls": lambda: heads.IntentAndSlots(3, 5, "cls"),
    "joint mean": lambda: heads.IntentAndSlots(3, 5, "mean"),
    "masked LM": lambda: heads.MaskedLM(),
}


def _difference(model, text, **options):
    text = {**text, "segment_ids": text["segment_ids"] % model.config.num_segments}
    expected = model.select_outputs(model(text))
    function = inference_function(model, LENGTH, **options)
    outputs = function(**{name: tf.constant(row) for name, row in text.items()})
    assert {k: tuple(v.shape) for k, v in outputs.items()} == {
        k: tuple(v.shape) for k, v in expected.items()
    }
    return max(
        np.max(np.abs(outputs[k] - expected[k])) / max(1, np.max(np.abs(expected[k])))
        for k in outputs
    )


@pytest.mark.parametrize("form", [Form(), Form(has_joined_heads=True)])
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_every_body_gives_the_encoders_outputs(config, form, make, text):
    model = make(heads.IntentAndSlots(3, 5), config)
    assert _difference(model, text, form=form) < 1e-5


@pytest.mark.parametrize("config", [CONFIGS["causal"], CONFIGS["mobilebert"]])
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_every_head_gives_the_encoders_outputs(head, config, make, text):
    assert _difference(make(head(), config), text) < 1e-5


def test_pieces_of_the_feed_forward_network_add_up(make, text, monkeypatch):
    monkeypatch.setattr(inference, "_PIECE_BYTES", 4 * 6 * 16)
    model = make(heads.Classification(3), PLAIN.replace(intermediate_dim=77))
    assert inference._num_pieces(model.blocks[0].feed_forward) == 4
    assert _difference(model, text, form=Form(has_pieces=True)) < 1e-5


def test_padding_changes_nothing(make, text):
    model = make(heads.IntentAndSlots(3, 5, "mean"))
    function = inference_function(model, LENGTH)
    text = {name: tf.constant(row) for name, row in text.items()}
    real = text["padding_mask"]
    other = {**text, "token_ids": text["token_ids"] * real + 8 * (1 - real)}
    first, second = function(**text), function(**other)
    np.testing.assert_array_equal(first["logits"], second["logits"])
    tokens = first["slot_logits"][:, :4], second["slot_logits"][:, :4]
    np.testing.assert_array_equal(*tokens)


def test_with_cls_the_last_layer_works_for_one_token(make):
    def widths(pooling):
        model = make(heads.Classification(3, pooling))
        graph = inference_function(model, LENGTH).get_concrete_function().graph
        softmaxes = [o for o in graph.get_operations() if o.type == "Softmax"]
        return [int(o.outputs[0].shape[1]) for o in softmaxes]

    assert widths("cls") == [LENGTH, 1]
    assert widths("mean") == [LENGTH, LENGTH]


def test_a_model_in_half_precision_is_exported_in_full(make, text):
    model = BertEncoder(PLAIN, heads.Classification(3), dtype="mixed_bfloat16")
    twin = make(heads.Classification(3))
    model.set_weights(twin.get_weights())
    function = inference_function(model, LENGTH)
    outputs = function(**{name: tf.constant(row) for name, row in text.items()})
    expected = keras.ops.convert_to_numpy(twin(text)["logits"])
    np.testing.assert_allclose(outputs["logits"], expected, atol=1e-5)
