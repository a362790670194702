"""Losses against printed golden numbers and a float64 NumPy reference."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfdistill.distill import losses

TEACHER = np.array([[2, 1, 0.1], [0.5, -1, 3]])
STUDENT = np.array([[1, 2, 0.5], [0, 0, 1]])
# Temperature: soft_target_kl per row, soft_cross_entropy per row.
TABLE = {
    1: ([0.424481, 0.293943], [1.271219, 0.642685]),
    2: ([0.407820, 0.594092], [1.128199, 0.942720]),
    3: ([0.393173, 0.687635], [1.109308, 1.026197]),
}
MEANS = {1: (0.359212, 0.956952), 2: (0.500956, 1.035459), 3: (0.540404, 1.067753)}
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 1, 1, 0]])


# === The reference: float64, one example at a time, real tokens picked by index ===


def log_softmax(z):
    z = z - z.max(-1, keepdims=True)
    return z - np.log(np.exp(z).sum(-1, keepdims=True))


def cross_entropy(t, s, temperature):
    return -(np.exp(log_softmax(t / temperature)) * log_softmax(s / temperature)).sum(
        -1
    )


def kl(t, s, temperature):
    return temperature**2 * (
        cross_entropy(t, s, temperature) - cross_entropy(t, t, temperature)
    )


def tokens(values, mask):
    return [row[m == 1].mean() for row, m in zip(values, mask, strict=True)]


def pairs(values, mask):
    return [
        row[:, m == 1][:, :, m == 1].mean() for row, m in zip(values, mask, strict=True)
    ]


# name: our function, the reference, the shape of its tensors, axes of the sequence.
CASES = {
    "soft_cross_entropy": (
        lambda t, s, m: losses.soft_cross_entropy(t, s, 2.0, m),
        lambda t, s, m: tokens(cross_entropy(t, s, 2.0), m),
        (3, 5, 7),
        (1,),
    ),
    "soft_target_kl": (
        lambda t, s, m: losses.soft_target_kl(t, s, 3.0, m),
        lambda t, s, m: tokens(kl(t, s, 3.0), m),
        (3, 5, 7),
        (1,),
    ),
    "hidden_state_mse": (
        losses.hidden_state_mse,
        lambda t, s, m: tokens(((t - s) ** 2).mean(-1), m),
        (3, 5, 11),
        (1,),
    ),
    "attention_score_mse": (
        losses.attention_score_mse,
        lambda t, s, m: pairs((t - s) ** 2, m),
        (3, 2, 5, 5),
        (2, 3),
    ),
}
every_loss = pytest.mark.parametrize("name", CASES)


def tensors(name, seed=0):
    return 2 * np.random.default_rng(seed).normal(size=(2, *CASES[name][2]))


def gradients(function, *arrays, dtype="float32"):
    variables = [tf.Variable(np.asarray(a, dtype)) for a in arrays]
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(function(*variables))
    return value, *tape.gradient(value, variables)


# === Golden numbers ===


@pytest.mark.parametrize("temperature", TABLE)
def test_soft_targets_give_the_golden_table(temperature, compute):
    for reference, function, golden, mean in zip(
        (kl, cross_entropy),
        (losses.soft_target_kl, losses.soft_cross_entropy),
        TABLE[temperature],
        MEANS[temperature],
        strict=True,
    ):
        exact = reference(TEACHER, STUDENT, temperature)
        np.testing.assert_allclose(exact, golden, atol=1e-6)
        ours = compute(lambda t, s: function(t, s, temperature), TEACHER, STUDENT)  # noqa: B023
        np.testing.assert_allclose(ours, exact, rtol=1e-5)
        np.testing.assert_allclose(ours.mean(), mean, atol=1e-5)


def test_the_gradient_is_the_temperature_times_q_minus_p():
    golden = [[-0.419864, 0.353470, 0.066393], [0.145132, 0.357771, -0.502902]]
    _, _, student = gradients(
        lambda t, s: losses.soft_target_kl(t, s, 2.0), TEACHER, STUDENT
    )
    np.testing.assert_allclose(student, golden, atol=1e-5)
    np.testing.assert_allclose(student.numpy().sum(-1), 0, atol=1e-6)


def test_attention_scores_give_the_golden_number(compute):
    teacher = np.array([[[[1, 2, 9], [0, -1, 9], [5, 5, 9]]]])
    student = np.array([[[[0, 2, -9], [1, 1, -9], [7, 7, -9]]]])
    ours = compute(losses.attention_score_mse, teacher, student, [[1, 1, 0]])
    np.testing.assert_allclose(ours, [1.5], rtol=1e-6)
    unmasked = compute(losses.attention_score_mse, teacher, student)
    np.testing.assert_allclose(unmasked, [109.555556], rtol=1e-6)


def test_projected_hidden_states_give_the_golden_number(compute):
    teacher = np.array([[[1, 2], [3, 4], [100, 100]]])
    projection = keras.layers.Dense(2)
    projection.build((None, None, 1))
    projection.set_weights([np.array([[1, 2]]), np.array([0, 0.5])])
    student = projection(np.array([[[1], [2], [50]]], "float32"))
    ours = compute(losses.hidden_state_mse, teacher, student, [[1, 1, 0]])
    np.testing.assert_allclose(ours, [0.375], rtol=1e-6)
    unmasked = compute(losses.hidden_state_mse, teacher, student)
    np.testing.assert_allclose(unmasked, [416.958333], rtol=1e-6)


# === What holds for every loss ===


@every_loss
@pytest.mark.parametrize("seed", range(3))
def test_every_loss_equals_the_reference(name, seed, compute):
    function, reference, *_ = CASES[name]
    teacher, student = tensors(name, seed)
    ours = compute(function, teacher, student, MASK)
    np.testing.assert_allclose(ours, reference(teacher, student, MASK), rtol=1e-5)


@every_loss
def test_appended_padding_full_of_junk_changes_nothing(name, compute):
    function, _, shape, axes = CASES[name]
    teacher, student = tensors(name)
    before = compute(function, teacher, student, MASK)
    widths = [(0, 3 if axis in axes else 0) for axis in range(len(shape))]
    mask = np.pad(MASK, ((0, 0), (0, 3)))
    junk = 50 * np.random.default_rng(9).normal(
        size=(2, *np.pad(teacher, widths).shape)
    )
    inside = np.pad(np.ones(shape), widths) == 1
    for padded, array in zip(junk, (teacher, student), strict=True):
        padded[inside] = array.ravel()
    after = compute(function, *junk, mask)
    np.testing.assert_allclose(after, before, rtol=1e-6)


@every_loss
def test_a_permuted_batch_gives_permuted_values(name, compute):
    function, *_ = CASES[name]
    order = [2, 0, 1]
    teacher, student = tensors(name)
    before = compute(function, teacher, student, MASK)
    after = compute(function, teacher[order], student[order], MASK[order])
    np.testing.assert_allclose(after, before[order], rtol=1e-6)
    assert len(set(before)) == 3


@every_loss
def test_a_perfect_student_has_no_loss_but_the_teachers_entropy(name, compute):
    function, *_ = CASES[name]
    teacher, _ = tensors(name)
    expected = np.zeros(3)
    if name == "soft_cross_entropy":
        p = np.exp(log_softmax(teacher / 2.0))
        expected = tokens(-(p * np.log(p)).sum(-1), MASK)
    ours = compute(function, teacher, teacher, MASK)
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)


@every_loss
def test_no_gradient_reaches_the_teacher(name):
    function, *_ = CASES[name]
    _, teacher, student = gradients(lambda t, s: function(t, s, MASK), *tensors(name))
    assert teacher is None
    assert np.abs(student.numpy()).max() > 1e-3


@every_loss
def test_an_example_without_tokens_costs_nothing(name, compute):
    function, *_ = CASES[name]
    mask = MASK.copy()
    mask[1] = 0
    value, _, student = gradients(lambda t, s: function(t, s, mask), *tensors(name))
    assert np.isfinite(value) and np.all(np.isfinite(student))
    assert compute(function, *tensors(name), mask)[1] == 0


# === Soft targets ===


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("function", [losses.soft_target_kl, losses.soft_cross_entropy])
def test_huge_logits_give_finite_losses_and_gradients(function, dtype):
    teacher = np.array([[1e4, -1e4, 0], [1e4, 1e4, -1e4]])
    value, _, gradient = gradients(function, teacher, -teacher, dtype=dtype)
    assert np.isfinite(value) and value > 1e3
    assert np.all(np.isfinite(gradient)) and gradient.dtype == dtype


def test_a_constant_on_all_logits_changes_nothing(compute):
    before = compute(losses.soft_target_kl, TEACHER, STUDENT)
    after = compute(losses.soft_target_kl, TEACHER + 7, STUDENT - 3)
    np.testing.assert_allclose(after, before, rtol=1e-5)


def test_at_a_high_temperature_kl_compares_centred_logits(compute):
    teacher, student = (x - x.mean(-1, keepdims=True) for x in (TEACHER, STUDENT))
    limit = ((teacher - student) ** 2).sum(-1) / (2 * 3)
    np.testing.assert_allclose(kl(TEACHER, STUDENT, 1e4), limit, rtol=1e-3)
    ours = compute(lambda t, s: losses.soft_target_kl(t, s, 100.0), TEACHER, STUDENT)
    np.testing.assert_allclose(ours, limit, rtol=1e-2)


@pytest.mark.parametrize("temperature", TABLE)
def test_the_keras_object_agrees_with_ours(temperature):
    loss = keras.distillation.LogitsDistillation(
        temperature=temperature, loss=keras.losses.KLDivergence()
    )
    theirs = float(loss.compute_loss(np.float32(TEACHER), np.float32(STUDENT)))
    np.testing.assert_allclose(theirs, MEANS[temperature][0], atol=1e-5)


@pytest.mark.xfail(
    strict=True,
    reason="Keras applies its string default to raw logits. Once this passes it is "
    "repaired: drop the warning in distill/keras_objective.py.",
)
def test_the_keras_string_default_agrees_with_ours():
    loss = keras.distillation.LogitsDistillation(temperature=2.0)
    theirs = float(loss.compute_loss(np.float32(TEACHER), np.float32(STUDENT)))
    np.testing.assert_allclose(theirs, MEANS[2][0], atol=1e-3)


def test_a_regression_output_is_compared_by_its_square(compute):
    ours = compute(losses.output_squared_error, [[1.5], [2.0]], [[1.0], [4.0]])
    np.testing.assert_allclose(ours, [0.25, 4.0])
