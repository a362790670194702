"""Spelling: the pieces of one vocabulary in another, as WordPiece would cut them."""

import pytest

from tfdistill.text.spelling import spell_pieces

VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "un",
    "##aff",
    "##able",
    "a",
    "##a",
    "##ff",
    "##b",
]


@pytest.mark.parametrize(
    ("piece", "ids"),
    [
        ("un", [3]),
        ("##able", [5]),
        ("[CLS]", [2]),
        ("unaffable", [3, 4, 5]),  # The longest first: ##aff, not ##a ##ff.
        ("##affa", [4, 7]),
        ("aab", [6, 7, 9]),
        ("b", [1]),  # Known inside a word alone.
        ("##una", [1]),  # Known at the start of a word alone.
        ("unz", [1]),  # What is left over spoils the whole, as in WordPiece.
        ("##", [1]),
        ("[MASK]", [1]),
    ],
)
def test_a_piece_is_itself_or_cut_from_the_left(piece, ids):
    assert spell_pieces([piece], VOCABULARY) == [ids]


def test_every_piece_gets_ids_in_its_own_order():
    assert spell_pieces(["a", "zz", "unable"], VOCABULARY) == [[6], [1], [3, 5]]
    assert spell_pieces(VOCABULARY, VOCABULARY) == [[i] for i in range(10)]
    assert spell_pieces([], VOCABULARY) == []


def test_cuts_are_those_of_the_tokenizer(tmp_path):
    from tfdistill.text import SPECIAL_TOKENS, load_tokenizer, write_vocabulary

    pieces = [*SPECIAL_TOKENS, *VOCABULARY[3:]]
    write_vocabulary(pieces, tmp_path / "vocab.txt")
    tokenizer = load_tokenizer(tmp_path / "vocab.txt")
    for word in ("unaffable", "aab", "unaffb", "uaffable", "affa"):
        found = tokenizer.encode(word, add_special_tokens=False).ids
        assert spell_pieces([word], pieces) == [found]


def test_a_vocabulary_without_unk_is_refused():
    with pytest.raises(ValueError, match=r"vocabulary of 2 pieces has no \[UNK\]"):
        spell_pieces(["a"], ["a", "b"])
