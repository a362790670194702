"""A teacher's pieces in the student's words."""

import numpy as np
import pytest
import tokenizers

from tfdistill.data.flat import flatten
from tfdistill.keyboard.examples import word_mask
from tfdistill.keyboard.ngrams import NGrams
from tfdistill.keyboard.vocabulary import START
from tfdistill.keyboard.word_targets import FirstPieces, WordTargets, fill_targets


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


def dense(table, pieces, p, ngrams, contexts, size):
    found = np.zeros((len(pieces), size))
    rows, words, shares = table.to_words(
        np.array(pieces), np.array(p), ngrams, contexts
    )
    found[rows, words] = shares
    return found


def test_words_share_the_piece_that_they_begin_with(vocabulary, tokenizer):
    table = FirstPieces(vocabulary, tokenizer, is_spaced=True)
    i, t, s = (tokenizer.token_to_id("\u0120" + c) for c in "Its")
    lines = [[9], [9], [9], [10], [12, 13], [12, 13], [12, 12], [9, 8]]  # I, I'm, see
    ngrams = NGrams(
        *flatten([np.array(line, np.uint16) for line in lines]),
        word_mask(vocabulary),
        2,
    )
    contexts, size = [[2], [2, 12]], len(vocabulary)
    pieces, p = [[i, t], [s, i]], [[0.6, 0.2], [0.6, 0.1]]
    words = dense(table, pieces, p, ngrams, contexts, size)
    assert words.sum(axis=1) == pytest.approx([0.8, 0.7], rel=1e-5)
    counted = ngrams.probabilities(contexts)
    for row, piece, (one, two) in ((0, 0.6, (9, 10)), (1, 0.6, (12, 13))):
        odds = counted[row, one] / counted[row, two]
        assert words[row, one] / words[row, two] == pytest.approx(odds, rel=1e-4)
        own = [w for w in range(size) if vocabulary.keys[w][0] == "is"[row]]
        assert words[row, own].sum() == pytest.approx(piece, rel=1e-5)


def test_pieces_that_begin_no_word_are_left_out(vocabulary, tokenizer):
    table = FirstPieces(vocabulary, tokenizer, is_spaced=False)
    q = tokenizer.token_to_id("q")
    ngrams = NGrams(*flatten([np.array([9, 8])]), word_mask(vocabulary), 2)
    found = table.to_words(np.array([[q]]), np.array([[0.9]]), ngrams, [[2]])
    assert all(len(each) == 0 for each in found)


def test_targets_of_a_batch():
    targets = WordTargets(3, k=2)
    rows, words = np.array([0, 0, 0, 1]), np.array([0, 2, 3, 1])
    targets.set(np.array([1, 2]), rows, words, np.array([0.1, 0.4, 0.3, 0.2]))
    found = targets.at(np.array([1, -1, 0, 2]))
    assert found["next_words:ids"][0].tolist() == [2, 3]
    assert found["next_words:p"][0] == pytest.approx([4 / 7, 3 / 7], abs=1e-3)
    assert found["next_words:p"].sum(axis=1) == pytest.approx([1, 0, 0, 1], abs=1e-3)


def test_the_teacher_is_trusted_by_what_the_student_knows(vocabulary, tokenizer):
    ids = [START, *range(4, 9)]
    found = {
        "positions": np.arange(5),
        "is_spaced": np.arange(5) > 0,
        "pieces": np.array([[tokenizer.encode(" see").ids[0]]] * 5),
        "log_p": np.zeros((5, 1)),
    }
    found["pieces"][0] = tokenizer.encode("see").ids[0]
    targets = WordTargets(5, k=2)
    is_word = np.ones(len(vocabulary), bool)
    ngrams = NGrams(np.array([9]), np.array([0, 1]), is_word, order=2)
    fill_targets(
        targets, found, lambda at: ids[: at + 1], vocabulary, tokenizer, ngrams
    )
    trust = targets.at(np.arange(5))["next_words:p"].sum(axis=1)
    assert trust == pytest.approx([0, 1 / 3, 2 / 3, 1, 1], abs=1e-3)
