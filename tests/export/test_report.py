"""A table compares like with like, and its ratios are the hand-computed ones."""

import json

import pytest

from tfdistill.export.benchmark import Benchmark
from tfdistill.export.report import Report, Row

TEACHER = Row("teacher", "dev", {"accuracy": 0.9}, 200, 8_000_000, 10.0, 16, "a phone")
STUDENT = Row("student", "dev", {"accuracy": 0.87}, 10, 500_000, 0.5, 16, "a phone")


def test_ratios_are_those_to_the_first_row():
    row = Report("SST-2", [TEACHER, STUDENT]).to_dict()["rows"][1]
    assert row["times_smaller"] == pytest.approx(16.0)
    assert row["times_faster"] == pytest.approx(20.0)
    assert row["share_kept"] == pytest.approx(0.87 / 0.9)


def test_the_table_names_split_device_and_length():
    text = Report("SST-2", [TEACHER, STUDENT]).to_markdown()
    assert "SST-2 (dev)" in text and "16 tokens" in text and "a phone" in text
    assert "87.00" in text and "96.7" in text and "16.0" in text


@pytest.mark.parametrize(
    "other",
    [
        Row("student", "test", {"accuracy": 0.87}),
        Row("student", "dev", {"f1": 0.87}),
    ],
    ids=["another split", "another metric"],
)
def test_rows_of_different_kinds_share_no_table(other):
    with pytest.raises(ValueError, match="same split and the same metrics"):
        Report("SST-2", [TEACHER, other])


def test_a_row_needs_metrics_by_name():
    with pytest.raises(ValueError, match="needs metrics"):
        Row("student", "dev", {})


def test_a_latency_needs_a_device():
    with pytest.raises(ValueError, match="device"):
        Row("student", "dev", {"accuracy": 0.5}, latency_ms=1.0)
    with pytest.raises(ValueError, match="device"):
        Benchmark("x.tflite", "", "runtime", 1, 16, 1, 1, 1.0, 1.0, 1.0, 1.0)


def test_table_json_and_picture_are_written(tmp_path):
    Report("SST-2", [TEACHER, STUDENT]).write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "table.json",
        "table.md",
        "table.png",
    ]
    assert json.loads((tmp_path / "table.json").read_text())["title"] == "SST-2"
    assert Report.read(tmp_path).rows == (TEACHER, STUDENT)
    assert (tmp_path / "table.png").read_bytes().startswith(b"\x89PNG")
