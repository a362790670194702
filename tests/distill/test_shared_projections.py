"""Shared projections: golden numbers, every kind of weight, no trace in the student."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tfdistill.bert.heads import Classification
from tfdistill.distill.shared_projections import (
    SharedProjections,
    project_gamma,
    project_kernel,
    project_vector,
)

U = np.array([[1.0, 0, 1], [0, 1, 0]])
V = U.T
THETA = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])


def test_hand_computed_projections():
    np.testing.assert_allclose(project_kernel(THETA, U, V), [[20, 10], [10, 5]])
    vector = ops.convert_to_tensor([1.0, 2, 3])
    left, right = (ops.cast(each, "float32") for each in (U, V))
    np.testing.assert_allclose(project_vector(vector, right), [4, 2])
    np.testing.assert_allclose(project_gamma(vector, left, right), [4, 2])


@pytest.fixture
def models(make_teacher, make_student):
    return make_teacher(), make_student(num_layers=4, hidden_dim=3, seed=9)


KINDS = ("kernels", "biases", "embeddings", "norms")


@pytest.mark.parametrize("direction", ["down", "up"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_weight_equals_numpy(kind, direction, models):
    layer = SharedProjections(*models, direction=direction, include=(kind,))
    named = {weight.name: np.array(weight) for weight in layer.weights}
    total = []
    for pair in layer._pairs.items:
        theirs, ours = np.array(pair.teacher, float), np.array(pair.student, float)
        source, target = (theirs, ours) if direction == "down" else (ours, theirs)
        if pair.axes == "gamma":
            moved = named["left_h"] @ np.diag(source) @ named["right_h"]
            moved = np.diag(moved)
        else:
            moved = source @ named[f"right_{pair.axes[-1]}"]
            if len(pair.axes) == 2:
                moved = named[f"left_{pair.axes[0]}"] @ moved
        assert moved.shape == target.shape, pair.name
        total.append(np.mean((moved - target) ** 2))
    np.testing.assert_allclose(layer.loss(), np.mean(total), rtol=1e-5)


def test_the_sum_is_the_papers_and_the_golden_difference(models):
    layer = SharedProjections(*models, include=("kernels",), reduction="sum")
    mean = SharedProjections(*models, include=("kernels",))
    sizes = {np.prod(pair.student.shape) for pair in layer._pairs.items}
    assert len(layer.names) == 24 and sizes == {9, 15}
    assert float(layer.loss()) > 9 * float(mean.loss()) > 0
    difference = np.array([[20, 10], [10, 5]]) - [[20, 10], [10, 6]]
    assert np.mean(difference**2) == 0.25 and np.sum(difference**2) == 1.0


@pytest.mark.parametrize("direction", ["down", "up"])
def test_a_student_that_is_the_projection_loses_nothing(direction, models):
    teacher, student = models
    layer = SharedProjections(teacher, student, direction=direction)
    matrices = {weight.name: np.array(weight) for weight in layer.weights}
    side = "left" if direction == "down" else "right"
    for axis in "hf":  # orthonormal rows; left is the transpose of right
        m = matrices[f"{side}_{axis}"]
        np.testing.assert_allclose(m @ m.T, np.eye(len(m)), atol=1e-6)
        np.testing.assert_array_equal(
            matrices[f"left_{axis}"], matrices[f"right_{axis}"].T
        )
    expand = {axis: matrices[f"{side}_{axis}"] for axis in "hf"}
    for pair in layer._pairs.items:  # theta_t = V theta_s V^T
        value = np.array(pair.student) @ expand[pair.axes[-1]]
        if len(pair.axes) == 2:
            value = expand[pair.axes[0]].T @ value
        pair.teacher.assign(value)
    assert float(layer.loss()) < 1e-10


def test_the_matrices_train_and_the_teacher_does_not(models):
    teacher, student = models
    layer = SharedProjections(teacher, student, include=KINDS)
    with tf.GradientTape() as tape:
        loss = layer.loss()
    sources = [*layer.trainable_variables, *student.weights, *teacher.weights]
    gradients = tape.gradient(loss, [each.value for each in sources])
    assert len(layer.trainable_variables) == 4 == len(layer.weights)
    assert all(gradient is not None for gradient in gradients[:4])
    moved = gradients[4 : 4 + len(student.weights)]
    assert sum(gradient is None for gradient in moved) == 2  # the pooler
    assert all(gradient is None for gradient in gradients[4 + len(student.weights) :])


def test_published_matrices_have_the_published_size():
    class Sizes:
        _sizes = [(768, 3072), (96, 384)]

    layer = object.__new__(SharedProjections)
    keras.layers.Layer.__init__(layer)
    layer._sizes, layer.direction = Sizes._sizes, "down"
    layer.build()
    assert layer.count_params() == 2_506_752
    assert [tuple(w.shape) for w in layer.weights] == [
        (96, 768),
        (768, 96),
        (384, 3072),
        (3072, 384),
    ]


def test_the_saved_student_has_no_trace_of_them(models, tmp_path):
    teacher, student = models
    before = [weight.path for weight in student.weights]
    SharedProjections(teacher, student).loss()
    student.save(tmp_path / "student.keras")
    again = keras.models.load_model(tmp_path / "student.keras")
    assert [weight.path for weight in student.weights] == before
    assert again.count_params() == student.count_params()


def test_the_students_rows_of_a_larger_table_are_compared(make_teacher, make_student):
    teacher = make_teacher(vocabulary_size=16)
    student = make_student(num_layers=4)
    with pytest.raises(ValueError, match="11 pieces and the teacher 16 rows"):
        SharedProjections(teacher, student)
    layer = SharedProjections(
        teacher, student, include=("embeddings",), teacher_tokens=(5, 16)
    )
    before = float(layer.loss())
    table = teacher.embeddings.token.embeddings
    table.assign(np.concatenate([np.ones((5, 6)), np.array(table)[5:]]))
    assert float(layer.loss()) == before


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"direction": "left"}, "direction must be one of down, up"),
        ({"include": ("heads",)}, "include must be some of kernels"),
        ({"reduction": "max"}, "reduction must be one of mean, sum"),
    ],
)
def test_unknown_choices_are_refused(changes, told, models):
    with pytest.raises(ValueError, match=told):
        SharedProjections(*models, **changes)


def test_other_depths_want_a_map_and_bottlenecks_are_refused(pair, make_student):
    teacher, student = pair
    with pytest.raises(ValueError, match="4 layers and the student 2"):
        SharedProjections(teacher, student)
    assert len(SharedProjections(teacher, student, "uniform").names) == 3 + 24
    narrow = make_student(Classification(2), num_layers=4, bottleneck_dim=3)
    with pytest.raises(ValueError, match="student has bottlenecks"):
        SharedProjections(teacher, narrow)
