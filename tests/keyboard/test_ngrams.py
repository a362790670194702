"""Kneser-Ney against numbers worked out by hand, and against a published program."""

import numpy as np
import pytest

from tfdistill.data.flat import flatten
from tfdistill.keyboard.ngrams import NGrams

IS_WORD = np.array([False] * 4 + [True] * 5)


def counted(lines, order):
    return NGrams(
        *flatten([np.array(line, np.uint16) for line in lines]), IS_WORD, order
    )


def test_distributions_sum_to_one_whatever_the_context():
    random = np.random.default_rng(0)
    lines = [random.integers(3, 9, size=n).tolist() for n in random.integers(1, 9, 60)]
    contexts = [[2], [2, 4], [2, 4, 5, 6], [8, 8, 8, 8], [2, 3, 5], [7, 2, 4]]
    p = counted(lines, 4).probabilities(contexts)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)
    assert (p[:, :4] == 0).all() and (p[:, 4:] > 0).all()


def test_bigrams_by_hand():
    """4 5 | 4 5 | 4 6 | 5 6: with all discounts at their estimates."""
    ngrams = counted([[4, 5], [4, 5], [4, 6], [5, 6]], 2)
    # Bigrams S4:3, S5:1, 45:2, 46:1, 56:1. n1 = 3, n2 = 1, n3 = 1, n4 = 0 (taken as 1).
    y = 3 / 5
    d1, d2 = 1 - 2 * y / 3, 2 - 3 * y
    # Words before: 4 after S; 5 after S, 4; 6 after 4, 5. n1 = 1, n2 = 2.
    low1, low2 = 1 - 2 * (1 / 5) * 2, 2 - 3 * (1 / 5) * 1 / 2
    rest = (low1 + 2 * low2) / 5
    six = (2 - low2) / 5 + rest / 5
    expected = (1 - d1) / 3 + (d1 + d2) / 3 * six
    np.testing.assert_allclose(
        ngrams.probabilities([[2, 4]])[0, 6], expected, rtol=1e-5
    )


def test_an_unknown_context_leaves_it_to_shorter_ones():
    ngrams = counted([[4, 5, 6], [5, 6, 7]], 3)
    one, two = ngrams.probabilities([[2, 8, 5], [2, 5]])[:, 6]
    assert one > 0.2 and two > 0.2


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="order"):
        counted([[4]], 5)
    with pytest.raises(ValueError, match="no text"):
        NGrams(np.array([], np.uint16), np.array([0]), IS_WORD)
