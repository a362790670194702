"""Batches: what is read, what comes next, which word of the text it is."""

import numpy as np

from tfdistill.keyboard.examples import (
    bucket_batches,
    encode_lines,
    make_rows,
    positions_of,
)

TEXT = ["See you, Monday! 5", "xyz the", "you " * 40]


def test_a_row_reads_what_stands_before(vocabulary):
    lines = encode_lines(TEXT[:2], vocabulary)
    inputs, labels = make_rows(lines, np.array([0, 1]))
    # see you , monday ! 5 | [UNK] the
    assert inputs["token_ids"].tolist()[0][:6] == [2, 12, 11, 6, 14, 5]
    assert inputs["padding_mask"][0].tolist() == [1] * 6 + [0] * 2
    assert inputs["predict_at"].tolist() == [0, 1, 3, 8, 9]
    assert labels.tolist() == [12, 11, 14, 1, 8]


def test_words_are_numbered_over_all_lines(vocabulary):
    lines = encode_lines(TEXT, vocabulary)
    found = positions_of(lines, np.array([1, 0]))
    assert found.tolist() == [3, 4, 0, 1, 2]
    assert lines.positions.max() == 3 + 2 + 40 - 1


def test_a_long_line_goes_on_in_another_row(vocabulary):
    lines = encode_lines(TEXT, vocabulary)
    assert np.diff(lines.starts).tolist() == [6, 2, 32, 8]
    inputs, labels = make_rows(lines, np.array([2]))
    assert inputs["token_ids"].shape == (1, 32) and inputs["token_ids"][0, 0] == 2
    assert len(labels) == 32 and lines.whole_starts.tolist() == [0, 6, 8, 48]
    # Nobody begins a line with the thirty-third word of one.
    rest, labels = make_rows(lines, np.array([3]))
    assert rest["token_ids"][0, 0] == 2
    assert rest["predict_at"].tolist() == list(range(1, 8)) and len(labels) == 7
    assert positions_of(lines, np.array([3])).tolist() == list(range(38, 45))


def test_an_epoch_has_each_full_batch_once(vocabulary):
    lines = encode_lines(["you"] * 22 + ["you " * 12] * 9, vocabulary)
    batches = bucket_batches(lines, 24, (0, 0))
    rows = np.concatenate(batches)
    assert len(batches) == 3 + 4 and len(set(rows)) == 18 + 8
    assert all(len(set(np.diff(lines.starts)[each])) == 1 for each in batches)
    again = bucket_batches(lines, 24, (0, 0))
    assert all((a == b).all() for a, b in zip(batches, again, strict=True))
    assert not np.array_equal(rows, np.concatenate(bucket_batches(lines, 24, (0, 1))))


def test_what_is_judged_is_judged_whole(vocabulary):
    lines = encode_lines(["you"] * 22 + ["you " * 12] * 9, vocabulary)
    batches = bucket_batches(lines, 24, 0, keeps_rest=True)
    assert sorted(np.concatenate(batches)) == list(range(31))


def test_rows_are_padded_to_a_multiple_of_four(vocabulary):
    lines = encode_lines(["you"] * 3 + ["you " * 5], vocabulary)
    assert make_rows(lines, np.arange(3))[0]["token_ids"].shape == (3, 4)
    assert make_rows(lines, np.arange(4))[0]["token_ids"].shape == (4, 8)
