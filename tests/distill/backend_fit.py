"""Fit a distiller for a few steps; a program, so that a backend can be set.

    KERAS_BACKEND=jax python backend_fit.py RESULT.npz

Weights come from NumPy in the order of `model.weights`, so every backend starts alike.
"""

import sys

import keras
import numpy as np

from tests.backends import draw
from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import Classification
from tfdistill.distill import objectives
from tfdistill.distill.distiller import Distiller

TEACHER = BertConfig(
    num_layers=2,
    hidden_dim=6,
    num_heads=3,
    intermediate_dim=10,
    vocabulary_size=11,
    max_sequence_length=9,
    dropout=0.0,
    attention_dropout=0.0,
)
STUDENT = TEACHER.replace(num_layers=1, hidden_dim=9, intermediate_dim=5)
OBJECTIVES = [
    objectives.EmbeddingMSE(),
    objectives.HiddenStateMSE(weight=0.5),
    objectives.AttentionScoreMSE(),
    objectives.SoftTargets(temperature=2.0, kind="kl"),
    objectives.HardLabels(),
]


def data():
    """Return 6 rows of length 7 with 7, 4, 1, 6, 3 and 5 real tokens, and labels."""
    ids = np.random.default_rng(7).integers(0, 11, (6, 7)).astype("int32")
    lengths = np.array([7, 4, 1, 6, 3, 5])[:, None]
    inputs = {
        "token_ids": ids,
        "segment_ids": ids % 2,
        "padding_mask": (np.arange(7) < lengths).astype("int32"),
    }
    return inputs, np.array([3, 0, 1, 1, 2, 0], "int32")


def main(path):
    """Train, and save what came out of it."""
    # Drawing weights takes seconds of compilation per shape in JAX; they are set here.
    keras.initializers.TruncatedNormal.__call__ = keras.initializers.Zeros.__call__
    keras.initializers.GlorotUniform.__call__ = keras.initializers.Zeros.__call__
    teacher = BertEncoder(TEACHER, Classification(4, dropout=0.0))
    student = BertEncoder(STUDENT, Classification(4, dropout=0.0))
    distiller = Distiller(teacher, student, OBJECTIVES)
    draw(teacher.weights, 3)
    draw(distiller.trainable_variables, 5)
    before = [keras.ops.convert_to_numpy(weight) for weight in teacher.weights]
    distiller.compile(
        keras.optimizers.SGD(0.05),
        metrics=["accuracy"],
        jit_compile=keras.backend.backend() == "jax",
    )
    inputs, labels = data()
    fitted = distiller.fit(
        inputs, labels, batch_size=3, epochs=3, shuffle=False, verbose=0
    )
    logs = distiller.evaluate(inputs, labels, batch_size=3, verbose=0, return_dict=True)
    results = {f"history/{name}": value for name, value in fitted.history.items()}
    results |= {f"evaluate/{name}": value for name, value in logs.items()}
    results["logits"] = distiller.predict(inputs, batch_size=3, verbose=0)["logits"]
    for i, weight in enumerate(distiller.trainable_variables):
        results[f"weights/{i}"] = keras.ops.convert_to_numpy(weight)
    for old, weight in zip(before, teacher.weights, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(weight))
    np.savez(
        path,
        backend=keras.backend.backend(),
        has_tensorflow="tensorflow" in sys.modules,
        **results,
    )


if __name__ == "__main__":
    main(sys.argv[1])
