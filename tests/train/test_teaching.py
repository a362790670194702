"""Stages read their teacher from disk when that saves a pass, and only then."""

import dataclasses

import pytest

from tfdistill.bert.heads import Classification
from tfdistill.data.cache import TeacherCache
from tfdistill.data.corpus import Corpus
from tfdistill.distill.objectives import EmbeddingMSE, HardLabels, SoftTargets
from tfdistill.train import run as train_run
from tfdistill.train.models import make_student, make_teacher
from tfdistill.train.prepare import prepare
from tfdistill.train.recipe import Cache, Stage, override
from tfdistill.train.recipe_file import read_recipe
from tfdistill.train.run import run_recipe
from tfdistill.train.stages import train_stage
from tfdistill.train.teaching import make_cache, taught_alike

THINGS, BAD, GOOD = ("film", "cast"), ("dull", "grim"), ("fine", "warm")
TEACHER = Stage("teacher", (HardLabels(),), model="teacher", vocabulary="teacher")
ADOPTS = Stage("adopts", (HardLabels(),), model="teacher")
LAYERS = Stage("layers", (EmbeddingMSE(),), epochs=1)
LABELS = Stage("labels", (HardLabels(),))
LAST = Stage("last", (SoftTargets(),), epochs=1)


def test_stages_share_a_teacher_until_it_is_trained(recipe):
    recipe = dataclasses.replace(recipe, stages=(TEACHER, ADOPTS, LAYERS, LABELS, LAST))
    assert taught_alike(recipe, LAYERS) == taught_alike(recipe, LAST) == [LAYERS, LAST]
    recipe = dataclasses.replace(recipe, stages=(TEACHER, LAYERS, ADOPTS, LAST))
    assert taught_alike(recipe, LAYERS) == [LAYERS]
    assert taught_alike(recipe, LAST) == [LAST]


@pytest.fixture
def parts(recipe, tmp_path):
    run = prepare(recipe, tmp_path)
    teacher = make_teacher(recipe, run.task)
    student = make_student(recipe, run.task, run.vocabularies["student"])
    return teacher, student, run.encoded("student").train, tmp_path


def test_a_cache_holds_what_all_its_stages_read(recipe, parts):
    several = dataclasses.replace(recipe, stages=(TEACHER, LAYERS, LAST))
    cache = make_cache(several, LAYERS, *parts)
    assert set(cache.fields) == {"hidden_states/0", "logits"}
    assert cache.key == make_cache(several, LAST, *parts).key
    assert cache.folder.parent == parts[-1] / "cache"


@pytest.mark.parametrize(
    "changes, stages, told",
    [
        ({}, (TEACHER, LAST), None),  # read once
        ({"cache": Cache(is_on=False)}, (TEACHER, LAYERS, LAST), None),
        ({"cache": Cache(max_gigabytes=1e-6)}, (TEACHER, LAYERS, LAST), "are allowed"),
    ],
)
def test_a_teacher_runs_where_a_cache_would_not_pay(
    changes, stages, told, recipe, parts, caplog
):
    recipe = dataclasses.replace(recipe, stages=stages, **changes)
    with caplog.at_level("INFO", logger="absl"):
        assert make_cache(recipe, LAST, *parts) is None
    assert told is None or told in caplog.text


def test_a_run_keeps_its_cache_only_where_it_was_told(recipe, tmp_path, monkeypatch):
    filled = []
    whole = TeacherCache.fill

    def fill(self, *workers):
        filled.append((self.folder.parent, len(self.encoded)))
        whole(self, *workers)

    monkeypatch.setattr(TeacherCache, "fill", fill)
    recipe = override(recipe, "stages.student.epochs", "2")
    run_recipe(recipe, tmp_path / "run")
    assert filled == [(tmp_path / "run" / "cache", n) for n in (48, 12)]
    assert not (tmp_path / "run" / "cache").exists()


def test_a_stage_may_read_plain_text(recipe, tmp_path):
    lines = [f"the {thing} is {word}" for thing in THINGS for word in BAD + GOOD]
    (tmp_path / "text.txt").write_text("\n".join(lines))
    corpus = Corpus((tmp_path / "text.txt",), max_length=12)
    general = dataclasses.replace(
        LAYERS, epochs=2, corpus=corpus, steps_per_epoch=3, batch_size=7
    )
    recipe = dataclasses.replace(recipe, stages=(general, LABELS))
    report = run_recipe(recipe, tmp_path / "run")
    assert set(report["stage_minutes"]) == {"layers", "labels"}
    table = (tmp_path / "run" / "stages" / "layers.csv").read_text().splitlines()
    assert len(table) == 3 and "embedding_mse" in table[0]
    assert read_recipe(tmp_path / "run") == recipe


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"corpus": "text.txt"}, "reads plain text: set steps_per_epoch"),
        (
            {"corpus": "a", "steps_per_epoch": 3, "is_augmented": True},
            "leave is_augmented out",
        ),
        ({"corpus": "a", "steps_per_epoch": 0}, "must be a whole number"),
        (
            {"corpus": "a", "steps_per_epoch": 1, "objectives": (HardLabels(),)},
            "leave HardLabels out",
        ),
    ],
)
def test_plain_text_has_no_labels_and_no_size(changes, told):
    with pytest.raises(ValueError, match=told):
        dataclasses.replace(LAYERS, **changes)


def test_the_cache_is_switched_off_by_its_dotted_name(recipe, parts):
    assert isinstance(parts[0].head, Classification)
    off = override(recipe, "cache.is_on", "False")
    assert off.cache == Cache(is_on=False)


def test_a_teacher_trains_in_float32_and_teaches_in_the_recipes_dtype(
    recipe, tmp_path, monkeypatch
):
    recipe = dataclasses.replace(recipe, stages=(TEACHER, ADOPTS, LAYERS, LAST))
    recipe = override(recipe, "teacher.dtype", "bfloat16")
    seen = []

    def look(stage, trained, teacher, *args, **kwargs):
        seen.append((stage.name, trained.compute_dtype, teacher))
        return train_stage(stage, trained, teacher, *args, **kwargs)

    monkeypatch.setattr(train_run, "train_stage", look)
    run_recipe(recipe, tmp_path / "run")
    assert [(name, dtype) for name, dtype, _ in seen] == [
        (stage.name, "float32") for stage in recipe.stages
    ]
    teachers = [teacher for *_, teacher in seen]
    assert teachers[:2] == [None, None]
    assert teachers[2].compute_dtype == "bfloat16" and teachers[3] is teachers[2]
