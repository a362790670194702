"""The gradient of a table: one row per piece, however often the piece comes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfdistill.bert.embeddings import Table

IDS = np.array([[1, 1, 2], [1, 4, 4]], "int32")
UPSTREAM = np.random.default_rng(0).normal(size=(2, 3, 5)).astype("float32")


@pytest.fixture
def table():
    table = Table(6, 5)
    table.build((2, 3))
    return table


def gradient(table, scale=1.0):
    with tf.GradientTape() as tape:
        loss = keras.ops.sum(table(IDS) * UPSTREAM * scale)
    return tape.gradient(loss, table.trainable_weights)


def test_rows_are_looked_up(table):
    rows = keras.ops.convert_to_numpy(table(IDS))
    assert np.array_equal(rows, keras.ops.convert_to_numpy(table.embeddings)[IDS])


def test_a_piece_that_comes_twice_has_one_gradient(table):
    (found,) = gradient(table)
    expected = np.zeros((6, 5), "float32")
    np.add.at(expected, IDS, UPSTREAM)
    assert isinstance(found, tf.Tensor)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def adam(gradients, rate=0.1, beta1=0.9, beta2=0.999):
    """Return where Adam moves a zero (Kingma and Ba 2015, algorithm 1)."""
    m = v = x = 0.0
    for t, g in enumerate(gradients, 1):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        hats = m / (1 - beta1**t), v / (1 - beta2**t)
        x = x - rate * hats[0] / (np.sqrt(hats[1]) + 1e-7)
    return x


def test_keras_still_moves_repeated_rows_wrongly():
    # The reason for Table. If this fails, Keras sums repeated rows by now.
    slices = tf.IndexedSlices([[2.0], [-4.0], [1.0]], [1, 1, 2], tf.constant([4, 1]))
    moved = []
    for each in (slices, tf.convert_to_tensor(slices)):
        variable = keras.Variable(np.zeros((4, 1)))
        keras.optimizers.Adam(0.1).apply([each], [variable])
        moved.append(keras.ops.convert_to_numpy(variable)[1, 0])
    assert moved[1] == pytest.approx(0.1, abs=1e-4)
    assert abs(moved[0] - moved[1]) > 0.01


def test_adam_moves_a_table_as_its_paper_says(table):
    table.embeddings.assign(np.zeros((6, 5)))
    rule = keras.optimizers.Adam(0.1)
    seen = []
    for scale in (1.0, -0.5, 2.0):
        (found,) = gradient(table, scale)
        seen.append(np.asarray(found, "float64"))
        rule.apply([found], table.trainable_weights)
    expected = adam(np.stack(seen))
    moved = keras.ops.convert_to_numpy(table.embeddings)
    np.testing.assert_allclose(moved, expected, atol=1e-4)
