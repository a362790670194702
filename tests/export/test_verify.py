"""The gate lets a right file through and stops a wrong one."""

import dataclasses

import numpy as np
import pytest

from tfdistill.bert import heads
from tfdistill.data import make_dataset
from tfdistill.export import each_length, inference, to_tflite
from tfdistill.export.runtime import TfliteModel
from tfdistill.export.to_tflite import export_tflite
from tfdistill.export.verify import VerificationError, export_verified, verify
from tfdistill.train.evaluate import keras_outputs

LENGTH = 7


@pytest.fixture(scope="module")
def make_balanced(make, sentences):
    """Return a function that makes a model which gives no class to all sentences."""

    def make_balanced():
        model = make(heads.Classification(3, "mean"))
        logits = np.array(keras_outputs(model, sentences[1])["logits"])
        bias = model.head.classifier.bias
        bias.assign(bias - np.median(logits, axis=0))
        return model

    return make_balanced


@pytest.fixture(scope="module")
def model(make_balanced):
    return make_balanced()


@pytest.fixture(scope="module")
def labelled(model, sentences):
    """Return the sentences labelled as the model answers them: accuracy 1."""
    task, encoded = sentences
    answers = np.argmax(keras_outputs(model, encoded)["logits"], -1)
    return task, dataclasses.replace(encoded, labels=answers.astype(np.int32))


def test_a_right_file_passes(model, labelled, tmp_path):
    task, encoded = labelled
    path = tmp_path / "m.tflite"
    result, report = export_verified(model, path, encoded, task, "float32", LENGTH)
    keras, file = report.rows
    assert report.has_passed and result.path == path and path.is_file()
    assert (keras.metrics, file.metrics) == ({"accuracy": 1.0}, {"accuracy": 1.0})
    assert file.max_abs < 1e-5 and file.agreement == 1.0
    assert "accuracy 100.00" in str(report) and str(report).endswith("passed")


def test_a_quantized_file_stands_beside_a_float_one(model, labelled, tmp_path):
    task, encoded = labelled
    export_tflite(model, tmp_path / "m.tflite", "float16", LENGTH)
    report = verify(model, tmp_path / "m.tflite", encoded, task, scheme="float16")
    assert [row.name for row in report.rows] == ["keras", "float32", "float16"]
    assert report.rows[1].max_abs < report.rows[2].max_abs < 0.05
    assert report.to_dict()["has_passed"]


def test_a_scaled_weight_is_caught(make_balanced, model, labelled, tmp_path):
    task, encoded = labelled
    wrong = make_balanced()
    kernel = wrong.blocks[1].feed_forward.outer.kernel
    kernel.assign(1.02 * kernel)
    export_tflite(wrong, tmp_path / "m.tflite", "float32", LENGTH)
    report = verify(model, tmp_path / "m.tflite", encoded, task)
    assert "differs from Keras" in report.failures[0]


def test_an_ignored_mask_is_caught_and_no_file_stays(
    model, labelled, tmp_path, monkeypatch
):
    task, encoded = labelled
    monkeypatch.setattr(inference, "MASK_BIAS", 0.0)
    with pytest.raises(VerificationError, match="differs from Keras") as caught:
        export_verified(model, tmp_path / "m.tflite", encoded, task, "float32", LENGTH)
    assert not caught.value.report.has_passed
    assert list(tmp_path.iterdir()) == []


def test_a_lost_metric_is_caught_and_the_old_file_stays(
    model, labelled, tmp_path, monkeypatch
):
    task, encoded = labelled
    path = tmp_path / "m.tflite"
    path.write_bytes(b"before")
    monkeypatch.setattr(inference, "MASK_BIAS", 0.0)
    with pytest.raises(VerificationError, match=r"accuracy falls from 100.00 to \d"):
        export_verified(
            model, path, encoded, task, "float32", LENGTH, budget=0.0, max_abs=1e9
        )
    assert path.read_bytes() == b"before"


def test_a_file_of_another_model_is_refused(make, model, labelled, tmp_path):
    task, encoded = labelled
    other = make(heads.IntentAndSlots(3, 5))
    export_tflite(other, tmp_path / "m.tflite", "float32", LENGTH)
    with pytest.raises(ValueError, match="made from another model"):
        verify(model, tmp_path / "m.tflite", encoded, task)


def test_texts_that_do_not_fit_are_refused(model, labelled, tmp_path):
    task, encoded = labelled
    export_tflite(model, tmp_path / "m.tflite", "float32", LENGTH - 1)
    with pytest.raises(ValueError, match="at most 6 tokens"):
        verify(model, tmp_path / "m.tflite", encoded, task)


def test_examples_without_labels_are_refused(model, sentences, tmp_path):
    task, encoded = sentences
    export_tflite(model, tmp_path / "m.tflite", "float32", LENGTH)
    with pytest.raises(ValueError, match="no labels"):
        verify(model, tmp_path / "m.tflite", encoded, task)


def test_slots_are_compared_at_real_tokens(make, commands, tmp_path):
    task, encoded = commands
    labels = np.arange(len(encoded), dtype=np.int32) % 2
    encoded = dataclasses.replace(encoded, labels=labels)
    joint = make(heads.IntentAndSlots(2, 3))
    _, report = export_verified(
        joint, tmp_path / "m.tflite", encoded, task, "float32", LENGTH
    )
    assert set(report.rows[1].metrics) == set(task.metrics)
    assert report.rows[1].metrics == report.rows[0].metrics
    lengths = [len(row) for row in keras_outputs(joint, encoded)["slot_logits"]]
    assert lengths == encoded.lengths.tolist()


def test_keras_outputs_are_in_the_order_of_the_rows(model, labelled):
    _, encoded = labelled
    outputs = np.array(keras_outputs(model, encoded)["logits"])
    expected = [
        model.predict_on_batch(x)["logits"] for x, _ in make_dataset(encoded, 1)
    ]
    np.testing.assert_allclose(outputs, np.concatenate(expected), atol=1e-5)


def test_a_scheme_that_would_pass_is_named(model, labelled, tmp_path, monkeypatch):
    task, encoded = labelled
    monkeypatch.setattr("tfdistill.export.judgement.MAX_SPREAD", 1e-5)
    with pytest.raises(VerificationError, match="float32 would pass") as caught:
        path = tmp_path / "m.tflite"
        export_verified(model, path, encoded, task, "float16", LENGTH)
    assert "Most is lost at " in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_advice_needs_no_calibration(model, labelled, tmp_path):
    """`static_int8` is heavier than `int4`, and cannot be tried without examples."""
    task, encoded = labelled
    path = tmp_path / "m.tflite"
    with pytest.raises(VerificationError, match="No heavier scheme passes either"):
        export_verified(model, path, encoded, task, "int4", LENGTH, budget=-1.0)
    assert list(tmp_path.iterdir()) == []


def test_a_file_far_from_its_model_is_caught_whatever_its_metric(
    make_balanced, model, labelled, tmp_path
):
    task, encoded = labelled
    other = make_balanced()
    for kernel in (
        other.blocks[0].attention.value.kernel,
        other.head.classifier.kernel,
    ):
        kernel.assign(-2 * kernel)
    export_tflite(other, tmp_path / "m.tflite", "float16", LENGTH)
    report = verify(model, tmp_path / "m.tflite", encoded, task, budget=100.0)
    assert "it computes something else" in report.failures[0]


def test_a_score_that_is_not_the_reported_one_is_told(model, labelled, tmp_path):
    task, encoded = labelled
    export_tflite(model, tmp_path / "m.tflite", "float32", LENGTH)
    path, reported = tmp_path / "m.tflite", {"accuracy": 0.9}
    report = verify(model, path, encoded, task, reported=reported)
    assert "Keras scores 100.00 accuracy where its run reported 90.00" in str(report)
    names = [each.name for each in report.layers]
    assert names == [
        "embeddings/output",
        "layer_1/attention/scores",
        "layer_1/output",
        "layer_2/attention/scores",
        "layer_2/output",
    ]
    assert max(each.relative for each in report.layers) < 1e-5


# === Several lengths ===


def test_every_length_of_a_file_is_run(model, labelled, tmp_path, monkeypatch):
    """Lengths that some rows take, and one that is longer than all of them."""
    task, encoded = labelled
    export_tflite(model, tmp_path / "m.tflite", "float32", (2, 4, 7, 9))
    taken = []
    run = TfliteModel.run

    def spy(self, inputs):
        taken.append(inputs["token_ids"].shape[1])
        return run(self, inputs)

    monkeypatch.setattr(TfliteModel, "run", spy)
    assert verify(model, tmp_path / "m.tflite", encoded, task).has_passed
    by_length = [next(n for n in (2, 4, 7, 9) if n >= each) for each in encoded.lengths]
    for length in (4, 7):
        assert taken.count(length) >= by_length.count(length) > 0
    assert taken.count(2) == taken.count(9) == each_length.NUM_EXAMPLES


@pytest.mark.parametrize("length", [2, 4, 9])
@pytest.mark.parametrize("scheme", ["float32", "dynamic_int8"])
def test_one_wrong_length_is_caught(
    make_balanced, model, labelled, tmp_path, monkeypatch, length, scheme
):
    task, encoded = labelled
    wrong = make_balanced()
    for block in wrong.blocks:
        block.attention.value.kernel.assign(-3.0 * block.attention.value.kernel)
    build = inference.inference_function
    monkeypatch.setattr(
        to_tflite,
        "inference_function",
        lambda m, n, form: build(wrong if n == length else m, n, form),
    )
    export_tflite(model, tmp_path / "m.tflite", scheme, (2, 4, 7, 9))
    monkeypatch.undo()
    report = verify(model, tmp_path / "m.tflite", encoded, task, budget=100.0)
    assert not report.has_passed
    assert any("differs from" in failure for failure in report.failures)
