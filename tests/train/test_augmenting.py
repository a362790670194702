"""Augmented texts as the data of a stage, from the recipe to the trained student."""

import dataclasses
import json

import numpy as np
import pytest

from tfdistill.data import Examples, SlotFile
from tfdistill.data.augmentation import Augmentation, Candidates
from tfdistill.data.augmented import load_augmented, read_augmented, write_augmented
from tfdistill.data.slot_values import swap_slot_values
from tfdistill.data.word_vectors import load_word_vectors
from tfdistill.distill.objectives import HardLabels, SoftTargets
from tfdistill.text import load_tokenizer
from tfdistill.train.recipe import AugmentedData, Stage
from tfdistill.train.recipe_file import read_recipe
from tfdistill.train.run import run_recipe

WORDS = (
    "dull grim stale cold fine lovely warm bright film cast plot score scene".split()
)
STAGES = (
    Stage("teacher", (HardLabels(),), "teacher", "teacher", epochs=1),
    Stage("student", (SoftTargets(),), epochs=2, is_augmented=True),
)


@pytest.fixture(scope="module")
def vectors(tmp_path_factory):
    """A file of random vectors in GloVe's format."""
    random = np.random.default_rng(3)
    lines = [f"{w} " + " ".join(map(str, random.normal(size=4))) for w in WORDS]
    path = tmp_path_factory.mktemp("vectors") / "glove.txt"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


@pytest.fixture
def augmented(recipe, vectors):
    data = AugmentedData(str(vectors), num_samples=4, num_candidates=3)
    return dataclasses.replace(recipe, stages=STAGES, augmentation=data)


def test_a_student_learns_from_augmented_rows(augmented, tmp_path):
    report = run_recipe(augmented, tmp_path)
    shard = (tmp_path / "augmented" / "augmented_00000.jsonl").read_text()
    rows = [json.loads(line) for line in shard.splitlines()]
    count = report["examples"]["train"]
    assert {row for row, _ in rows} == set(range(count)) and len(rows) > 3 * count
    assert report["augmented_examples"] == len(rows)
    assert read_recipe(tmp_path) == augmented


def test_rows_to_choose_on_are_split_off_before(augmented, tmp_path):
    from tfdistill.train.augmenting import augment_train
    from tfdistill.train.prepare import prepare

    run = prepare(augmented, tmp_path)
    augment_train(run)
    made = load_augmented(run.examples["train"], tmp_path / "augmented")
    originals = [
        t for _, t in read_augmented(run.examples["train"], tmp_path / "augmented")
    ]
    assert made.texts == [text for (text,) in originals]
    rows = run.training_rows(STAGES[1], "student")
    assert len(rows) == len(made) > len(run.encoded("student").train)
    assert run.training_rows(STAGES[0], "student") is run.encoded("student").train
    kept = {tuple(t) for t in zip(run.examples["train"].texts, strict=True)}
    assert kept <= set(originals)


def test_words_keep_their_slots(vectors, world, tmp_path):
    words = [["Play", "warm", "film", "now!"], ["a", "dull", "cast", "dull"]]
    slots = [["O", "B-mood", "I-mood", "O"], ["O", "O", "B-who", "O"]]
    texts = [" ".join(row) for row in words]
    examples = Examples(texts, None, np.array([0, 1], np.int32), words, slots)
    tokenizer = load_tokenizer(world / "teacher" / "vocab.txt")
    candidates = Candidates(tokenizer, load_word_vectors(vectors), count=3)
    settings = Augmentation(6, replace_probability=1.0)
    write_augmented(examples, tmp_path, candidates, settings)
    made = load_augmented(examples, tmp_path)
    numbers = [row for row, _ in read_augmented(examples, tmp_path)]
    assert made.words[0] == words[0] and len(made) > 8
    for row, number in enumerate(numbers):
        assert made.slots[row] == slots[number] and made.labels[row] == number
        assert len(made.words[row]) == 4 and made.texts[row].split() == made.words[row]
    assert made.words[1][0] == "play" and made.words[1][3] == "now!"
    assert all(row[1] in WORDS for row in made.words)


def test_values_of_slots_change_places_before_words_do(recipe, vectors, tmp_path):
    from tfdistill.train.augmenting import augment_train, encode_augmented
    from tfdistill.train.prepare import prepare

    data = AugmentedData(str(vectors), num_samples=1, num_candidates=3, num_swaps=4)
    files = ("train.jsonl", "train.jsonl", "train.jsonl")
    rows = [
        {"tokens": ["play", "warm"], "slots": ["O", "B-mood"], "intent": "play"},
        {"tokens": ["stop", "cold"], "slots": ["O", "B-mood"], "intent": "stop"},
        {"tokens": ["stop"], "slots": ["O"], "intent": "stop"},
    ]
    lines = [json.dumps(row) + "\n" for row in rows * 20]
    (tmp_path / "train.jsonl").write_text("".join(lines))
    source = SlotFile(*files, folder=tmp_path)
    changed = dataclasses.replace(
        recipe, source=source, stages=STAGES, augmentation=data, evaluate_on="train"
    )
    (tmp_path / "run").mkdir()
    run = prepare(changed, tmp_path / "run")
    augment_train(run)
    read = list(read_augmented(_swapped(run), tmp_path / "run" / "augmented"))
    texts = {tuple(words) for _, (words,) in read}
    assert {("play", "cold"), ("stop", "warm"), ("stop",)} <= texts
    encoded = encode_augmented(run, "student")
    assert len(encoded) == len(read)
    assert {*np.diff(encoded.word_starts)} == {1, 2}


def _swapped(run):
    return swap_slot_values(run.examples["train"], 4, run.recipe.seed)


def test_a_pair_keeps_one_side(vectors, world, tmp_path):
    examples = Examples(["a warm film"] * 2, ["a dull cast"] * 2, np.array([0, 1]))
    tokenizer = load_tokenizer(world / "teacher" / "vocab.txt")
    candidates = Candidates(tokenizer, load_word_vectors(vectors), count=3)
    write_augmented(examples, tmp_path, candidates, Augmentation(5))
    made = load_augmented(examples, tmp_path)
    assert len(made) > 6 and len(set(zip(made.texts, made.pairs, strict=True))) > 3
    for first, second in zip(made.texts, made.pairs, strict=True):
        assert first == "a warm film" or second == "a dull cast"


def test_half_a_request_is_refused(augmented):
    with pytest.raises(ValueError, match=r"come together; got \['student'\] and"):
        dataclasses.replace(augmented, augmentation=None)
    with pytest.raises(ValueError, match="got no such stage and"):
        dataclasses.replace(
            augmented, stages=STAGES[:1] + (Stage("s", (HardLabels(),)),)
        )
    with pytest.raises(ValueError, match="needs vectors, a masked_lm, or both"):
        AugmentedData(vectors=None)
    with pytest.raises(ValueError, match="num_swaps must be .* got -1"):
        AugmentedData(num_swaps=-1)


def test_a_masked_lm_that_is_not_there_is_told(augmented, tmp_path):
    data = dataclasses.replace(augmented.augmentation, masked_lm=str(tmp_path / "no"))
    recipe = dataclasses.replace(augmented, augmentation=data)
    with pytest.raises(ValueError, match="masked LM of the augmentation is missing"):
        run_recipe(recipe, tmp_path / "run")
