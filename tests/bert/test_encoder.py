"""The dictionary contract, against a plain NumPy attention where numbers matter."""

import math

import keras
import numpy as np
import pytest

from tfdistill.bert.heads import Classification, MaskedLM


def arrays(structure):
    return keras.tree.map_structure(keras.ops.convert_to_numpy, structure)


def test_the_dictionary_has_the_agreed_shapes(make, tiny, batch):
    outputs = make(tiny)(batch, return_qkv=True)
    assert [x.shape for x in outputs["hidden_states"]] == [(2, 7, 6)] * 3
    assert [x.shape for x in outputs["attention_scores"]] == [(2, 3, 7, 7)] * 2
    for name in ("queries", "keys", "values"):
        assert [x.shape for x in outputs[name]] == [(2, 7, 6)] * 2
    assert outputs["sequence_output"] is outputs["hidden_states"][-1]
    assert outputs["pooled_output"].shape == (2, 6)


def test_nothing_that_was_not_asked_for_is_returned(make, tiny, batch):
    outputs = make(tiny, has_pooler=False)(batch)
    assert set(outputs) == {"hidden_states", "attention_scores", "sequence_output"}


def test_a_bottleneck_keeps_the_contract_with_narrow_queries(make, bottleneck, batch):
    outputs = make(bottleneck)(batch, return_qkv=True)
    assert [x.shape for x in outputs["hidden_states"]] == [(2, 7, 6)] * 3
    assert outputs["attention_scores"][0].shape == (2, 3, 7, 7)
    assert outputs["values"][0].shape == (2, 7, 9)


def layer_norm(x, layer):
    x = (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)
    return x * layer.gamma.numpy() + layer.beta.numpy()


def dense(x, layer):
    return x @ layer.kernel.numpy() + layer.bias.numpy()


def numpy_attention(x, mask, layer, num_heads):
    """Return (scores, output) of plain attention, one head at a time."""
    q, k, v = (dense(x, getattr(layer, n)) for n in ("query", "key", "value"))
    width = q.shape[-1] // num_heads
    scores, context = [], []
    for head in range(num_heads):
        part = slice(head * width, (head + 1) * width)
        a = q[..., part] @ k[..., part].swapaxes(1, 2) / np.sqrt(width)
        e = np.exp(np.where(mask[:, None, :] == 1, a, -np.inf))
        scores.append(a)
        context.append(e / e.sum(-1, keepdims=True) @ v[..., part])
    return np.stack(scores, 1), dense(np.concatenate(context, -1), layer.output_dense)


@pytest.mark.parametrize("activation", ["relu", "gelu", "gelu_tanh"])
def test_a_layer_equals_plain_attention_in_numpy(make, tiny, batch, activation):
    model = make(tiny, activation=activation)
    outputs = arrays(model(batch))
    block, x = model.blocks[0], outputs["hidden_states"][0]
    scores, y = numpy_attention(x, batch["padding_mask"], block.attention, 3)
    np.testing.assert_allclose(outputs["attention_scores"][0], scores, atol=1e-5)
    y = layer_norm(y + x, block.attention_norm)
    z = dense(y, block.feed_forward.inner)
    phi = {
        "relu": (z > 0) * 1.0,
        "gelu": 0.5 * (1 + np.vectorize(math.erf)(z / np.sqrt(2))),
        "gelu_tanh": 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    }[activation]
    y = layer_norm(
        dense(z * phi, block.feed_forward.outer) + y, block.feed_forward.norm
    )
    np.testing.assert_allclose(outputs["hidden_states"][1], y, atol=2e-5)


@pytest.mark.parametrize("kind", ["tiny", "bottleneck"])
@pytest.mark.parametrize("attention", ["bidirectional", "causal"])
def test_padding_changes_nothing(make, request, batch, kind, attention):
    fields = request.getfixturevalue(kind)
    if attention == "causal":
        fields["has_trigram_input"] = False
    model = make(fields, attention=attention)
    short = {name: x[1:, :4] for name, x in batch.items()}
    junk = {**batch, "token_ids": (batch["token_ids"] + 5) % 11}
    junk["token_ids"][1, :4] = batch["token_ids"][1, :4]
    expected = arrays(model(short)["hidden_states"])
    for padded in (batch, junk):
        found = arrays(model(padded)["hidden_states"])
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_allclose(a[0], b[1, :4], atol=2e-6)


def test_a_causal_model_does_not_look_ahead(make, tiny, batch):
    model = make(tiny, attention="causal", head=MaskedLM(), has_pooler=False)
    changed = {**batch, "token_ids": batch["token_ids"].copy()}
    changed["token_ids"][:, 3] = (changed["token_ids"][:, 3] + 1) % 11
    before, after = arrays(model(batch)["logits"]), arrays(model(changed)["logits"])
    np.testing.assert_allclose(before[:, :3], after[:, :3], atol=1e-6)
    assert np.abs(before[0, 3:] - after[0, 3:]).max() > 1e-2


def test_a_head_of_tokens_answers_where_it_is_asked(make, tiny, batch):
    model = make(tiny, head=MaskedLM())
    whole = arrays(model(batch)["logits"])
    at = np.array([8, 2], np.int32)  # row * sequence + column
    outputs = arrays(model({**batch, "predict_at": at}))
    assert outputs["logits"].shape == (2, 11)
    np.testing.assert_allclose(outputs["logits"], whole[[1, 0], [1, 2]], atol=1e-5)
    assert outputs["sequence_output"].shape == (2, 7, 6)


def test_dropout_is_active_in_training_alone(make, tiny, batch):
    model = make(tiny, dropout=0.5)
    still = [arrays(model(batch)["sequence_output"]) for _ in range(2)]
    moving = [arrays(model(batch, training=True)["sequence_output"]) for _ in range(2)]
    np.testing.assert_array_equal(*still)
    assert np.abs(moving[0] - moving[1]).max() > 1e-3


def test_too_long_a_sequence_is_refused(make, tiny):
    ids = np.zeros((1, 10), "int32")
    inputs = {"token_ids": ids, "segment_ids": ids, "padding_mask": ids + 1}
    with pytest.raises(ValueError, match="at most max_sequence_length=9.*got 10"):
        make(tiny)(inputs)


def test_predict_keeps_the_heads_outputs_alone(make, tiny, batch):
    with_head = make(tiny, head=Classification(4)).predict(batch, verbose=0)
    without = make(tiny).predict(batch, verbose=0)
    assert {name: x.shape for name, x in with_head.items()} == {"logits": (2, 4)}
    assert set(without) == {"sequence_output", "pooled_output"}


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="needs tf.function")
@pytest.mark.parametrize("kind", ["tiny", "bottleneck"])
def test_one_traced_function_takes_any_shape(make, request, batch, kind):
    import tensorflow as tf

    model = make(request.getfixturevalue(kind))
    spec = {name: tf.TensorSpec((None, None), tf.int32) for name in batch}
    traced = tf.function(model, input_signature=[spec])
    for inputs in (batch, {name: x[:1, :4] for name, x in batch.items()}):
        expected, found = arrays(model(inputs)), arrays(traced(inputs))
        np.testing.assert_allclose(
            expected["sequence_output"], found["sequence_output"], atol=1e-5
        )


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("kind", ["tiny", "bottleneck"])
def test_mixed_precision_computes_finite_numbers(make, request, batch, policy, kind):
    fields = request.getfixturevalue(kind)
    keras.config.set_dtype_policy(policy)
    try:
        model = make(fields, head=MaskedLM(), has_pooler=False)
    finally:
        keras.config.set_dtype_policy("float32")
    outputs = model(batch)
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert keras.backend.standardize_dtype(outputs["logits"].dtype) == policy[6:]
    for x in keras.tree.flatten(outputs):
        assert np.isfinite(np.asarray(keras.ops.cast(x, "float32"))).all()
