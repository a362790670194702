"""Several lengths in one file: one copy of the weights, the least that fits is run."""

import functools
import hashlib

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tfdistill.bert import heads
from tfdistill.bert.config import BertConfig
from tfdistill.export import flat
from tfdistill.export.runtime import TfliteModel
from tfdistill.export.to_tflite import export_tflite

LENGTHS = (3, 5, 7)
WIDE = BertConfig(2, 48, 4, 64, vocabulary_size=97, max_sequence_length=9)


@pytest.fixture(scope="module")
def export(make, sentences, tmp_path_factory):
    """Return a model and a function that exports it: (scheme, lengths) to a path."""
    folder = tmp_path_factory.mktemp("files")
    model = make(heads.IntentAndSlots(3, 5, "mean"), WIDE)

    @functools.cache
    def export(scheme, lengths):
        path = folder / f"{scheme}_{len(lengths)}.tflite"
        export_tflite(model, path, scheme, lengths, sentences[1])
        return path

    return model, export


def _constants(path):
    """Return (number of subgraphs, sizes of the buffers by their hash)."""
    model = flat.unpack(path.read_bytes())
    contents = [flat.data_of(model, i) for i in range(len(model.buffers))]
    hashes = [hashlib.sha256(data).hexdigest() for data in contents if data]
    assert len(hashes) == len(set(hashes)), "a constant is stored twice"
    return len(model.subgraphs), sum(len(data) for data in contents if data)


@pytest.mark.parametrize("scheme", ["float32", "dynamic_int8", "int4"])
def test_weights_are_stored_once(export, scheme):
    _, export_file = export
    (one, alone), (three, together) = (
        _constants(export_file(scheme, lengths)) for lengths in ((7,), LENGTHS)
    )
    assert (one, three) == (1, 3)
    assert together - alone < 500  # shapes and positions


def test_scales_are_stored_once(export):
    content = export[1]("dynamic_int8", LENGTHS).read_bytes()
    model = schema.Model.GetRootAsModel(content, 0)
    graphs = [model.Subgraphs(i) for i in range(model.SubgraphsLength())]
    tensors = [g.Tensors(i) for g in graphs for i in range(g.TensorsLength())]
    scales = [t.Quantization() for t in tensors]
    places = [q._tab.Pos for q in scales if q is not None and q.ScaleLength() > 1]
    kernels = 4 * 2  # queries, keys and values are one; a head has fewer than 1024
    assert len(places) == 3 * kernels and len(set(places)) == kernels


@pytest.mark.parametrize("scheme", ["float32", "int4"])
@pytest.mark.parametrize("given, run", [(2, 3), (3, 3), (4, 5), (7, 7)])
def test_the_least_length_that_fits_is_run(export, text, scheme, given, run):
    model = TfliteModel(export[1](scheme, LENGTHS))
    assert model.sequence_lengths == LENGTHS and model.sequence_length == 7
    seen = []
    one = model.run
    model.run = lambda inputs: seen.append(inputs["token_ids"].shape) or one(inputs)
    inputs = {name: row[:, :given] for name, row in text.items()}
    outputs = model(inputs)
    assert seen == [(1, run)]
    assert outputs["slot_logits"].shape == (1, given, 5)


@pytest.mark.parametrize("length", LENGTHS)
def test_every_length_answers_as_keras_does(export, text, length):
    model, export_file = export
    inputs = {name: row[:, :length] for name, row in text.items()}
    outputs = TfliteModel(export_file("float32", LENGTHS))(inputs)
    for name, value in model.predict_on_batch(inputs).items():
        np.testing.assert_allclose(outputs[name], value, atol=1e-5)
