"""Tiny students with large, seeded weights, and batches for them."""

import numpy as np
import pytest

from tests.backends import draw
from tfdistill.bert import heads
from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import build_student

LENGTH = 7
PLAIN = BertConfig(
    1, 6, 3, 10, vocabulary_size=11, max_sequence_length=9, dropout=0.0
).replace(attention_dropout=0.0)
# MobileBERT's options, all of them.
MOBILE = PLAIN.replace(
    hidden_dim=8,
    embedding_dim=5,
    has_trigram_input=True,
    bottleneck_dim=6,
    num_feed_forward=2,
    has_shared_key_query=True,
    normalization="no_norm",
    activation="relu",
)
CONFIGS = {
    "plain": PLAIN,
    "causal, tanh": PLAIN.replace(attention="causal", activation="gelu_tanh"),
    "bottleneck": PLAIN.replace(embedding_dim=5, bottleneck_dim=9, activation="relu"),
    "mobilebert": MOBILE,
}
HEADS = {
    "none": lambda: None,
    "cls": lambda: heads.Classification(3, "cls", 0.0),
    "mean": lambda: heads.Classification(3, "mean", 0.0),
    "tokens": lambda: heads.TokenClassification(4, 0.0),
    "joint": lambda: heads.IntentAndSlots(3, 5, "mean", 0.0),
    "masked LM": lambda: heads.MaskedLM(),
}


@pytest.fixture(scope="session")
def make():
    """Return a function (head, config), both by name, that builds a student."""

    def make(head="cls", config="plain"):
        model = build_student(CONFIGS[config], head=HEADS[head]())
        draw(model.weights, 3)
        return model

    return make


@pytest.fixture(scope="session")
def batches():
    """Return three batches of 8 texts of 3 to 7 tokens."""
    random = np.random.default_rng(7)
    return [batch(random) for _ in range(3)]


def batch(random, rows=8):
    """Draw texts with junk under the padding."""
    lengths = random.integers(3, LENGTH + 1, rows)
    return {
        "token_ids": random.integers(0, 11, (rows, LENGTH)).astype("int32"),
        "segment_ids": random.integers(0, 2, (rows, LENGTH)).astype("int32"),
        "padding_mask": (np.arange(LENGTH) < lengths[:, None]).astype("int32"),
    }
