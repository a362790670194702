"""Losses on labels and the agreement of choices, by hand and by Keras."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import log_softmax

from tfdistill.distill import losses

TEACHER = np.array([[2, 1, 0.1], [0.5, -1, 3]])
STUDENT = np.array([[1, 2, 0.5], [0, 0, 1]])


def test_label_cross_entropy_equals_keras_own():
    labels = np.array([2, 0])
    theirs = keras.losses.sparse_categorical_crossentropy(
        labels, np.float32(STUDENT), from_logits=True
    )
    for given in (labels, labels[:, None]):
        ours = losses.label_cross_entropy(given, np.float32(STUDENT))
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_half_a_label_and_half_a_teacher_is_mobileberts_target():
    """The masked-LM target of arXiv 2004.02984: (0.893493, 0.053253, 0.053253)."""
    teacher, student = np.array([[2.0, 0, 0]]), np.array([[1.0, 1, 0]])
    label = losses.label_cross_entropy(np.array([0]), student)
    taught = losses.soft_cross_entropy(teacher, student)
    mixed = 0.5 * np.asarray(label) + 0.5 * np.asarray(taught)
    np.testing.assert_allclose(mixed, [0.915248], atol=2e-6)


def test_labels_below_zero_are_not_scored():
    logits = np.random.default_rng(1).normal(size=(2, 4, 3)).astype("float32")
    labels = np.array([[-1, 2, 0, -1], [-1, -1, -1, -1]])
    expected = -log_softmax(np.float64(logits), axis=-1)[0, [1, 2], [2, 0]].mean()
    ours = losses.label_cross_entropy(labels, logits)
    np.testing.assert_allclose(ours, [expected, 0], rtol=1e-5)
    ours = losses.label_cross_entropy(np.array([-1, 1]), logits[:, 0])
    assert ours[0] == 0 and ours[1] > 0


def test_a_label_that_no_class_has_is_not_passed_over():
    logits = tf.Variable(np.float32(STUDENT))
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(losses.label_cross_entropy(np.array([3, 0]), logits))
    gradient = tape.gradient(value, logits)
    assert np.isnan(value) and np.all(np.isfinite(gradient))


@pytest.mark.parametrize(
    ("function", "labels"),
    [
        (losses.label_cross_entropy, np.eye(3)[[2, 0]]),
        (losses.label_cross_entropy, np.array(1)),
        (losses.label_squared_error, np.ones((2, 3))),
    ],
)
def test_labels_of_another_rank_are_refused(function, labels):
    with pytest.raises(ValueError, match=r"Expected labels of shape \(2,\).*argmax"):
        function(labels, np.float32(STUDENT))


@pytest.mark.parametrize("labels", [[1.5, 2.0], [[1.5], [2.0]]])
def test_regression_labels_may_have_a_last_axis(labels):
    ours = losses.label_squared_error(np.array(labels), np.float32([[1.0], [4.0]]))
    np.testing.assert_allclose(ours, [0.25, 4.0])


def test_agreement_counts_equal_choices():
    np.testing.assert_array_equal(losses.agreement(TEACHER, STUDENT), [0, 1])
    teacher = np.random.default_rng(4).normal(size=(3, 5, 3))
    student = teacher.copy()
    student[1, 1] = -student[1, 1]  # One of two real tokens.
    student[2, 1] = -student[2, 1]  # Padding.
    mask = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 1, 1, 0]])
    np.testing.assert_allclose(losses.agreement(teacher, student, mask), [1, 0.5, 1])
