"""A tiny teacher of 4 layers, a tiny student of 2, and batches that both can read."""

import numpy as np
import pytest

from tests.backends import draw

TEACHER = dict(
    num_layers=4,
    hidden_dim=6,
    num_heads=3,
    intermediate_dim=10,
    vocabulary_size=11,
    max_sequence_length=9,
    dropout=0.0,
    attention_dropout=0.0,
)
STUDENT = dict(TEACHER, num_layers=2, hidden_dim=9, intermediate_dim=5)


def build(fields, head=None, seed=3, model_class=None, dtype=None, **overrides):
    """Build an encoder with large, seeded weights."""
    from tfdistill.bert.config import BertConfig
    from tfdistill.bert.encoder import BertEncoder

    config = BertConfig(**{**fields, "has_pooler": True, **overrides})
    model = (model_class or BertEncoder)(config, head, dtype=dtype)
    draw(model.weights, seed, 0.4)
    return model


@pytest.fixture
def make_teacher():
    """Return a function (head, **config fields) -> teacher, 6 wide."""
    return lambda head=None, **changes: build(TEACHER, head, **{"seed": 3, **changes})


@pytest.fixture
def make_student():
    """Return a function (head, **config fields) -> student, 9 wide."""
    return lambda head=None, **changes: build(STUDENT, head, **{"seed": 5, **changes})


@pytest.fixture
def pair(make_teacher, make_student):
    """Teacher and student with heads of 4 classes."""
    from tfdistill.bert.heads import Classification

    return (
        make_teacher(Classification(4, dropout=0.0)),
        make_student(Classification(4, dropout=0.0)),
    )


@pytest.fixture
def batch():
    """Return 5 rows of length 7 with 7, 4, 1, 6 and 3 real tokens."""
    random = np.random.default_rng(7)
    lengths = np.array([7, 4, 1, 6, 3])
    segments = np.zeros((5, 7), "int32")
    segments[:, 3:] = 1
    return {
        "token_ids": random.integers(0, 11, (5, 7)).astype("int32"),
        "segment_ids": segments,
        "padding_mask": (np.arange(7) < lengths[:, None]).astype("int32"),
    }


@pytest.fixture
def labels():
    """Return a class of 4 for each row of `batch`."""
    return np.array([3, 0, 1, 1, 2], "int32")


@pytest.fixture
def all_objectives():
    """Every objective that looks at a teacher or at labels, weights all different."""
    from tfdistill.distill import objectives

    return [
        objectives.EmbeddingMSE(weight=0.5),
        objectives.HiddenStateMSE(weight=0.25),
        objectives.AttentionScoreMSE(weight=2.0),
        objectives.SoftTargets(weight=0.75, temperature=2.0, kind="kl"),
        objectives.HardLabels(weight=0.125),
    ]


@pytest.fixture
def compiled():
    """Return a function that compiles a distiller and gives it back.

    Eagerly unless told otherwise: tracing a graph costs more than a few tiny steps.
    """
    import keras

    def compiled(distiller, rate=0.1, **arguments):
        arguments = {"optimizer": keras.optimizers.SGD(rate), **arguments}
        settings = {"jit_compile": False, "run_eagerly": True, **arguments}
        distiller.compile(**settings)
        return distiller

    return compiled


@pytest.fixture
def compute():
    """Return a function (loss, *arguments) -> its values, arrays given as float32."""
    import keras

    def compute(function, *arguments):
        value = function(
            *(np.float32(x) if isinstance(x, np.ndarray) else x for x in arguments)
        )
        assert keras.backend.standardize_dtype(value.dtype) == "float32"
        return keras.ops.convert_to_numpy(value)

    return compute
