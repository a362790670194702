"""A student that begins with another run's: one general distillation, many tasks."""

import dataclasses
import pathlib
import shutil

import numpy as np
import pytest

from tfdistill.bert.checkpoint import load_student
from tfdistill.data.corpus import Corpus
from tfdistill.distill.objectives import EmbeddingMSE, HardLabels, SoftTargets
from tfdistill.text import read_vocabulary
from tfdistill.train.casting import make_models, restore_teachers
from tfdistill.train.models import make_teacher
from tfdistill.train.prepare import prepare
from tfdistill.train.recipe import Stage, Vocabulary, with_changes
from tfdistill.train.recipe_file import read_recipe
from tfdistill.train.run import run_recipe
from tfdistill.train.variants import leave_out, parts, undistilled

TEXTS = [
    "a warm film",
    "a cold, grim plot",
    "the score is bright",
    "fine cast\tno plot",
]


def prepared(recipe, folder):
    """Prepare a run in a folder of its own."""
    (folder / "run").mkdir(exist_ok=True)
    return prepare(recipe, folder / "run")


def whole(recipe, text):
    """All stages of a paper's row: plain text first, then teachers, then the task."""
    corpus = Corpus((str(text),), is_paired=True)
    general = Stage(
        "general", (EmbeddingMSE(),), corpus=corpus, steps_per_epoch=3, epochs=1
    )
    stages = (
        general,
        Stage("teacher", (HardLabels(),), "teacher", "teacher", epochs=1),
        Stage("adopts", (HardLabels(),), model="teacher", epochs=1),
        Stage("prediction", (SoftTargets(),), epochs=1),
    )
    vocabulary = Vocabulary(60, min_frequency=1, texts=(str(text),))
    return dataclasses.replace(recipe, stages=stages, vocabulary=vocabulary)


@pytest.fixture(scope="module")
def begun(recipe, tmp_path_factory):
    """(The whole recipe, the work folder of its general distillation)."""
    folder = tmp_path_factory.mktemp("begun")
    (folder / "text.txt").write_text("\n".join(TEXTS * 20))
    row = whole(recipe, folder / "text.txt")
    assert run_recipe(row, folder / "general", until="general") is None
    return row, folder / "general"


@pytest.fixture
def task(begun):
    """A row that goes on from there, its general stage left out."""
    row, folder = begun
    row = leave_out(row, "general")
    own = dataclasses.replace(row.vocabulary, texts=())
    return dataclasses.replace(
        row, beginning=str(folder / "general.keras"), vocabulary=own, seed=5
    )


def test_a_vocabulary_is_learned_on_other_texts(begun):
    _, folder = begun
    pieces = read_vocabulary(folder / "vocab.txt")
    assert len(pieces) <= 60 and "fi" in "".join(pieces)
    letters = {piece for piece in pieces if len(piece) == 1 and piece.isalpha()}
    assert letters == {c for text in TEXTS for c in text if c.isalpha()}


def test_the_body_and_the_vocabulary_are_taken_and_the_head_is_new(
    begun, task, tmp_path
):
    _, folder = begun
    run = prepare(task, tmp_path)
    assert (
        run.vocabularies["student"].read_bytes() == (folder / "vocab.txt").read_bytes()
    )
    old, new = load_student(folder / "general.keras"), make_models(run).student
    for ours, theirs in zip(new.blocks, old.blocks, strict=True):
        for weight, value in zip(ours.weights, theirs.weights, strict=True):
            assert np.array_equal(weight, value)
    assert np.array_equal(
        new.embeddings.token.embeddings, old.embeddings.token.embeddings
    )
    assert not all(
        np.array_equal(a, b)
        for a, b in zip(new.head.weights, old.head.weights, strict=True)
    )


def test_the_teacher_adopts_anew_after_it_learned_its_task(begun, tmp_path):
    row, _ = begun
    run_recipe(row, tmp_path, until="adopts")
    run = prepare(row, tmp_path)
    (_, tuned), (name, adopted) = restore_teachers(run)
    assert name == "adopts" and tuned.config != adopted.config
    untouched = make_teacher(row, run.task)
    kernels = [
        np.concatenate([np.ravel(w) for block in model.blocks for w in block.weights])
        for model in (adopted, tuned, untouched)
    ]
    # It goes on from the tuned teacher, not from the one that general stages know.
    after, start, elsewhere = kernels
    assert np.abs(after - start).sum() < 0.9 * np.abs(after - elsewhere).sum()


def test_stages_of_another_vocabulary_are_refused(begun, task, tmp_path):
    row, _ = begun
    run_recipe(row, tmp_path / "one", until="adopts")
    other = dataclasses.replace(task, beginning=None)  # learns on the task's texts
    shutil.copytree(tmp_path / "one" / "stages", tmp_path / "two" / "stages")
    with pytest.raises(ValueError, match="adopts.* on another vocabulary than this"):
        run_recipe(other, tmp_path / "two")


def test_it_runs_to_its_end_and_a_second_call_finds_it(task, tmp_path):
    report = run_recipe(task, tmp_path)
    assert set(report["scores"]) == {"teacher", "adopts", "student"}
    assert read_recipe(tmp_path) == task
    assert run_recipe(task, tmp_path) == report


def test_the_twin_has_the_vocabulary_but_not_the_body(begun, task, tmp_path):
    _, folder = begun
    twin = undistilled(task)
    assert twin.beginning is None and "beginning" in parts(task)
    assert leave_out(task, "beginning").vocabulary == twin.vocabulary
    run = prepare(twin, tmp_path)
    assert (
        run.vocabularies["student"].read_bytes() == (folder / "vocab.txt").read_bytes()
    )
    old, new = load_student(folder / "general.keras"), make_models(run).student
    assert not np.array_equal(
        new.embeddings.token.embeddings, old.embeddings.token.embeddings
    )


def test_dropout_and_shorter_texts_are_free_other_shapes_are_refused(task, tmp_path):
    for name in ("free", "wider", "longer"):
        (tmp_path / name).mkdir()
    free = [("student.dropout", "0.0"), ("student.max_sequence_length", "16")]
    make_models(prepare(with_changes(task, free), tmp_path / "free"))
    wider = with_changes(task, [("student.intermediate_dim", "12")])
    with pytest.raises(ValueError, match="has intermediate_dim=10, not 12: begin with"):
        make_models(prepare(wider, tmp_path / "wider"))
    longer = with_changes(task, [("student.max_sequence_length", "32")])
    with pytest.raises(ValueError, match="max_sequence_length=16, not 32"):
        make_models(prepare(longer, tmp_path / "longer"))


def test_a_beginning_that_is_not_there_leaves_nothing_behind(task, tmp_path):
    for name, told in (
        (tmp_path / "nowhere" / "general.keras", r"nowhere.vocab\.txt"),
        (pathlib.Path(task.beginning).parent / "other.keras", "does not exist: name"),
    ):
        with pytest.raises(ValueError, match=told):
            prepare(dataclasses.replace(task, beginning=str(name)), tmp_path)
    own = dataclasses.replace(task.vocabulary, texts=("nowhere.txt",))
    with pytest.raises(ValueError, match="nowhere.txt of vocabulary.texts does not"):
        prepare(dataclasses.replace(task, beginning=None, vocabulary=own), tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_it_began_with_is_kept(begun, task, tmp_path):
    """A run goes on as it began, whatever becomes of the other's folder."""
    _, folder = begun
    elsewhere = shutil.copytree(folder, tmp_path / "elsewhere")
    task = dataclasses.replace(task, beginning=str(elsewhere / "general.keras"))
    first = make_models(prepared(task, tmp_path)).student.get_weights()
    shutil.rmtree(elsewhere)
    second = make_models(prepared(task, tmp_path)).student.get_weights()
    assert all(map(np.array_equal, first, second))


@pytest.mark.parametrize(
    ("size", "told"),
    [(None, "is not the teacher's vocabulary"), (20, "pieces, the recipe vocab")],
)
def test_a_vocabulary_of_another_size_is_refused(task, size, told, tmp_path):
    other = dataclasses.replace(task.vocabulary, size=size)
    with pytest.raises(ValueError, match=told):
        prepare(dataclasses.replace(task, vocabulary=other), tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"texts": ("text.txt",)}, "takes its vocabulary from beginning="),
        ({"file": "vocab.txt"}, "takes its vocabulary from beginning="),
        ({"file": "vocab.txt", "texts": ("text.txt",)}, "exclude each other"),
        ({"size": None, "file": "vocab.txt"}, "size=None keeps the teacher's"),
        ({"texts": "text.txt"}, "must be a tuple of paths"),
    ],
)
def test_a_vocabulary_comes_from_one_place(task, changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(
            task, vocabulary=dataclasses.replace(task.vocabulary, **changes)
        )


def test_a_trained_adopted_teacher_cannot_go_back(task):
    first, second, *rest = task.stages
    with pytest.raises(ValueError, match="has learned the student's in stage 'adopts'"):
        dataclasses.replace(task, stages=(second, first, *rest))
