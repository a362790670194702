"""A teacher's pieces in the student's words."""

import numpy as np
import pytest
import tokenizers

from tfdistill.keyboard.word_targets import FirstPieces, WordTargets


@pytest.fixture
def tokenizer():
    """Byte-level BPE that cuts "I'm" and "don't" behind the apostrophe's left."""
    pieces = ["\u0120", *"abcdefghijklmnopqrstuvwxyzIMD'", "\u0120I", "\u0120t"]
    merges = [("\u0120", "I"), ("\u0120", "t"), ("\u0120", "s")]
    pieces.append("\u0120s")
    ids = {piece: i for i, piece in enumerate(pieces)}
    made = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=ids, merges=merges))
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    return made


def test_words_share_the_piece_that_they_begin_with(vocabulary, tokenizer):
    table = FirstPieces(vocabulary, tokenizer, is_spaced=True)
    i, t, s = (tokenizer.token_to_id("\u0120" + c) for c in "Its")
    ngrams = np.full((2, len(vocabulary)), 0.01, np.float32)
    ngrams[:, 9], ngrams[:, 10] = 0.3, 0.1  # I, I'm
    ngrams[1, 12:14] = 0.05, 0.15  # see, seen
    words = table.to_words(
        np.array([[i, t], [s, i]]), np.array([[0.6, 0.2]] * 2), ngrams
    )
    assert words.sum(axis=1) == pytest.approx([1, 1])
    assert words[0, [9, 10, 8]] == pytest.approx([0.75 * 0.75, 0.25 * 0.75, 0.25])
    assert words[1, [12, 13, 9]] == pytest.approx(
        [0.25 * 0.75, 0.75 * 0.75, 0.75 * 0.25]
    )


def test_pieces_that_begin_no_word_are_left_out(vocabulary, tokenizer):
    table = FirstPieces(vocabulary, tokenizer, is_spaced=False)
    q = tokenizer.token_to_id("q")
    ngrams = np.full((1, len(vocabulary)), 0.1, np.float32)
    assert table.to_words(np.array([[q]]), np.array([[0.9]]), ngrams).sum() == 0


def test_targets_of_a_batch():
    targets = WordTargets(3, k=2)
    targets.set([1], np.array([[0.1, 0.0, 0.4, 0.3]]))
    found = targets.at(np.array([[1, -1, 0]]))
    assert sorted(found["next_words:ids"][0, 0]) == [2, 3]
    assert found["next_words:p"][0].sum(axis=1) == pytest.approx([1, 0, 0], abs=1e-3)
