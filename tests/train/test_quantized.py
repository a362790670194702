"""A recipe whose last stage trains the student under fake quantization."""

import dataclasses

import keras
import numpy as np
import pytest

from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.saved import load_student
from tfdistill.distill.objectives import HardLabels, SoftTargets
from tfdistill.export.finish import finish_run
from tfdistill.export.graph import read_graph
from tfdistill.quantize.encoder import QuantizedEncoder
from tfdistill.train.recipe import Export, Stage
from tfdistill.train.recipe_file import read_recipe
from tfdistill.train.run import run_recipe

QUANTIZED = Stage("quantized", (SoftTargets(),), epochs=2, is_quantized=True)
ROUNDED = Stage("rounded", (SoftTargets(),), epochs=1, rounded_bits=4)


def with_stage(recipe, *stages, **changes):
    return dataclasses.replace(recipe, stages=(*recipe.stages, *stages), **changes)


def test_the_last_stage_ends_in_a_proved_int8_file(recipe, tmp_path):
    short = dataclasses.replace(recipe.stages[1], epochs=1)
    export = Export(("static_int8", "dynamic_int8"), 16, budget=15)
    recipe = dataclasses.replace(recipe, stages=(recipe.stages[0], short))
    recipe = with_stage(recipe, QUANTIZED, export=export)
    assert run_recipe(recipe, tmp_path, until="student") is None
    report = run_recipe(recipe, tmp_path)
    assert read_recipe(tmp_path) == recipe
    student = load_student(tmp_path / "student.keras")
    assert type(student) is QuantizedEncoder
    key = student.quantizers["block_0/attention/key"]
    assert float(key.low.value) < 0 < float(key.high.value)
    assert report["student_parameters"] == student.count_params()
    assert report["stage_minutes"]["quantized"] > 0
    rows = finish_run(tmp_path).rows
    assert [row.name for row in rows][1:] == [f"student, {s}" for s in export.schemes]
    graph = read_graph(tmp_path / "static_int8.tflite")
    assert graph.operators["CONV_2D"] == 8 and graph.operators["BATCH_MATMUL"] == 2
    assert np.isfinite(rows[1].latency_ms)


@pytest.mark.parametrize(
    "stages, told",
    [
        ((QUANTIZED, Stage("more", (HardLabels(),))), "'more' follows 'quantized'"),
        (
            (dataclasses.replace(QUANTIZED, soup=("student",)),),
            "averages 'student', which is no earlier .* is_quantized=True",
        ),
        ((ROUNDED, Stage("more", (HardLabels(),))), "'more' follows 'rounded'"),
        (
            (dataclasses.replace(ROUNDED, soup=("student",)),),
            "averages 'student', which is no earlier .* rounded_bits=4",
        ),
    ],
)
def test_ranges_are_not_lost_again(stages, told, recipe):
    with pytest.raises(ValueError, match=told):
        with_stage(recipe, *stages)


def test_a_rounded_stage_leaves_what_its_file_holds(recipe, tmp_path):
    short = dataclasses.replace(recipe.stages[1], epochs=1)
    recipe = dataclasses.replace(recipe, stages=(recipe.stages[0], short))
    recipe = with_stage(recipe, ROUNDED, export=Export(("int4",), 16, budget=1.0))
    assert run_recipe(recipe, tmp_path, until="rounded") is None
    report = run_recipe(recipe, tmp_path)  # the stage's weights are read back
    student = load_student(tmp_path / "student.keras")
    assert type(student) is BertEncoder
    assert report["student_parameters"] == student.count_params()
    kernel = keras.ops.convert_to_numpy(student.blocks[0].attention.query.kernel)
    assert max(len(np.unique(column)) for column in kernel.T) <= 15
    rows = finish_run(tmp_path).rows
    assert rows[-1].name == "student, int4"


@pytest.mark.parametrize(
    "changes", [{"model": "teacher"}, {"restart": True}, {"is_quantized": True}]
)
def test_only_a_student_that_stands_is_rounded(changes):
    with pytest.raises(ValueError, match="rounded_bits is for stages that go on"):
        Stage("s", (HardLabels(),), rounded_bits=4, **changes)


def test_weights_are_rounded_to_bits_that_a_file_has():
    with pytest.raises(ValueError, match=r"rounded_bits must be one of 4, 8; got 3"):
        Stage("s", (HardLabels(),), rounded_bits=3)


@pytest.mark.parametrize("changes", [{"model": "teacher"}, {"restart": True}])
def test_only_a_student_that_stands_is_quantized(changes):
    with pytest.raises(ValueError, match="is_quantized is for stages that go on"):
        Stage("s", (HardLabels(),), is_quantized=True, **changes)


def test_several_devices_are_refused_before_training(recipe, tmp_path):
    with pytest.raises(ValueError, match="by one process on one device"):
        run_recipe(with_stage(recipe, QUANTIZED), tmp_path, distribution="mirrored")
    assert not (tmp_path / "recipe.json").exists()
