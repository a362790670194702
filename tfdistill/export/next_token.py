"""What follows one token of a causal model: one row of logits, as a phone runs it."""

import tensorflow as tf

from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import MaskedLM
from tfdistill.export.form import PLAIN, Form
from tfdistill.export.inference import forward


def next_token_function(
    model: BertEncoder, sequence_length: int, form: Form = PLAIN
) -> tf.types.experimental.PolymorphicFunction:
    """Return the forward pass of one text as a traced function with fixed shapes.

    Args:
        model: BertEncoder, causal, with a masked-LM head.
        sequence_length: int.
        form: Form.

    Returns:
        tf.function of int32 (1, sequence_length) token_ids and int32 (1,) position. It
        returns `logits`, float32 (1, vocabulary): those of the token at `position`.
        What stands behind it changes nothing.

    Raises:
        ValueError: another kind of model.
    """
    if model.config.attention != "causal" or not isinstance(model.head, MaskedLM):
        raise ValueError(
            "The next token is told by a causal model with a masked-LM head; got "
            f'attention="{model.config.attention}" and {type(model.head).__name__}.'
        )

    def run(token_ids, position):
        real = tf.ones_like(token_ids)
        segments = tf.zeros_like(token_ids)
        outputs = forward(model, token_ids, segments, real, form, position)
        return {"logits": outputs["logits"][:, 0]}

    row = tf.TensorSpec((1, sequence_length), tf.int32, name="token_ids")
    one = tf.TensorSpec((1,), tf.int32, name="position")
    return tf.function(run, input_signature=[row, one], autograph=False)
