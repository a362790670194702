"""Wrong, damaged and foreign folders: one sentence each that names the culprit."""

import json
import shutil

import numpy as np
import pytest

from tfdistill.bert.checkpoint import load_teacher


def drop(name):
    return lambda tensors: tensors.pop(name)


def put(name, shape, dtype="float32"):
    return lambda tensors: tensors.update({name: np.zeros(shape, dtype)})


VALUE = "bert.encoder.layer.0.attention.self.value.weight"


@pytest.mark.parametrize(
    "change, said",
    [
        (drop(VALUE), "lacks 1 of the model's weights, first 'encoder.layer.0.att"),
        (put("encoder.layer.1.output.dense.bias", 6), "has 1 weights that .* no place"),
        (put(VALUE, (6, 7)), r"value.weight should have shape \(6, 6\); got \(6, 7\)"),
        (
            put("bert.encoder.layer.0.intermediate.dense.weight", (6, 10)),
            r"should have shape \(10, 6\); got \(6, 10\)",
        ),
        (put(VALUE, (6, 6), "int8"), "should hold floats; got int8"),
    ],
)
def test_wrong_weights_are_named(
    tmp_path, weights, change, said, hugging_face, write_hugging_face
):
    tensors = hugging_face(weights)
    change(tensors)
    write_hugging_face(tmp_path, tensors)
    with pytest.raises(ValueError, match=said) as error:
        load_teacher(tmp_path)
    assert "model.safetensors" in str(error.value)


@pytest.mark.parametrize(
    "change, said",
    [
        (dict(model_type="roberta"), "model_type 'roberta'; expected 'bert'"),
        (dict(model_type="distilbert"), "model_type 'distilbert'; expected 'bert'"),
        (dict(hidden_act="swish"), "hidden_act 'swish'; it must be one of gelu"),
        (dict(hidden_act=["gelu"]), "hidden_act .* must be one of gelu"),
        (dict(position_embedding_type="relative_key"), "only 'absolute'"),
        (dict(num_attention_heads=4), "num_heads must divide hidden_dim=6"),
        (dict(hidden_size="6"), "hidden_dim must be a whole number"),
    ],
)
def test_other_architectures_are_refused(
    tmp_path, weights, change, said, hugging_face, write_hugging_face
):
    write_hugging_face(tmp_path, hugging_face(weights), **change)
    with pytest.raises(ValueError, match=said) as error:
        load_teacher(tmp_path)
    assert "config.json" in str(error.value)


def unlink(name):
    return lambda folder: (folder / name).unlink()


def write(name, text):
    return lambda folder: (folder / name).write_text(text)


def pickle_only(folder):
    shutil.move(folder / "model.safetensors", folder / "pytorch_model.bin")


@pytest.mark.parametrize(
    "damage, said",
    [
        (unlink("config.json"), "config.json is missing"),
        (write("config.json", "{"), "config.json cannot be read as JSON"),
        (write("config.json", "[]"), "should hold one JSON object"),
        (write("config.json", "{}"), "lacks num_hidden_layers, hidden_size"),
        (unlink("model.safetensors"), "model.safetensors is missing"),
        (write("model.safetensors", ""), "model.safetensors is damaged"),
        (pickle_only, "pickled .bin file, which is refused"),
    ],
)
def test_incomplete_folders_are_refused_with_a_sentence(
    tmp_path, weights, damage, said, hugging_face, write_hugging_face
):
    damage(write_hugging_face(tmp_path, hugging_face(weights)))
    with pytest.raises(ValueError, match=said) as error:
        load_teacher(tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kept", [0.001, 0.5, 0.999])
def test_truncated_safetensors_are_refused(
    tmp_path, weights, kept, hugging_face, write_hugging_face
):
    file = write_hugging_face(tmp_path, hugging_face(weights)) / "model.safetensors"
    data = file.read_bytes()
    file.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(ValueError, match="model.safetensors is damaged or incomplete"):
        load_teacher(tmp_path)


@pytest.mark.parametrize(
    "damage, said",
    [
        (unlink("bert_model.ckpt.index"), "should hold bert_model.ckpt.index"),
        (unlink("bert_model.ckpt.data-00000-of-00001"), "damaged or incomplete"),
        (write("bert_model.ckpt.data-00000-of-00001", "x"), "damaged or incomplete"),
        (write("bert_model.ckpt.index", "x"), "damaged or incomplete"),
        (write("bert_config.json", '{"hidden_act": 1}'), "lacks num_hidden_layers"),
    ],
)
def test_damaged_checkpoints_are_refused(tmp_path, weights, damage, said, write_google):
    damage(write_google(tmp_path, weights))
    with pytest.raises(ValueError, match=said):
        load_teacher(tmp_path)


def test_two_checkpoints_in_a_folder_are_ambiguous(tmp_path, weights, write_google):
    write_google(tmp_path, weights, name="model.ckpt-1")
    write_google(tmp_path, weights, name="model.ckpt-2")
    with pytest.raises(ValueError, match="found model.ckpt-1, model.ckpt-2"):
        load_teacher(tmp_path)
    write_google(tmp_path, weights)
    assert load_teacher(tmp_path).config.num_layers == 1


def test_a_file_is_not_a_folder(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="is a file; expected the folder"):
        load_teacher(path)


def test_numbers_that_numpy_does_not_have_are_refused(
    tmp_path, hugging_face, write_hugging_face, weights
):
    file = write_hugging_face(tmp_path, hugging_face(weights)) / "model.safetensors"
    content = file.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    for tensor in header.values():
        if "dtype" in tensor:
            tensor["dtype"] = "F8_E4M3"
            tensor["shape"] = [*tensor["shape"][:-1], 4 * tensor["shape"][-1]]
    new = json.dumps(header).encode()
    file.write_bytes(len(new).to_bytes(8, "little") + new + content[8 + size :])
    with pytest.raises(ValueError, match="a kind that NumPy does not have"):
        load_teacher(file.parent)
