"""Tokenizers of letters and of a few words; rows, vectors and candidates of these."""

import string

import numpy as np
import pytest

from tfdistill.data import Examples, Task, encode
from tfdistill.data.augmentation import Candidates
from tfdistill.data.word_vectors import WordVectors
from tfdistill.text import SPECIAL_TOKENS, load_tokenizer, write_vocabulary

SENTENCES = Task("letters", "classification", ("no", "yes"))
ONE_PIECE = ["film", "cast", "plot", "good", "great", "fine", "dull", "the", "is"]
WORDS = [*ONE_PIECE, "splendid", "tedious", "co-star", "42", "très"]


@pytest.fixture(scope="session")
def letters(tmp_path_factory):
    """Tokenizer that makes one piece of every letter: a = 5, b = 6, ##a = 31."""
    path = tmp_path_factory.mktemp("letters") / "vocab.txt"
    letters = string.ascii_lowercase
    write_vocabulary([*SPECIAL_TOKENS, *letters, *(f"##{x}" for x in letters)], path)
    return load_tokenizer(path)


@pytest.fixture(scope="session")
def rows(letters):
    """53 rows of 2 to 21 tokens; a row's label tells it from its neighbours."""
    lengths = np.random.default_rng(3).integers(0, 20, 53)
    texts = ["".join(string.ascii_lowercase[i % 26] for i in range(n)) for n in lengths]
    labels = np.arange(53, dtype=np.int32) % 2
    return encode(Examples(texts, labels=labels), SENTENCES, letters, 32)


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory):
    """Words of one piece, letters for all others, and a piece that continues a word."""
    path = tmp_path_factory.mktemp("words") / "vocab.txt"
    letters = [*string.ascii_lowercase, *(f"##{x}" for x in string.ascii_lowercase)]
    write_vocabulary([*SPECIAL_TOKENS, *ONE_PIECE, "##ing", *letters], path)
    return load_tokenizer(path)


@pytest.fixture(scope="session")
def vectors():
    return WordVectors(WORDS, np.random.default_rng(0).normal(size=(len(WORDS), 5)))


@pytest.fixture
def candidates(tokenizer, vectors):
    return Candidates(tokenizer, vectors, count=3)
