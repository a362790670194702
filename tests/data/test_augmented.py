"""Augmented texts on disk: the same whoever made them, killed or damaged."""

import tracemalloc

import numpy as np
import pytest

from tfdistill.data import Examples, Streamed
from tfdistill.data import augmented as shards
from tfdistill.data.augmentation import Augmentation, Candidates
from tfdistill.data.augmented import read_augmented, write_augmented
from tfdistill.data.word_vectors import WordVectors

from .conftest import ONE_PIECE, WORDS


@pytest.fixture
def examples(monkeypatch):
    monkeypatch.setattr(shards, "ROWS_PER_SHARD", 8)
    words = np.random.default_rng(2).choice(WORDS, (30, 6))
    return Examples([" ".join(row) for row in words], labels=np.arange(30) % 2)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_files_are_the_same_whoever_made_them(examples, candidates, tmp_path):
    settings = Augmentation(num_samples=5)
    count = write_augmented(examples, tmp_path / "one", candidates, settings)
    for worker in (2, 0, 1):
        write_augmented(examples, tmp_path / "many", candidates, settings, worker, 3)
    assert (
        len(files(tmp_path / "one")) == 9
    )  # four shards, their checksums, what they were made by
    assert files(tmp_path / "one") == files(tmp_path / "many")
    rows = list(read_augmented(examples, tmp_path / "one"))
    assert len(rows) == count > 100
    originals = {}
    for number, (text,) in rows:
        originals.setdefault(number, text)
    assert list(originals.values()) == examples.texts


def test_a_kill_is_made_good(examples, candidates, tmp_path, monkeypatch):
    settings = Augmentation(num_samples=5)
    write_augmented(examples, tmp_path / "whole", candidates, settings)
    write = shards._write_whole

    def killed(path, text):
        if path.name == "augmented_00002.jsonl":
            path.with_name(f".{path.name}.7.tmp").write_bytes(text[:99])
            raise KeyboardInterrupt
        write(path, text)

    with monkeypatch.context() as patch:
        patch.setattr(shards, "_write_whole", killed)
        with pytest.raises(KeyboardInterrupt):
            write_augmented(examples, tmp_path / "cut", candidates, settings)
    with pytest.raises(ValueError, match="augmented_00002.jsonl is missing"):
        list(read_augmented(examples, tmp_path / "cut"))
    write_augmented(examples, tmp_path / "cut", candidates, settings)
    assert files(tmp_path / "cut") == files(tmp_path / "whole")


@pytest.mark.parametrize("damage", [b"", b"half", None])
def test_a_damaged_shard_is_told_and_made_again(examples, candidates, tmp_path, damage):
    settings = Augmentation(num_samples=5)
    write_augmented(examples, tmp_path, candidates, settings)
    whole = files(tmp_path)
    shard = tmp_path / "augmented_00001.jsonl"
    lines = shard.read_bytes().splitlines(keepends=True)
    shard.write_bytes(b"".join(lines[:-3]) if damage is None else damage)
    with pytest.raises(ValueError, match="augmented_00001.jsonl is missing or damaged"):
        list(read_augmented(examples, tmp_path))
    write_augmented(examples, tmp_path, candidates, settings)
    assert files(tmp_path) == whole


def test_other_candidates_are_refused(examples, candidates, tokenizer, tmp_path):
    write_augmented(examples, tmp_path, candidates, Augmentation(num_samples=2))
    other = Candidates(tokenizer, WordVectors(["one", "two"], np.eye(2)))
    with pytest.raises(ValueError, match="begun with another candidates"):
        write_augmented(examples, tmp_path, other, Augmentation(num_samples=2))


def test_another_folder_is_asked_for(examples, candidates, tmp_path):
    write_augmented(examples, tmp_path, candidates, Augmentation(num_samples=2))
    with pytest.raises(ValueError, match="another num_samples: 2 instead of 3"):
        write_augmented(examples, tmp_path, candidates, Augmentation(num_samples=3))
    fewer = examples.take(range(9))
    with pytest.raises(ValueError, match="begun with another examples"):
        write_augmented(fewer, tmp_path, candidates, Augmentation(num_samples=2))
    with pytest.raises(ValueError, match="made from other examples"):
        next(read_augmented(fewer, tmp_path))
    with pytest.raises(ValueError, match="worker must be from 0 to 1"):
        write_augmented(examples, tmp_path, candidates, Augmentation(), 2, 2)


class Generated:
    """A source of as many texts as are asked for, which holds none of them."""

    def __init__(self, count):
        self.count = count

    def stream(self, split, size):
        random = np.random.default_rng(0)
        for _ in range(self.count // size):
            words = random.choice(ONE_PIECE, (size, 6))
            yield Examples([" ".join(row) for row in words])


def test_memory_does_not_grow_with_the_input(candidates, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "ROWS_PER_SHARD", 64)
    peaks = []
    for count in (128, 1024):
        examples = Streamed(Generated(count), "train", 64)
        tracemalloc.start()
        write_augmented(examples, tmp_path / str(count), candidates, Augmentation())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]


@pytest.mark.parametrize("size", [7, 8, 30])
def test_pieces_of_any_size_make_the_same_files(examples, candidates, tmp_path, size):
    settings = Augmentation(num_samples=5)
    pieces = [examples.take(range(i, min(i + size, 30))) for i in range(0, 30, size)]
    write_augmented(examples, tmp_path / "whole", candidates, settings)
    write_augmented(pieces, tmp_path / "pieces", candidates, settings)
    assert files(tmp_path / "whole") == files(tmp_path / "pieces")


def test_pieces_that_are_gone_after_one_reading_are_refused(candidates, tmp_path):
    pieces = (Examples([text]) for text in ("good film", "dull cast"))
    with pytest.raises(ValueError, match="a generator only once: give a list"):
        write_augmented(pieces, tmp_path / "new", candidates, Augmentation())
    assert not (tmp_path / "new").exists()
