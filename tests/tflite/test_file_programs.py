"""convert, verify, benchmark, predict: a table or an answer, or one sentence and 1."""

import contextlib
import io
import json
import re
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import build_student
from tfdistill.bert.heads import Classification
from tfdistill.bert.saved import load_student
from tfdistill.data import Glue
from tfdistill.distill.objectives import HardLabels
from tfdistill.export import flat, held_out, inference
from tfdistill.export.metadata import read_card, write_card
from tfdistill.export.runtime import TfliteModel
from tfdistill.export.tensor_names import find_places
from tfdistill.text import SPECIAL_TOKENS, write_vocabulary
from tfdistill.tflite import benchmark, convert, predict, program, verify
from tfdistill.train.evaluate import keras_outputs
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
    options = {"scheme": "float32", "sequence_lengths": 9, **options}
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
    code, out = _verify(workdir, tmp_path / "m.tflite")
    assert code == 1 and "differs from Keras" in out
    assert re.search("Most is lost at .*layer_1/output", out)


def _verify(workdir, path):
    argv = ["verify", f"--student={workdir}", f"--tflite={path}"]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        with contextlib.redirect_stderr(out):
            code = program.run_program(verify.main, argv)
    return code, out.getvalue()


def test_a_scaled_weight_is_caught_and_its_layer_named(call, workdir, tmp_path):
    path = tmp_path / "m.tflite"
    _convert(call, workdir, path, verify=False)
    model = flat.unpack(path.read_bytes())
    (graph,) = model.subgraphs
    end = find_places(graph)["layer_2/output"]
    written = [int(operator.outputs[0]) for operator in graph.operators]
    *_, last_dense = (
        operator
        for operator in graph.operators[: written.index(end)]
        if len(operator.inputs) == 3
    )
    kernel = graph.tensors[last_dense.inputs[1]]
    values = np.frombuffer(flat.data_of(model, kernel.buffer), np.float32)
    kernel.buffer = flat.add_buffer(model, 1.05 * values)
    card = read_card(path)
    path.write_bytes(flat.pack(model))
    write_card(path, card)
    code, out = _verify(workdir, path)
    assert code == 1 and "differs from Keras" in out
    assert "Most is lost at layer_2/output" in out


@pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
def test_a_truncated_file_is_caught(call, workdir, whole, tmp_path, share):
    path = tmp_path / "m.tflite"
    content = whole.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    code, out = _verify(workdir, path)
    assert code == 1 and re.search("m.tflite .*cut off", out)


@pytest.fixture(scope="module")
def whole(workdir, tmp_path_factory):
    """A converted file with its card."""
    path = tmp_path_factory.mktemp("whole") / "m.tflite"
    argv = [f"--student={workdir}", f"--output={path}", "--sequence_lengths=9"]
    argv += ["--scheme=float32", "--noverify"]
    assert program.run_program(convert.main, ["convert", *argv]) == 0
    return path


def test_a_vocabulary_in_another_order_is_caught(call, workdir, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(workdir, folder)
    recipe = (folder / "recipe.json").read_text()
    (folder / "recipe.json").write_text(recipe.replace(str(workdir), str(folder)))
    _label_as_the_student_answers(folder)
    (folder / "report.json").write_text('{"scores": {"student": {"accuracy": 1.0}}}')
    path = tmp_path / "m.tflite"
    assert _convert(call, folder, path)[0] == 0
    path.unlink()
    write_vocabulary([*SPECIAL_TOKENS, *reversed(WORDS)], folder / "vocab.txt")
    code, _, error = _convert(call, folder, path)
    assert code == 1 and "the vocabulary, its order or the examples" in error
    assert not path.exists()


def _label_as_the_student_answers(folder):
    """Balance the student's classes and take its answers for labels."""
    _, examples = held_out.load_held_out(folder)
    model = load_student(folder / "student.keras")
    logits = np.array(keras_outputs(model, examples)["logits"])
    bias = model.head.classifier.bias
    bias.assign(bias - np.median(logits, axis=0))
    model.save(folder / "student.keras")
    answers = np.argmax(keras_outputs(model, examples)["logits"], -1)
    assert 0 < answers.mean() < 1
    path = folder / "glue" / "SST-2" / "dev.tsv"
    head, *lines = path.read_text().splitlines()
    texts = [line.split("\t")[0] for line in lines]
    rows = [f"{text}\t{label}" for text, label in zip(texts, answers, strict=True)]
    path.write_text("\n".join([head, *rows]) + "\n")


def test_another_student_has_no_reported_score(call, workdir, tmp_path):
    """The folder's score is its own student's, not one of any file that is shown it."""
    folder = shutil.copytree(workdir, tmp_path / "run")
    (folder / "report.json").write_text('{"scores": {"student": {"accuracy": 0.0}}}')
    code, _, error = _convert(call, folder, tmp_path / "a.tflite")
    assert code == 1 and "where its run reported 0.00" in error
    other = load_student(folder / "student.keras")
    other.head.classifier.bias.assign([0.01, 0.0])
    other.save(folder / "other.keras")
    code, _, error = _convert(call, folder / "other.keras", tmp_path / "b.tflite")
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
    call, workdir, tmp_path, options, told
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
    code, _, error = _convert(call, workdir, tmp_path / "m.tflite", **options)
    assert code == 1 and re.search(told, error), error
    assert not list(tmp_path.glob("*.tflite"))


def test_a_classifiers_file_needs_what_it_holds(call, workdir, tmp_path):
    student = tmp_path / "s.keras"
    shutil.copyfile(workdir / "student.keras", student)
    options = {"task": "text_classifier", "verify": False}
    code, _, error = _convert(call, student, tmp_path / "m.tflite", **options)
    assert code == 1 and "give --workdir, or --vocabulary and --labels" in error
    files = {"vocabulary": workdir / "vocab.txt", "labels": workdir / "labels.txt"}
    code, _, error = _convert(call, student, tmp_path / "m.tflite", **options, **files)
    assert code == 0, error


def test_the_proof_of_a_file_that_failed_is_written(
    call, workdir, tmp_path, monkeypatch
):
    monkeypatch.setattr(inference, "MASK_BIAS", 0.0)
    report = tmp_path / "report.json"
    code, out, _ = _convert(call, workdir, tmp_path / "m.tflite", report=report)
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


def test_a_degraded_file_says_so(call, workdir, tmp_path, monkeypatch):
    monkeypatch.setattr(inference, "MASK_BIAS", 0.0)
    path = tmp_path / "m.tflite"
    code, out, _ = _convert(call, workdir, path, allow_degraded=True)
    assert code == 0 and "differs from Keras" in out
    proof = read_card(path).verification
    assert not proof["has_passed"] and "differs from Keras" in proof["failures"][0]


def test_a_file_of_flags_is_read(call, workdir, tmp_path):
    path = tmp_path / "m.tflite"
    flagfile = tmp_path / "flags"
    lines = ["--scheme=float32", "--sequence_lengths=5,9", f"--output={path}"]
    flagfile.write_text("\n".join(["# two lengths", *lines]))
    code, out, _ = call(convert, student=workdir, flagfile=flagfile, verify=False)
    assert code == 0 and f"{path}: 0." in out
    assert TfliteModel(path).sequence_lengths == (5, 9)


def test_a_short_student_needs_no_length(call, workdir, tmp_path):
    path = tmp_path / "m.tflite"
    options = {"scheme": "float32", "verify": False, "output": path}
    code, _, _ = call(convert, student=workdir, **options)
    assert code == 0 and TfliteModel(path).sequence_lengths == (9,)


def test_a_model_folder_ships_with_its_proof(call, workdir, tmp_path):
    about = tmp_path / "about.json"
    about.write_text(json.dumps({"name": "tiny", "license": "Apache-2.0"}))
    options = {"metadata": about, "report": tmp_path / "report.json"}
    folder = tmp_path / "models" / "tiny"
    path = tmp_path / "m.tflite"
    code, out, _ = _convert(call, workdir, path, card=folder, **options)
    assert code == 0 and re.search(r"tables +float32 +\d+ +[\d.]+ kB", out)
    assert {each.name for each in folder.iterdir()} == {
        "model.tflite",
        "vocab.txt",
        "labels.txt",
        "card.md",
        "recipe.json",
        "verification.json",
    }
    page = (folder / "card.md").read_text()
    assert "# tiny" in page and "Apache-2.0" in page and "The file passed." in page
    card = read_card(folder / "model.tflite")
    assert (card.name, card.labels) == ("tiny", ("negative", "positive"))
    assert card.vocabulary == (workdir / "vocab.txt").read_text()
    assert card.verification["has_passed"]
    code, out, _ = call(predict, tflite=folder / "model.tflite", text="a good film")
    assert code == 0


def test_a_card_of_unknown_words_is_refused(call, workdir, tmp_path):
    (tmp_path / "about.json").write_text('{"licence": "MIT"}')
    options = {"metadata": tmp_path / "about.json", "verify": False}
    code, _, error = _convert(call, workdir, tmp_path / "m.tflite", **options)
    assert code == 1 and "takes name, version, license and description" in error


@pytest.mark.parametrize(
    "options, told",
    [
        ({"scheme": "int3"}, "scheme"),
        ({"sequence_lengths": 512}, "from 2 to 9"),
        ({"sequence_lengths": "9,nine"}, "takes whole numbers; got 9,nine"),
        ({"task": "text_classifier", "sequence_lengths": "7,9"}, "of one length"),
        ({"student": "nowhere.keras"}, "nowhere.keras"),
        ({"output": "no/folder/m.tflite"}, "was not written: No such file"),
        ({"sequence_lengths": 4}, "shorter than|at most 4 tokens"),
    ],
)
def test_what_cannot_be_converted_is_told(call, workdir, tmp_path, options, told):
    options = {"student": workdir, "output": tmp_path / "m.tflite", **options}
    options = {"scheme": "float32", "sequence_lengths": 9, **options}
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


def test_a_killed_conversion_leaves_no_output(workdir, tmp_path):
    path = tmp_path / "m.tflite"
    path.write_bytes(b"before")
    code = (
        "import os, signal, sys\n"
        "from tfdistill.export import to_tflite\n"
        "from tfdistill.tflite import convert\n"
        "die = lambda path: os.kill(os.getpid(), signal.SIGKILL)\n"
        "to_tflite.read_graph = die\n"  # everything is written, nothing renamed
        "convert.main(sys.argv)\n"
    )
    argv = [f"--student={workdir}", f"--output={path}", "--sequence_lengths=9"]
    command = [sys.executable, "-c", code, *argv, "--scheme=float32", "--noverify"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"before"
    assert [each for each in tmp_path.iterdir() if each.suffix != ".tflite"] == []
    assert all(each == path or each.name[0] == "." for each in tmp_path.iterdir())
