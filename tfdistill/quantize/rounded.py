"""Students that train with their weights rounded to the few bits of their file.

`quantization_aware` (encoder.py) rounds activations too, for int8 files. An int4 file
rounds those as they come and loses little by it, and most by its weights: they alone
are rounded here, by the rule that the export has.
"""

import keras
import numpy as np
from keras import ops

from tfdistill.bert.encoder import BertEncoder
from tfdistill.quantize.rounding import quantize_rows
from tfdistill.quantize.substituted import plain_student, substituted

_FEWEST = 1024  # numbers of a kernel or table; smaller ones stay as they are


@keras.saving.register_keras_serializable("tfdistill")
class RoundedEncoder(BertEncoder):
    """A `BertEncoder` that computes with rounded kernels and token table.

    The forward pass sees `scale * round(w / scale)`, at most 7 steps of 4 bits; the
    gradient goes to `w` as if nothing had been rounded (straight-through estimator,
    Bengio et al., arXiv 1308.3432). Scales, one for each output of a kernel and each
    row of the table, are weights that are not trained.

    Args: as `BertEncoder`, and
        bits: int, 4 or 8.
    """

    def __init__(self, config, head=None, bits: int = 4, **kwargs):
        super().__init__(config, head, **kwargs)
        self.bits = bits
        self.scales = [
            self.add_weight(
                shape=(w.shape[0], 1) if _is_table(w) else (1, w.shape[1]),
                initializer="ones",
                trainable=False,
                name="scale_" + w.path.replace("/", "_"),
            )
            for w in self._rounded()
        ]

    def _rounded(self):
        return [w for w in self.student_weights if _is_stored_rounded(w)]

    @property
    def student_weights(self) -> list:
        """The weights that the student itself has, in its order."""
        scales = {id(scale) for scale in getattr(self, "scales", ())}
        return [weight for weight in self.weights if id(weight) not in scales]

    def count_params(self):
        """Return how many numbers the student has, without the scales."""
        return sum(int(np.prod(weight.shape)) for weight in self.student_weights)

    def fit_scales(self):
        """Set the scales to those with the least squared error for today's weights."""
        for weight, scale in zip(self._rounded(), self.scales, strict=True):
            rows = ops.convert_to_numpy(weight)
            rows = rows if _is_table(weight) else rows.T
            scale.assign(quantize_rows(rows, self.bits)[1].reshape(scale.shape))

    def call(self, inputs, training=False, return_qkv: bool = False):
        """Run the encoder and its head; see `BertEncoder` for the dictionary."""
        rounded = {id(weight): value for weight, value in self.rounded_values()}
        # All of them: what an outer scope holds, as JAX's steps do, is not seen within.
        pairs = []
        for weight in self.student_weights:
            exact = ops.convert_to_tensor(weight)
            if id(weight) in rounded:
                exact += ops.stop_gradient(rounded[id(weight)] - exact)
            pairs.append((weight, exact))
        with substituted(self, pairs):
            return super().call(inputs, training=training, return_qkv=return_qkv)

    def rounded_values(self) -> list:
        """Return (weight, float of its shape: what its file holds)."""
        most = 2 ** (self.bits - 1) - 1
        pairs = []
        for weight, scale in zip(self._rounded(), self.scales, strict=True):
            scale = ops.convert_to_tensor(scale)
            steps = ops.round(ops.convert_to_tensor(weight) / scale)
            pairs.append((weight, ops.clip(steps, -most, most) * scale))
        return pairs

    def get_config(self):
        return {**super().get_config(), "bits": self.bits}


def round_weights(student: BertEncoder, bits: int = 4) -> RoundedEncoder:
    """Return a copy of a student that is trained with rounded weights.

    Args:
        student: BertEncoder. Stays as it is.
        bits: int, 4 or 8. Those of its file: 4 for "int4".

    Returns:
        RoundedEncoder. Train it with `fit` or as the student of a `Distiller`, then
        `strip_rounding` it.

    Raises:
        ValueError: bits that no file has, or another kind of model.
    """
    if bits not in (4, 8):
        raise ValueError(f"bits is 4 or 8; got {bits!r}.")
    if type(student) is not BertEncoder:
        raise ValueError(
            "round_weights expects a BertEncoder as it was built or loaded; got "
            f"{type(student).__name__}."
        )
    rounded = RoundedEncoder.from_config({**student.get_config(), "bits": bits})
    for old, new in zip(student.weights, rounded.student_weights, strict=True):
        new.assign(old)
    rounded.fit_scales()
    return rounded


def strip_rounding(model: RoundedEncoder) -> BertEncoder:
    """Return the student alone, its weights rounded: its file loses nothing more.

    Args:
        model: RoundedEncoder.
    """
    return plain_student(model, "bits", model.rounded_values())


def _is_table(weight):
    return weight.path.endswith("token/embeddings")


def _is_stored_rounded(weight):
    is_matrix = len(weight.shape) == 2 and weight.path.endswith("kernel")
    is_large = int(np.prod(weight.shape)) >= _FEWEST
    return is_large and (is_matrix or _is_table(weight))
