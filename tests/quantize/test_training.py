"""`fit` trains a student under fake quantization, alone and under a teacher."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfdistill.distill.distiller import Distiller
from tfdistill.distill.objectives import (
    AttentionScoreMSE,
    HardLabels,
    HiddenStateMSE,
    SoftTargets,
)
from tfdistill.quantize.encoder import quantization_aware

# A process that begins without tfmot, quantizes, and goes on with Keras 3.
PROGRAM = """
import os, sys
import tfdistill as td

assert "keras" not in sys.modules
config = td.BertConfig(1, 4, 2, 6, vocabulary_size=11, max_sequence_length=5)
student = td.build_student(config, head=td.Classification(2))
td.quantization_aware, td.export_tflite, td.run_recipe
assert "tensorflow_model_optimization" not in sys.modules
model = td.quantization_aware(student)
assert "tensorflow_model_optimization" in sys.modules
assert "TF_USE_LEGACY_KERAS" not in os.environ

import keras
import numpy as np
import tensorflow as tf

assert tf.keras.__version__ == keras.__version__ and keras.__version__ >= "3"
plain = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
plain.compile("adam", "mse")
history = plain.fit(np.ones((8, 3)), np.zeros(8), epochs=3, verbose=0)
assert history.history["loss"][-1] < history.history["loss"][0]
"""


@pytest.fixture
def dataset(batches):
    """Return the three batches with a label that the first token tells."""
    rows = [(batch, batch["token_ids"][:, 0] % 3) for batch in batches]
    inputs = {name: np.concatenate([x[name] for x, _ in rows]) for name in rows[0][0]}
    labels = np.concatenate([y for _, y in rows])
    return tf.data.Dataset.from_tensor_slices((inputs, labels)).batch(8)


def before_and_after(model, fit):
    before = [keras.ops.convert_to_numpy(w) for w in model.trainable_weights]
    history = fit().history
    return history, [
        np.any(keras.ops.convert_to_numpy(w) != old)
        for w, old in zip(model.trainable_weights, before, strict=True)
    ]


def test_labels_train_every_weight(make, dataset):
    model = quantization_aware(make("mean", "mobilebert"))
    distiller = Distiller(None, model, [HardLabels()])
    distiller.compile(keras.optimizers.Adam(0.01), metrics=["accuracy"])
    history, moved = before_and_after(
        model, lambda: distiller.fit(dataset, epochs=10, verbose=0)
    )
    assert history["loss"][-1] < 0.9 * history["loss"][0]
    weights = zip(model.trainable_weights, moved, strict=True)
    still = {
        weight.path.partition("/")[2] for weight, has_moved in weights if not has_moved
    }
    # Nobody reads the pooler, and a softmax does not see what all keys share.
    unread = {"pooler/kernel", "pooler/bias", "block_0/attention/key/bias"}
    assert still <= unread


def test_a_teacher_teaches_it(make, dataset):
    student = make("cls")
    for weight in student.trainable_weights:  # it has to learn what its teacher knows
        weight.assign(0.7 * weight)
    model = quantization_aware(student)
    objectives = [SoftTargets(), HiddenStateMSE(), AttentionScoreMSE()]
    distiller = Distiller(make("cls"), model, objectives)
    distiller.compile(keras.optimizers.Adam(0.003))
    first = distiller.evaluate(dataset, verbose=0, return_dict=True)
    distiller.fit(dataset, epochs=10, verbose=0)
    last = distiller.evaluate(dataset, verbose=0, return_dict=True)
    assert last["loss"] < 0.8 * first["loss"]


def test_keras_alone_fits_it(make, dataset):
    model = quantization_aware(make("cls"))
    model.compile(
        "adam", loss={"logits": keras.losses.SparseCategoricalCrossentropy(True)}
    )
    history = model.fit(
        dataset.map(lambda x, y: (x, {"logits": y})), epochs=2, verbose=0
    ).history
    assert history["loss"][-1] < history["loss"][0]


def test_tfmot_leaves_no_trace_in_the_process():
    environment = {k: v for k, v in os.environ.items() if k != "TF_USE_LEGACY_KERAS"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
