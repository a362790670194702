"""`words.txt`: what it holds comes back, and nothing else is read as it."""

import math

import pytest

from tfdistill.keyboard.word_list import WordList

SHARES = {
    "tomorrow": 0.5,
    "tomorrows": 0.25,
    "tom": 1.0,
    "Tomas": 1e-30,
    "\u00e9t\u00e9": 0.01,
    "\u00e9t\u00e9s": 0.3,
    "\U0001d4d7i": 0.2,
    "\U0001d4d7igh": 0.1,
}


def test_a_file_has_the_words_and_shares_that_were_written(tmp_path):
    words = WordList.of_shares(SHARES)
    text = words.text()
    assert text.splitlines()[:4] == ["~0Tomas", "00tom", "33orrow", "68s"]
    (tmp_path / "words.txt").write_text(text, encoding="utf-8")
    read = WordList.read(tmp_path / "words.txt")
    assert read.words == words.words == tuple(sorted(SHARES))
    for word, rarity in zip(read.words, read.rarities, strict=True):
        exact = -4 * math.log(SHARES[word])
        assert abs(rarity - exact) <= 0.5 or (rarity, word) == (78, "Tomas")


def test_an_empty_file_has_no_words(tmp_path):
    (tmp_path / "words.txt").write_text(WordList().text())
    assert WordList.read(tmp_path / "words.txt").words == ()


def test_a_long_beginning_in_common_is_cut(tmp_path):
    words = WordList(["a" * 90, "a" * 90 + "b"], [0, 1])
    (tmp_path / "words.txt").write_text(words.text())
    assert WordList.read(tmp_path / "words.txt").words == words.words


@pytest.mark.parametrize(
    "line", ["", "7", "70", "/0see", "\u007f0see", "7/see", "74see", "7\u00e9see"]
)
def test_a_line_that_is_none_is_refused(tmp_path, line):
    (tmp_path / "words.txt").write_text(f"70tea\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="words.txt, line 2, should be a character"):
        WordList.read(tmp_path / "words.txt")


def test_a_file_that_is_cut_off_is_refused(tmp_path):
    (tmp_path / "words.txt").write_text("70tea")
    with pytest.raises(ValueError, match="is cut off"):
        WordList.read(tmp_path / "words.txt")


def test_the_commonest_come_first_and_what_was_typed_not_at_all():
    words = WordList(["Tomorrow", "tomato", "tomorrow", "tomorrows"], [9, 9, 1, 2])
    assert words.with_prefix("tomorrow", 9) == [(3, "tomorrows", 2)]
    found = [word for _, word, _ in words.with_prefix("to", 3)]
    assert found == ["tomorrow", "tomorrows", "Tomorrow"]
