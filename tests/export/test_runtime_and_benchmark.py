"""A file on the interpreter: fed by name, measured in a process of its own."""

import numpy as np
import pytest

from tfdistill.bert import heads
from tfdistill.export.benchmark import benchmark, processor_name
from tfdistill.export.runtime import TfliteModel
from tfdistill.export.to_tflite import export_tflite

LENGTH = 7


@pytest.fixture(scope="module")
def path(make, tmp_path_factory):
    path = tmp_path_factory.mktemp("file") / "m.tflite"
    export_tflite(make(heads.IntentAndSlots(3, 5)), path, "float32", LENGTH)
    return path


def test_rows_are_padded_and_outputs_cut_back(path, text):
    model = TfliteModel(path)
    short = {name: row[:, :4] for name, row in text.items()}
    two = {name: np.repeat(row, 2, axis=0) for name, row in short.items()}
    full, outputs = model(text), model(two)
    assert outputs["slot_logits"].shape == (2, 4, 5)
    np.testing.assert_allclose(outputs["logits"][1], full["logits"][0], atol=1e-6)


def test_inputs_are_found_by_name_whatever_their_order(path, text):
    model = TfliteModel(path)
    backwards = dict(reversed(text.items()))
    np.testing.assert_array_equal(model(text)["logits"], model(backwards)["logits"])


@pytest.mark.parametrize("rows, length", [(1, 8), (0, 7)])
def test_what_does_not_fit_is_refused(path, rows, length):
    x = np.ones((rows, length), np.int32)
    with pytest.raises(ValueError, match=f"at most 7 tokens; got {rows} of {length}"):
        TfliteModel(path)({"token_ids": x, "segment_ids": x, "padding_mask": x})


def test_a_missing_input_is_named(path, text):
    with pytest.raises(ValueError, match="lack padding_mask"):
        TfliteModel(path)({n: x for n, x in text.items() if n != "padding_mask"})


def test_a_record_holds_all_that_a_latency_needs(path):
    (record,) = benchmark(path, num_threads=(1,), runs=5, warmup=1)
    assert record.size_bytes == path.stat().st_size
    assert 0 < record.latency_p50_ms <= record.latency_p90_ms
    assert record.load_ms > 0 and record.peak_memory_mb >= 0
    assert (record.sequence_length, record.num_threads) == (LENGTH, 1)
    assert record.device == processor_name() and record.parameters > 500
    for part in ("parameters", "7 tokens", "1 thread:", "p50", "p90", record.device):
        assert part in str(record)


def test_a_file_that_does_not_run_is_told(tmp_path):
    with pytest.raises(ValueError, match="does not exist"):
        benchmark(tmp_path / "no.tflite")
    (tmp_path / "m.tflite").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="no .tflite file"):
        benchmark(tmp_path / "m.tflite")


@pytest.mark.parametrize("options", [{"runs": 0}, {"warmup": -1}, {"device": ""}])
def test_impossible_measurements_are_refused(path, options):
    with pytest.raises(ValueError, match="Expected at least 1 run|device"):
        benchmark(path, **{"num_threads": (1,), "runs": 1, **options})
