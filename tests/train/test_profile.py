"""A profile names the operations of a step, and is read from TensorBoard's trace."""

import keras
import numpy as np
import pytest

from tfdistill.train.profile import ProfileSteps, read_costs


@pytest.mark.parametrize("steps", [12, 5])
def test_the_largest_costs_of_a_step_are_named(steps, tmp_path, caplog):
    model = keras.Sequential([keras.Input((300,)), keras.layers.Dense(400)])
    model.compile("sgd", "mse", jit_compile=False)
    profile = ProfileSteps(tmp_path, first=3, count=4)
    x, y = np.ones((steps * 64, 300)), np.ones((steps * 64, 400))
    with caplog.at_level("INFO", logger="absl"):
        model.fit(x, y, batch_size=64, epochs=2, callbacks=[profile], verbose=0)
    names = [name for name, _ in profile.costs]
    assert any("MatMul" in name for name in names), names
    assert profile.costs == sorted(profile.costs, key=lambda cost: -cost[1])
    assert all(0 < cost < 1e4 for _, cost in profile.costs[:3])
    assert caplog.text.count("ms of operations in a step") == 1
    assert len(list(tmp_path.rglob("*.xplane.pb"))) == 1


def test_steps_of_one_call_are_counted_one_by_one(tmp_path):
    model = keras.Sequential([keras.Input((300,)), keras.layers.Dense(400)])
    model.compile("sgd", "mse", jit_compile=False, steps_per_execution=4)
    profile = ProfileSteps(tmp_path, first=3, count=6)
    x, y = np.ones((12 * 64, 300)), np.ones((12 * 64, 400))
    model.fit(x, y, batch_size=64, callbacks=[profile], verbose=0)
    assert profile._traced == 8


def test_no_trace_is_told(tmp_path):
    with pytest.raises(ValueError, match="There is no trace in"):
        read_costs(tmp_path, 1)
