"""What stands on an encoder: one small layer per kind of question.

A head reads the encoder's dictionary and adds its outputs to it: `logits`, and
`slot_logits` for the joint intent and slot head. Softmax is never applied here.
"""

import keras
from keras import initializers, layers, ops

from tfdistill.bert.blocks import activate, make_dense
from tfdistill.bert.config import BertConfig

POOLINGS = ("cls", "mean")


def mean_pool(sequence_output, padding_mask):
    """Average the real tokens: float (batch, sequence, width) to (batch, width).

    A row without a real token gives zeros.
    """
    mask = ops.cast(padding_mask, sequence_output.dtype)[..., None]
    total = ops.sum(sequence_output * mask, axis=1)
    return total / ops.maximum(ops.sum(mask, axis=1), 1.0)


class Head(layers.Layer):
    """Base of the heads: keeps the encoder's config and makes equal Dense layers.

    Attributes:
        output_names: tuple of str. The keys that the head adds.
        needs_pooler: bool. Whether it reads `pooled_output`.
    """

    output_names = ("logits",)
    needs_pooler = False

    def attach(self, config: BertConfig):
        """Create the weights for an encoder of this config, once."""
        self.encoder_config = config
        self.build_layers(config)
        self.built = True

    def _dense(self, config, units, name, input_dim=None):
        layer = make_dense(config, units, name, self.dtype_policy)
        layer.build((None, input_dim or config.hidden_dim))
        return layer


class PooledHead(Head):
    """A head on one vector per text: BERT's tanh pooler or the mean of real tokens."""

    def __init__(self, pooling: str = "cls", dropout: float = 0.1, **kwargs):
        super().__init__(**kwargs)
        if pooling not in POOLINGS:
            raise ValueError(
                f"pooling must be one of {', '.join(POOLINGS)}; got {pooling!r}."
            )
        self.pooling = pooling
        self.dropout_rate = dropout
        self.dropout = layers.Dropout(dropout, dtype=self.dtype_policy, name="dropout")

    @property
    def needs_pooler(self):
        return self.pooling == "cls"

    def pool(self, outputs, padding_mask, training):
        """Return float (batch, hidden_dim), after dropout when training."""
        if self.pooling == "cls":
            vector = outputs["pooled_output"]
        else:
            vector = mean_pool(outputs["sequence_output"], padding_mask)
        return self.dropout(vector, training=training)

    def get_config(self):
        config = super().get_config()
        return {**config, "pooling": self.pooling, "dropout": self.dropout_rate}


@keras.saving.register_keras_serializable("tfdistill")
class Classification(PooledHead):
    """Class of a text or a pair: `logits` float (batch, num_classes).

    Args:
        num_classes: int, at least 2.
        pooling: "cls" or "mean".
        dropout: float in [0, 1).
    """

    def __init__(self, num_classes: int, pooling="cls", dropout=0.1, **kwargs):
        super().__init__(pooling=pooling, dropout=dropout, **kwargs)
        self.num_classes = _at_least(num_classes, 2, "num_classes")

    def build_layers(self, config):
        self.classifier = self._dense(config, self.num_classes, "classifier")

    def call(self, outputs, padding_mask, token_table, training=False):
        return {"logits": self.classifier(self.pool(outputs, padding_mask, training))}

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}


@keras.saving.register_keras_serializable("tfdistill")
class Regression(PooledHead):
    """One number per text or pair: `logits` float (batch, 1)."""

    def build_layers(self, config):
        self.regressor = self._dense(config, 1, "regressor")

    def call(self, outputs, padding_mask, token_table, training=False):
        return {"logits": self.regressor(self.pool(outputs, padding_mask, training))}


@keras.saving.register_keras_serializable("tfdistill")
class TokenClassification(Head):
    """A label per token: `logits` float (batch, sequence, num_labels)."""

    def __init__(self, num_labels: int, dropout: float = 0.1, **kwargs):
        super().__init__(**kwargs)
        self.num_labels = _at_least(num_labels, 2, "num_labels")
        self.dropout_rate = dropout
        self.dropout = layers.Dropout(dropout, dtype=self.dtype_policy, name="dropout")

    def build_layers(self, config):
        self.classifier = self._dense(config, self.num_labels, "classifier")

    def call(self, outputs, padding_mask, token_table, training=False):
        x = self.dropout(outputs["sequence_output"], training=training)
        return {"logits": self.classifier(x)}

    def get_config(self):
        config = super().get_config()
        return {**config, "num_labels": self.num_labels, "dropout": self.dropout_rate}


@keras.saving.register_keras_serializable("tfdistill")
class IntentAndSlots(PooledHead):
    """A class per text and a label per token, for voice commands.

    Adds `logits` float (batch, num_intents) and `slot_logits` float
    (batch, sequence, num_slots).
    """

    output_names = ("logits", "slot_logits")

    def __init__(
        self, num_intents: int, num_slots: int, pooling="mean", dropout=0.1, **kwargs
    ):
        super().__init__(pooling=pooling, dropout=dropout, **kwargs)
        self.num_intents = _at_least(num_intents, 2, "num_intents")
        self.num_slots = _at_least(num_slots, 2, "num_slots")

    def build_layers(self, config):
        self.intent_classifier = self._dense(
            config, self.num_intents, "intent_classifier"
        )
        self.slot_classifier = self._dense(config, self.num_slots, "slot_classifier")

    def call(self, outputs, padding_mask, token_table, training=False):
        tokens = self.dropout(outputs["sequence_output"], training=training)
        pooled = self.pool(outputs, padding_mask, training)
        return {
            "logits": self.intent_classifier(pooled),
            "slot_logits": self.slot_classifier(tokens),
        }

    def get_config(self):
        config = super().get_config()
        return {**config, "num_intents": self.num_intents, "num_slots": self.num_slots}


@keras.saving.register_keras_serializable("tfdistill")
class MaskedLM(Head):
    """BERT's language model head: `logits` float (batch, sequence, vocabulary_size).

    A Dense layer, the activation and a layer normalization, then the product with the
    tied token table. Where the table is narrower than the stream (MobileBERT), an extra
    table (vocabulary_size, hidden_dim - embedding_dim) stands beside it.
    """

    def build_layers(self, config):
        width = config.hidden_dim
        self.transform = self._dense(config, width, "transform")
        self.norm = layers.LayerNormalization(
            epsilon=config.layer_norm_epsilon, name="norm", dtype=self.dtype_policy
        )
        self.norm.build((None, width))
        if config.token_dim > width:
            raise ValueError(
                "MaskedLM ties its output to the token table, which must not be wider "
                f"than the stream; got embedding_dim={config.token_dim} and "
                f"hidden_dim={width}."
            )
        if config.token_dim < width:
            self.extra_table = self.add_weight(
                shape=(config.vocabulary_size, width - config.token_dim),
                initializer=initializers.TruncatedNormal(
                    stddev=config.initializer_range
                ),
                name="extra_table",
            )
        self.bias = self.add_weight(
            shape=(config.vocabulary_size,), initializer="zeros", name="bias"
        )

    def call(self, outputs, padding_mask, token_table, training=False):
        x = self.transform(outputs["sequence_output"])
        x = self.norm(activate(self.encoder_config, x))
        table = ops.cast(token_table, x.dtype)
        if self.encoder_config.token_dim < self.encoder_config.hidden_dim:
            extra = ops.cast(self.extra_table, x.dtype)
            table = ops.concatenate([table, extra], axis=-1)
        logits = ops.matmul(x, ops.transpose(table))
        return {"logits": logits + ops.cast(self.bias, x.dtype)}


def _at_least(value, smallest, name):
    if isinstance(value, bool) or not isinstance(value, int) or value < smallest:
        raise ValueError(
            f"{name} must be a whole number of at least {smallest}; got {value!r}."
        )
    return value
