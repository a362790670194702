"""The same numbers under TensorFlow and JAX, forward and after one training step."""

import importlib.util
import pathlib

import numpy as np
import pytest

from tests.backends import run_script

BACKENDS = "tensorflow", "jax"
PROGRAM = pathlib.Path(__file__).with_name("backend_step.py")


@pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="jax is not installed")
def test_tensorflow_and_jax_compute_the_same(tmp_path):
    ours, theirs = (run_script(PROGRAM, each, tmp_path) for each in BACKENDS)
    assert str(theirs.pop("backend")) == "jax"
    assert str(ours.pop("backend")) == "tensorflow"
    assert not theirs.pop("has_tensorflow") and ours.pop("has_tensorflow")
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_allclose(array, theirs[name], atol=1e-5, err_msg=name)
