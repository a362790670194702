"""A file names what somebody looks for."""

import numpy as np
import pytest

from tfdistill.bert import heads
from tfdistill.export import flat
from tfdistill.export.runtime import TfliteModel
from tfdistill.export.tensor_names import drop_names, find_places, place_of
from tfdistill.export.to_tflite import export_tflite

LENGTH = 7


@pytest.mark.parametrize(
    "name, place",
    [
        (b"layer_3/attention/scores/MatMul", "layer_3/attention/scores"),
        (b"layer_3/attention/output/mul_2;layer_4/x", "layer_3/output"),
        (b"embeddings/output/add_1", "embeddings/output"),
        (b"layer_1/attention/transpose", None),
        (b"head/output/Conv2D", None),
        (b"", None),
    ],
)
def test_places(name, place):
    assert place_of(name) == place


@pytest.mark.parametrize("lengths", [LENGTH, (4, LENGTH)])
def test_a_file_names_its_ends_and_its_layers_alone(make, text, lengths, tmp_path):
    model = make(heads.Classification(3, "mean"))
    path = tmp_path / "m.tflite"
    export_tflite(model, path, "dynamic_int8", lengths)
    for graph in flat.unpack(path.read_bytes()).subgraphs:
        places = find_places(graph)
        ends = {*graph.inputs, *graph.outputs}
        assert len(places) == 2 * model.config.num_layers + 1
        for index, tensor in enumerate(graph.tensors):
            assert bool(tensor.name) == (index in ends or index in places.values())
    logits = TfliteModel(path)(text)["logits"]
    expected = model.predict_on_batch(text)["logits"]
    np.testing.assert_allclose(logits, expected, atol=0.1 * np.abs(expected).max())


def test_dropping_twice_is_dropping_once(make, tmp_path):
    path = tmp_path / "m.tflite"
    export_tflite(make(heads.Classification(3, "mean")), path, "float16", LENGTH)
    content = path.read_bytes()
    assert drop_names(content) == content


@pytest.mark.parametrize("lengths", [LENGTH, (4, LENGTH)])
def test_other_tools_find_each_tensor_of_a_float_file(make, text, lengths, tmp_path):
    model = make(heads.Classification(3, "mean"))
    path = tmp_path / "m.tflite"
    export_tflite(model, path, "float32", lengths)
    graphs = flat.unpack(path.read_bytes()).subgraphs
    names = [tensor.name for graph in graphs for tensor in graph.tensors]
    assert all(names) and len({*names}) == len(names)
    for graph in graphs:
        assert len(find_places(graph)) == 2 * model.config.num_layers + 1
    logits = TfliteModel(path)(text)["logits"]
    expected = model.predict_on_batch(text)["logits"]
    np.testing.assert_allclose(logits, expected, atol=1e-4)
