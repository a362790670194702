"""Ids of text, and which words are chosen."""

import pathlib

import numpy as np
import pytest

from tfdistill.keyboard.blocked import is_blocked, is_handle
from tfdistill.keyboard.make import KeyboardText
from tfdistill.keyboard.suggester import Suggester
from tfdistill.keyboard.vocabulary import (
    SPECIALS,
    KeyboardVocabulary,
    add_counts,
    choose_words,
    count_words,
)

START, UNKNOWN, NUMBER = 2, 1, 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("See you on MONDAY!!! ! ok", [12, 11, UNKNOWN, 14, 5, UNKNOWN]),
        ("I don\u2019t, 7 of 4th", [9, 15, 6, NUMBER, UNKNOWN, UNKNOWN]),
        ("#@ the", [UNKNOWN, 8]),
        ("ok # ok", [UNKNOWN, UNKNOWN]),
    ],
)
def test_text_becomes_ids(vocabulary, text, expected):
    assert vocabulary.ids(text) == [START, *expected]


def test_the_window_keeps_the_last_ids(vocabulary):
    assert vocabulary.ids("you " + "the " * 50, max_length=8) == [START, *[8] * 7]
    assert vocabulary.ids("the", max_length=1) == [START]


def test_nobody_types_a_special(vocabulary):
    assert START not in vocabulary.ids("[START] [PAD]")[1:]


@pytest.mark.parametrize(
    ("entries", "first", "reason"),
    [
        (("[UNK]", *SPECIALS), 4, "begins with"),
        ((*SPECIALS, "a", "A"), 4, "2 times"),
        ((*SPECIALS, ""), 4, "not empty"),
        ((*SPECIALS, "a"), 5, "first_suggestion"),
    ],
)
def test_an_impossible_vocabulary_is_refused(entries, first, reason):
    with pytest.raises(ValueError, match=reason):
        KeyboardVocabulary(tuple(entries), first)


DOCUMENTS = [
    ["See Anna on Monday!", "i think so, you know"],
    ["on Monday it rains.", "I know. hell no"],
    ["So i said: monday on"],
]


def test_words_are_chosen_by_count_and_documents():
    counts = count_words(DOCUMENTS)
    chosen = choose_words(counts, 12, blocked=["hell"], min_documents=2, num_signs=2)
    assert chosen.entries[:6] == (*SPECIALS, ".", "!")
    # "Anna" stands in one document alone; "i" is spelled with a capital.
    assert chosen.entries[6:] == ("I", "Monday", "on", "know", "so")


def test_a_blocked_word_is_read_but_never_proposed():
    chosen = choose_words(count_words(DOCUMENTS), 30, ["hell", "rains"], 1)
    names = chosen.entries[: chosen.first_suggestion]
    assert {"hell", "rains"} <= set(names)
    assert "hell" not in chosen.entries[chosen.first_suggestion :]
    assert 1 not in chosen.ids("hell rains")


def test_counts_add_up_and_weigh():
    once, twice = count_words(DOCUMENTS), count_words(DOCUMENTS, weight=2.0)
    both = add_counts(once, twice)
    assert both.words["on"] == 3 * once.words["on"] == 9
    assert both.documents["on"] == 6


def test_too_little_text_is_refused():
    with pytest.raises(ValueError, match="5 documents"):
        choose_words(count_words(DOCUMENTS), 100)


def test_stems_block_what_begins_with_them():
    assert all(map(is_blocked, ("fucking", "shitty", "wtf", "porno")))
    assert not any(map(is_blocked, ("hello", "class", "assess", "spices", "cocktail")))
    parts = ("mother-fucker", "bull-shit", "dumb-ass", "half-assed", "hell's")
    assert all(map(is_blocked, parts))
    whole = ("he'll", "we'll", "first-class", "shitake", "japanese", "grape-like")
    assert not any(map(is_blocked, whole))


def test_what_ships_proposes_nothing_that_is_blocked():
    """Nor what looks like somebody's handle: every word of both files is looked at."""
    folder = pathlib.Path(__file__).parents[2] / "models" / "keyboard"
    suggester = Suggester(folder)
    first = suggester.vocabulary.first_suggestion
    # The model forbids no word by itself.
    assert np.isfinite(suggester.logits("see you ")[first:]).all()
    words = [
        *suggester.vocabulary.keys[first:],
        *map(str.lower, suggester.words.words),
    ]
    lines = [
        len((folder / name).read_text(encoding="utf-8").splitlines())
        for name in ("vocab.txt", "words.txt")
    ]
    assert len(words) == sum(lines) - first and min(lines) > 5_000
    assert [w for w in words if is_blocked(w) or is_handle(w)] == []


def test_what_ships_is_small():
    """All that suggestions need stays within 2.5 MB, card and recipe beside it."""
    folder = pathlib.Path(__file__).parents[2] / "models" / "keyboard"
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 2_500_000


def test_a_name_of_the_mails_alone_is_not_proposed():
    """A word with a capital counts by the chats that have it."""
    mails = [["I met Zorro and a zebra"]] * 6
    text = KeyboardText([["see you"]] * 6, mails)
    counts = text.counts
    assert counts.documents["zorro"] == 0 and counts.documents["zebra"] == 6
