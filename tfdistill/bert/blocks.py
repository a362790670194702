"""One Transformer layer, plain (BERT) or with a bottleneck (MobileBERT).

Both take the stream (batch, sequence, hidden_dim) and an additive attention bias and
return a dictionary: `output`, the new stream, and what the attention shows (`scores`,
`query`, `key`, `value`).
"""

from keras import initializers, layers, ops

from tfdistill.bert.attention import SelfAttention, token_rows
from tfdistill.bert.config import BertConfig
from tfdistill.bert.gelu import lean_gelu, quick_gelu
from tfdistill.bert.normalization import make_norm


def make_dense(config: BertConfig, width: int, name: str, dtype) -> layers.Dense:
    """Return a Dense layer of `width` with BERT's initializer."""
    return layers.Dense(
        width,
        kernel_initializer=initializers.TruncatedNormal(
            stddev=config.initializer_range
        ),
        name=name,
        dtype=dtype,
    )


def activate(config: BertConfig, x, training=False):
    """Apply the config's activation to float (...)."""
    if config.activation == "relu":
        return ops.relu(x)
    if config.activation == "gelu" and training:
        return lean_gelu(x)
    return quick_gelu(x, is_approximate=config.activation == "gelu_tanh")


class FeedForward(layers.Layer):
    """`norm(dropout(Dense(activation(Dense(x)))) + x)`, the residual included."""

    def __init__(self, config: BertConfig, width: int, **kwargs):
        super().__init__(**kwargs)
        self.config, self.width = config, width
        policy = self.dtype_policy
        self.inner = make_dense(config, config.intermediate_dim, "inner", policy)
        self.outer = make_dense(config, width, "outer", policy)
        self.dropout = layers.Dropout(config.dropout, dtype=policy, name="dropout")
        self.norm = make_norm(config, "norm", policy)

    def build(self, input_shape):
        self.inner.build(input_shape)
        self.outer.build((*input_shape[:-1], self.config.intermediate_dim))
        self.norm.build(input_shape)

    def call(self, x, training=False):
        """Map float (batch, sequence, width) to the same shape."""
        # One row for each token: TensorFlow joins product, bias and activation of a
        # matrix, which it does not do for three dimensions.
        rows = token_rows(x)
        y = self.outer(activate(self.config, self.inner(rows), training))
        y = self.norm(self.dropout(y, training=training) + rows)
        return ops.reshape(y, (-1, ops.shape(x)[1], self.width))


class PlainBlock(layers.Layer):
    """BERT's layer: attention and one feed-forward network, each with a residual."""

    def __init__(self, config: BertConfig, **kwargs):
        super().__init__(**kwargs)
        self.config = config
        policy = self.dtype_policy
        self.attention = SelfAttention(
            config.num_heads,
            config.hidden_dim,
            config.hidden_dim,
            config.attention_dropout,
            config.initializer_range,
            name="attention",
            dtype=policy,
        )
        self.dropout = layers.Dropout(config.dropout, dtype=policy, name="dropout")
        self.attention_norm = make_norm(config, "attention_norm", policy)
        self.feed_forward = FeedForward(
            config, config.hidden_dim, name="feed_forward", dtype=policy
        )

    def build(self, input_shape):
        self.attention.build(input_shape, input_shape)
        self.attention_norm.build(input_shape)
        self.feed_forward.build(input_shape)

    def call(self, x, bias, training=False):
        """Map float (batch, sequence, hidden_dim); returns the module's dictionary."""
        attended = self.attention(x, x, bias, training=training)
        y = self.dropout(attended["output"], training=training)
        y = self.attention_norm(y + x)
        return {**attended, "output": self.feed_forward(y, training=training)}


class BottleneckBlock(layers.Layer):
    """MobileBERT's layer: the work is done at `bottleneck_dim`, inside a wide residual.

    With b = bottleneck_dim: `r = norm(Dense_b(x))`; query and key read a bottleneck of
    their own (`has_shared_key_query`, value then reads x) or all three read r; then F
    feed-forward networks at width b and `norm(dropout(Dense(a)) + x)`.
    """

    def __init__(self, config: BertConfig, **kwargs):
        super().__init__(**kwargs)
        self.config = config
        policy = self.dtype_policy
        width = config.bottleneck_dim
        self.bottleneck = make_dense(config, width, "bottleneck", policy)
        self.bottleneck_norm = make_norm(config, "bottleneck_norm", policy)
        if config.has_shared_key_query:
            self.key_query = make_dense(config, width, "key_query", policy)
            self.key_query_norm = make_norm(config, "key_query_norm", policy)
        self.attention = SelfAttention(
            config.num_heads,
            width,
            width,
            config.attention_dropout,
            config.initializer_range,
            name="attention",
            dtype=policy,
        )
        self.attention_norm = make_norm(config, "attention_norm", policy)
        self.feed_forwards = [
            FeedForward(config, width, name=f"feed_forward_{i}", dtype=policy)
            for i in range(config.num_feed_forward)
        ]
        self.expansion = make_dense(config, config.hidden_dim, "expansion", policy)
        self.dropout = layers.Dropout(config.dropout, dtype=policy, name="dropout")
        self.expansion_norm = make_norm(config, "expansion_norm", policy)

    def build(self, input_shape):
        narrow = (*input_shape[:-1], self.config.bottleneck_dim)
        self.bottleneck.build(input_shape)
        self.bottleneck_norm.build(narrow)
        value_shape = narrow
        if self.config.has_shared_key_query:
            self.key_query.build(input_shape)
            self.key_query_norm.build(narrow)
            value_shape = input_shape
        self.attention.build(narrow, value_shape)
        self.attention_norm.build(narrow)
        for feed_forward in self.feed_forwards:
            feed_forward.build(narrow)
        self.expansion.build(narrow)
        self.expansion_norm.build(input_shape)

    def call(self, x, bias, training=False):
        """Map float (batch, sequence, hidden_dim); returns the module's dictionary."""
        residual = self.bottleneck_norm(self.bottleneck(x))
        query_input, value_input = residual, residual
        if self.config.has_shared_key_query:
            query_input = self.key_query_norm(self.key_query(x))
            value_input = x
        attended = self.attention(query_input, value_input, bias, training=training)
        y = self.attention_norm(attended["output"] + residual)
        for feed_forward in self.feed_forwards:
            y = feed_forward(y, training=training)
        y = self.dropout(self.expansion(y), training=training)
        return {**attended, "output": self.expansion_norm(y + x)}
