"""The learning rate by hand, and what AdamW leaves alone."""

import dataclasses

import keras
import numpy as np
import pytest

from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import Classification
from tfdistill.distill.objectives import HardLabels
from tfdistill.train.recipe import Stage
from tfdistill.train.schedule import WarmupThenDecay, make_optimizer

STAGE = Stage("one", (HardLabels(),), learning_rate=0.5, warmup_fraction=0.2)


def rates(schedule, steps):
    return [float(schedule(step)) for step in range(steps)]


def test_the_rate_ramps_up_and_then_falls_to_zero():
    # Two steps up to 0.5, then 8 / 8, 7 / 8, ... 1 / 8 of it.
    expected = [0.25, 0.5, *(0.5 * left / 8 for left in range(8, 0, -1))]
    np.testing.assert_allclose(rates(WarmupThenDecay(0.5, 10, 2), 10), expected, 1e-6)
    assert float(WarmupThenDecay(0.5, 10, 2)(10)) == 0
    assert float(WarmupThenDecay(0.5, 10, 2)(11)) == 0


def test_a_constant_rate_stays_at_its_peak():
    schedule = WarmupThenDecay(0.5, 7, 4, "constant")
    np.testing.assert_allclose(rates(schedule, 7), [0.125, 0.25, 0.375, *[0.5] * 4])


@pytest.mark.parametrize("fraction, first", [(0.0, 0.5), (0.2, 0.25), (0.9, 0.5 / 9)])
def test_the_optimizer_takes_its_numbers_from_the_stage(fraction, first):
    stage = dataclasses.replace(STAGE, warmup_fraction=fraction)
    optimizer = make_optimizer(stage, 10)
    assert float(optimizer.learning_rate) == pytest.approx(first)
    assert optimizer.weight_decay == stage.weight_decay == 0.01


def test_the_schedule_survives_saving():
    schedule = WarmupThenDecay(0.5, 10, 2, "constant")
    config = keras.saving.serialize_keras_object(schedule)
    again = keras.saving.deserialize_keras_object(config)
    assert rates(again, 10) == rates(schedule, 10)


@pytest.mark.parametrize("normalization", ["layer_norm", "no_norm"])
def test_biases_and_norms_do_not_decay(normalization):
    config = BertConfig(1, 6, 3, 10, 11, bottleneck_dim=3, normalization=normalization)
    model = BertEncoder(config, Classification(2))
    for weight in model.weights:
        weight.assign(np.ones(weight.shape))
    stage = dataclasses.replace(STAGE, warmup_fraction=0.0)
    optimizer = make_optimizer(stage, 10)
    weights = model.trainable_variables
    optimizer.apply([keras.ops.zeros(weight.shape) for weight in weights], weights)
    for weight in weights:
        is_left = weight.name in ("bias", "gamma", "beta")
        expected = 1.0 if is_left else 1 - 0.5 * 0.01
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(weight), expected, 1e-6, err_msg=weight.path
        )
