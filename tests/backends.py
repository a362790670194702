"""One script under several Keras backends, and weights alike in all of them."""

import os
import pathlib
import subprocess
import sys

import numpy as np


def run_script(script, backend, folder) -> dict:
    """Run a program that saves arrays to its only argument; return them by name."""
    result = folder / f"{backend}.npz"
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "PYTHONPATH": str(pathlib.Path(__file__).resolve().parent.parent),
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--xla_backend_optimization_level=0",  # Compiles in half the time.
    }
    done = subprocess.run(
        [sys.executable, script, result],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(result) as arrays:
        return dict(arrays)


def draw(weights, seed, scale=0.3):
    """Give float weights large values that are the same in every backend."""
    random = np.random.default_rng(seed)
    for weight in weights:
        if weight.dtype.startswith("float"):
            offset = 1.0 if weight.name == "gamma" else 0.0
            weight.assign(offset + scale * random.normal(size=weight.shape))
