"""The int8 file of a student that was trained under fake quantization."""

import collections
import dataclasses

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tfdistill.bert import heads
from tfdistill.bert.config import BertConfig
from tfdistill.export.runtime import TfliteModel
from tfdistill.export.to_tflite import export_tflite
from tfdistill.export.verify import VerificationError, export_verified
from tfdistill.quantize.encoder import calibrate, quantization_aware, strip

LENGTH = 7
PLAIN = BertConfig(2, 12, 3, 20, vocabulary_size=11, max_sequence_length=9)
MOBILE = PLAIN.replace(
    embedding_dim=5,
    has_trigram_input=True,
    bottleneck_dim=6,
    normalization="no_norm",
    activation="relu",
    has_shared_key_query=True,
)
CASES = {
    "plain": (PLAIN, lambda: heads.Classification(3, "cls")),
    "mobilebert": (MOBILE, lambda: heads.IntentAndSlots(3, 5, "mean")),
}
# What stays in float32: normalization, mean pooling, the making of the mask, the ends.
# NoNorm is a MUL and an ADD, layer normalization those of `normalize`.
FLOAT = {
    "plain": {
        *("SUM", "MUL", "SUB", "MEAN", "ADD", "RSQRT"),
        *("RESHAPE", "STRIDED_SLICE"),
    },
    "mobilebert": {
        *("MUL", "ADD", "SUB", "RESHAPE"),
        *("SUM", "MAXIMUM", "DIV", "STRIDED_SLICE"),
    },
}
INT8 = ("CONV_2D", "BATCH_MATMUL", "SOFTMAX", "GATHER", "TRANSPOSE", "GELU", "TANH")
# Of tflite-runtime 2.14, of the operators that occur here.
OLD_VERSIONS = {"CONV_2D": 5, "BATCH_MATMUL": 4, "GATHER": 5, "DEQUANTIZE": 6}


def texts(count):
    random = np.random.default_rng(7)
    lengths = random.integers(3, LENGTH + 1, (count, 1, 1))
    return [
        {
            "token_ids": random.integers(0, 11, (1, LENGTH)).astype("int32"),
            "segment_ids": random.integers(0, 2, (1, LENGTH)).astype("int32"),
            "padding_mask": (np.arange(LENGTH) < length).astype("int32"),
        }
        for length in lengths
    ]


def batch(rows):
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


@pytest.fixture(scope="module")
def students(make):
    """Return a calibrated student of each case, by name."""
    students = {}
    for name, (config, head) in CASES.items():
        students[name] = quantization_aware(make(head(), config))
        calibrate(students[name], [batch(texts(20))])
    return students


@pytest.fixture(scope="module")
def files(students, tmp_path_factory):
    """Return the ExportResult of each student, by name."""
    folder = tmp_path_factory.mktemp("files")
    return {
        name: export_tflite(model, folder / f"{name}.tflite", "static_int8", LENGTH)
        for name, model in students.items()
    }


def operators(path):
    """Return a Counter of (operator, type of what it computes with)."""
    content = path.read_bytes()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(content, 0))
    names = {v: k for k, v in vars(schema.BuiltinOperator).items() if type(v) is int}
    types = {v: k for k, v in vars(schema.TensorType).items() if type(v) is int}
    (graph,) = model.subgraphs
    found = collections.Counter()
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        name = names[max(code.builtinCode, code.deprecatedBuiltinCode)]
        found[name, types[graph.tensors[operator.outputs[0]].type]] += 1
    return found


@pytest.mark.parametrize("name", CASES)
def test_only_normalization_and_the_ends_stay_float(files, name):
    found = operators(files[name].path)
    floats = {operator for operator, kind in found if kind == "FLOAT32"}
    assert floats - {"CAST", "DEQUANTIZE"} == FLOAT[name]
    for operator in INT8:
        assert {kind for each, kind in found if each == operator} <= {"INT8"}, operator
    layers = CASES[name][0].num_layers
    assert found["BATCH_MATMUL", "INT8"] == 2 * layers
    dense = 6 * layers + 2 if name == "plain" else 9 * layers + 3
    assert found["CONV_2D", "INT8"] == dense
    # Each normalization has one way in and one way out; the mask has a way in.
    norms = 1 + 2 * layers if name == "plain" else 1 + 3 * layers
    assert found["DEQUANTIZE", "FLOAT32"] <= norms + 3
    assert found["QUANTIZE", "INT8"] <= norms + 3


@pytest.mark.parametrize("name", CASES)
def test_the_file_computes_what_was_trained(students, files, name):
    model, file = students[name], TfliteModel(files[name].path)
    rows = texts(20)
    expected, values = model(batch(rows)), batch([file(row) for row in rows])
    real = batch(rows)["padding_mask"].astype(bool)
    for output in model.head.output_names:
        ours, theirs = values[output], np.asarray(expected[output])
        if ours.ndim == 3:
            ours, theirs = ours[real], theirs[real]
        ours, theirs = ours.ravel(), theirs.ravel()
        assert np.corrcoef(ours, theirs)[0, 1] > 0.98
        assert np.mean(np.abs(ours - theirs)) < 0.1 * np.std(theirs)


@pytest.mark.parametrize("name", CASES)
def test_old_runtimes_know_every_operator(files, name):
    for operator, version in files[name].graph.versions.items():
        assert version <= OLD_VERSIONS.get(operator, 2), operator


def test_every_kernel_has_a_scale_per_output(students, files):
    interpreter = TfliteModel(files["plain"].path).interpreter
    scales = [
        len(detail["quantization_parameters"]["scales"])
        for detail in interpreter.get_tensor_details()
        if detail["dtype"] == np.int8 and detail["shape"].tolist()[1:3] == [1, 1]
    ]
    kernels = [q for q in students["plain"].quantizers.values() if q.kind == "kernel"]
    widths = sorted(q.low.shape[0] for q in kernels)
    assert sorted(n for n in scales if n > 1)[-len(widths) :] == widths


def test_other_schemes_get_the_student_without_its_ranges(students, tmp_path):
    model = students["plain"]
    export_tflite(model, tmp_path / "f.tflite", "float32", LENGTH)
    for text in texts(3):
        expected = np.asarray(strip(model)(text)["logits"])
        outputs = TfliteModel(tmp_path / "f.tflite")(text)
        np.testing.assert_allclose(outputs["logits"], expected, atol=1e-4)


def test_the_gate_compares_with_fake_quantization(students, sentences, tmp_path):
    task, encoded = sentences
    labels = np.random.default_rng(2).integers(0, 3, len(encoded))
    encoded = dataclasses.replace(encoded, labels=labels)
    path = tmp_path / "m.tflite"
    options = {"scheme": "static_int8", "sequence_length": LENGTH}
    _, report = export_verified(
        students["plain"], path, encoded, task, budget=20, **options
    )
    assert [row.name for row in report.rows] == ["keras", "static_int8"]
    assert report.rows[1].agreement > 0.8 and path.is_file()
    with pytest.raises(VerificationError):
        export_verified(students["plain"], path, encoded, task, budget=-100, **options)


def test_what_has_no_ranges_is_refused(make, tmp_path):
    student = make(heads.Classification(2))
    path = tmp_path / "m.tflite"
    with pytest.raises(
        ValueError, match="static_int8 rounds activations within ranges"
    ):
        export_tflite(student, path, "static_int8", LENGTH)
    with pytest.raises(ValueError, match="seen no data.*train it, or call calibrate"):
        export_tflite(quantization_aware(student), path, "static_int8", LENGTH)
    assert list(tmp_path.iterdir()) == []
