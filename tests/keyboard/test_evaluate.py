"""Scores of made-up keyboards, worked out by hand."""

import pytest

from tfdistill.keyboard.evaluate import (
    Position,
    evaluate_keyboard,
    find_positions,
    sample_positions,
)


def test_every_word_is_a_position():
    found = find_positions(["Hi 5 you!", "I'm"])
    assert found == [
        Position("", "Hi", " 5 "),
        Position("Hi 5 ", "you", "!"),
        Position("", "I'm", ""),
    ]


def test_a_line_may_have_no_word():
    assert find_positions(["...", "!", "5 :)", "\U0001f600", ""]) == []
    assert find_positions(["!", "Hi"]) == [Position("", "Hi", "")]


def test_recall_by_rank():
    """Rank 1, 3, beyond three, absent: top-1 0.25, top-3 0.5."""
    ranks = {"one": ["one", "x", "y"], "two": ["x", "y", "two"]}
    ranks |= {"far": ["x", "y", "z"], "none": []}
    positions = [Position(word, word, "") for word in ranks]
    scores = evaluate_keyboard(lambda context, prefix, k: ranks[context], positions)
    assert (scores.top1, scores.top3) == (25.0, 50.0)


def test_keystrokes_saved():
    def suggest(context, prefix, k):
        return ["Hello"] if prefix.startswith("he") else []

    # Picked after two letters of five: one press for the rest and the space.
    scores = evaluate_keyboard(suggest, [Position("", "hello", " ")])
    assert scores.ksr == pytest.approx(100 * 3 / 6)
    assert (scores.top3, scores.c1, scores.c2) == (0, 0, 100)
    assert evaluate_keyboard(lambda *_: [], [Position("", "a", " ")]).ksr == 0


def test_the_sample_is_fixed():
    lines = [f"word{i} next" for i in range(50)]
    assert sample_positions(lines, 10) == sample_positions(lines, 20)[:10]
    for count in (0, -3):
        with pytest.raises(ValueError, match=f"not {count}"):
            sample_positions(lines, count)
    with pytest.raises(ValueError, match="no word"):
        evaluate_keyboard(lambda *_: [], [])
