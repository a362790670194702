"""Golden numbers of MobileBERT's parts (METHODS.md, section 5)."""

import keras
import numpy as np
import pytest


def zero(dense):
    for weight in dense.weights:
        weight.assign(keras.ops.zeros(weight.shape))


@pytest.mark.parametrize("is_shared", [True, False])
def test_zeroing_the_last_dense_leaves_the_residual(make, bottleneck, is_shared):
    model = make(bottleneck, has_shared_key_query=is_shared)
    block = model.blocks[0]
    zero(block.expansion)
    x = np.random.default_rng(0).normal(size=(2, 7, 6)).astype("float32")
    output = block(x, np.zeros((2, 1, 1, 7), "float32"))["output"]
    np.testing.assert_allclose(output, block.expansion_norm(x), rtol=1e-6)


def test_zeroing_a_plain_layers_last_dense_leaves_the_residual(make, tiny):
    block = make(tiny).blocks[0]
    zero(block.feed_forward.outer)
    zero(block.attention.output_dense)
    x = np.random.default_rng(0).normal(size=(2, 7, 6)).astype("float32")
    output = block(x, np.zeros((2, 1, 1, 7), "float32"))["output"]
    expected = block.feed_forward.norm(block.attention_norm(x))
    np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-6)


def test_a_shared_bottleneck_feeds_query_and_key_but_not_value(make, bottleneck):
    block = make(bottleneck, has_shared_key_query=True).blocks[0]
    assert block.attention.query.kernel.shape == (9, 9)
    assert block.attention.value.kernel.shape == (6, 9)
    x = np.random.default_rng(0).normal(size=(2, 7, 6)).astype("float32")
    found = block(x, np.zeros((2, 1, 1, 7), "float32"))
    narrow = block.key_query_norm(block.key_query(x))
    np.testing.assert_allclose(found["key"], block.attention.key(narrow), rtol=1e-5)
    np.testing.assert_allclose(found["value"], block.attention.value(x), rtol=1e-5)


def test_the_feed_forward_networks_of_a_block_are_stacked(make, bottleneck):
    block = make(bottleneck).blocks[0]
    assert len(block.feed_forwards) == 2
    x = np.random.default_rng(0).normal(size=(2, 7, 6)).astype("float32")
    bias = np.zeros((2, 1, 1, 7), "float32")
    r = block.bottleneck_norm(block.bottleneck(x))
    y = block.attention_norm(block.attention(r, r, bias)["output"] + r)
    for layer in block.feed_forwards:
        y = layer.norm(layer.outer(keras.ops.relu(layer.inner(y))) + y)
    y = block.expansion_norm(block.expansion(y) + x)
    np.testing.assert_allclose(block(x, bias)["output"], y, rtol=1e-4, atol=1e-5)


def test_trigrams_are_the_next_the_current_and_the_previous_token(make, bottleneck):
    layer = make(bottleneck).embeddings
    ids, mask = np.array([[4, 9, 2]], "int32"), np.array([[1, 1, 0]], "int32")
    table = np.asarray(layer.token.embeddings)
    zeros = np.zeros(5, "float32")
    rows = [[table[9], table[4], zeros], [zeros, table[9], table[4]]]
    x = layer.projection(np.stack([np.concatenate(row) for row in rows])[None])
    x = x + layer.position.embeddings[:2] + layer.segment.embeddings[0]
    found = layer(ids, ids * 0, mask)
    np.testing.assert_allclose(found[:, :2], layer.norm(x), rtol=1e-5, atol=1e-6)
