"""Run one forward pass and one training step; a program, so that a backend can be set.

    KERAS_BACKEND=jax python backend_step.py RESULT.npz

Weights come from NumPy in the order of `model.weights`, so every backend starts alike.
"""

import sys

import keras
import numpy as np

from tests.backends import draw
from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import Classification

TINY = BertConfig(
    num_layers=1,
    hidden_dim=6,
    num_heads=3,
    intermediate_dim=10,
    vocabulary_size=11,
    max_sequence_length=9,
    dropout=0.0,
    attention_dropout=0.0,
)
CONFIGS = {
    "plain": TINY,
    "bottleneck": TINY.replace(
        embedding_dim=5,
        has_trigram_input=True,
        bottleneck_dim=9,
        num_feed_forward=2,
        has_shared_key_query=True,
        normalization="no_norm",
        activation="relu",
    ),
}


class Trainer(keras.Model):
    """An encoder whose `predict` returns everything and whose loss reads the logits."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def call(self, inputs, training=False):
        return self.encoder(inputs, training=training, return_qkv=True)

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        losses = keras.losses.sparse_categorical_crossentropy(
            y, y_pred["logits"], from_logits=True
        )
        return keras.ops.mean(losses)


def run(config):
    """Return the arrays of a forward pass and the weights after one training step."""
    random = np.random.default_rng(3)
    # Drawing weights takes seconds of compilation per shape in JAX; they are set below.
    keras.initializers.TruncatedNormal.__call__ = keras.initializers.Zeros.__call__
    model = BertEncoder(config, Classification(4, dropout=0.0))
    draw(model.weights, 3)
    mask = np.array([[1] * 7, [1] * 4 + [0] * 3], "int32")
    ids = random.integers(0, 11, (2, 7)).astype("int32")
    inputs = {"token_ids": ids, "segment_ids": ids % 2, "padding_mask": mask}
    trainer = Trainer(model)
    trainer.compile(keras.optimizers.SGD(0.1))
    arrays = keras.tree.flatten(trainer.predict(inputs, verbose=0))
    arrays.append(trainer.train_on_batch(inputs, np.array([1, 3])))
    return arrays + [keras.ops.convert_to_numpy(weight) for weight in model.weights]


if __name__ == "__main__":
    results = {}
    for name, config in CONFIGS.items():
        for i, array in enumerate(run(config)):
            results[f"{name}_{i}"] = array
    results["backend"] = keras.backend.backend()
    results["has_tensorflow"] = "tensorflow" in sys.modules
    np.savez(sys.argv[1], **results)
