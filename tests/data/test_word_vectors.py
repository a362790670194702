"""Word vectors from files that may be damaged."""

import numpy as np
import pytest

from tfdistill.data.word_vectors import load_word_vectors


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content.replace(b"}", b" "),  # never closed
        lambda content: content.replace(b"(2, 3)", b"(9, 9)"),
        lambda content: content[:-4],
        lambda content: b"",
    ],
)
def test_a_damaged_array_is_refused_by_name(damage, tmp_path):
    path = tmp_path / "vectors.npy"
    np.save(path, np.ones((2, 3), np.float32))
    (tmp_path / "vectors.txt").write_text("a\nb\n")
    assert len(load_word_vectors(path)) == 2
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"vectors\.npy"):
        load_word_vectors(path)


def test_a_vector_that_is_not_finite_is_refused_by_name(tmp_path):
    path = tmp_path / "glove.txt"
    path.write_text("a 1 2\nb 3 nan\n")
    with pytest.raises(ValueError, match=r"glove\.txt.*finite"):
        load_word_vectors(path)
