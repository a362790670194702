"""Training with weights that are rounded as an int4 file stores them."""

import keras
import numpy as np
import pytest

import tfdistill as td
from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import MaskedLM
from tfdistill.export.runtime import TfliteModel
from tfdistill.quantize.rounded import round_weights, strip_rounding
from tfdistill.quantize.rounding import quantize_rows

SIZES = {"dropout": 0.0, "attention_dropout": 0.0, "has_pooler": False}


@pytest.fixture
def student():
    keras.utils.set_random_seed(3)
    config = BertConfig(1, 33, 3, 41, 47, 7, attention="causal", **SIZES)
    return BertEncoder(config, MaskedLM())


@pytest.fixture
def inputs():
    ids = np.random.default_rng(0).integers(1, 47, (4, 7)).astype("int32")
    return {
        "token_ids": ids,
        "segment_ids": np.zeros_like(ids),
        "padding_mask": np.ones_like(ids),
    }


def logits(model, inputs):
    return np.array(model(inputs)["logits"])


def test_it_computes_as_the_student_whose_weights_were_rounded(student, inputs):
    rounded = round_weights(student)
    stripped = strip_rounding(rounded)
    assert type(stripped) is BertEncoder
    np.testing.assert_allclose(
        logits(rounded, inputs), logits(stripped, inputs), atol=1e-6
    )
    assert np.abs(logits(rounded, inputs) - logits(student, inputs)).max() > 1e-3
    assert rounded.count_params() == student.count_params()


def test_what_is_rounded_is_not_rounded_again(student):
    stripped = strip_rounding(round_weights(student))
    kernel = np.array(stripped.blocks[0].attention.query.kernel)
    values, scales = quantize_rows(kernel.T, 4)
    np.testing.assert_allclose((values * scales[:, None]).T, kernel, atol=1e-7)


@pytest.mark.parametrize("largest", [4, 5, 6, 7])
def test_the_scale_of_rounded_rows_is_found(largest):
    steps = np.array([[0, 1, -2, 3, largest, -largest]], np.float32)
    values, scales = quantize_rows(0.37 * steps, 4)
    np.testing.assert_array_equal(values, steps)
    np.testing.assert_allclose(scales, 0.37, rtol=1e-6)


def test_training_gains_what_rounding_lost(student, inputs):
    """A student that knows a text by heart forgets less if it trains while rounded."""
    labels = np.roll(inputs["token_ids"], -1, axis=1)

    def train(model, rate, steps):
        distiller = td.Distiller(None, model, [td.HardLabels()])
        distiller.compile(optimizer=keras.optimizers.Adam(rate))
        return distiller.fit(inputs, labels, epochs=steps, verbose=0).history["loss"]

    train(student, 3e-3, 60)
    rounded = round_weights(student)
    exact = [np.array(w) for w in rounded.trainable_variables]
    losses = train(rounded, 1e-3, 30)
    assert losses[-1] < 0.8 * losses[0]
    assert any(
        (old != np.array(new)).any()
        for old, new in zip(exact, rounded.trainable_variables, strict=True)
    )


def test_its_int4_file_computes_as_it_does(inputs, tmp_path):
    keras.utils.set_random_seed(4)
    head = td.Classification(2, pooling="mean")
    student = BertEncoder(BertConfig(1, 64, 2, 64, 47, 7, **SIZES), head)
    rounded = round_weights(student)
    td.export_tflite(rounded, tmp_path / "int4.tflite", "int4", 7)
    file = TfliteModel(tmp_path / "int4.tflite")
    found = [
        file({name: rows[i : i + 1] for name, rows in inputs.items()})["logits"][0]
        for i in range(4)
    ]
    # What is left is the rounding of activations to 8 bits, as they come.
    scale = np.abs(logits(rounded, inputs)).max()
    np.testing.assert_allclose(found, logits(rounded, inputs), atol=0.05 * scale)


def test_it_is_saved_and_loaded(student, inputs, tmp_path):
    rounded = round_weights(student)
    rounded.save(tmp_path / "rounded.keras")
    loaded = td.load_student(tmp_path / "rounded.keras")
    np.testing.assert_array_equal(logits(loaded, inputs), logits(rounded, inputs))


def test_what_cannot_be_rounded_is_refused(student):
    with pytest.raises(ValueError, match="bits is 4 or 8; got 3"):
        round_weights(student, 3)
    with pytest.raises(ValueError, match="as it was built or loaded"):
        round_weights(round_weights(student))


def test_dropout_is_drawn_anew_in_each_step(student, inputs):
    dropping = round_weights(
        BertEncoder(student.config.replace(dropout=0.5), MaskedLM())
    )
    one, two = (np.array(dropping(inputs, training=True)["logits"]) for _ in range(2))
    assert np.abs(one - two).max() > 1e-3
