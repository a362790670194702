"""Pruning and clustering by tfmot's algorithms, of students that Keras 3 trains."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfdistill.bert import heads
from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import build_student
from tfdistill.bert.saved import load_student
from tfdistill.data.stream import stream
from tfdistill.distill.distiller import Distiller
from tfdistill.distill.objectives import HardLabels
from tfdistill.export.runtime import TfliteModel
from tfdistill.export.to_tflite import export_tflite
from tfdistill.quantize.clustering import ClusteredEncoder, cluster, strip_clusters
from tfdistill.quantize.encoder import quantization_aware
from tfdistill.quantize.pruning import Prune, kernels_of, sparsity_of

CONFIG = BertConfig(1, 8, 2, 16, vocabulary_size=11, max_sequence_length=9)


@pytest.fixture
def student():
    keras.utils.set_random_seed(5)
    return build_student(CONFIG, head=heads.Classification(3))


@pytest.fixture
def dataset(batches):
    rows = [(batch, batch["token_ids"][:, 0] % 3) for batch in batches]
    inputs = {name: tf.TensorSpec((8, None), tf.int32) for name in rows[0][0]}
    signature = inputs, tf.TensorSpec((8,), tf.int32)
    return stream(lambda: iter(rows), signature, len(rows))


def fit(model, dataset, callbacks=(), epochs=4):
    distiller = Distiller(None, model, [HardLabels()])
    distiller.compile(optimizer=keras.optimizers.Adam(1e-3))
    distiller.fit(dataset, epochs=epochs, verbose=0, callbacks=list(callbacks))
    return distiller


def zeros(student):
    return [np.asarray(kernel.value) == 0 for kernel in kernels_of(student)]


def test_zeros_grow_to_what_was_asked(student, dataset):
    begun = np.asarray(kernels_of(student)[0].value).copy()
    shares = []
    record = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: shares.append(sparsity_of(student))
    )
    fit(student, dataset, [Prune(student, 0.75, 2, 10, frequency=2), record])
    assert shares == sorted(shares) and shares[0] < 0.6
    assert shares[-1] == pytest.approx(0.75, abs=0.01)
    kernel = np.asarray(kernels_of(student)[0].value)
    assert (kernel != begun)[kernel != 0].all()  # what is left was trained
    tables = [w for w in student.trainable_variables if "embeddings" in w.path]
    assert all((np.asarray(w.value) != 0).all() for w in tables if len(w.shape) == 2)


def test_the_smallest_go(student, dataset):
    rank = np.abs(np.asarray(kernels_of(student)[0].value))
    distiller = Distiller(None, student, [HardLabels()])
    distiller.compile(optimizer=keras.optimizers.SGD(0.0))
    prune = Prune(student, 0.5, 0, 1, frequency=1)
    distiller.fit(dataset, verbose=0, callbacks=[prune])
    (gone, *_) = zeros(student)
    assert rank[gone].max() < rank[~gone].min()


def test_two_of_every_four_inputs_are_zero(student, dataset):
    fit(student, dataset, [Prune(student, pattern=(2, 4))])
    for gone in zeros(student):
        groups = gone.T.reshape(-1, 4).sum(1)
        np.testing.assert_array_equal(groups, 2)


def test_zeros_stay_when_a_run_goes_on(student, dataset):
    fit(student, dataset, [Prune(student, 0.5, 0, 5, frequency=1)])
    before = zeros(student)
    fit(student, dataset, [Prune(student, 0.5, 1000, 2000)], epochs=1)
    for old, new in zip(before, zeros(student), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"sparsity": 1.0}, "a share between 0 and 1"),
        ({"begin_step": 9, "end_step": 9}, "ends after that"),
        ({"pattern": (4, 4)}, r"got \(4, 4\)"),
        ({"pattern": (1, 3)}, "divides the inputs"),
    ],
)
def test_it_refuses_what_cannot_be_pruned(student, options, message):
    with pytest.raises(ValueError, match=message):
        Prune(student, **options)


def test_a_clustered_student_has_few_values_and_trains(student, dataset, batches):
    model = cluster(student, num_clusters=4)
    assert model.count_params() - student.count_params() == 4 * len(kernels_of(student))
    begun = [np.asarray(w.value).copy() for w in model.trainable_variables]
    plain = student(batches[0])["logits"]
    near = model(batches[0])["logits"]
    assert not np.allclose(plain, near, atol=1e-6)
    distiller = fit(model, dataset, epochs=8)
    loss = distiller.history.history["loss"]
    assert loss[-1] < loss[0]
    moved = {
        weight.name
        for weight, old in zip(model.trainable_variables, begun, strict=True)
        if np.any(np.asarray(weight.value) != old)
    }
    assert {"centroids", "kernel", "embeddings"} <= moved
    stripped = strip_clusters(model)
    for kernel in kernels_of(stripped):
        assert len(np.unique(np.asarray(kernel.value))) <= 4
    for batch in batches:
        np.testing.assert_allclose(
            stripped(batch)["logits"], model(batch)["logits"], atol=1e-5
        )


def test_a_clustered_student_is_saved_whole(student, batches, tmp_path):
    model = cluster(student, num_clusters=3)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert isinstance(again, ClusteredEncoder)
    np.testing.assert_array_equal(
        again(batches[0])["logits"], model(batches[0])["logits"]
    )


def test_a_clustered_student_is_exported_as_it_computes(student, batches, tmp_path):
    model = cluster(student, 4)
    model.save(tmp_path / "c.keras")
    export_tflite(
        load_student(tmp_path / "c.keras"), tmp_path / "c.tflite", "float32", 9
    )
    batch = {name: np.asarray(value) for name, value in batches[0].items()}
    found = TfliteModel(tmp_path / "c.tflite")(batch)["logits"]
    expected = np.asarray(model(batch, training=False)["logits"])
    assert np.abs(found - expected).max() < 1e-4
    assert np.abs(found - np.asarray(student(batch)["logits"])).max() > 1e-3


def test_random_numbers_of_dropout_go_on(batches):
    config = CONFIG.replace(dropout=0.5)
    model = cluster(build_student(config, head=heads.Classification(3)), 4)
    first, second = (model(batches[0], training=True)["logits"] for _ in range(2))
    assert not np.allclose(first, second)


def test_it_refuses_to_cluster(student):
    with pytest.raises(ValueError, match="2 or more; got 1"):
        cluster(student, 1)
    with pytest.raises(ValueError, match="got QuantizedEncoder"):
        cluster(quantization_aware(student))
    with pytest.raises(ValueError, match="got ClusteredEncoder"):
        cluster(cluster(student, 2))
