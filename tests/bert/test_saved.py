"""`.keras` files: written, read, refused; a body under another head."""

import json
import zipfile

import keras
import numpy as np
import pytest

from tfdistill.bert.checkpoint import load_teacher
from tfdistill.bert.heads import Classification, IntentAndSlots, MaskedLM
from tfdistill.bert.saved import in_dtype, load_student, with_head
from tfdistill.quantize.rounded import round_weights


def same(a, b, batch):
    a, b = a(batch), b(batch)
    keras.tree.assert_same_structure(a, b)
    for x, y in zip(keras.tree.flatten(a), keras.tree.flatten(b), strict=True):
        np.testing.assert_array_equal(np.asarray(x), np.asarray(y))
    return True


@pytest.mark.parametrize("kind", ["tiny", "bottleneck"])
@pytest.mark.parametrize(
    "head", [None, MaskedLM, lambda: IntentAndSlots(4, 5, dropout=0.2)]
)
def test_a_saved_encoder_comes_back_equal(make, request, batch, tmp_path, kind, head):
    model = make(request.getfixturevalue(kind), head=head and head())
    model.save(tmp_path / "student.keras")
    loaded = load_student(tmp_path / "student.keras")
    assert loaded.config == model.config
    assert same(model, loaded, batch)


def test_a_mixed_precision_policy_survives_saving(make, tiny, tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        make(tiny).save(tmp_path / "student.keras")
    finally:
        keras.config.set_dtype_policy("float32")
    loaded = load_student(tmp_path / "student.keras")
    assert loaded.blocks[0].attention.query.compute_dtype == "bfloat16"


def test_the_head_in_the_file_is_kept_unless_another_is_given(
    make, tiny, batch, tmp_path
):
    model = make(tiny, head=Classification(4))
    model.save(tmp_path / "teacher.keras")
    assert same(model, load_teacher(tmp_path / "teacher.keras"), batch)
    moved = load_teacher(str(tmp_path / "teacher.keras"), head=Classification(3))
    assert moved(batch)["logits"].shape == (2, 3)
    for name in ("sequence_output", "pooled_output"):
        np.testing.assert_array_equal(model(batch)[name], moved(batch)[name])


def test_a_copy_in_half_precision_answers_alike(make, tiny, batch):
    model = make(tiny, head=IntentAndSlots(4, 5))
    copy = in_dtype(model, "bfloat16")
    assert {str(each.dtype) for each in copy.blocks[0].weights} == {"bfloat16"}
    assert {str(each.dtype) for each in copy.head.weights} == {"float32"}
    assert {str(each.dtype) for each in model.weights} == {"float32"}
    found, expected = copy(batch), model(batch)
    assert keras.backend.standardize_dtype(found["sequence_output"].dtype) == "bfloat16"
    for name, value in expected.items():
        if name.endswith("logits"):
            assert keras.backend.standardize_dtype(found[name].dtype) == "float32"
            np.testing.assert_allclose(found[name], value, atol=0.05)
    assert in_dtype(model, "float32") is model
    with pytest.raises(ValueError, match="RoundedEncoder rounds its weights itself"):
        in_dtype(round_weights(make(tiny), 4), "bfloat16")


def test_overrides_need_a_new_head(make, tiny, tmp_path):
    make(tiny, head=Classification(4)).save(tmp_path / "a.keras")
    make(tiny).save(tmp_path / "b.keras")
    with pytest.raises(ValueError, match="loaded with its own head"):
        load_teacher(tmp_path / "a.keras", dropout=0.0)
    assert load_teacher(tmp_path / "b.keras", dropout=0.0).config.dropout == 0.0


def test_with_head_refuses_another_shape(make, tiny):
    with pytest.raises(ValueError, match="keep every weight's shape"):
        with_head(make(tiny), None, num_layers=1)


def test_a_pooler_that_the_body_lacks_is_new(make, tiny, batch):
    moved = with_head(make(tiny, has_pooler=False), Classification(2))
    assert moved(batch)["pooled_output"].shape == (2, 6)


def not_a_zip(path):
    path.write_bytes(b"PK\x03\x04 nothing")


def another_model(path):
    keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)]).save(path)


def no_config(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.weights.h5", b"")


def odd_config(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps([1]))


def list_for_a_name(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"registered_name": ["a"]}))


def damaged_deflation(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", json.dumps({"registered_name": "a" * 99}))
    content = bytearray(path.read_bytes())
    begin = content.index(b"config.json") + len("config.json")
    content[begin : begin + 4] = b"\xff" * 4
    path.write_bytes(content)


def encrypted(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag of the entry, and of the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "write, said",
    [
        (list_for_a_name, "not a .keras file, or damaged"),
        (damaged_deflation, "not a .keras file, or damaged"),
        (encrypted, "not a .keras file, or damaged"),
        (lambda path: None, "does not exist"),
        (not_a_zip, "not a .keras file, or damaged"),
        (no_config, "not a .keras file, or damaged"),
        (odd_config, "not a .keras file, or damaged"),
        (another_model, "holds a Sequential; expected a BertEncoder"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path, write, said):
    path = tmp_path / "student.keras"
    write(path)
    with pytest.raises(ValueError, match=said) as error:
        load_teacher(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("part", ["config.json", "model.weights.h5"])
def test_a_file_with_a_damaged_part_is_refused(make, tiny, tmp_path, part):
    make(tiny).save(tmp_path / "whole.keras")
    with (
        zipfile.ZipFile(tmp_path / "whole.keras") as whole,
        zipfile.ZipFile(tmp_path / "torn.keras", "w") as torn,
    ):
        for name in whole.namelist():
            data = whole.read(name)
            torn.writestr(name, data[: len(data) // 2] if name == part else data)
    with pytest.raises(ValueError, match="torn.keras"):
        load_student(tmp_path / "torn.keras")


def test_a_file_that_asks_for_code_is_refused(make, tiny, tmp_path):
    model = make(tiny)
    with pytest.MonkeyPatch.context() as patch:
        head = {"module": "os", "class_name": "system", "config": {"x": "true"}}
        config = {**model.get_config(), "head": head}
        patch.setattr(type(model), "get_config", lambda self: config)
        model.save(tmp_path / "student.keras")
    with pytest.raises(ValueError, match="student.keras cannot be loaded"):
        load_student(tmp_path / "student.keras")
