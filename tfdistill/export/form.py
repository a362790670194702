"""What the schemes change in the forward pass, and looks at its activations."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from tfdistill.export.stream import Stream, dense


class Form(NamedTuple):
    """What differs between the schemes.

    Attributes:
        has_pieces: bool. Whether large feed-forward networks are cut into pieces: pays
            for float kernels, costs for int8 ones.
        has_joined_heads: bool. Whether queries, keys and values of a narrow layer are
            one product: pays where an input is rounded for each product.
        tap: callable (name, float32 tensor) -> tensor of the same shape.
        num_positions: int or None. Positions of the table that position and segment
            share; files of several lengths have one for all. None takes the text's.
        is_text_classifier: bool. Whether inputs have MediaPipe's names and the output
            is `probabilities`.
    """

    has_pieces: bool = False
    has_joined_heads: bool = False
    tap: Callable = lambda name, x: x
    num_positions: int | None = None
    is_text_classifier: bool = False

    def seen(self, name: str, x: tf.Tensor) -> tf.Tensor:
        """Return what `tap` makes of an activation, named within its layer."""
        return self.tap("/".join(filter(None, [tf.get_current_name_scope(), name])), x)

    def stream(self, name: str, x: Stream) -> Stream:
        """`seen` for the value of a Stream."""
        return Stream(self.seen(name, x.value), x.shift)


# As the model is: nothing cut, nothing rounded.
PLAIN = Form()


def seen_dense(name, x: Stream, layer, form: Form, **options) -> tf.Tensor:
    """`dense`, looked at under `name` and, what it reads, `name`_input."""
    x = form.stream(f"{name}_input", x)
    return form.seen(name, dense(x, layer, **options))


def activate(config, x: tf.Tensor) -> tf.Tensor:
    """The activation that the config names."""
    if config.activation == "relu":
        return tf.nn.relu(x)
    return tf.nn.gelu(x, approximate=config.activation == "gelu_tanh")
