"""Weights come back bit for bit, or not at all."""

import keras
import numpy as np
import pytest

from tfdistill.train.weights import load_weights, save_weights


def variables(*shapes, dtype="float32"):
    random = np.random.default_rng(3)
    values = [random.normal(size=shape).astype(dtype) for shape in shapes]
    return [keras.Variable(value, dtype=dtype, name="same") for value in values]


def zeros_like(variables):
    zeros = keras.ops.zeros_like
    return [keras.Variable(zeros(v), dtype=v.dtype, name="same") for v in variables]


def test_values_of_every_kind_come_back(tmp_path):
    saved = [*variables((3, 5), (7,), ()), *variables((2,), dtype="int64")]
    saved += variables((2, 3), dtype="bfloat16")
    loaded = zeros_like(saved)
    save_weights(saved, tmp_path / "a.safetensors")
    load_weights(loaded, tmp_path / "a.safetensors")
    for a, b in zip(saved, loaded, strict=True):
        a, b = keras.ops.convert_to_numpy(a), keras.ops.convert_to_numpy(b)
        assert a.dtype == b.dtype and a.tobytes() == b.tobytes()


@pytest.mark.parametrize("shapes", [[(3, 4)], [(3, 5), (1,)], [], [(5, 3)]])
def test_weights_of_another_model_are_refused(shapes, tmp_path):
    save_weights(variables((3, 5)), tmp_path / "a.safetensors")
    with pytest.raises(ValueError, match="a.safetensors holds the weights of another"):
        load_weights(variables(*shapes), tmp_path / "a.safetensors")


@pytest.mark.parametrize("size", [None, 0, 7, 60])
def test_a_missing_or_cut_file_is_named_and_changes_nothing(size, tmp_path):
    path = tmp_path / "a.safetensors"
    target = variables((3, 5))
    save_weights(target, path)
    content = path.read_bytes()
    path.unlink()
    if size is not None:
        path.write_bytes(content[:size])
    before = keras.ops.convert_to_numpy(target[0]).copy()
    with pytest.raises(ValueError, match="a.safetensors is missing or damaged"):
        load_weights(target, path)
    assert np.array_equal(keras.ops.convert_to_numpy(target[0]), before)


def test_a_full_disk_is_an_error_and_not_the_end_of_the_process(full_disk):
    folder = full_disk(64)
    with pytest.raises(ValueError, match="a.safetensors was not written: the disk is"):
        save_weights(variables((300, 500)), folder / "a.safetensors")
    assert list(folder.iterdir()) == []
