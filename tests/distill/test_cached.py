"""A distiller that reads its teacher from disk trains as one that runs it."""

import keras
import numpy as np
import pytest

from tfdistill.data import Encoded, make_dataset
from tfdistill.data.cache import TeacherCache
from tfdistill.distill.cached import teacher_outputs
from tfdistill.distill.distiller import Distiller
from tfdistill.distill.frozen import FrozenTeacher
from tfdistill.distill.objectives import (
    AttentionScoreMSE,
    EmbeddingMSE,
    HardLabels,
    HiddenStateMSE,
    Objective,
    SoftTargets,
)


@pytest.fixture
def encoded():
    random = np.random.default_rng(1)
    starts = np.cumsum([0, 7, 4, 1, 6, 3, 5, 2])
    tokens = random.integers(0, 11, starts[-1]).astype("int32")
    labels = random.integers(0, 4, 7).astype("int32")
    return Encoded(tokens, starts, np.diff(starts).astype("int32"), labels)


class CountingTeacher(FrozenTeacher):
    """Counts the passes of a distiller's teacher."""

    passes = 0

    def __call__(self, *args, **kwargs):
        self.passes += not self.has_answered
        return super().__call__(*args, **kwargs)


@pytest.mark.parametrize(
    "dtype, bound", [("float32", 1e-5), ("float16", 2e-3), ("bfloat16", 2e-2)]
)
def test_losses_and_weights_are_those_of_the_live_teacher(
    dtype, bound, tmp_path, pair, all_objectives, encoded, compiled
):
    teacher, student = pair
    names = teacher_outputs(teacher, student, all_objectives)
    cache = TeacherCache(tmp_path, teacher, encoded, names, dtype)
    start = student.get_weights()
    histories, trained, passes = [], [], []
    for teacher_cache in (None, cache):
        student.set_weights(start)
        keras.utils.set_random_seed(2)
        distiller = Distiller(teacher, student, all_objectives)
        distiller.frozen_teacher = CountingTeacher(distiller.frozen_teacher.model)
        data = make_dataset(
            encoded, 3, seed=1, shuffle=True, teacher_cache=teacher_cache
        )
        compiled(distiller, rate=0.01)
        histories.append(distiller.fit(data, epochs=2, verbose=0).history)
        trained.append(np.concatenate([w.ravel() for w in student.get_weights()]))
        passes.append(distiller.frozen_teacher.passes)
    assert passes == [6, 0]
    for name, live in histories[0].items():
        np.testing.assert_allclose(histories[1][name], live, bound, err_msg=name)
    np.testing.assert_allclose(trained[1], trained[0], bound, bound)


def test_the_likeliest_classes_come_from_disk_as_well(
    tmp_path, pair, encoded, compiled
):
    teacher, student = pair
    objectives = [SoftTargets(kind="kl", top_k=2, temperature=2.0)]
    names = teacher_outputs(teacher, student, objectives)
    assert names == ("logits:top2:T2:ids", "logits:top2:T2:log_p")
    cache = TeacherCache(tmp_path, teacher, encoded, names, "float32")
    assert cache.size_bytes == len(encoded) * 2 * (4 + 4)
    start = student.get_weights()
    logs = []
    for teacher_cache in (None, cache):
        student.set_weights(start)
        distiller = compiled(Distiller(teacher, student, objectives))
        data = make_dataset(encoded, 3, teacher_cache=teacher_cache)
        logs.append(distiller.evaluate(data, return_dict=True, verbose=0))
    assert logs[0] == pytest.approx(logs[1], rel=1e-5)
    assert set(logs[0]) == {"loss", "agreement", "soft_target_kl"}


def test_what_a_step_reads_is_named(pair):
    teacher, student = pair
    assert teacher_outputs(teacher, student, [HardLabels()]) == ("logits",)
    assert teacher_outputs(
        teacher, student, [HiddenStateMSE(), AttentionScoreMSE(), EmbeddingMSE()], "top"
    ) == (
        "attention_scores/2",
        "attention_scores/3",
        "hidden_states/0",
        "hidden_states/3",
        "hidden_states/4",
        "logits",
    )
    assert teacher_outputs(teacher, student, [SoftTargets()]) == ("logits",)


def test_an_objective_that_does_not_say_cannot_be_cached(pair):
    with pytest.raises(ValueError, match="Objective does not say which"):
        teacher_outputs(*pair, [Objective()])
