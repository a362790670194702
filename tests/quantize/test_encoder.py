"""A student under fake quantization is the same student, in steps of eight bits."""

import keras
import numpy as np
import pytest

from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import Classification
from tfdistill.bert.saved import load_student
from tfdistill.quantize.encoder import (
    QuantizedEncoder,
    calibrate,
    quantization_aware,
    strip,
)

HEADS = ("none", "cls", "tokens", "masked LM")
CONFIGS = ("plain", "causal, tanh", "bottleneck", "mobilebert")


def arrays(model, batch):
    outputs = model.select_outputs(model(batch))
    return {name: np.asarray(value) for name, value in outputs.items()}


def correlation(a, b):
    return np.corrcoef(np.ravel(a), np.ravel(b))[0, 1]


@pytest.mark.parametrize(
    "head, config",
    [*((head, "plain") for head in HEADS), *(("joint", each) for each in CONFIGS[1:])],
)
def test_every_student_keeps_its_answers(head, config, make, batches):
    student = make(head, config)
    model = quantization_aware(student)
    expected = arrays(student, batches[0])
    fresh = arrays(model, batches[0])
    calibrate(model, batches)
    rounded = arrays(model, batches[0])
    assert set(expected) == set(fresh)
    for name, value in expected.items():
        scale = np.max(np.abs(value))
        # No range is known yet but those of the softmax (steps of 1/256) and the tanh.
        assert np.max(np.abs(fresh[name] - value)) < 0.05 * scale
        assert 0 < np.max(np.abs(rounded[name] - value)) < 0.25 * scale
        assert correlation(rounded[name], value) > 0.99


def test_the_dictionary_is_the_encoders(make, batches):
    student = make("joint", "mobilebert")
    model = quantization_aware(student)
    for options in ({}, {"return_qkv": True}):
        ours, theirs = model(batches[0], **options), student(batches[0], **options)
        shapes = keras.tree.map_structure(lambda x: tuple(x.shape), [ours, theirs])
        assert shapes[0] == shapes[1]
    for name in ("hidden_states", "attention_scores", "queries", "keys", "values"):
        for a, b in zip(ours[name], theirs[name], strict=True):
            real = np.asarray(batches[0]["padding_mask"], bool)
            a, b = (
                np.asarray(x)[real] if x.ndim == 3 else np.asarray(x) for x in (a, b)
            )
            assert np.max(np.abs(a - b)) < 0.05 * np.max(np.abs(b)), name


@pytest.mark.parametrize("config", CONFIGS)
def test_no_tensor_has_more_values_than_eight_bits_tell_apart(config, make, batches):
    model = quantization_aware(make("joint", config))
    calibrate(model, batches)
    outputs = model(batches[0], return_qkv=True)
    for name in ("hidden_states", "attention_scores", "keys", "values"):
        for value in outputs[name]:
            assert 20 < len(np.unique(value)) <= 256, name
    for name in ("logits", "slot_logits"):
        assert len(np.unique(outputs[name])) <= 256


@pytest.mark.parametrize("config", CONFIGS)
def test_every_kernel_has_a_range_per_output_and_every_table_one(config, make):
    student = make("joint", config)
    model = quantization_aware(student)
    kernels = [w for w in student.weights if w.name == "kernel"]
    of_kind = {
        kind: [q for q in model.quantizers.values() if q.kind == kind]
        for kind in ("kernel", "table", "activation")
    }
    widths = sorted(w.shape[-1] for w in kernels)
    assert sorted(q.low.shape[0] for q in of_kind["kernel"]) == widths
    assert [q.low.shape.rank for q in of_kind["table"]] == [0, 0]
    assert all(q.low.shape.rank == 0 for q in of_kind["activation"])
    # Out of a block: 3 projections, scores, context and 3 times in, sum and norm.
    assert len(of_kind["activation"]) > 12 * model.config.num_layers


def test_ranges_are_no_parameters_and_are_not_trained(make):
    student = make("joint")
    model = quantization_aware(student)
    assert model.count_params() == student.count_params()
    assert len(model.trainable_weights) == len(student.trainable_weights)
    names = {w.name.rpartition("_")[2] for w in model.non_trainable_weights}
    assert names == {"min", "max"}


def test_a_range_begins_with_the_first_batch_and_follows_slowly(make, batches):
    model = quantization_aware(make())
    key = model.quantizers["block_0/attention/key"]
    ends = []
    for batch in batches[:2]:
        value = np.asarray(model(batch, training=True, return_qkv=True)["keys"][0])
        ends.append((float(key.low.value), float(key.high.value)))
    assert ends[0][0] == pytest.approx(value_ends(model, batches[0])[0], rel=0.02)
    low, high = value.min(), value.max()
    # tfmot's decay, 0.999; what the range cuts off is not to be seen in `value`.
    assert abs(ends[1][0] - ends[0][0]) <= 0.0011 * abs(ends[0][0]) + 0.001 * abs(low)
    assert abs(ends[1][1] - ends[0][1]) <= 0.0011 * abs(ends[0][1]) + 0.001 * abs(high)
    assert ends[0] != ends[1]


def value_ends(model, batch):
    value = np.asarray(strip(model)(batch, return_qkv=True)["keys"][0])
    return min(value.min(), 0), max(value.max(), 0)


def test_calibration_keeps_the_widest_range(make, batches):
    model = quantization_aware(make())
    key = model.quantizers["block_0/attention/key"]
    calibrate(model, batches)
    ends = np.array([value_ends(model, batch) for batch in batches])
    assert float(key.low.value) == pytest.approx(ends[:, 0].min(), rel=0.02)
    assert float(key.high.value) == pytest.approx(ends[:, 1].max(), rel=0.02)


def test_padding_changes_nothing(make, batches):
    model = quantization_aware(make("joint"))
    calibrate(model, batches)
    real = batches[0]["padding_mask"]
    other = {**batches[0]}
    other["token_ids"] = other["token_ids"] * real + 8 * (1 - real)
    assert np.any(other["token_ids"] != batches[0]["token_ids"])
    first, second = arrays(model, batches[0]), arrays(model, other)
    np.testing.assert_allclose(first["logits"], second["logits"], atol=0.02)


@pytest.mark.parametrize("config", ("plain", "mobilebert"))
def test_a_saved_model_comes_back_with_its_ranges(config, make, batches, tmp_path):
    model = quantization_aware(make("joint", config))
    calibrate(model, batches)
    model.save(tmp_path / "student.keras")
    again = load_student(tmp_path / "student.keras")
    assert type(again) is QuantizedEncoder
    expected = arrays(model, batches[0])
    for name, value in arrays(again, batches[0]).items():
        np.testing.assert_array_equal(value, expected[name])


def test_what_is_stripped_is_the_student(make, batches):
    student = make("joint", "mobilebert")
    stripped = strip(quantization_aware(student))
    assert type(stripped) is BertEncoder
    expected = arrays(student, batches[0])
    for name, value in arrays(stripped, batches[0]).items():
        np.testing.assert_array_equal(value, expected[name])


def test_a_student_in_half_precision_is_trained_in_full(make, batches):
    student = make()
    half = BertEncoder(student.config, Classification(3), dtype="mixed_bfloat16")
    model = quantization_aware(half)
    assert model.compute_dtype == model.head.compute_dtype == "float32"
    assert model(batches[0])["logits"].dtype == "float32"


@pytest.mark.parametrize("what", ["quantized", "no encoder"])
def test_another_kind_of_model_is_refused(what, make):
    model = quantization_aware(make()) if what == "quantized" else keras.Sequential()
    told = f"BertEncoder without fake quantization; got {type(model).__name__}"
    with pytest.raises(ValueError, match=told):
        quantization_aware(model)


def test_another_backend_is_refused(make, monkeypatch):
    student = make()
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="Keras on TensorFlow; got KERAS_BACKEND=jax"):
        quantization_aware(student)
