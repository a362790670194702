"""Mixed-vocabulary training: two softmaxes, a teacher that learns, and a lower loss."""

import keras
import numpy as np
import pytest
from keras import ops

from tfdistill.bert.adopt import extend_vocabulary
from tfdistill.bert.heads import Classification, MaskedLM
from tfdistill.distill.mixed import (
    MixedVocabularyTrainer,
    SlowerTeacherAdamW,
    mixed_masked_lm,
)
from tfdistill.distill.shared_projections import SharedProjections

ROWS = [[0], [1, 2], [3], [4, 5, 6], [7], [8], [9]]


def test_each_word_is_guessed_within_its_own_vocabulary():
    # Teacher pieces 0-1, student pieces 2-4.
    logits = np.array([[[5.0, -3, 2, 0, 1], [0, 1, 9, 9, 9], [1, 1, 1, 1, 1]]])
    labels = np.array([[2, 1, -1]])
    loss = float(mixed_masked_lm(labels, ops.convert_to_tensor(logits), 2))
    assert loss == pytest.approx(0.360434, abs=1e-6)
    logits[0, 0, :2] = 70.0  # of the other vocabulary
    logits[0, 2] = -8.0  # not asked
    again = float(mixed_masked_lm(labels, ops.convert_to_tensor(logits), 2))
    assert again == loss
    nothing = np.full((1, 3), -1)
    assert float(mixed_masked_lm(nothing, ops.convert_to_tensor(logits), 2)) == 0.0


def test_one_vocabulary_is_the_usual_loss():
    random = np.random.default_rng(1)
    logits = random.normal(size=(2, 3, 5)).astype("float32")
    labels = np.array([[1, -1, 4], [0, -1, -1]])
    log_q = np.log(np.exp(logits) / np.exp(logits).sum(-1, keepdims=True))
    expected = -(log_q[0, 0, 1] + log_q[0, 2, 4] + log_q[1, 0, 0]) / 3
    value = float(mixed_masked_lm(labels, ops.convert_to_tensor(logits)))
    assert value == pytest.approx(expected, rel=1e-5)


@pytest.fixture
def models(make_teacher, make_student):
    teacher = make_teacher(MaskedLM(), num_layers=2)
    student = make_student(MaskedLM(), vocabulary_size=len(ROWS))
    return teacher, extend_vocabulary(teacher, ROWS), student


def test_an_extended_teacher_reads_its_own_pieces_as_before(models, batch):
    teacher, extended, _ = models
    assert extended.config.vocabulary_size == 11 + len(ROWS)
    before, after = teacher(batch)["logits"], extended(batch)["logits"]
    np.testing.assert_allclose(after[..., :11], before, atol=1e-5)
    table = np.array(extended.embeddings.token.embeddings)
    np.testing.assert_allclose(table[12], table[[1, 2]].mean(0), atol=1e-6)
    with pytest.raises(ValueError, match="New piece 0 must be spelled"):
        extend_vocabulary(teacher, [[11]])


def data(batch):
    random = np.random.default_rng(3)
    ours = dict(batch, token_ids=batch["token_ids"] % len(ROWS))
    theirs = dict(batch, token_ids=ours["token_ids"] + 11)
    is_hidden = (batch["padding_mask"] == 1) & (random.random((5, 7)) < 0.5)
    labels = {
        "teacher": np.where(is_hidden, theirs["token_ids"], -1),
        "student": np.where(is_hidden, ours["token_ids"], -1),
    }
    return {"teacher": theirs, "student": ours}, labels


def test_teacher_student_and_matrices_learn(models, batch):
    _, teacher, student = models
    matrices = SharedProjections(teacher, student, teacher_tokens=(11, 18))
    trainer = MixedVocabularyTrainer(teacher, student, matrices, 0.5)
    optimizer = SlowerTeacherAdamW(0.02, slow=teacher.trainable_variables)
    trainer.compile(optimizer, jit_compile=False)
    groups = teacher.trainable_variables, student.trainable_variables, matrices.weights
    before = [[np.array(v) for v in group] for group in groups]
    x, y = data(batch)
    history = trainer.fit(x, y, batch_size=5, epochs=6, verbose=0).history
    for name in ("student_masked_lm", "teacher_masked_lm", "projection", "loss"):
        assert history[name][-1] < history[name][0], name
    total = history["student_masked_lm"][0] + history["teacher_masked_lm"][0]
    total += 0.5 * history["projection"][0]
    assert history["loss"][0] == pytest.approx(total, rel=1e-5)
    moved = [
        max(np.abs(np.array(v) - old).max() for v, old in zip(group, olds, strict=True))
        for group, olds in zip(groups, before, strict=True)
    ]
    assert 0 < moved[0] < 0.2 * moved[1] and moved[2] > 0
    # Not one bias alone: every kernel of the student moves at the full rate.
    kernels = [
        [
            i
            for i, v in enumerate(group)
            if v.path.endswith("kernel") and "pooler" not in v.path  # nobody reads it
        ]
        for group in groups[:2]
    ]
    theirs, ours = (
        [np.abs(np.array(group[i]) - old[i]).max() for i in found]
        for group, old, found in zip(groups[:2], before[:2], kernels, strict=True)
    )
    assert max(theirs) < 0.5 * min(ours)


def test_what_is_slow_decays_slowly(models):
    _, teacher, student = models
    optimizer = SlowerTeacherAdamW(
        0.1, slow=teacher.trainable_variables, fraction=0.0, weight_decay=0.5
    )
    variables = teacher.trainable_variables + student.trainable_variables
    before = [np.array(variable) for variable in variables]
    optimizer.build(variables)
    zeros = [keras.ops.zeros(variable.shape) for variable in variables]
    optimizer.apply(zeros, variables)
    for variable, old in zip(variables, before, strict=True):
        is_slow = any(variable is each for each in teacher.trainable_variables)
        expected = old if is_slow else 0.95 * old
        assert np.allclose(variable, expected, atol=1e-6), variable.path
    assert not any("left" in w.path or "right" in w.path for w in student.weights)


def test_an_ordinary_optimizer_trains_it_as_well(models, batch):
    _, teacher, student = models
    trainer = MixedVocabularyTrainer(teacher, student)
    trainer.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    x, y = data(batch)
    logs = trainer.train_on_batch(x, y, return_dict=True)
    assert set(logs) == {"loss", "teacher_masked_lm", "student_masked_lm"}
    assert set(trainer.predict(x, verbose=0)) == {"teacher", "student"}


def test_models_that_do_not_fit_are_refused(models, make_student):
    teacher, extended, student = models
    with pytest.raises(ValueError, match="student needs a MaskedLM head"):
        MixedVocabularyTrainer(extended, make_student(Classification(2)))
    larger = make_student(MaskedLM(), vocabulary_size=11)
    with pytest.raises(ValueError, match="it has 11 in all. See extend_vocabulary"):
        MixedVocabularyTrainer(teacher, larger)
