"""Two replicas take the step that one device takes: the loss is scaled once."""

import pathlib

import numpy as np

from tests.backends import run_script

PROGRAM = pathlib.Path(__file__).with_name("two_replicas.py")


def test_two_replicas_train_as_one_device_does(tmp_path):
    arrays = run_script(PROGRAM, "tensorflow", tmp_path)
    names = [name for name in arrays if name.startswith("one/")]
    assert len(names) > 20
    for name in names:
        other = arrays[name.replace("one", "two")]
        np.testing.assert_allclose(arrays[name], other, atol=1e-5, err_msg=name)
