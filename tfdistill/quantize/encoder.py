"""A student under fake quantization: made from a student, trained, stripped again."""

import keras
import numpy as np
import tensorflow as tf

from tfdistill.bert.encoder import INPUT_NAMES, BertEncoder
from tfdistill.quantize.arithmetic import Frozen, Live
from tfdistill.quantize.forward import forward


@keras.saving.register_keras_serializable("tfdistill")
class QuantizedEncoder(BertEncoder):
    """A `BertEncoder` that computes as its int8 file will, in float32.

    Inputs, outputs, layers and their weights are those of a `BertEncoder`; besides,
    each kernel, table and activation has a FakeQuantizer (tfmot's rules: 8 bits, a
    range per output of a kernel, else per tensor). Activations pass as they are until
    a training step or `calibrate` has shown their range.

    Args: as `BertEncoder`.

    Attributes:
        quantizers: dict of str to FakeQuantizer.
    """

    def __init__(self, config, head=None, **kwargs):
        super().__init__(config, head, **kwargs)
        quantizers = {}
        ids = dict.fromkeys(INPUT_NAMES, np.ones((1, 2), "int32"))
        with tf.init_scope():
            forward(self, Live(quantizers), ids)
        self.quantizers = quantizers

    def call(self, inputs, training=False, return_qkv: bool = False):
        """Run the encoder and its head; see `BertEncoder` for the dictionary."""
        outputs = forward(self, Live(self.quantizers, training), inputs)
        if not return_qkv:
            for name in ("queries", "keys", "values"):
                del outputs[name]
        return outputs

    def count_params(self):
        """Return how many numbers the student has, without the ranges."""
        return sum(int(np.prod(weight.shape)) for weight in self.student_weights)

    @property
    def student_weights(self) -> list:
        """The weights that the student itself has, in its order."""
        layers = [self.embeddings, *self.blocks, self.pooler, self.head]
        return [w for layer in layers if layer is not None for w in layer.weights]


def quantization_aware(student: BertEncoder) -> QuantizedEncoder:
    """Return a copy of a student that is trained under fake quantization.

    tfmot is imported here, and not before; the environment stays as it was.

    Args:
        student: BertEncoder, of any config and head. Stays as it is.

    Returns:
        QuantizedEncoder in float32. Train it with `fit` or as the student of a
        `Distiller`, save it as any model, export it as "static_int8".

    Raises:
        ValueError: another kind of model, one that is under fake quantization already,
            Keras on another backend, or no tfmot.
    """
    if not isinstance(student, BertEncoder) or isinstance(student, QuantizedEncoder):
        raise ValueError(
            "quantization_aware expects a BertEncoder without fake quantization; got "
            f"{type(student).__name__}."
        )
    quantized = QuantizedEncoder.from_config(_float32_config(student))
    _copy(student.weights, quantized.student_weights)
    return quantized


def calibrate(model: QuantizedEncoder, batches):
    """Set all ranges to what is seen on some batches, without training.

    Args:
        model: QuantizedEncoder. Its ranges become wide enough for all batches.
        batches: iterable of dict of int32 (batch, sequence), as `BertEncoder` reads.
    """
    how = Live(model.quantizers, is_calibrating=True)
    for inputs in batches:
        forward(model, how, {name: inputs[name] for name in INPUT_NAMES})


def strip(model: QuantizedEncoder) -> BertEncoder:
    """Return the student alone, with the weights as they were trained.

    Args:
        model: QuantizedEncoder.
    """
    student = BertEncoder.from_config(_float32_config(model))
    _copy(model.student_weights, student.weights)
    return student


def int8_function(model: QuantizedEncoder, sequence_length: int):
    """Return the forward pass of one text, ready for the converter.

    Args:
        model: QuantizedEncoder that was trained or calibrated.
        sequence_length: int.

    Returns:
        tf.function of int32 (1, sequence_length) token_ids, segment_ids, padding_mask.
        It returns a dict of float32: what `model.predict` returns, by the same names.

    Raises:
        ValueError: no range is known yet.
    """
    ranges = [q for q in model.quantizers.values() if q.kind == "activation"]
    if all(float(q.low.value) == float(q.high.value) for q in ranges):
        raise ValueError(
            "The model has seen no data, so that the ranges of its activations are "
            "unknown: train it, or call calibrate."
        )

    def run(token_ids, segment_ids, padding_mask):
        values = token_ids, segment_ids, padding_mask
        inputs = dict(zip(INPUT_NAMES, values, strict=True))
        how = Frozen(model.quantizers)
        return model.select_outputs(forward(model, how, inputs, has_states=False))

    signature = [
        tf.TensorSpec((1, sequence_length), tf.int32, name=name) for name in INPUT_NAMES
    ]
    return tf.function(run, input_signature=signature, autograph=False)


def _float32_config(model) -> dict:
    config = {**model.get_config(), "dtype": "float32"}
    if config["head"] is not None:
        config["head"]["config"]["dtype"] = "float32"
    return config


def _copy(sources, targets):
    for source, target in zip(sources, targets, strict=True):
        target.assign(source)
