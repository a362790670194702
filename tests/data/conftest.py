"""Fixtures of the data tests: a tokenizer of single letters, and rows made with it."""

import string

import numpy as np
import pytest

from tfdistill.data import Examples, Task, encode
from tfdistill.text import SPECIAL_TOKENS, load_tokenizer, write_vocabulary

SENTENCES = Task("letters", "classification", ("no", "yes"))


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
