"""The outputs of a teacher by name, and how many numbers each of them is."""

import dataclasses

import keras
import numpy as np

from tfdistill.bert.encoder import INPUT_NAMES
from tfdistill.bert.normalization import joined_norms
from tfdistill.data.top_k import read_top_k


@dataclasses.dataclass(frozen=True)
class Field:
    """One stored output: `width` numbers per "row", "token" or "pair" of tokens."""

    per: str
    width: int
    dtype: str

    def counts(self, lengths):
        """Numbers that rows of these lengths take."""
        exponent = {"row": 0, "token": 1, "pair": 2}[self.per]
        return self.width * lengths.astype(np.int64) ** exponent

    def to_bits(self, array):
        """Return an array as a file holds it: files know no bfloat16 of NumPy's."""
        return array.view(np.uint16) if self.dtype == "bfloat16" else array

    def from_bits(self, array):
        """Return what `to_bits` was given."""
        return array.view(self.dtype) if self.dtype == "bfloat16" else array

    def shape(self, length):
        """Shape of one row: as the teacher gives it, cut to its real tokens."""
        if self.per == "pair":
            return (self.width, length, length)
        return (self.width,) if self.per == "row" else (length, self.width)


def named_outputs(teacher, names):
    """Return a function from inputs to the teacher's outputs of these names.

    Args:
        teacher: BertEncoder. Runs in inference mode.
        names: sequence of str, as `TeacherCache` has them.
    """

    needs_qkv = any(name.startswith(("queries/", "keys/", "values/")) for name in names)

    def run(inputs):
        with joined_norms():
            outputs = teacher(inputs, training=False, return_qkv=needs_qkv)
        return {name: _find(outputs, name) for name in names}

    return run


def compiled(run):
    """Have TensorFlow trace a function of inputs once, for any shape."""
    if keras.backend.backend() != "tensorflow":
        return run
    import tensorflow as tf

    spec = tf.TensorSpec((None, None), tf.int32)
    specs = dict.fromkeys(INPUT_NAMES, spec)
    # Nothing in it is for AutoGraph, which warns of functions that it cannot read.
    return tf.function(run, input_signature=[specs], autograph=False)


def find_fields(run, dtype):
    """Tell from one text of three tokens how each output is shaped.

    Args:
        run: callable of `named_outputs`.
        dtype: str. How floats are stored.

    Returns:
        dict of name to Field.

    Raises:
        ValueError: an output that the teacher does not give.
    """
    fields = {}
    probe = dict.fromkeys(INPUT_NAMES, np.ones((1, 3), np.int32))
    for name, values in run(probe).items():
        kind = "int32" if name.endswith(":ids") else dtype
        if name.startswith("attention_scores/"):
            fields[name] = Field("pair", values.shape[1], kind)
        else:
            per = "row" if len(values.shape) == 2 else "token"
            fields[name] = Field(per, values.shape[-1], kind)
    return fields


def _find(outputs, name):
    top_k = read_top_k(outputs, name)
    if top_k is not None:
        return top_k
    key, _, index = name.partition("/")
    try:
        return outputs[key][int(index)] if index else outputs[key]
    except (KeyError, IndexError, ValueError):
        raise ValueError(
            f"The teacher has no output {name!r}; it gives {sorted(outputs)}, where "
            'an entry of a list is written "hidden_states/3".'
        ) from None
