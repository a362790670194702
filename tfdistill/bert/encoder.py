"""The one model class: an encoder, with or without a head, teachers and students alike.

`BertEncoder` returns every intermediate result by name (a Python reference, so it costs
nothing), all that distillation needs; `predict` keeps the head's outputs alone.
"""

import keras
from keras import ops

from tfdistill.bert.attention import attention_bias, token_rows
from tfdistill.bert.blocks import BottleneckBlock, PlainBlock, make_dense
from tfdistill.bert.config import BertConfig
from tfdistill.bert.embeddings import Embeddings

INPUT_NAMES = ("token_ids", "segment_ids", "padding_mask")
# Optional, for training: the head's output at these tokens alone.
PREDICT_AT = "predict_at"


@keras.saving.register_keras_serializable("tfdistill")
class BertEncoder(keras.Model):
    """BERT's encoder with every hidden state and attention score in its output.

    Called on a dict of int32 (batch, sequence) `token_ids`, `segment_ids` and
    `padding_mask` (1 = real token), it returns a dict (with `predict_at`, int32 (n,)
    of row * sequence + column, a head of tokens answers there alone: (n, ...)):

    * `hidden_states`: num_layers + 1 times float (batch, sequence, hidden_dim); index 0
      is the embedding output, i the output of layer i.
    * `attention_scores`: num_layers times float (batch, heads, sequence, sequence),
      before mask and softmax, divided by sqrt(head_dim).
    * `sequence_output`: the last hidden state; `pooled_output` if the config has a
      pooler.
    * the head's outputs, `logits` as a rule.
    * on request, `queries`, `keys`, `values`: num_layers times float (batch, sequence,
      attention width), heads concatenated.

    Args:
        config: BertConfig.
        head: a head of `tfdistill.bert.heads`, or None.
    """

    # === Layers ===

    def __init__(self, config: BertConfig, head=None, **kwargs):
        super().__init__(**kwargs)
        if isinstance(config, dict):
            config = BertConfig.from_dict(config)
        self.config = config
        policy = self.dtype_policy
        block = PlainBlock if config.bottleneck_dim is None else BottleneckBlock
        self.embeddings = Embeddings(config, name="embeddings", dtype=policy)
        self.blocks = [
            block(config, name=f"block_{i}", dtype=policy)
            for i in range(config.num_layers)
        ]
        self.pooler = None
        if config.has_pooler:
            self.pooler = make_dense(config, config.hidden_dim, "pooler", policy)
        self.head = head
        self._build_all()

    def _build_all(self):
        """Create every weight now: all shapes are known from the config."""
        self.embeddings.build((None, None))
        for block in self.blocks:
            block.build((None, None, self.config.hidden_dim))
        if self.pooler is not None:
            self.pooler.build((None, self.config.hidden_dim))
        if self.head is not None:
            if self.head.needs_pooler and self.pooler is None:
                raise ValueError(
                    'A head with pooling="cls" needs BertConfig.has_pooler=True; '
                    'build the config with it or use pooling="mean".'
                )
            self.head.attach(self.config)
        self.built = True

    # === Forward ===

    def call(self, inputs, training=False, return_qkv: bool = False):
        """Run the encoder and its head; see the class for shapes."""
        padding_mask = inputs["padding_mask"]
        x = self.embeddings(
            inputs["token_ids"],
            inputs["segment_ids"],
            padding_mask,
            training=training,
        )
        is_causal = self.config.attention == "causal"
        bias = attention_bias(padding_mask, is_causal, self.compute_dtype)
        hidden_states, attended = [x], []
        for block in self.blocks:
            attended.append(block(x, bias, training=training))
            x = attended[-1]["output"]
            hidden_states.append(x)
        outputs = {
            "hidden_states": hidden_states,
            "attention_scores": [layer["scores"] for layer in attended],
            "sequence_output": x,
        }
        if return_qkv:
            outputs["queries"] = [layer["query"] for layer in attended]
            outputs["keys"] = [layer["key"] for layer in attended]
            outputs["values"] = [layer["value"] for layer in attended]
        if self.pooler is not None:
            outputs["pooled_output"] = ops.tanh(self.pooler(x[:, 0]))
        if self.head is not None:
            table = ops.convert_to_tensor(self.embeddings.token.embeddings)
            read = outputs
            if PREDICT_AT in inputs:
                chosen = ops.take(token_rows(x), inputs[PREDICT_AT], axis=0)
                read = {**outputs, "sequence_output": chosen}
            outputs.update(self.head(read, padding_mask, table, training=training))
        return outputs

    def predict_step(self, *args, **kwargs):
        """Keep the head's outputs only, so that `predict` holds no hidden states."""
        return self.select_outputs(super().predict_step(*args, **kwargs))

    def select_outputs(self, outputs):
        """Drop the intermediates from an output dictionary.

        With a head its outputs stay, without one `sequence_output` and `pooled_output`.
        """
        if isinstance(outputs, tuple):  # JAX's predict_step returns (outputs, state).
            return self.select_outputs(outputs[0]), *outputs[1:]
        if self.head is not None:
            names = self.head.output_names
        else:
            names = ("sequence_output", "pooled_output")
        return {name: outputs[name] for name in names if name in outputs}

    # === Config ===

    def get_config(self):
        head = keras.saving.serialize_keras_object(self.head) if self.head else None
        return {
            "name": self.name,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
            "config": self.config.to_dict(),
            "head": head,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        config["dtype"] = keras.saving.deserialize_keras_object(config["dtype"])
        if config["head"] is not None:
            import tfdistill.bert.heads  # noqa: F401  so that Keras knows its class

            config["head"] = keras.saving.deserialize_keras_object(config["head"])
        return cls(**config)


def build_student(size, vocabulary=None, head=None, **overrides) -> BertEncoder:
    """Build a new encoder with random weights.

    Args:
        size: str or BertConfig. A name of `tfdistill.bert.config.SIZES` or a config.
        vocabulary: path, list of str or None. Sets `vocabulary_size` to its length.
        head: a head of `tfdistill.bert.heads`, or None.
        **overrides: fields of BertConfig to replace, e.g. `dropout=0.0`.

    Returns:
        BertEncoder. It has a pooler exactly if the head reads it (or if there is no
        head and the config asks for one).

    Raises:
        ValueError: unknown size or field, or an impossible value.
    """
    if vocabulary is not None:
        overrides["vocabulary_size"] = _vocabulary_size(vocabulary)
    if head is not None:
        overrides["has_pooler"] = head.needs_pooler
    if isinstance(size, BertConfig):
        config = size.replace(**overrides)
    else:
        config = BertConfig.named(size, **overrides)
    return BertEncoder(config, head)


def _vocabulary_size(vocabulary):
    if isinstance(vocabulary, list | tuple):
        return len(vocabulary)
    with open(vocabulary, encoding="utf-8") as lines:
        return sum(1 for line in lines if line.rstrip("\n"))
