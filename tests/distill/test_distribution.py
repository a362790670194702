"""Two replicas take the step that one device takes: the loss is scaled once."""

import pathlib
import subprocess
import sys

import numpy as np

PROGRAM = pathlib.Path(__file__).with_name("two_replicas.py")


def test_two_replicas_train_as_one_device_does(tmp_path):
    result = tmp_path / "result.npz"
    done = subprocess.run(
        [sys.executable, PROGRAM, result], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(result) as arrays:
        names = [name for name in arrays if name.startswith("one/")]
        assert len(names) > 20
        for name in names:
            other = arrays[name.replace("one", "two")]
            np.testing.assert_allclose(arrays[name], other, atol=1e-5, err_msg=name)
