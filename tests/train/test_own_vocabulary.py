"""A teacher that keeps its own vocabulary teaches whole texts, through the cache."""

import dataclasses

import numpy as np
import pytest

from tfdistill.bert.heads import Classification
from tfdistill.data import make_dataset
from tfdistill.data.cache import TeacherCache
from tfdistill.distill.distiller import Distiller
from tfdistill.distill.objectives import EmbeddingMSE, HardLabels, SoftTargets
from tfdistill.train.casting import replay, restore_teachers
from tfdistill.train.evaluate import keras_outputs
from tfdistill.train.models import make_student, make_teacher
from tfdistill.train.prepare import prepare
from tfdistill.train.recipe import Cache, Stage
from tfdistill.train.run import run_recipe

TEACHER = Stage("teacher", (HardLabels(),), "teacher", "teacher", epochs=1)
ADOPTS = Stage("adopts", (HardLabels(),), model="teacher", epochs=1)
LAYERS = Stage("layers", (EmbeddingMSE(),), epochs=1)
LAST = Stage("last", (SoftTargets(),), epochs=1, teacher_vocabulary="teacher")


@pytest.fixture(scope="module")
def whole(recipe):
    """A recipe in which the adopted teacher teaches layers, the first one answers."""
    return dataclasses.replace(recipe, stages=(TEACHER, ADOPTS, LAYERS, LAST))


def test_it_answers_as_it_did_before_it_adopted(whole, tmp_path, monkeypatch):
    opened = []
    make = TeacherCache.__init__

    def spy(self, folder, teacher, encoded, *rest):
        make(self, folder, teacher, encoded, *rest)
        opened.append(self)

    monkeypatch.setattr(TeacherCache, "__init__", spy)
    kept = Cache(dtype="float32", folder=str(tmp_path / "kept"))
    whole = dataclasses.replace(whole, cache=kept)
    run_recipe(whole, tmp_path / "run")
    run = prepare(whole, tmp_path / "run")
    (_, teacher), (_, adopted) = restore_teachers(run)
    assert adopted.config.vocabulary_size != teacher.config.vocabulary_size
    assert [len(each.encoded) for each in opened] == [48, 12]
    expected = keras_outputs(teacher, run.encoded("teacher").train)["logits"]
    found = opened[0].read(np.arange(48), 16)["logits"]
    assert np.allclose(found, expected, atol=1e-5)
    assert [t and t.config.vocabulary_size for _, t in replay(run)] == [
        model.config.vocabulary_size for model in (teacher, adopted, adopted, teacher)
    ]


@pytest.fixture
def pair(whole, tmp_path):
    """Return (run, its untrained teacher, its untrained student)."""
    run = prepare(whole, tmp_path)
    student = make_student(whole, run.task, run.vocabularies["student"])
    return run, make_teacher(whole, run.task), student


def test_a_step_without_the_cache_is_refused(pair):
    run, teacher, student = pair
    assert isinstance(teacher.head, Classification)
    distiller = Distiller(teacher, student, [SoftTargets()])
    distiller.compile()
    data = make_dataset(run.encoded("student").train, 8)
    with pytest.raises(ValueError, match="cannot read this batch: give make_dataset"):
        distiller.fit(data, verbose=0)


def test_tokens_cannot_be_compared(whole, tmp_path):
    tokens = dataclasses.replace(LAST, objectives=(SoftTargets(), EmbeddingMSE()))
    recipe = dataclasses.replace(whole, stages=(TEACHER, tokens))
    with pytest.raises(ValueError, match="compare hidden_states/0 token by token"):
        run_recipe(recipe, tmp_path)


def test_the_cache_cannot_be_done_without(whole, tmp_path):
    with pytest.raises(ValueError, match="'last'.*leave Recipe.cache on"):
        dataclasses.replace(whole, cache=Cache(is_on=False))
    small = dataclasses.replace(whole, cache=Cache(max_gigabytes=1e-7))
    with pytest.raises(ValueError, match="GB are allowed"):
        run_recipe(small, tmp_path)
    with pytest.raises(ValueError, match="teacher_vocabulary must be one of"):
        dataclasses.replace(LAST, teacher_vocabulary="both")
    with pytest.raises(ValueError, match="plain text cannot have"):
        dataclasses.replace(LAST, corpus="text.txt", steps_per_epoch=1)
