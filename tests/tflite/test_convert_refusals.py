"""convert refuses what would be wrong or do nothing, before a file is written."""

import json
import re
import shutil

import pytest

from tfdistill.bert.saved import load_student
from tfdistill.export import inference
from tfdistill.export.runtime import TfliteModel
from tfdistill.tflite import convert, predict


def test_another_student_has_no_reported_score(workdir, tmp_path, convert_student):
    """The folder's score is its own student's, not one of any file that is shown it."""
    folder = shutil.copytree(workdir, tmp_path / "run")
    (folder / "report.json").write_text('{"scores": {"student": {"accuracy": 0.0}}}')
    code, _, error = convert_student(folder, tmp_path / "a.tflite")
    assert code == 1 and "where its run reported 0.00" in error
    other = load_student(folder / "student.keras")
    other.head.classifier.bias.assign([0.01, 0.0])
    other.save(folder / "other.keras")
    code, _, error = convert_student(folder / "other.keras", tmp_path / "b.tflite")
    assert code == 0, error


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"metadata": '{"version": 2}'}, "each a text in quotes; got"),
        ({"metadata": '["name"]'}, "each a text in quotes; got"),
        ({"labels": "one\n"}, "labels.txt has 1 labels, the student 2 outputs"),
        ({"labels": None}, "nowhere.* cannot be read"),
        ({"vocabulary": "one more\n"}, "has 13 pieces, the student 12: it belongs"),
        ({"calibration": "runs/x"}, "calibration is for --scheme=static_int8; got fl"),
        ({"verify": False, "report": "r.json"}, "report belongs to the proof"),
        ({"verify": False, "card": "models/x"}, "card belongs to the proof"),
    ],
)
def test_what_would_be_wrong_or_do_nothing_is_refused(
    workdir, tmp_path, options, told, convert_student
):
    for name in ("metadata", "labels", "vocabulary"):
        if name in options:
            path = tmp_path / "nowhere"
            content = options[name]
            if name == "vocabulary":
                content = (workdir / "vocab.txt").read_text() + content
            if content is not None:
                path = tmp_path / f"{name}.txt"
                path.write_text(content)
            options = {**options, name: path}
    code, _, error = convert_student(workdir, tmp_path / "m.tflite", **options)
    assert code == 1 and re.search(told, error), error
    assert not list(tmp_path.glob("*.tflite"))


def test_a_classifiers_file_needs_what_it_holds(workdir, tmp_path, convert_student):
    student = tmp_path / "s.keras"
    shutil.copyfile(workdir / "student.keras", student)
    options = {"task": "text_classifier", "verify": False}
    code, _, error = convert_student(student, tmp_path / "m.tflite", **options)
    assert code == 1 and "give --workdir, or --vocabulary and --labels" in error
    files = {"vocabulary": workdir / "vocab.txt", "labels": workdir / "labels.txt"}
    code, _, error = convert_student(student, tmp_path / "m.tflite", **options, **files)
    assert code == 0, error


def test_the_proof_of_a_file_that_failed_is_written(
    workdir, tmp_path, monkeypatch, convert_student
):
    monkeypatch.setattr(inference, "MASK_BIAS", 0.0)
    report = tmp_path / "report.json"
    code, out, _ = convert_student(workdir, tmp_path / "m.tflite", report=report)
    assert code == 1 and "max abs" in out
    assert not json.loads(report.read_text())["has_passed"]


def test_the_length_is_that_of_the_run(call, workdir, tmp_path):
    folder = shutil.copytree(workdir, tmp_path / "run")
    recipe = (folder / "recipe.json").read_text()
    (folder / "recipe.json").write_text(
        recipe.replace('"max_length": 9', '"max_length": 8')
    )
    code, _, error = call(convert, student=folder, output=tmp_path / "m.tflite")
    assert code == 0, error
    assert TfliteModel(tmp_path / "m.tflite").sequence_lengths == (8,)


def test_a_vocabulary_with_more_ids_is_told_by_predict(call, workdir, whole, tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text((workdir / "vocab.txt").read_text() + "zebra\n")
    files = {"vocabulary": path, "labels": workdir / "labels.txt"}
    code, _, error = call(predict, tflite=whole, text="a zebra", **files)
    assert code == 1 and "token ids are of another vocabulary" in error
