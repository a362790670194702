"""A tiny finished work folder, its file, and how the programs are called."""

import numpy as np
import pytest

from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import build_student
from tfdistill.bert.heads import Classification
from tfdistill.data import Glue
from tfdistill.distill.objectives import HardLabels
from tfdistill.text import SPECIAL_TOKENS, write_vocabulary
from tfdistill.tflite import convert, program
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


@pytest.fixture(scope="module")
def whole(workdir, tmp_path_factory):
    """A converted file with its card."""
    path = tmp_path_factory.mktemp("whole") / "m.tflite"
    argv = [f"--student={workdir}", f"--output={path}", "--sequence_lengths=9"]
    argv += ["--scheme=float32", "--noverify"]
    assert program.run_program(convert.main, ["convert", *argv]) == 0
    return path


@pytest.fixture
def convert_student(call):
    """Return a function that converts to float32 and 9 tokens unless told."""

    def convert_student(student, path, **options):
        options = {"scheme": "float32", "sequence_lengths": 9, **options}
        return call(convert, student=student, output=path, **options)

    return convert_student
