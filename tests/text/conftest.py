"""Fixtures of the text tests."""

import pytest

from tfdistill.text import SPECIAL_TOKENS, load_tokenizer, write_vocabulary


@pytest.fixture
def small_tokenizer(tmp_path):
    """Tokenizer of a vocabulary of nine pieces."""
    path = tmp_path / "vocab.txt"
    write_vocabulary([*SPECIAL_TOKENS, "a", "##b", "mask", "["], path)
    return load_tokenizer(path)


@pytest.fixture(scope="session")
def uncased_vocabulary():
    """The uncased vocabulary of 30,522 pieces, out of the MiniLM package."""
    from tfdistill.bert.minilm import fetch_minilm

    try:
        return f"{fetch_minilm()}/vocab.txt"
    except ValueError as error:
        pytest.skip(f"no MiniLM vocabulary: {error}")
