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

from tfdistill.bert.saved import load_student
from tfdistill.export import flat, held_out, inference
from tfdistill.export.metadata import read_card, write_card
from tfdistill.export.runtime import TfliteModel
from tfdistill.export.tensor_names import find_places
from tfdistill.text import read_vocabulary, write_vocabulary
from tfdistill.tflite import benchmark, convert, predict, program, verify
from tfdistill.train.evaluate import keras_outputs


def test_a_student_is_converted_verified_measured_and_asked(
    call, workdir, tmp_path, convert_student
):
    path = tmp_path / "m.tflite"
    code, out, _ = convert_student(workdir, path)
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
    code, out, _ = call(predict, json=True, tflite=path, text="a good film", **files)
    answer = json.loads(out)
    assert code == 0 and answer["text"] == "a good film" and answer["is_cut"] is False


def test_a_file_that_computes_something_else_is_not_written(
    workdir, tmp_path, monkeypatch, convert_student
):
    monkeypatch.setattr(inference, "MASK_BIAS", 0.0)
    code, _, error = convert_student(workdir, tmp_path / "m.tflite")
    assert code == 1 and "differs from Keras" in error
    assert list(tmp_path.iterdir()) == []
    assert convert_student(workdir, tmp_path / "m.tflite", verify=False)[0] == 0
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


def test_a_scaled_weight_is_caught_and_its_layer_named(
    workdir, tmp_path, convert_student
):
    path = tmp_path / "m.tflite"
    convert_student(workdir, path, verify=False)
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


def test_a_vocabulary_in_another_order_is_caught(workdir, tmp_path, convert_student):
    folder = tmp_path / "run"
    shutil.copytree(workdir, folder)
    recipe = (folder / "recipe.json").read_text()
    (folder / "recipe.json").write_text(recipe.replace(str(workdir), str(folder)))
    _label_as_the_student_answers(folder)
    (folder / "report.json").write_text('{"scores": {"student": {"accuracy": 1.0}}}')
    path = tmp_path / "m.tflite"
    assert convert_student(folder, path)[0] == 0
    path.unlink()
    pieces = read_vocabulary(folder / "vocab.txt")
    reverse = [*pieces[:5], *reversed(pieces[5:])]
    write_vocabulary(reverse, folder / "vocab.txt")
    code, _, error = convert_student(folder, path)
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


def test_a_degraded_file_says_so(workdir, tmp_path, monkeypatch, convert_student):
    monkeypatch.setattr(inference, "MASK_BIAS", 0.0)
    path = tmp_path / "m.tflite"
    code, out, _ = convert_student(workdir, path, allow_degraded=True)
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


def test_a_model_folder_ships_with_its_proof(call, workdir, tmp_path, convert_student):
    about = tmp_path / "about.json"
    about.write_text(json.dumps({"name": "tiny", "license": "Apache-2.0"}))
    options = {"metadata": about, "report": tmp_path / "report.json"}
    folder = tmp_path / "models" / "tiny"
    path = tmp_path / "m.tflite"
    code, out, _ = convert_student(workdir, path, card=folder, **options)
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


def test_a_card_of_unknown_words_is_refused(workdir, tmp_path, convert_student):
    (tmp_path / "about.json").write_text('{"licence": "MIT"}')
    options = {"metadata": tmp_path / "about.json", "verify": False}
    code, _, error = convert_student(workdir, tmp_path / "m.tflite", **options)
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


def test_an_empty_text_is_told(call, workdir, tmp_path, convert_student):
    convert_student(workdir, workdir / "m.tflite", verify=False)
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
