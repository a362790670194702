"""The same distiller under TensorFlow and JAX: fit, evaluate, predict."""

import importlib.util
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

PROGRAM = pathlib.Path(__file__).with_name("backend_fit.py")


def run(backend, folder):
    result = folder / f"{backend}.npz"
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--xla_backend_optimization_level=0",  # Compiles in half the time.
    }
    done = subprocess.run(
        [sys.executable, PROGRAM, result],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(result) as arrays:
        return dict(arrays)


@pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="jax is not installed")
def test_tensorflow_and_jax_train_alike(tmp_path):
    ours, theirs = run("tensorflow", tmp_path), run("jax", tmp_path)
    assert (str(ours.pop("backend")), str(theirs.pop("backend"))) == (
        "tensorflow",
        "jax",
    )
    assert ours.pop("has_tensorflow") and not theirs.pop("has_tensorflow")
    assert ours.keys() == theirs.keys()
    assert ours["history/loss"][-1] < ours["history/loss"][0]
    for name, array in ours.items():
        np.testing.assert_allclose(array, theirs[name], atol=1e-4, err_msg=name)
