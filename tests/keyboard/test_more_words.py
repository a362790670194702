"""Which words are completed beyond the vocabulary."""

import math

import pytest

from tfdistill.keyboard.more_words import more_words, read_word_counts
from tfdistill.keyboard.vocabulary import choose_words, count_words

DOCUMENTS = [["seesaw theory fuckery", "Idaho ever"], ["seesaw of", "the theory"]] * 5


def chosen(documents, *args, **settings):
    """`more_words` beyond "seesaw" and "theory", as word -> rarity."""
    vocabulary = choose_words(count_words(DOCUMENTS), 6, min_documents=1, num_signs=0)
    assert vocabulary.keys[4:] == ("seesaw", "theory")
    words = more_words(count_words(documents), vocabulary, *args, **settings)
    return dict(zip(words.words, words.rarities, strict=True))


def test_they_are_the_commonest_that_are_left():
    # Short words and profanity stay out, but count: 5 of 25.
    rarity = round(-4 * math.log(5 / 25))
    assert chosen(DOCUMENTS, 10) == {"ever": rarity, "idaho": rarity}
    assert chosen(DOCUMENTS, 1) == {"ever": rarity}


def test_with_general_text_words_are_those_of_others_too():
    """How often they stand here does not count then; one who writes GREAT shouts."""
    documents = [
        *DOCUMENTS,
        ["so Boston GREAT iPhones rarely didn", "no Morwenna didn't fuckwit"],
        *[["the o'clock of O'Hara's part-time"]] * 5,
    ]
    general = {
        "boston": 100,
        "great": 400,
        "iphones": 100,
        "rarely": 99,
        "didn": 900,
        "morwenna": 3,
        "fuckwit": 500,
        "elsewhere": 900,
    }
    joined = {"o'clock", "part-time"}
    assert set(chosen(documents, 9)) == {"ever", "idaho", "O'Hara's", *joined}
    found = chosen(documents, 9, general)
    assert set(found) == {"Boston", "great", "iphones", *joined}
    own, others = 25 + 8 + 2 + 25, sum(general.values()) - general["didn"]
    assert found["great"] == round(-4 * math.log(0.7 / own + 0.3 * 400 / others))
    assert found["o'clock"] == round(-4 * math.log(0.7 * 5 / own))
    assert set(chosen(documents, 1, general)) == {"great"}


def test_counts_are_read(tmp_path):
    path = tmp_path / "en.txt"
    path.write_text("you 28787591\n's 9628970\nYou 2\nit's 3\n42 9\na.b 7\n")
    assert read_word_counts(path) == {"you": 28787593, "it's": 3}


@pytest.mark.parametrize("line", ["you", "you many", "you -3", "you 1 2", " 3", ""])
def test_a_line_that_is_no_count_is_refused(tmp_path, line):
    path = tmp_path / "en.txt"
    path.write_text(f"see 9\n{line}\n")
    with pytest.raises(ValueError, match="en.txt, line 2, should be a word, a space"):
        read_word_counts(path)
