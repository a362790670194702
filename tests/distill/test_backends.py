"""The same distiller under TensorFlow and JAX: fit, evaluate, predict."""

import importlib.util
import pathlib

import numpy as np
import pytest

from tests.backends import run_script

BACKENDS = "tensorflow", "jax"
PROGRAM = pathlib.Path(__file__).with_name("backend_fit.py")


@pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="jax is not installed")
def test_tensorflow_and_jax_train_alike(tmp_path):
    ours, theirs = (run_script(PROGRAM, each, tmp_path) for each in BACKENDS)
    assert (str(ours.pop("backend")), str(theirs.pop("backend"))) == (
        "tensorflow",
        "jax",
    )
    assert ours.pop("has_tensorflow") and not theirs.pop("has_tensorflow")
    assert ours.keys() == theirs.keys()
    assert ours["history/loss"][-1] < ours["history/loss"][0]
    for name, array in ours.items():
        np.testing.assert_allclose(array, theirs[name], atol=1e-4, err_msg=name)
