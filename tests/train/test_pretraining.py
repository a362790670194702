"""Pretraining on plain text in a recipe, and what the stages get of it."""

import dataclasses

import pytest

from tfdistill.bert.checkpoint import load_student
from tfdistill.data.corpus import Corpus
from tfdistill.train.pretraining import Pretraining
from tfdistill.train.recipe import AugmentedData
from tfdistill.train.recipe_file import read_recipe
from tfdistill.train.run import run_recipe

TEXTS = ["a warm film", "the cast is dull", "a fine plot", "the score is grim"] * 4


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "corpus.txt"
    path.write_text("".join(f"{text}\n" for text in TEXTS))
    return Corpus((path,), max_length=12)


def test_the_share_of_student_words_is_a_ramp(corpus):
    ramp = Pretraining(
        "p", "shared_projections", corpus, 5, epochs=2, p_dual=(0.1, 1.0)
    )
    shares = [ramp.p_dual_at(step) for step in (0, 3, 9, 50)]
    assert shares == pytest.approx([0.1, 0.4, 1.0, 1.0])
    with pytest.raises(ValueError, match="both in \\[0, 1\\]; got \\(0.5, 2\\)"):
        dataclasses.replace(ramp, p_dual=(0.5, 2))
    with pytest.raises(ValueError, match="kind must be one of teacher_masked_lm"):
        dataclasses.replace(ramp, kind="mlm")


def test_a_recipe_pretrains_and_leaves_no_trace_of_it(recipe, corpus, tmp_path):
    kinds = ("teacher_masked_lm", "shared_projections")
    pretraining = tuple(
        Pretraining(kind, kind, corpus, 2, batch_size=4, p_dual=(0.2, 0.8))
        for kind in kinds
    )
    stages = (
        dataclasses.replace(recipe.stages[0], vocabulary="student"),
        dataclasses.replace(recipe.stages[1], epochs=1, is_augmented=True),
    )
    recipe = dataclasses.replace(
        recipe,
        student=recipe.student.replace(num_layers=2),
        stages=stages,
        pretraining=pretraining,
        augmentation=AugmentedData(None, "teacher_masked_lm", num_samples=2),
    )
    report = run_recipe(recipe, tmp_path / "run")
    assert list(report["pretraining_minutes"]) == list(kinds)
    student = load_student(tmp_path / "run" / "student.keras")
    assert student.count_params() == report["student_parameters"]
    names = {weight.path.split("/", 1)[-1] for weight in student.weights}
    assert not any(
        word in name for name in names for word in ("left", "right", "affine")
    )
    assert (tmp_path / "run/pretraining/teacher_masked_lm/masked_lm.keras").is_file()
    assert report["augmented_examples"] > report["examples"]["train"]
    assert read_recipe(tmp_path / "run") == recipe


def test_mixing_needs_two_vocabularies(recipe, corpus):
    mixed = Pretraining("p", "affine_embedding", corpus, 2)
    vocabulary = dataclasses.replace(recipe.vocabulary, size=None)
    with pytest.raises(ValueError, match="mixes two vocabularies: set vocabulary.size"):
        dataclasses.replace(recipe, pretraining=(mixed,), vocabulary=vocabulary)
    with pytest.raises(ValueError, match="Pretrainings need different names"):
        dataclasses.replace(recipe, pretraining=(mixed, mixed))
