"""Self-attention that shows its scores.

Keras's `MultiHeadAttention` returns probabilities; distillation needs the scores before
softmax and before the mask (TinyBERT, section 3.1), so this layer returns its output
and everything that a loss may ask for, by name.
"""

import math

from keras import initializers, layers, ops

# Added to the scores of masked keys. Large enough that exp() gives exactly 0 in
# float32, small enough for float16.
MASK_BIAS = -10000.0


def attention_bias(padding_mask, is_causal: bool, dtype):
    """Return what is added to the scores: 0 where a query may look, else MASK_BIAS.

    Args:
        padding_mask: int (batch, sequence). 1 = real token, 0 = padding.
        is_causal: bool. Also hide the keys to the right of each query.
        dtype: str. Dtype of the scores.

    Returns:
        dtype (batch, 1, 1, sequence), or (batch, 1, sequence, sequence) if causal.
    """
    allowed = ops.cast(padding_mask, dtype)[:, None, None, :]
    if is_causal:
        positions = ops.arange(ops.shape(padding_mask)[1])
        left = ops.cast(positions[:, None] >= positions[None, :], dtype)
        allowed = allowed * left[None, None]
    return (1.0 - allowed) * MASK_BIAS


def token_rows(x):
    """Return float (batch, sequence, width) as (batch * sequence, width)."""
    return ops.reshape(x, (-1, x.shape[-1]))


class SelfAttention(layers.Layer):
    """Multi-head self-attention with one 2-D kernel per projection.

    Args:
        num_heads: int.
        attention_dim: int. Width of queries, keys and values, all heads together.
        output_dim: int.
        dropout: float. On the probabilities.
        initializer_range: float. Standard deviation of the kernels.
    """

    def __init__(
        self,
        num_heads: int,
        attention_dim: int,
        output_dim: int,
        dropout: float = 0.0,
        initializer_range: float = 0.02,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.attention_dim = attention_dim
        self.output_dim = output_dim
        self.head_dim = attention_dim // num_heads
        self.initializer_range = initializer_range

        def dense(width, name):
            return layers.Dense(
                width,
                kernel_initializer=initializers.TruncatedNormal(
                    stddev=initializer_range
                ),
                dtype=self.dtype_policy,
                name=name,
            )

        self.query = dense(attention_dim, "query")
        self.key = dense(attention_dim, "key")
        self.value = dense(attention_dim, "value")
        self.output_dense = dense(output_dim, "output")
        self.dropout = layers.Dropout(dropout, dtype=self.dtype_policy, name="dropout")

    def build(self, query_shape, value_shape):
        self.query.build(query_shape)
        self.key.build(query_shape)
        self.value.build(value_shape)
        self.output_dense.build((*query_shape[:-1], self.attention_dim))

    def call(self, query_input, value_input, bias, training=False):
        """Attend.

        Args:
            query_input: float (batch, sequence, width). Read by query and key.
            value_input: float (batch, sequence, width). Read by value.
            bias: float, broadcastable to (batch, heads, sequence, sequence).
            training: bool. Whether dropout is active.

        Returns:
            dict. `output` (batch, sequence, output_dim); `scores` (batch, heads,
            sequence, sequence), divided by sqrt(head_dim), before mask and softmax;
            `query`, `key`, `value` (batch, sequence, attention_dim).
        """
        sequence = ops.shape(query_input)[1]
        # One row for each token, as in `FeedForward`.
        rows = token_rows(query_input)
        value_rows = rows if value_input is query_input else token_rows(value_input)
        query = self._per_text(self.query(rows), sequence)
        key = self._per_text(self.key(rows), sequence)
        value = self._per_text(self.value(value_rows), sequence)
        scale = 1.0 / math.sqrt(self.head_dim)
        scores = ops.matmul(
            self._split(query * scale), ops.transpose(self._split(key), (0, 1, 3, 2))
        )
        probabilities = ops.softmax(scores + ops.cast(bias, scores.dtype), axis=-1)
        probabilities = self.dropout(probabilities, training=training)
        context = self._join(ops.matmul(probabilities, self._split(value)))
        return {
            "output": self._per_text(self.output_dense(context), sequence),
            "scores": scores,
            "query": query,
            "key": key,
            "value": value,
        }

    def _split(self, x):
        sequence = ops.shape(x)[1]
        heads = ops.reshape(x, (-1, sequence, self.num_heads, self.head_dim))
        return ops.transpose(heads, (0, 2, 1, 3))

    def _join(self, x):
        joined = ops.transpose(x, (0, 2, 1, 3))
        return ops.reshape(joined, (-1, self.attention_dim))

    def _per_text(self, rows, sequence):
        return ops.reshape(rows, (-1, sequence, rows.shape[-1]))
