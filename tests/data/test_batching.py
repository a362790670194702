"""Batches: every row once, right padding, repeatable order, and going on midway."""

import dataclasses
import itertools

import numpy as np
import pytest

from tfdistill.data import LENGTH_BUCKETS, make_dataset, steps_per_epoch
from tfdistill.data.batching import buckets_within, epoch_batches, make_batch


def batches(encoded, count=None, **arguments):
    dataset = make_dataset(encoded, batch_size=4, **arguments)
    return list(itertools.islice(dataset.as_numpy_iterator(), count))


def assert_equal_batches(got, wanted):
    assert len(got) == len(wanted)
    for (x, y), (other_x, other_y) in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(x["token_ids"], other_x["token_ids"])
        np.testing.assert_array_equal(y, other_y)


@pytest.mark.parametrize("batch_size", [1, 4, 7, 53, 99])
@pytest.mark.parametrize("seed", [None, (0, 0), (0, 1), (8, 2)])
def test_every_row_comes_once_and_one_batch_is_smaller(rows, batch_size, seed):
    got = list(epoch_batches(rows, batch_size, seed))
    assert len(got) == steps_per_epoch(rows, batch_size)
    assert sorted(np.concatenate(got)) == list(range(len(rows)))
    assert sum(len(batch) < batch_size for batch in got) == (53 % batch_size > 0)


def test_no_token_is_lost_and_no_padding_counts(rows):
    got = batches(rows, shuffle=True, seed=1)
    tokens = [x["token_ids"][x["padding_mask"] == 1] for x, _ in got]
    assert sorted(np.concatenate(tokens)) == sorted(rows.token_ids)
    for x, _ in got:
        assert not np.any(x["token_ids"][x["padding_mask"] == 0])
        assert not np.any(x["segment_ids"][x["padding_mask"] == 0])


def test_without_shuffling_rows_keep_their_order(rows):
    got = batches(rows)
    labels = np.concatenate([y for _, y in got])
    np.testing.assert_array_equal(labels, rows.labels)
    lengths = np.concatenate([x["padding_mask"].sum(-1) for x, _ in got])
    np.testing.assert_array_equal(lengths, rows.lengths)


def test_batches_are_padded_to_the_next_bucket(rows):
    for x, _ in batches(rows, shuffle=True, seed=1):
        longest = x["padding_mask"].sum(-1).max()
        assert x["token_ids"].shape[1] == min(b for b in LENGTH_BUCKETS if b >= longest)
    (x, _), *_ = batches(rows.take([rows.lengths.argmax()]), length_buckets=(4,))
    assert x["token_ids"].shape == (1, 64)


def test_a_training_batch_holds_rows_of_similar_length(rows):
    sizes = [
        sum(x["padding_mask"].size for x, _ in batches(rows, shuffle=shuffle, seed=1))
        for shuffle in (True, False)
    ]
    assert sizes[0] < 0.8 * sizes[1]


def test_the_order_is_a_function_of_seed_and_epoch(rows):
    def order(*seed):
        return np.concatenate(list(epoch_batches(rows, 4, seed))).tolist()

    assert order(1, 2) == order(1, 2)
    assert len({str(order(*seed)) for seed in [(1, 2), (2, 1), (1, 3), (2, 2)]}) == 4


@pytest.mark.parametrize(("epoch", "step"), [(0, 5), (1, 0), (1, 13), (2, 14)])
def test_going_on_midway_gives_what_would_have_come(rows, epoch, step):
    whole = batches(rows, 56, shuffle=True, seed=3, repeat=True)
    rest = batches(
        rows, 10, shuffle=True, seed=3, repeat=True, start_epoch=epoch, start_step=step
    )
    begin = epoch * steps_per_epoch(rows, 4) + step
    assert_equal_batches(rest, whole[begin : begin + 10])


def test_one_epoch_ends_and_tells_its_length(rows):
    dataset = make_dataset(rows, 4, shuffle=True, seed=3, start_step=2)
    assert dataset.cardinality() == 12 == len(list(dataset))
    assert make_dataset(rows, 4, repeat=True).cardinality() == -1


def test_a_fixed_length_pads_every_batch_to_it(rows):
    dataset = make_dataset(rows, 4, sequence_length=37)
    assert dataset.element_spec[0]["token_ids"].shape == (None, 37)
    assert {x["token_ids"].shape[1] for x, _ in dataset.as_numpy_iterator()} == {37}
    with pytest.raises(ValueError, match="sequence_length=20 is shorter"):
        make_dataset(rows, 4, sequence_length=20)


@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_one_output_has_plain_labels_as_class_weight_needs_them(rows, dtype):
    encoded = dataclasses.replace(rows, labels=rows.labels.astype(dtype))
    (_, y), *_ = batches(encoded)
    assert y.dtype == dtype and y.shape == (4,)
    np.testing.assert_array_equal(y, rows.labels[:4])


def test_keys_and_types_are_those_of_the_contract(rows):
    slots = np.arange(len(rows.token_ids), dtype=np.int32)
    x, y = batches(dataclasses.replace(rows, slot_labels=slots), 1)[0]
    assert list(x) == ["token_ids", "segment_ids", "padding_mask"]
    assert list(y) == ["logits", "slot_logits"]
    assert {array.dtype for array in (*x.values(), *y.values())} == {np.dtype("int32")}
    assert np.all(y["slot_logits"][x["padding_mask"] == 0] == -1)
    assert y["slot_logits"][0, 0] == 0


def test_rows_without_labels_come_without_targets(rows):
    x = batches(dataclasses.replace(rows, labels=None), 1)[0]
    assert sorted(x) == ["padding_mask", "segment_ids", "token_ids"]


def test_segments_begin_at_the_pair_and_end_before_the_padding(rows):
    encoded = dataclasses.replace(rows, pair_starts=rows.pair_starts - 1)
    longest = int(rows.lengths.argmax())
    x, _ = make_batch(encoded, np.array([longest, 0]), 30)
    assert x["segment_ids"].sum(-1).tolist() == [1, 1]
    assert x["segment_ids"][0].argmax() == rows.lengths[longest] - 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(shuffle=True), "needs a seed"),
        (dict(batch_size=0), "at least 1"),
        (dict(length_buckets=(16, 8)), "ascend"),
        (dict(start_step=15), "start_step=15"),
    ],
)
def test_impossible_arguments_are_refused(rows, arguments, message):
    with pytest.raises(ValueError, match=message):
        make_dataset(rows, **{"batch_size": 4, **arguments})


def test_no_rows_at_all_are_refused(rows):
    with pytest.raises(ValueError, match="empty"):
        make_dataset(rows.take([]), 4)


def test_lengths_are_those_that_a_model_can_read():
    assert buckets_within(512) == LENGTH_BUCKETS == buckets_within(600)
    assert buckets_within(40) == (8, 16, 24, 32, 40)
    assert buckets_within(48) == (8, 16, 24, 32, 48)
    assert buckets_within(7) == (7,)
