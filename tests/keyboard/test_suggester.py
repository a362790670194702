"""Suggestions from real files, against a slow reading of docs/keyboard.md."""

import json
import random
import shutil

import numpy as np
import pytest

import tfdistill.keyboard
from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import MaskedLM
from tfdistill.export.runtime import TfliteModel
from tfdistill.keyboard.export import next_word_tflite, write_keyboard
from tfdistill.keyboard.files import read_description, write_description
from tfdistill.keyboard.ngram_table import NGramTable
from tfdistill.keyboard.suggester import Suggester, split_prefix
from tfdistill.keyboard.text import key_of
from tfdistill.keyboard.train import next_word_config
from tfdistill.keyboard.vocabulary import (
    SPECIALS,
    KeyboardVocabulary,
)
from tfdistill.keyboard.word_list import WordList

PROPOSED = ("the", "I", "I'm", "you", "see", "seen", "Monday", "don't", "\u00e9t\u00e9")
# Context -> word -> how much it is raised. After I, see stands a longer one.
RAISED = {(2,): {10: 0.5, 9: 0.5}, (12,): {8: 2.0}, (9, 12): {13: 0.5, 11: 1.0}}
WORDS = WordList(["Idaho", "seesaw", "theories", "theory"], [12, 4, 6, 6])


@pytest.fixture(scope="module")
def student():
    config = next_word_config(
        17, num_layers=2, hidden_dim=8, num_heads=2, intermediate_dim=9
    )
    student = BertEncoder(config, head=MaskedLM())
    draws = np.random.default_rng(1)
    for weight in student.weights:
        weight.assign(weight + 0.5 * draws.normal(size=weight.shape))
    return student


@pytest.fixture(scope="module")
def folder(student, tmp_path_factory):
    entries = (*SPECIALS, ".", "!", ",", "hell", *PROPOSED)
    path = tmp_path_factory.mktemp("models") / "keyboard"
    vocabulary = KeyboardVocabulary(entries, 8)
    words = [list(each) for each in RAISED.values()]
    table = NGramTable.build(
        list(RAISED), words, [list(each.values()) for each in RAISED.values()]
    )
    write_keyboard(path, student, vocabulary, WORDS, "tiny", "none", table)
    return path


@pytest.fixture(scope="module")
def suggester(folder):
    return Suggester(folder / "model.tflite")


def test_it_is_a_name_of_the_room(folder):
    assert tfdistill.keyboard.Suggester is Suggester


def expected(suggester, context, prefix, k=3):
    """docs/keyboard.md, step by step, over all words."""
    key = key_of(prefix)
    logits = suggester.logits(context).astype(float)
    ids = suggester.vocabulary.ids(context)
    found = [RAISED[tuple(ids[-n:])] for n in (3, 2, 1) if tuple(ids[-n:]) in RAISED]
    total = np.exp(logits).sum()
    for word, level in (found[0] if found else {}).items():
        nearest = suggester.ngrams.levels
        level = nearest[np.abs(np.log(nearest / level)).argmin()]
        logits[word] = np.log(np.exp(logits[word]) + level * total)
    first = suggester.vocabulary.first_suggestion
    scored = [
        (-logits[first + i], 0, i, word)
        for i, word in enumerate(suggester.vocabulary.entries[first:])
    ]
    if prefix:
        scored += [
            (-(logits[1] - rarity / 4), 1, i, word)
            for i, (word, rarity) in enumerate(
                zip(WORDS.words, WORDS.rarities, strict=True)
            )
        ]
    words = [
        word
        for *_, word in sorted(scored)
        if key_of(word).startswith(key) and key_of(word) != key
    ]
    begins = len(ids) == 1 or ids[-1] in (4, 5)
    shown = []
    for word in words:
        if prefix:
            word = prefix + word[len(key) :]
        elif begins:
            word = word[0].upper() + word[1:]
        if word not in shown:
            shown.append(word)
    return shown[:k]


@pytest.mark.parametrize(
    "context", ["", "I see ", "you see ", "Monday. ", "hell, you! ok ", "5 x\n"]
)
@pytest.mark.parametrize("prefix", ["", "s", "see", "i", "t", "Don\u2019", "\u00e9"])
def test_suggestions_are_what_the_page_says(suggester, context, prefix):
    assert suggester.suggest(context, prefix) == expected(suggester, context, prefix)


def test_a_prefix_keeps_its_letters_and_their_case(suggester):
    assert suggester.suggest("", "DON", 1) == ["DON'T"]
    assert suggester.suggest("", "Don", 1) == ["Don't"]
    assert suggester.suggest("", "don\u2019", 1) == ["don\u2019t"]
    assert suggester.suggest("", "m", 1) == ["monday"]
    assert suggester.suggest("", "e\u0301", 1) == ["e\u0301t\u00e9"]


@pytest.mark.parametrize("prefix", ["a b", "#", "\u200b", "x" * 33, "see.", "zzz"])
def test_what_no_word_begins_with_gets_nothing(suggester, prefix):
    assert suggester.suggest("you ", prefix) == []


def test_profanity_is_never_proposed(suggester):
    every = suggester.suggest("", "", 50)
    assert len(every) == len(PROPOSED) and "Hell" not in every
    assert suggester.suggest("", "he", 50) == []


def test_any_text_is_survived(suggester):
    draw = random.Random(0)
    alphabet = "seeIthdon'\u2019-. \n!\u0301\U0001f600\ud800\u4f60\x00\u0130\u00df"
    for _ in range(2000):
        context = "".join(draw.choices(alphabet, k=draw.randrange(12)))
        prefix = "".join(draw.choices(alphabet, k=draw.randrange(4)))
        words = suggester.suggest(context, prefix)
        assert len(words) <= 3 and len(set(words)) == len(words)
        assert all(w.startswith(prefix) and len(w) > len(prefix) for w in words)


def test_every_length_is_the_students_answer(student, folder):
    folder = shutil.copytree(folder, folder.parent / "float")
    (folder / "model.tflite").write_bytes(next_word_tflite(student, "float32"))
    description = json.loads((folder / "model.json").read_text())
    suggester = Suggester(_redescribed(folder, description))
    for count in (0, 3, 7, 8, 20, 31, 40):
        context = "you see " * count
        ids = np.array([suggester.vocabulary.ids(context)])
        inputs = {"token_ids": ids, "segment_ids": 0 * ids, "padding_mask": 0 * ids + 1}
        whole = np.asarray(student(inputs)["logits"])[0, -1]
        np.testing.assert_allclose(suggester.logits(context), whole, atol=2e-5)


def _redescribed(folder, description):
    from tfdistill.keyboard.files import write_description

    fields = {k: v for k, v in description.items() if k not in ("format", "files")}
    write_description(folder, **fields)
    return folder


@pytest.mark.parametrize(
    "name", ["model.tflite", "vocab.txt", "words.txt", "ngrams.bin"]
)
def test_a_file_of_another_export_is_refused(folder, tmp_path, name):
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / name).write_bytes((copy / name).read_bytes() + b"x")
    with pytest.raises(ValueError, match=f"{name} is not the file"):
        Suggester(copy)
    (copy / name).unlink()
    with pytest.raises(ValueError, match="cannot be read"):
        Suggester(copy)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": 1}, "reads 2"),
        ({"vocabulary_size": "17"}, "of type int"),
        ({"files": {"../x": {}}}, "impossible file"),
        ({"files": {}}, "lists no model.tflite"),
        ({"vocabulary_size": 18}, "should have"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(folder, tmp_path, change, reason):
    copy = shutil.copytree(folder, tmp_path / "copy")
    path = copy / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ValueError, match=reason):
        Suggester(copy)
    path.write_text("{")
    with pytest.raises(ValueError, match="not a readable description"):
        read_description(copy)


def test_a_student_of_another_vocabulary_is_refused(student, tmp_path):
    vocabulary = KeyboardVocabulary((*SPECIALS, "a"), 4)
    with pytest.raises(ValueError, match="17 words"):
        write_keyboard(tmp_path / "k", student, vocabulary, WordList(), "x", "none")
    assert not list(tmp_path.iterdir())


def test_a_vocabulary_of_another_length_is_refused(folder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    description = read_description(copy)
    for name in ("files", "format"):
        del description[name]
    entries = (copy / "vocab.txt").read_text()
    (copy / "vocab.txt").write_text(entries + "more\n")
    write_description(copy, **description)
    with pytest.raises(ValueError, match="has 18 entries where model.json says 17"):
        Suggester(copy)


def test_the_word_being_typed_is_cut_off():
    assert split_prefix("I don\u2019") == ("I ", "don\u2019")
    assert split_prefix("a, ") == ("a, ", "") and split_prefix("") == ("", "")
    assert split_prefix("say 'hel") == ("say '", "hel")
    assert split_prefix("well--kn") == ("well--", "kn")
    assert split_prefix("de\u0301j") == ("", "de\u0301j")


def test_a_program_for_answers_names_the_one_that_runs_a_keyboard(folder):
    with pytest.raises(ValueError, match="tfdistill-suggest"):
        TfliteModel(folder / "model.tflite")
