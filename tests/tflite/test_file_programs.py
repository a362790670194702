"""convert, verify, benchmark, predict: a table or an answer, or one sentence and 1."""

import json
import re

import numpy as np
import pytest

from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import build_student
from tfdistill.bert.heads import Classification
from tfdistill.data import Glue
from tfdistill.distill.objectives import HardLabels
from tfdistill.export import inference
from tfdistill.text import SPECIAL_TOKENS, write_vocabulary
from tfdistill.tflite import benchmark, convert, predict, program, verify
from tfdistill.train.recipe import Recipe, Stage, to_json

WORDS = ("good", "bad", "film", "a", "the", "was", "##s")
CONFIG = BertConfig(2, 6, 3, 10, vocabulary_size=12, max_sequence_length=9)


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """A finished work folder: student, vocabulary, labels, recipe and its data."""
    folder = tmp_path_factory.mktemp("run")
    rows = "".join(f"{w} film was {w}s\t{i % 2}\n" for i, w in enumerate(WORDS[:6] * 4))
    (folder / "glue" / "SST-2").mkdir(parents=True)
    for split in ("train", "dev"):
        path = folder / "glue" / "SST-2" / f"{split}.tsv"
        path.write_text(f"sentence\tlabel\n{rows}")
    write_vocabulary([*SPECIAL_TOKENS, *WORDS], folder / "vocab.txt")
    (folder / "labels.txt").write_text("negative\npositive\n")
    recipe = Recipe(
        "tiny",
        Glue("SST-2", str(folder / "glue")),
        CONFIG,
        (Stage("labels", (HardLabels(),)),),
        max_length=9,
    )
    (folder / "recipe.json").write_text(to_json(recipe))
    model = build_student(CONFIG, head=Classification(2))
    random = np.random.default_rng(1)
    for weight in model.weights:
        weight.assign(weight + 0.3 * random.normal(size=weight.shape))
    model.save(folder / "student.keras")
    return folder


@pytest.fixture
def call(capsys):
    def call(module, **options):
        argv = [f"--{name}={value}" for name, value in options.items()]
        code = program.run_program(module.main, [module.__name__, *argv])
        captured = capsys.readouterr()
        errors = [x for x in captured.err.splitlines() if x.startswith("Error: ")]
        assert len(errors) == code and "Traceback" not in captured.err
        return code, captured.out, "".join(errors)

    return call


def _convert(call, workdir, path, **options):
    options = {"scheme": "float32", "sequence_length": 9, **options}
    return call(convert, student=workdir, output=path, **options)


def test_a_student_is_converted_verified_measured_and_asked(call, workdir, tmp_path):
    path = tmp_path / "m.tflite"
    code, out, _ = _convert(call, workdir, path)
    assert code == 0 and "max abs" in out and "passed" in out and "MB, float32" in out
    report = tmp_path / "report.json"
    code, out, _ = call(verify, student=workdir, tflite=path, report=report)
    assert code == 0 and "accuracy" in out
    assert json.loads(report.read_text())["has_passed"]
    code, out, _ = call(benchmark, tflite=path, runs=3, num_threads=1)
    assert code == 0 and re.search(r"9 tokens, 1 thread: p50 [\d.]+ ms", out)
    files = {"vocabulary": workdir / "vocab.txt", "labels": workdir / "labels.txt"}
    code, out, _ = call(predict, tflite=path, text="a good film", **files)
    assert code == 0 and re.search(r"-> (nega|posi)tive \d+\.\d %", out)


def test_a_file_that_computes_something_else_is_not_written(
    call, workdir, tmp_path, monkeypatch
):
    monkeypatch.setattr(inference, "MASK_BIAS", 0.0)
    code, _, error = _convert(call, workdir, tmp_path / "m.tflite")
    assert code == 1 and "differs from Keras" in error
    assert list(tmp_path.iterdir()) == []
    assert _convert(call, workdir, tmp_path / "m.tflite", verify=False)[0] == 0
    monkeypatch.undo()
    code, out, _ = call_verify(workdir, tmp_path / "m.tflite")
    assert code == 1 and "differs from Keras" in out


def call_verify(workdir, path):
    import contextlib
    import io

    argv = ["verify", f"--student={workdir}", f"--tflite={path}"]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = program.run_program(verify.main, argv)
    return code, out.getvalue(), ""


@pytest.mark.parametrize(
    "options, told",
    [
        ({"scheme": "int3"}, "scheme"),
        ({"sequence_length": 512}, "from 2 to 9"),
        ({"student": "nowhere.keras"}, "nowhere.keras"),
        ({"output": "no/folder/m.tflite"}, "was not written: No such file"),
        ({"sequence_length": 4}, "shorter than|at most 4 tokens"),
    ],
)
def test_what_cannot_be_converted_is_told(call, workdir, tmp_path, options, told):
    options = {"student": workdir, "output": tmp_path / "m.tflite", **options}
    options = {"scheme": "float32", "sequence_length": 9, **options}
    code, _, error = call(convert, **options)
    assert code == 1 and re.search(told, error), error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("module", [benchmark, predict])
def test_a_damaged_file_is_told(call, workdir, module):
    path = workdir / "cut.tflite"
    path.write_bytes(b"\x1c\x00\x00\x00TFL3 and then nothing")
    options = {"text": "good"} if module is predict else {"runs": 1}
    code, _, error = call(module, tflite=path, **options)
    assert code == 1 and "cut.tflite" in error


def test_an_empty_text_is_told(call, workdir, tmp_path):
    _convert(call, workdir, workdir / "m.tflite", verify=False)
    code, _, error = call(predict, tflite=workdir / "m.tflite", text=" ")
    assert code == 1 and "empty" in error
