"""From token ids to the first hidden state: token, position and segment tables."""

import keras
from keras import initializers, layers, ops

from tfdistill.bert.blocks import make_dense
from tfdistill.bert.config import BertConfig
from tfdistill.bert.normalization import make_norm


class Table(layers.Embedding):
    """An embedding table whose gradient has one row per piece on every backend.

    TensorFlow's own gradient of a lookup has one row per token. Keras's Adam squares
    those rows one by one, so a piece that comes twice in a batch moves by a wrong
    amount, even in a wrong direction (docs/decisions.md).
    """

    def call(self, inputs):
        """Return float (*inputs.shape, width)."""
        if keras.backend.backend() != "tensorflow":
            return super().call(inputs)
        # Reshaping reads the variable: a custom gradient takes tensors alone.
        table = ops.reshape(self.embeddings, self.embeddings.shape)
        # Keras builds models for several replicas with ids that it has averaged.
        rows = _look_up(table, ops.cast(inputs, "int32"))
        return ops.cast(rows, self.compute_dtype)


def _look_up(table, ids):
    @ops.custom_gradient
    def look_up(table):
        count, width = table.shape

        def gradient(*args, upstream=None):
            (upstream,) = args if upstream is None else (upstream,)
            rows = ops.reshape(upstream, (-1, width))
            return ops.segment_sum(rows, ops.reshape(ids, (-1,)), count)

        return ops.take(table, ids, axis=0), gradient

    return look_up(table)


class Embeddings(layers.Layer):
    """BERT's embedding sum, with MobileBERT's narrow trigram input as an option."""

    def __init__(self, config: BertConfig, **kwargs):
        super().__init__(**kwargs)
        self.config = config
        policy = self.dtype_policy

        def table(rows, width, name):
            return Table(
                rows,
                width,
                embeddings_initializer=initializers.TruncatedNormal(
                    stddev=config.initializer_range
                ),
                name=name,
                dtype=policy,
            )

        width = config.hidden_dim
        self.token = table(config.vocabulary_size, config.token_dim, "token")
        self.position = table(config.max_sequence_length, width, "position")
        self.segment = table(config.num_segments, width, "segment")
        if config.has_embedding_projection:
            self.projection = make_dense(config, width, "projection", policy)
        self.norm = make_norm(config, "norm", policy)
        self.dropout = layers.Dropout(config.dropout, dtype=policy, name="dropout")

    def build(self, input_shape):
        for layer in (self.token, self.position, self.segment):
            layer.build(input_shape)
        if self.config.has_embedding_projection:
            copies = 3 if self.config.has_trigram_input else 1
            self.projection.build((*input_shape, copies * self.config.token_dim))
        self.norm.build((*input_shape, self.config.hidden_dim))

    def call(self, token_ids, segment_ids, padding_mask, training=False):
        """Embed.

        Args:
            token_ids: int (batch, sequence).
            segment_ids: int (batch, sequence).
            padding_mask: int (batch, sequence). Read for the trigram input alone, where
                the last real token must see zeros to its right, padded or not.
            training: bool. Whether dropout is active.

        Returns:
            float (batch, sequence, hidden_dim), normalized.

        Raises:
            ValueError: the sequence is longer than the position table.
        """
        sequence = ops.shape(token_ids)[1]
        longest = self.config.max_sequence_length
        if isinstance(sequence, int) and sequence > longest:
            raise ValueError(
                f"Expected at most max_sequence_length={longest} tokens; got "
                f"{sequence}. Truncate the text or build the model with more positions."
            )
        x = self.token(token_ids)
        if self.config.has_trigram_input:
            x = x * ops.cast(padding_mask, x.dtype)[..., None]
            following = ops.pad(x[:, 1:], ((0, 0), (0, 1), (0, 0)))
            previous = ops.pad(x[:, :-1], ((0, 0), (1, 0), (0, 0)))
            x = ops.concatenate([following, x, previous], axis=-1)
        if self.config.has_embedding_projection:
            x = self.projection(x)
        x = x + self.position(ops.arange(sequence))[None] + self.segment(segment_ids)
        return self.dropout(self.norm(x), training=training)
