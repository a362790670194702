"""A `.tflite` file is whole, small, named, and runs where it must."""

import collections
import errno
import os
import pathlib

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from tfdistill.bert import heads
from tfdistill.bert.config import BertConfig
from tfdistill.export import inference
from tfdistill.export.graph import read_graph
from tfdistill.export.runtime import TfliteModel
from tfdistill.export.schemes import SCHEMES
from tfdistill.export.to_tflite import convert_functions, export_tflite

LENGTH = 7
# Highest operator versions that tflite-runtime 2.14 has, of those that occur.
OLD_VERSIONS = {
    "CONV_2D": 5,
    "GATHER": 5,
    "DEQUANTIZE": 6,
    "BATCH_MATMUL": 4,
    "FULLY_CONNECTED": 9,
    "GELU": 2,
}
# Largest difference to Keras, as a share of the largest output.
TOLERANCES = {
    "float32": 1e-5,
    "float16": 1e-2,
    "weight_only_int8": 0.1,
    "dynamic_int8": 0.1,
    "static_int8": 0.2,
    "int4": 0.7,
}
WIDE = BertConfig(2, 48, 4, 64, vocabulary_size=97, max_sequence_length=9)
MOBILE = WIDE.replace(
    embedding_dim=5,
    has_trigram_input=True,
    bottleneck_dim=12,
    normalization="no_norm",
    has_pooler=False,
)


@pytest.fixture(scope="module")
def files(make, sentences, tmp_path_factory):
    """Return a model and its ExportResult in every scheme."""
    folder = tmp_path_factory.mktemp("files")
    model = make(heads.IntentAndSlots(3, 5, "mean"), WIDE)
    return model, {
        scheme: export_tflite(
            model, folder / f"{scheme}.tflite", scheme, LENGTH, sentences[1]
        )
        for scheme in SCHEMES
    }


@pytest.mark.parametrize("scheme, tolerance", TOLERANCES.items())
def test_every_scheme_answers_as_keras_does(files, text, scheme, tolerance):
    model, results = files
    outputs = TfliteModel(results[scheme].path)(text)
    expected = model.predict_on_batch(text)
    assert set(outputs) == {"logits", "slot_logits"}
    for name, value in outputs.items():
        scale = np.max(np.abs(expected[name]))
        assert np.max(np.abs(value - expected[name])) < tolerance * scale


@pytest.mark.parametrize("head", [lambda: None, lambda: heads.MaskedLM()])
def test_a_bottleneck_model_runs_on_the_interpreter(head, make, text, tmp_path):
    model = make(head(), MOBILE)
    export_tflite(model, tmp_path / "m.tflite", "float32", LENGTH)
    outputs = TfliteModel(tmp_path / "m.tflite")(text)
    for name, value in model.predict_on_batch(text).items():
        np.testing.assert_allclose(outputs[name], value, atol=1e-4)


def test_schemes_store_weights_as_they_say(files):
    _, results = files
    assert set(results["float32"].graph.weight_bytes) == {"float32"}
    assert results["float16"].graph.weight_bytes["float16"] > 30_000
    for scheme in ("weight_only_int8", "dynamic_int8", "static_int8"):
        weights = results[scheme].graph.weight_bytes
        assert weights["int8"] > 30_000 > 3 * weights["float32"], scheme
    weights = results["int4"].graph.weight_bytes
    assert weights["int4"] > 15_000 > weights["float32"]
    # Tables, two numbers to a byte.
    assert weights["int8"] == 97 * 24
    sizes = {name: result.size_bytes for name, result in results.items()}
    assert sizes["float32"] > sizes["float16"] > sizes["dynamic_int8"] > sizes["int4"]


def test_static_int8_multiplies_whole_numbers(files):
    interpreter = Interpreter(
        str(files[1]["static_int8"].path),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    details = {each["index"]: each for each in interpreter.get_tensor_details()}
    multiplied = [
        operator
        for operator in interpreter._get_ops_details()
        if operator["op_name"] in ("CONV_2D", "BATCH_MATMUL", "GELU")
    ]
    types = collections.Counter(
        details[index]["dtype"].__name__
        for operator in multiplied
        for index in (*operator["inputs"][:2], *operator["outputs"])
    )
    # All in the layers and the head; the mean over tokens is a float BATCH_MATMUL.
    kernels = 6 * WIDE.num_layers + 2
    matmuls, gelus = 2 * WIDE.num_layers, WIDE.num_layers
    assert types == {"int8": 3 * (kernels + matmuls) + 2 * gelus, "float32": 3}


def test_static_int8_needs_something_to_calibrate_with(make, tmp_path):
    model = make(heads.Classification(2))
    path = tmp_path / "m.tflite"
    with pytest.raises(ValueError, match="give calibration, real examples"):
        export_tflite(model, path, "static_int8", LENGTH)
    with pytest.raises(ValueError, match="lack 'layer_1/attention/input'.*another"):
        export_tflite(model, path, "static_int8", LENGTH, {"other": (0.0, 1.0)})
    assert list(tmp_path.iterdir()) == []


def test_gelu_is_one_operator_and_nothing_is_flex(files):
    _, results = files
    for result in results.values():
        assert result.graph.operators["GELU"] == WIDE.num_layers
        assert not any("Flex" in name for name in result.graph.operators)


def test_old_runtimes_know_every_operator(files):
    _, results = files
    for result in results.values():
        for name, version in result.graph.versions.items():
            assert version <= OLD_VERSIONS.get(name, 2), name


def test_every_kernel_has_a_scale_per_output(files):
    interpreter = TfliteModel(files[1]["dynamic_int8"].path).interpreter
    kernels = [
        detail["quantization_parameters"]["scales"]
        for detail in interpreter.get_tensor_details()
        if detail["dtype"] == np.int8
        and len(detail["shape"]) == 4
        and detail["shape"][1] == 1
        and len(detail["quantization_parameters"]["scales"])
    ]
    assert sum(len(scales) > 1 for scales in kernels) >= 4 * WIDE.num_layers


@pytest.mark.parametrize("scheme", ["dynamic_int8", "int4"])
def test_joined_heads_are_fewer_products_and_the_same_answers(
    files, text, scheme, tmp_path, monkeypatch
):
    model, results = files
    monkeypatch.setattr(inference, "_JOINED_WIDTH", WIDE.hidden_dim - 1)
    apart = export_tflite(model, tmp_path / "apart.tflite", scheme, LENGTH)

    def products(result):
        operators = collections.Counter(result.graph.operators)
        return operators["CONV_2D"] + operators["FULLY_CONNECTED"]

    assert products(apart) - products(results[scheme]) == 2 * WIDE.num_layers
    theirs = TfliteModel(apart.path).run(text)
    for name, ours in TfliteModel(results[scheme].path).run(text).items():
        np.testing.assert_allclose(ours, theirs[name], atol=1e-6)


def test_an_operator_that_phones_lack_is_refused():
    function = tf.function(
        lambda x: {"y": tf.linalg.inv(x)}, input_signature=[tf.TensorSpec((3, 3))]
    )
    with pytest.raises(ValueError, match="not built into LiteRT .*MatrixInverse"):
        convert_functions({"serving_default": function})


@pytest.mark.parametrize(
    "options, told",
    [
        ({"scheme": "int3"}, "scheme must be one of float32, .*'int3'"),
        ({"sequence_length": 10}, "from 2 to 9, the positions .* got 10"),
        ({"sequence_length": 1}, "from 2 to 9"),
        ({"sequence_length": True}, "from 2 to 9"),
        ({"sequence_length": ()}, "from 2 to 9"),
        ({"sequence_length": (7, 4)}, "must ascend; got 7, 4"),
    ],
)
def test_impossible_options_are_refused(make, tmp_path, options, told):
    model = make(heads.Classification(2))
    with pytest.raises(ValueError, match=told):
        export_tflite(model, tmp_path / "m.tflite", **options)
    assert list(tmp_path.iterdir()) == []


def test_another_kind_of_model_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Expected a BertEncoder; got Sequential"):
        export_tflite(tf.keras.Sequential(), tmp_path / "m.tflite")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_failed_write_leaves_what_was_there(make, tmp_path, monkeypatch, code):
    def fail(*arguments):
        raise OSError(code, os.strerror(code))

    path = tmp_path / "m.tflite"
    path.write_bytes(b"before")
    monkeypatch.setattr(pathlib.Path, "write_bytes", fail)
    with pytest.raises(ValueError, match="m.tflite was not written: "):
        export_tflite(make(heads.Classification(2)), path, "float32", LENGTH)
    assert [p.name for p in tmp_path.iterdir()] == ["m.tflite"]
    assert path.read_bytes() == b"before"


def test_a_folder_that_does_not_exist_is_told(make, tmp_path):
    model = make(heads.Classification(2))
    with pytest.raises(ValueError, match="was not written: No such file"):
        export_tflite(model, tmp_path / "no" / "m.tflite", "float32", LENGTH)


def test_a_damaged_file_is_told(files, tmp_path):
    content = files[1]["float32"].path.read_bytes()
    path = tmp_path / "cut.tflite"
    for length in (0, 5, 300, len(content) // 2, len(content) - 9):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match="cut.tflite does not run on this LiteRT"):
            TfliteModel(path)
        with pytest.raises(ValueError, match="cut.tflite is no .tflite file, or cut"):
            read_graph(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ValueError, match="does not exist"):
        TfliteModel(tmp_path / "no.tflite")
    with pytest.raises(ValueError, match="Cannot read"):
        read_graph(tmp_path / "no.tflite")
