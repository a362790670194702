"""tfdistill-train as a user meets it: a table at the end, or one sentence."""

import json
import pathlib
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest

from tfdistill.text import read_vocabulary
from tfdistill.tflite import program, train
from tfdistill.train.recipe_file import read_recipe

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
LABELS = CHECKOUT / "configs" / "sst2_tinybert_4_312_labels.py"
DISTILLED = CHECKOUT / "configs" / "sst2_tinybert_4_312.py"
BERT = {
    "model_type": "bert",
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 12,
    "intermediate_size": 20,
    "vocab_size": 70,
}
# What may be there after a refusal: each whole, and of no harm to the next run.
PREPARED = {".lock", "recipe.json", "labels.txt", "vocab.txt"}


@pytest.fixture
def call(world, tmp_path, capsys):
    """Run the program in this process on the tiny world."""

    def call(*extra, config=LABELS, workdir=tmp_path / "run"):
        argv = ["train", f"--config={config}", f"--workdir={workdir}", "--tiny"]
        argv.append("--noexport")
        argv.append(f"--config.source.folder={world / 'glue'}")
        code = program.run_program(train.main, [*argv, *extra])
        return code, capsys.readouterr()

    return call


def left(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def assert_refused(result, told, folder):
    code, captured = result
    errors = [line for line in captured.err.splitlines() if line.startswith("Error: ")]
    assert code == 1 and len(errors) == 1 and re.search(told, errors[0]), captured.err
    assert errors[0].endswith((".", "?")) and "Traceback" not in captured.err
    assert not folder.is_dir() or left(folder) <= PREPARED


def write_train(folder, *rows):
    (folder / "SST-2").mkdir(parents=True)
    dev = "sentence\tlabel\na fine film\t1\na grim film\t0\n"
    (folder / "SST-2" / "dev.tsv").write_text(dev)
    text = "".join(f"{row}\n" for row in ("sentence\tlabel", *rows))
    (folder / "SST-2" / "train.tsv").write_text(text)
    return f"--config.source.folder={folder}"


def write_teacher(folder, world, tensors=None, **changes):
    """A folder as Hugging Face has it, with a BERT's config and any weights."""
    from safetensors.numpy import save_file

    folder.mkdir()
    vocabulary = (world / "teacher" / "vocab.txt").read_bytes()
    (folder / "vocab.txt").write_bytes(vocabulary)
    (folder / "config.json").write_text(json.dumps({**BERT, **changes}))
    tensors = tensors or {"transformer.h.0.attn.weight": np.ones((3, 5), "float32")}
    save_file(tensors, folder / "model.safetensors")
    return f"--config.teacher.source={folder}"


# === Flags and recipes ===


@pytest.mark.parametrize(
    "extra, told",
    [
        (
            "--config.student.hiden_dim=9",
            "no value 'student.hiden_dim': BertConfig has",
        ),
        ("--config.student.hidden_dim=wide", "student.hidden_dim is of type int; got"),
        ("--config.student.num_heads=7", "num_heads must divide hidden_dim=24"),
        ("--config.stages.labels.epochs=0", "Stage.epochs must be a whole number of"),
        ("--config.seed", "--config.seed needs a value: write --config.seed=VALUE"),
        ("--wrokdir=a", "Unknown command line flag 'wrokdir'. Did you mean: workdir"),
        ("runs/a", "Unexpected argument 'runs/a'"),
        ("--config=nowhere.py", "A config is a Python file; nowhere.py does not exist"),
        ("--workdir=", "--workdir is missing: Folder of the run"),
    ],
)
def test_a_slip_on_the_command_line_is_told(extra, told, call, tmp_path):
    assert_refused(call(extra), told, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "text, told",
    [
        ("def get_config(tiny=False):\n    return 5\n", "return a Recipe; got int"),
        ("recipe = 5\n", "mine.py: it has no function get_config"),
        ("import tfdistil\n", "mine.py, line 1: ModuleNotFoundError: No module named"),
        ("a = 1\ndef get_config(\n", "mine.py, line 2: '\\(' was never closed"),
        ("def get_config(tiny):\n    return [][0]\n", "line 2: IndexError: list index"),
        ("def get_config():\n    pass\n", "TypeError: get_config.. got an unexpected"),
    ],
)
def test_a_config_that_fails_is_told_with_its_line(text, told, call, tmp_path):
    (tmp_path / "mine.py").write_text(text)
    assert_refused(call(config=tmp_path / "mine.py"), told, tmp_path / "run")
    assert_refused(call(config=tmp_path), "is not one", tmp_path / "run")


# === Data and teachers ===


@pytest.mark.parametrize(
    "rows, told",
    [
        (("fine\t1", "grim\t2"), "train.tsv, line 3: label '2' is none of .'0', '1'.."),
        ((), "train.tsv holds no usable row"),
        (("fine\t1",), "leaves one part empty: use more examples"),
    ],
)
def test_data_that_cannot_be_used_is_told(rows, told, call, tmp_path):
    extra = write_train(tmp_path / "glue", *rows)
    assert_refused(call(extra), told, tmp_path / "run")


def test_weights_of_another_model_are_told(call, world, tmp_path):
    extra = write_teacher(tmp_path / "teacher", world)
    told = "model.safetensors lacks .* first .*: another model's weights, or an"
    assert_refused(call(extra, config=DISTILLED), told, tmp_path / "run")
    extra = write_teacher(tmp_path / "gpt", world, model_type="gpt2")
    told = "has model_type 'gpt2'; expected 'bert'"
    assert_refused(call(extra, config=DISTILLED), told, tmp_path / "run")


def test_truncated_weights_are_told(call, world, tmp_path):
    extra = write_teacher(tmp_path / "teacher", world)
    path = tmp_path / "teacher" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-7])
    told = "model.safetensors is damaged or incomplete"
    assert_refused(call(extra, config=DISTILLED), told, tmp_path / "run")


def test_a_vocabulary_without_mask_is_told(call, world, tmp_path):
    pieces = read_vocabulary(world / "teacher" / "vocab.txt")
    path = tmp_path / "vocab.txt"
    path.write_text("".join(f"{p}\n" for p in pieces if p != "[MASK]"))
    extra = f"--config.teacher.vocabulary={path}", f"--config.teacher.source={world}"
    result = call(*extra, config=DISTILLED)
    assert_refused(result, r"vocab.txt lacks \[MASK\]: a BERT vo", tmp_path / "run")


def test_a_teacher_that_is_not_there_is_told(call, tmp_path):
    result = call("--config.teacher.source=nowhere", config=DISTILLED)
    told = "nowhere/vocab.txt does not exist. Correct teacher.source='nowhere'"
    assert_refused(result, told, tmp_path / "run")


# === Variants of a recipe ===


def test_an_undistilled_twin_is_trained_without_a_teacher(call, tmp_path):
    code, captured = call("--undistilled", config=DISTILLED)
    assert code == 0, captured.err
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert report["recipe"] == "sst2_tinybert_4_312_labels"
    assert list(report["stage_minutes"]) == ["labels"]
    assert report["teacher_parameters"] == {}


def test_a_twin_takes_the_overrides_of_its_student(call, tmp_path):
    changes = (
        "--config.stages.intermediate.epochs=2",
        "--config.stages.prediction.learning_rate=2e-5",
        "--config.stages.labels.batch_size=8",
    )
    code, captured = call("--undistilled", *changes, config=DISTILLED)
    assert code == 0, captured.err
    (stage,) = read_recipe(tmp_path / "run").stages
    numbers = stage.epochs, stage.learning_rate, stage.batch_size
    assert (stage.name, *numbers) == ("labels", 3, 2e-5, 8)
    result = call("--undistilled", "--config.stages.other.epochs=2", config=DISTILLED)
    assert_refused(result, "stages.other.: choose .*prediction", tmp_path / "none")


def test_what_is_left_out_is_not_in_the_run(call, world, tmp_path):
    left = "--leave_out=intermediate,teacher_adopts"
    teacher = f"--config.teacher.source={world / 'teacher'}"
    code, captured = call(left, teacher, config=DISTILLED)
    assert code == 0, captured.err
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    names = ["teacher_1", "teacher_2", "teacher", "prediction"]
    assert list(report["stage_minutes"]) == names


def test_files_that_cannot_be_made_are_told_first(call, tmp_path):
    changes = "--export", "--config.export.sequence_length=8"
    told = "sequence_length=8 must lie between max_length=16 and .*give --noexport"
    assert_refused(call(*changes, config=DISTILLED), told, tmp_path / "run")


def test_a_part_that_is_not_there_cannot_be_left_out(call, tmp_path):
    result = call("--leave_out=general", config=DISTILLED)
    told = "no part 'general' to leave out: choose from teacher_1, teacher_2"
    assert_refused(result, told, tmp_path / "run")


# === Folders and disks ===


def test_a_folder_that_cannot_be_written_is_told(call, tmp_path):
    (tmp_path / "file").write_text("I was here first")
    result = call(workdir=tmp_path / "file" / "run")
    assert_refused(result, "folder that can be written; .* cannot", tmp_path / "run")


@pytest.mark.parametrize("kilobytes", [8, 120, 400])
def test_a_full_disk_is_told_and_nothing_is_half_written(kilobytes, call, full_disk):
    folder = full_disk(kilobytes) / "run"
    code, captured = call(workdir=folder)
    assert code == 1
    told = r"^Error: .* (full|No space left on device)"
    assert re.search(told, captured.err, re.MULTILINE), captured.err
    assert "Traceback" not in captured.err
    assert not {"student.keras", "report.json", "history.csv"} & left(folder)
    assert not [
        name for name in left(folder) if ".tfdistill-" in name or name.endswith(".tmp")
    ]


def test_a_run_ends_with_its_scores_and_is_read_back(call, world, tmp_path):
    extra = write_train(
        tmp_path / "glue",
        *["a fine film\t1", "a grim film\t0"] * 6,
        "w " * 50_000 + "\t1",
    )
    code, captured = call(extra)
    assert code == 0, captured.err
    # A text of 100,000 characters is cut, and that is said.
    assert re.search(r"^Cut 1 of \d+ rows to 16 tokens\.$", captured.err, re.MULTILINE)
    table = captured.out.splitlines()[-3:]
    assert re.fullmatch(r"SST-2, dev \(2 examples\) +accuracy", table[0])
    assert re.fullmatch(r"student +[01]\.\d{4}", table[1])
    assert table[2].endswith(f"everything is in {tmp_path / 'run'}.")
    code, again = call(extra)
    assert code == 0 and again.out.splitlines() == table
    assert again.err == f"{tmp_path / 'run'} is finished: its report is read back.\n"
    other = call(extra, "--config.seed=7")
    assert other[0] == 1 and "another recipe: seed is 7 and was 0." in other[1].err


# === In a process of its own ===


def in_a_process(*argv):
    path = str(CHECKOUT / "tflite" / "train.py")
    return subprocess.run(
        [sys.executable, path, *argv], capture_output=True, text=True, check=False
    )


def test_help_is_quick_and_tells_how_to_override():
    done = in_a_process("--help")
    assert done.returncode == 0 and done.stderr == ""
    for text in (
        "--config=configs/NAME.py",
        "--config.student.hidden_dim=96",
        "--tiny:",
    ):
        assert text in done.stdout


def test_what_a_user_sees_of_a_refusal_is_one_line(tmp_path):
    done = in_a_process(
        f"--config={LABELS}", f"--workdir={tmp_path / 'run'}", "--config.colour=red"
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: The recipe has no value 'colour': Recipe has")
    assert done.stderr.count("\n") == 1 and not (tmp_path / "run").exists()


def test_a_run_that_is_told_to_end_says_how_to_go_on(world, tmp_path):
    program = (
        "import os, signal, sys\n"
        "from tfdistill.train import stages\n"
        "stages.train_stage.__globals__['_steps'] = "
        "lambda *_: os.kill(os.getpid(), signal.SIGTERM)\n"
        "from tfdistill.tflite import train\n"
        "train.run()\n"
    )
    config = CHECKOUT / "configs" / "sst2_tinybert_4_312_labels.py"
    argv = [
        f"--config={config}",
        f"--workdir={tmp_path / 'a run'}",
        "--tiny",
        f"--config.source.folder={world / 'glue'}",
        f"--config.teacher.source={world / 'teacher'}",
    ]
    done = subprocess.run(
        [sys.executable, "-c", program, *argv],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 143, done.stderr
    stopped = done.stderr.splitlines()[-3:]
    assert stopped[0].startswith("Stopped. Finished stages and epochs are kept")
    assert stopped[1] == f"  {shlex.join(['tfdistill-train', *argv])}"
    assert stopped[2] == "Terminated."
