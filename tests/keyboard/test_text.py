"""What a keyboard reads: the rules of docs/keyboard.md."""

import unicodedata

import pytest

from tfdistill.keyboard.text import canonical, is_key, is_number, last_line, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("don\u2019t", "don't"),
        ("cafe\u0301", "caf\u00e9"),
        ("a\u200bb\u00adc", "abc"),
        ("wait\u2026", "wait..."),
        ("tab\there\x00", "tab here "),
        ("\ud800x", "x"),
        ("\U0001f600", "\U0001f600"),
    ],
)
def test_canonical_form(text, expected):
    assert canonical(text) == expected


def test_python_words_are_unicode_letters_and_numbers():
    for number in range(0x30000):
        character = chr(number)
        in_category = unicodedata.category(character)[0] in "LN"
        assert character.isalnum() == in_category
        assert is_key(character) == (in_category or character in "'-")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'm well-known", ["I'm", "well-known"]),
        ("rock 'n' roll--yes", ["rock", "'", "n", "'", "roll", "-", "-", "yes"]),
        ("3.5 a_b", ["3", ".", "5", "a", "_", "b"]),
        ("\u4f60\u597d!", ["\u4f60\u597d", "!"]),
        (" \u3000\t", []),
    ],
)
def test_tokens(text, expected):
    assert tokens(canonical(text)) == expected


def test_a_number_has_no_letter():
    assert is_number("42") and not is_number("4th") and not is_number("-")


def test_only_the_last_line_counts_and_it_is_cut():
    assert last_line("one\ntwo ") == "two "
    assert last_line("x" * 300) == "x" * 256
    assert last_line("over\n") == ""
