"""A corpus: every line once, an order by seed, resumed anywhere, in little memory."""

import gzip
import itertools
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from absl import logging

from tfdistill.data.corpus import Corpus, make_text_dataset

LINES = [
    f"{'abcdefghij'[i % 10] * (1 + i % 7)} {'k' * (i % 5)}".strip() for i in range(900)
]


@pytest.fixture
def corpus(tmp_path):
    (tmp_path / "one.txt").write_text("\ufeff" + "\n".join(LINES[:400]) + "\n\n  \n")
    with gzip.open(tmp_path / "two.txt.gz", "wt") as file:
        file.write("\n".join(LINES[400:700]))
    (tmp_path / "three.txt").write_text("\r\n".join(LINES[700:]))
    files = (tmp_path / "one.txt", tmp_path / "two.txt.gz", tmp_path / "three.txt")
    return Corpus(files, shuffle_buffer=50)


def test_without_a_seed_lines_keep_their_order(corpus):
    assert list(corpus.lines()) == LINES


def test_every_line_comes_once_and_the_order_is_the_seeds(corpus):
    order = list(corpus.lines(3, 1))
    assert sorted(order) == sorted(LINES) and order != LINES
    assert order == list(corpus.lines(3, 1))
    assert order != list(corpus.lines(3, 2)) and order != list(corpus.lines(4, 1))


def test_zstd_reads_as_the_same_lines(corpus, tmp_path):
    zstandard = pytest.importorskip("zstandard", reason="reads .zst files")
    packed = tmp_path / "all.txt.zst"
    packed.write_bytes(zstandard.compress("\n".join(LINES).encode()))
    assert list(Corpus((packed,)).lines()) == LINES


def batches(corpus, tokenizer, count, **arguments):
    dataset = make_text_dataset(corpus, tokenizer, 4, 12, seed=5, **arguments)
    return [
        b["token_ids"] for b in itertools.islice(dataset.as_numpy_iterator(), count)
    ]


def test_batches_hold_all_lines_of_an_epoch(corpus, letters):
    got = batches(corpus, letters, 256)  # 900 lines, and 124 of the next epoch
    ids = Counter(tuple(row[row > 0].tolist()[:11]) for batch in got for row in batch)
    expected = Counter(tuple(letters.encode(line).ids[:11]) for line in LINES)
    assert not expected - ids and (ids - expected).total() == 124
    assert max(batch.shape[1] for batch in got) <= 16


def test_what_is_cut_is_told_once(corpus, letters, monkeypatch):
    told = []
    monkeypatch.setattr(logging, "info", lambda *message: told.append(message))
    dataset = make_text_dataset(corpus, letters, 4, 6, seed=5)
    next(itertools.islice(dataset.as_numpy_iterator(), 130, None))  # of a third pool
    assert len(told) == 1 and told[0][2:] == (4 * 64, 6)


@pytest.mark.parametrize("step", [0, 1, 63, 64, 100, 230, 300])
def test_it_goes_on_where_it_was_stopped(step, corpus, letters):
    whole = batches(corpus, letters, step + 4)
    for got, wanted in zip(
        batches(corpus, letters, 4, start_step=step), whole[step:], strict=True
    ):
        np.testing.assert_array_equal(got, wanted)


def test_memory_does_not_grow_with_the_file(tmp_path):
    peaks = []
    for thousands in (20, 200):
        path = tmp_path / f"{thousands}.txt"
        path.write_text(("the same words again and again\n" * 1000) * thousands)
        tracemalloc.start()
        assert sum(1 for _ in Corpus((path,), 1000).lines(1)) == thousands * 1000
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] < 2e6


def test_a_line_without_an_end_is_read_in_parts(tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("a" * 2_500_000)
    lengths = [len(line) for line in Corpus((path,)).lines()]
    assert lengths == [1_000_000, 1_000_000, 500_000]


@pytest.mark.parametrize("character", ["\u00e9", "\u8a9e", "\U0001f600"])
@pytest.mark.parametrize("offset", [0, 1, 2, 3])
def test_a_part_never_ends_within_a_character(tmp_path, character, offset):
    path = tmp_path / "long.txt"
    text = "a" * offset + character * 600_000
    path.write_text(f"{text}\nend\n", encoding="utf-8")
    *parts, last = Corpus((path,)).lines()
    assert "".join(parts) == text and last == "end" and len(parts) > 1


@pytest.mark.parametrize(
    "name, content, told",
    [
        ("bad.txt", b"fine\n\xff\xfe\n", r"bad.txt, line 2, is not UTF-8"),
        ("bad.gz", gzip.compress(b"a\nb\n" * 9000)[:-20], r"bad.gz is damaged"),
        ("bad.gz", b"no gzip at all", r"bad.gz is damaged"),
        ("gone.txt", None, r"gone.txt does not exist"),
    ],
    ids=["not UTF-8", "cut gzip", "no gzip", "no file"],  # gzip writes the time of day
)
def test_a_damaged_file_is_named(name, content, told, tmp_path):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=told):
        list(Corpus((tmp_path / name,)).lines(0))


def test_nothing_to_read_is_refused(tmp_path, letters):
    (tmp_path / "empty.txt").write_text("\n \n")
    corpus = Corpus((tmp_path / "empty.txt",))
    with pytest.raises(Exception, match="There is no line of text"):
        batches(corpus, letters, 1)
    for files in ((), "a.txt"):
        with pytest.raises(ValueError, match="at least one path"):
            Corpus(files)
    with pytest.raises(ValueError, match="must be 1 or more"):
        Corpus(("a.txt",), 0)


def test_a_line_with_a_tab_is_a_pair_where_the_corpus_says_so(tmp_path, letters):
    (tmp_path / "text.txt").write_text("aaa bb\tcc d\nee f\n" * 8)
    sep = letters.token_to_id("[SEP]")
    for is_paired, expected in ((False, 0), (True, 256)):
        corpus = Corpus((tmp_path / "text.txt",), is_paired=is_paired)
        dataset = make_text_dataset(corpus, letters, 8, 32, seed=1)
        num_pairs = 0
        for batch in itertools.islice(dataset.as_numpy_iterator(), 64):  # a pool
            for ids, segments in zip(
                batch["token_ids"], batch["segment_ids"], strict=True
            ):
                first, *second = np.flatnonzero(ids == sep)
                assert segments.sum() == (second[0] - first if second else 0)
                num_pairs += bool(second)
        assert num_pairs == expected


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("a\nb\n\nc\n", [["a", "b"], ["c"]]),
        ("\n \na\n\n\n b \n\n", [["a"], ["b"]]),
        ("a\nb\n", [["a"], ["b"]]),
        ("\r\na\r\n\r\nb\r\n", [["a"], ["b"]]),
        ("\n\n", []),
        ("", []),
    ],
)
def test_documents_are_what_blank_lines_part(text, documents, tmp_path):
    (tmp_path / "t.txt").write_bytes(text.encode())
    files = (tmp_path / "t.txt",) * 2
    assert list(Corpus(files).documents()) == documents * 2
