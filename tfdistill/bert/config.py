"""The shape of one encoder as a frozen dataclass, and one table of the published sizes.

`BertConfig` describes plain BERT blocks and bottleneck blocks (MobileBERT) alike, so
that every model here, teacher or student, is the same class with other numbers.
"""

import dataclasses
import difflib

ACTIVATIONS = ("gelu", "gelu_tanh", "relu")
ATTENTIONS = ("bidirectional", "causal")
NORMALIZATIONS = ("layer_norm", "no_norm")


@dataclasses.dataclass(frozen=True)
class BertConfig:
    """Shape and settings of a `BertEncoder`.

    Args:
        num_layers: int. Transformer blocks.
        hidden_dim: int. Width of the residual stream, `hidden_states[i]`'s last axis.
        num_heads: int. Attention heads; must divide the attention's width
            (`bottleneck_dim` if there is one, else `hidden_dim`).
        intermediate_dim: int. Inner width of the feed-forward network.
        vocabulary_size: int. Rows of the token table.
        max_sequence_length: int. Rows of the position table.
        num_segments: int. Rows of the segment table.
        embedding_dim: int or None. Width of the token table; where it differs from
            `hidden_dim`, a Dense layer lifts it. None means `hidden_dim`.
        has_trigram_input: bool. Concatenate the next, the current and the previous
            token's embedding before that Dense layer (MobileBERT, section 3).
        bottleneck_dim: int or None. Width inside a bottleneck block; None makes plain
            BERT blocks.
        num_feed_forward: int. Stacked feed-forward networks in a bottleneck block.
        has_shared_key_query: bool. In a bottleneck block, feed query and key from a
            bottleneck of their own and value from the block's input (MobileBERT); else
            all three read the block's one bottleneck (MobileBERT-TINY).
        normalization: "layer_norm" or "no_norm" (`gamma * x + beta`).
        activation: "gelu" (exact), "gelu_tanh" (its approximation by tanh, which
            google-research/bert and KerasHub compute) or "relu".
        attention: "bidirectional" or "causal" (a position sees itself and its left).
        layer_norm_epsilon: float > 0.
        dropout: float in [0, 1). On embeddings and on each sub-layer's output.
        attention_dropout: float in [0, 1). On attention probabilities.
        initializer_range: float > 0. Standard deviation of new kernels and tables.
        has_pooler: bool. Add BERT's tanh pooler on the first token.

    Raises:
        ValueError: a value that no encoder can have, with what would work.

    >>> BertConfig.named("tinybert_4_312", vocabulary_size=5000).hidden_dim
    312
    """

    num_layers: int
    hidden_dim: int
    num_heads: int
    intermediate_dim: int
    vocabulary_size: int = 30522
    max_sequence_length: int = 512
    num_segments: int = 2
    embedding_dim: int | None = None
    has_trigram_input: bool = False
    bottleneck_dim: int | None = None
    num_feed_forward: int = 1
    has_shared_key_query: bool = False
    normalization: str = "layer_norm"
    activation: str = "gelu"
    attention: str = "bidirectional"
    layer_norm_epsilon: float = 1e-12
    dropout: float = 0.1
    attention_dropout: float = 0.1
    initializer_range: float = 0.02
    has_pooler: bool = True

    def __post_init__(self):
        self._check_counts()
        self._check_choices()
        self._check_fractions()
        self._check_blocks()

    @classmethod
    def named(cls, name: str, **overrides) -> "BertConfig":
        """Return the published size `name`, with some fields replaced.

        Raises:
            ValueError: unknown size or unknown field, with the nearest that exists.
        """
        if name not in SIZES:
            raise ValueError(
                f"Unknown size {name!r}.{_nearest(name, SIZES)} "
                f"Known sizes: {', '.join(SIZES)}."
            )
        return cls.from_dict({**SIZES[name], **overrides})

    @classmethod
    def from_dict(cls, values: dict) -> "BertConfig":
        """Build a config from plain values, refusing unknown and missing fields.

        Raises:
            ValueError: an unknown or missing field, named, with the nearest known one.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        for name in values:
            if name not in known:
                raise ValueError(
                    f"BertConfig has no field {name!r}.{_nearest(name, known)} "
                    f"Fields: {', '.join(sorted(known))}."
                )
        required = ("num_layers", "hidden_dim", "num_heads", "intermediate_dim")
        missing = [name for name in required if name not in values]
        if missing:
            raise ValueError(f"BertConfig needs {', '.join(missing)}; got {values}.")
        return cls(**values)

    def to_dict(self) -> dict:
        """Return the fields as plain values, ready for JSON."""
        return dataclasses.asdict(self)

    def replace(self, **overrides) -> "BertConfig":
        """Return a copy with some fields replaced, validated again."""
        return self.from_dict({**self.to_dict(), **overrides})

    @property
    def attention_dim(self) -> int:
        """Width of queries, keys and values, all heads together."""
        return self.bottleneck_dim or self.hidden_dim

    @property
    def head_dim(self) -> int:
        """Width of one attention head."""
        return self.attention_dim // self.num_heads

    @property
    def token_dim(self) -> int:
        """Width of the token table."""
        return self.embedding_dim or self.hidden_dim

    @property
    def has_embedding_projection(self) -> bool:
        """Whether a Dense layer stands between the token table and the stream."""
        return self.has_trigram_input or self.token_dim != self.hidden_dim

    def _check_counts(self):
        optional = ("embedding_dim", "bottleneck_dim")
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name in optional and value is None:
                continue
            if field.type not in ("int", "int | None", int, int | None):
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(
                    f"BertConfig.{field.name} must be a whole number of at least 1; "
                    f"got {value!r}."
                )

    def _check_choices(self):
        for name, choices in (
            ("activation", ACTIVATIONS),
            ("attention", ATTENTIONS),
            ("normalization", NORMALIZATIONS),
        ):
            if getattr(self, name) not in choices:
                raise ValueError(
                    f"BertConfig.{name} must be one of {', '.join(choices)}; "
                    f"got {getattr(self, name)!r}."
                )

    def _check_fractions(self):
        for name in ("dropout", "attention_dropout"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 <= value < 1:
                raise ValueError(f"BertConfig.{name} must be in [0, 1); got {value!r}.")
        for name in ("layer_norm_epsilon", "initializer_range"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 < value < float("inf"):
                raise ValueError(f"BertConfig.{name} must be above 0; got {value!r}.")

    def _check_blocks(self):
        if self.has_trigram_input and self.attention == "causal":
            raise ValueError(
                "BertConfig.has_trigram_input shows each token the next one, which "
                'attention="causal" forbids; leave one of them out.'
            )
        if self.attention_dim % self.num_heads:
            width = "bottleneck_dim" if self.bottleneck_dim else "hidden_dim"
            divisors = [n for n in range(1, 65) if self.attention_dim % n == 0]
            raise ValueError(
                f"BertConfig.num_heads must divide {width}={self.attention_dim}; got "
                f"num_heads={self.num_heads}. Head counts that work: {divisors}."
            )
        if self.bottleneck_dim is None:
            for name, plain in (
                ("num_feed_forward", 1),
                ("has_shared_key_query", False),
            ):
                if getattr(self, name) != plain:
                    raise ValueError(
                        f"BertConfig.{name}={getattr(self, name)!r} belongs to "
                        "bottleneck blocks: give bottleneck_dim as well."
                    )


def _nearest(name, known):
    matches = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {matches[0]!r}?" if matches else ""


def _size(num_layers, hidden_dim, num_heads, intermediate_dim, **others):
    return dict(
        num_layers=num_layers,
        hidden_dim=hidden_dim,
        num_heads=num_heads,
        intermediate_dim=intermediate_dim,
        **others,
    )


_MOBILEBERT = dict(
    embedding_dim=128,
    has_trigram_input=True,
    bottleneck_dim=128,
    normalization="no_norm",
    activation="relu",
    has_pooler=False,
)

# Sources: BERT (1810.04805), its miniatures (1908.08962), MiniLM (2002.10957), TinyBERT
# (1909.10351), extreme compression (1909.11687; the head count is ours: 4 heads cost a
# third of 12 on a phone, and relation losses need no equal count), the 6 x 96 student
# of 2104.10769, MobileBERT (2004.02984).
SIZES: dict[str, dict] = {
    "bert_base": _size(12, 768, 12, 3072),
    **{
        f"bert_{layers}_{width}": _size(layers, width, width // 64, 4 * width)
        for width in (128, 256, 512, 768)
        for layers in (2, 4, 6, 8, 10, 12)
        if (layers, width) != (12, 768)
    },
    "minilm_6_384": _size(6, 384, 12, 1536),
    "tinybert_4_312": _size(4, 312, 12, 1200),
    "tinybert_6_768": _size(6, 768, 12, 3072),
    "extreme_12_48": _size(12, 48, 4, 192),
    "extreme_12_96": _size(12, 96, 4, 384),
    "extreme_12_192": _size(12, 192, 4, 768),
    "small_6_96": _size(6, 96, 4, 384),
    "mobilebert": _size(
        24, 512, 4, 512, num_feed_forward=4, has_shared_key_query=True, **_MOBILEBERT
    ),
    "mobilebert_tiny": _size(24, 512, 4, 512, num_feed_forward=2, **_MOBILEBERT),
}
