"""Every file in configs/ runs from end to end in its tiny form."""

import functools
import importlib
import json
import pathlib

import numpy as np
import pytest

from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import IntentAndSlots
from tfdistill.data import Glue, HomeAssistant, SlotFile
from tfdistill.train.casting import make_models
from tfdistill.train.config_file import load_config
from tfdistill.train.prepare import prepare
from tfdistill.train.recipe import override_all
from tfdistill.train.run import run_recipe
from tfdistill.train.stages import check_stage

CONFIGS = sorted(pathlib.Path(__file__).parents[2].glob("configs/*.py"))
WORDS = (
    "dull grim stale cold fine lovely warm bright film cast plot score scene".split()
)
# One of each kind of task and student; -m slow runs the others.
RUN_ALWAYS = (
    "sst2_tinybert_4_312",
    "sst2_tinybert_4_312_labels",
    "voice_commands",
    "snips",
    "snips_small_6_96",
    "stsb_tinybert_4_312",
)


def write(path, lines):
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))


@pytest.fixture(scope="module")
def data(world):
    """The world with the files of all tasks, word vectors and plain text beside it."""
    glue = world / "glue"
    lines = (glue / "SST-2/train.tsv").read_text().splitlines()[1:41]
    texts = [line.split("\t")[0] for line in lines]
    labels = [row % 2 for row in range(len(texts))]
    pairs = list(zip(labels, texts, reversed(texts), strict=True))
    for split in ("train", "dev"):
        write(glue / f"CoLA/{split}.tsv", [f"s\t{y}\t*\t{a}" for y, a, _ in pairs])
        rows = [f"{y}\t1\t2\t{a}\t{b}" for y, a, b in pairs]
        write(
            glue / f"MRPC/{split}.tsv",
            ["Quality\t#1 ID\t#2 ID\t#1 String\t#2 String", *rows],
        )
        rows = [f"{a}\t{b}\t{y * 5}" for y, a, b in pairs]
        write(glue / f"STS-B/{split}.tsv", ["sentence1\tsentence2\tscore", *rows])
    rows = []
    for label, words in zip(labels, map(str.split, texts), strict=True):
        slots = ["B-word" if word in WORDS else "O" for word in words]
        row = {"tokens": words, "slots": slots, "intent": f"Intent{label}"}
        rows.append(json.dumps(row))
    for split in ("train", "test"):
        write(world / f"snips/{split}.jsonl", rows)
    random = np.random.default_rng(3)
    numbers = [" ".join(map(str, random.normal(size=4))) for _ in WORDS]
    lines = [f"{w} {v}" for w, v in zip(WORDS, numbers, strict=True)]
    write(world / "vectors/glove.txt", lines)
    write(world / "text/corpus.txt", texts * 5)
    return world


def changes_for(recipe, data):
    """Lead every path of a recipe to the files of the fixture."""
    changes = [("teacher.source", str(data / "teacher")), ("max_examples", "32")]
    if isinstance(recipe.source, Glue):
        changes.append(("source.folder", str(data / "glue")))
    if isinstance(recipe.source, SlotFile):
        changes.append(("source.folder", str(data / "snips")))
    if recipe.augmentation is not None:
        changes.append(("augmentation.vectors", str(data / "vectors/glove.txt")))
    files = repr([str(data / "text/corpus.txt")])
    for stage in recipe.stages:
        if stage.corpus is not None:
            changes.append((f"stages.{stage.name}.corpus.files", files))
        if stage.unlabelled:
            changes.append((f"stages.{stage.name}.unlabelled", files))
    if recipe.vocabulary.texts:
        changes.append(("vocabulary.texts", files))
    for each in recipe.pretraining:
        changes.append((f"pretraining.{each.name}.corpus.files", files))
    return changes


@functools.cache
def make_body(config):
    """A body of full size, over a few pieces, that answers all that is asked of it."""
    return BertEncoder(config.replace(vocabulary_size=50), IntentAndSlots(2, 2))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_configs_objectives_fit_minilm(path):
    recipe = load_config(path)
    teacher = make_body(BertConfig.named("minilm_6_384"))
    student = make_body(recipe.student)
    for stage in recipe.stages:
        if stage.model == "student":
            check_stage(stage, student, teacher)


def slow_but(path):
    marks = () if path.stem in RUN_ALWAYS else pytest.mark.slow
    return pytest.param(path, marks=marks, id=path.stem)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_configs_stages_fit_its_models(path, data, tmp_path):
    recipe = load_config(path, tiny=True)
    if not isinstance(recipe.source, HomeAssistant):
        recipe = override_all(recipe, changes_for(recipe, data))
        models = make_models(prepare(recipe, tmp_path))
        assert models.student.count_params() < 30_000


@pytest.mark.parametrize("path", [slow_but(path) for path in CONFIGS])
def test_a_config_runs_tiny(path, data, tmp_path):
    recipe = load_config(path, tiny=True)
    if isinstance(recipe.source, HomeAssistant):
        for package in ("hassil", "home_assistant_intents"):
            if importlib.util.find_spec(package) is None:
                pytest.skip(f"{path.name} needs {package}: pip install tfdistill[demo]")
    report = run_recipe(override_all(recipe, changes_for(recipe, data)), tmp_path)
    assert report["recipe"] == path.stem
    assert report["student_parameters"] < 30_000
    assert report == json.loads((tmp_path / "report.json").read_text())


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_config_tells_its_command_and_is_only_data(path):
    text = path.read_text()
    command = f"tfdistill-train --config=configs/{path.name}"
    assert command in text and "Cost: " in text
    assert load_config(path) == load_config(path)
    assert load_config(path).name == path.stem
