"""Word vectors from files that may be damaged."""

import warnings

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


def test_numbers_too_large_for_float32_are_refused_without_a_warning(tmp_path):
    (tmp_path / "vectors.txt").write_text("a\nb\n")
    np.save(tmp_path / "vectors.npy", np.array([[1.0, 2.0], [3.0, 1e300]]))
    with warnings.catch_warnings(), pytest.raises(ValueError, match="finite"):
        warnings.simplefilter("error")
        load_word_vectors(tmp_path / "vectors.npy")


def test_an_array_of_python_2_is_read_without_a_warning(tmp_path):
    (tmp_path / "vectors.txt").write_text("a\n")
    np.save(tmp_path / "vectors.npy", np.array([[3.0, 4.0]], np.float32))
    content = (tmp_path / "vectors.npy").read_bytes()
    (tmp_path / "vectors.npy").write_bytes(content.replace(b"(1, 2)", b"(1L,2)"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = load_word_vectors(tmp_path / "vectors.npy")
    np.testing.assert_allclose(found.vectors, [[0.6, 0.8]])


def test_a_vector_that_is_not_finite_is_refused_by_name(tmp_path):
    path = tmp_path / "glove.txt"
    path.write_text("a 1 2\nb 3 nan\n")
    with pytest.raises(ValueError, match=r"glove\.txt.*finite"):
        load_word_vectors(path)
