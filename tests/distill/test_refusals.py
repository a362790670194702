"""What a distiller refuses, each with one sentence that says what would work."""

import keras
import numpy as np
import pytest

from tfdistill.bert.heads import (
    Classification,
    IntentAndSlots,
    MaskedLM,
    Regression,
    TokenClassification,
)
from tfdistill.distill.distiller import Distiller
from tfdistill.distill.objectives import (
    AttentionScoreMSE,
    EmbeddingMSE,
    HardLabels,
    HiddenStateMSE,
    Objective,
    SoftTargets,
)


@pytest.mark.parametrize(
    ("changes", "objective", "message"),
    [
        (
            {"vocabulary_size": 13},
            HiddenStateMSE(),
            "compare hidden_states/2, .*has 11 pieces and the student's 13",
        ),
        (
            {"num_heads": 1},
            AttentionScoreMSE(),
            "teacher has 3 heads and the student 1.*num_heads=3",
        ),
        (
            {"num_layers": 3},
            HiddenStateMSE(),
            r"4 teacher and 3 student.*\[0, 1, 2, 4\]",
        ),
        ({"num_layers": 3}, AttentionScoreMSE(), "4 teacher and 3 student"),
    ],
)
def test_models_that_do_not_fit_together(
    make_teacher, make_student, changes, objective, message
):
    heads = [Classification(4) for _ in range(2)]
    teacher, student = make_teacher(heads[0]), make_student(heads[1], **changes)
    with pytest.raises(ValueError, match=message):
        Distiller(teacher, student, [objective])


def test_sixteen_heads_against_twelve_are_named(make_teacher, make_student):
    teacher = make_teacher(hidden_dim=16, num_heads=16)
    student = make_student(hidden_dim=12, num_heads=12)
    with pytest.raises(ValueError, match="has 16 heads and the student 12"):
        Distiller(teacher, student, [HiddenStateMSE(), AttentionScoreMSE()])
    Distiller(teacher, student, [HiddenStateMSE()])


@pytest.mark.parametrize(
    ("objective", "settings", "message"),
    [
        (EmbeddingMSE(), {"projection": None}, "equal widths.*is 6, the student's 9"),
        (SoftTargets(), {"projection": "both"}, '"shared", "per_layer" or None'),
        (HiddenStateMSE(), {"layer_map": "odd"}, "uniform, top, bottom"),
        (HiddenStateMSE(), {"layer_map": [0, 2, 5]}, "does not fit a teacher of 4"),
        (
            SoftTargets(output="slots"),
            {},
            r"'slots', but the teacher gives \['logits'\]",
        ),
        (
            HardLabels(output="slots"),
            {},
            r"'slots', but the student gives \['logits'\]",
        ),
        ("mse", {}, "must be an Objective such as SoftTargets.*got 'mse'"),
        (SoftTargets, {}, "must be an Objective"),
    ],
)
def test_settings_that_do_not_fit(pair, objective, settings, message):
    with pytest.raises(ValueError, match=message):
        Distiller(*pair, [objective], **settings)


def test_models_and_objectives_must_be_there(pair):
    teacher, student = pair
    with pytest.raises(ValueError, match="at least one objective.*got none"):
        Distiller(teacher, student, [])
    with pytest.raises(ValueError, match="teacher must be a BertEncoder.*got Dense"):
        Distiller(keras.layers.Dense(2), student, [SoftTargets()])
    with pytest.raises(ValueError, match="student must be a BertEncoder.*got NoneType"):
        Distiller(teacher, None, [SoftTargets()])
    with pytest.raises(ValueError, match="are the same model"):
        Distiller(student, student, [SoftTargets()])
    with pytest.raises(ValueError, match="HiddenStateMSE needs a teacher; got None"):
        Distiller(None, student, [HiddenStateMSE()])


@pytest.mark.parametrize(
    ("teacher_head", "student_head", "message"),
    [
        (Classification(3), Classification(4), "num_classes=3.*num_classes=4"),
        (
            Classification(4),
            Regression(),
            r"has Classification.*student Regression\(\)",
        ),
        (MaskedLM(), Regression(), r"has MaskedLM\(\), the student Regression\(\)"),
        (TokenClassification(4), Classification(4), "TokenClassification"),
        (IntentAndSlots(4, 3), IntentAndSlots(4, 5), "num_slots=3.*num_slots=5"),
        (None, Classification(4), "the teacher gives none: it has no head"),
        (Classification(4), None, "the student gives none: it has no head"),
    ],
)
def test_heads_that_answer_different_questions(
    make_teacher, make_student, teacher_head, student_head, message
):
    with pytest.raises(ValueError, match=message):
        Distiller(
            make_teacher(teacher_head), make_student(student_head), [SoftTargets()]
        )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SoftTargets(temperature=0), "temperature must be above 0; got 0"),
        (lambda: SoftTargets(temperature=float("nan")), "above 0; got nan"),
        (lambda: SoftTargets(kind="mse"), '"cross_entropy" or "kl"; got \'mse\''),
        (lambda: HiddenStateMSE(weight=-1), "HiddenStateMSE.weight must be 0 or more"),
        (
            lambda: HardLabels(weight=float("nan")),
            "HardLabels.weight must be 0 or more",
        ),
    ],
)
def test_objectives_refuse_impossible_numbers(make, message):
    with pytest.raises(ValueError, match=message):
        make()
    assert Objective(weight=0).weight == 0


@pytest.mark.parametrize("eagerly", [True, False])
def test_missing_labels_are_named(pair, batch, compiled, eagerly):
    distiller = compiled(Distiller(*pair, [HardLabels()]), run_eagerly=eagerly)
    with pytest.raises(ValueError, match="needs labels for 'logits'.* has none; give"):
        distiller.fit(batch, verbose=0)
    wrong = {"slot_logits": np.zeros(5, "int32")}
    with pytest.raises(ValueError, match=r"has \['slot_logits'\]"):
        distiller.fit(batch, wrong, verbose=0)


def test_metrics_without_labels_are_named(pair, batch, compiled):
    distiller = compiled(Distiller(*pair, [SoftTargets()]), metrics=["accuracy"])
    with pytest.raises(ValueError, match="metrics need labels"):
        distiller.fit(batch, verbose=0)


def test_one_hot_labels_and_token_weights_are_refused(pair, batch, labels, compiled):
    distiller = compiled(Distiller(*pair, [HardLabels()]))
    with pytest.raises(ValueError, match=r"labels of shape \(5,\).*got \(5, 4\)"):
        distiller.train_on_batch(batch, np.eye(4)[labels])
    weights = np.ones((5, 7), "float32")
    with pytest.raises(ValueError, match=r"one sample weight per example.*\(5, 7\)"):
        distiller.train_on_batch(batch, labels, sample_weight=weights)


def test_a_loss_in_compile_is_refused(pair):
    with pytest.raises(ValueError, match="losses are its objectives.*got loss='mse'"):
        Distiller(*pair, [SoftTargets()]).compile(loss="mse")
