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

    Raises:
        ValueError: a config with dropout, whose state would be lost.
    """

    def __init__(self, config, head=None, bits: int = 4, **kwargs):
        super().__init__(config, head, **kwargs)
        if self.config.dropout or self.config.attention_dropout:
            raise ValueError(
                "A student whose weights are rounded has no dropout; got dropout="
                f"{self.config.dropout}, attention_dropout="
                f"{self.config.attention_dropout}."
            )
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
        values = {id(w): ops.convert_to_tensor(w) for w in self.student_weights}
        for weight, scale in zip(self._rounded(), self.scales, strict=True):
            exact = values[id(weight)]
            steps = self._steps(exact, scale)
            values[id(weight)] = exact + ops.stop_gradient(steps * scale - exact)
        mapping = [(w, values[id(w)]) for w in self.student_weights]
        with keras.StatelessScope(state_mapping=mapping):
            return super().call(inputs, training, return_qkv)

    def _steps(self, exact, scale):
        most = 2 ** (self.bits - 1) - 1
        return ops.clip(ops.round(exact / scale), -most, most)

    def get_config(self):
        return {**super().get_config(), "bits": self.bits}


def round_weights(student: BertEncoder, bits: int = 4) -> RoundedEncoder:
    """Return a copy of a student that is trained with rounded weights.

    Args:
        student: BertEncoder without dropout. Stays as it is.
        bits: int, 4 or 8. Those of its file: 4 for "int4".

    Returns:
        RoundedEncoder. Train it with `fit` or as the student of a `Distiller`, then
        `strip_rounding` it.

    Raises:
        ValueError: bits that no file has, another kind of model, or dropout.
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
    config = model.get_config()
    del config["bits"]
    student = BertEncoder.from_config(config)
    for old, new in zip(model.student_weights, student.weights, strict=True):
        new.assign(old)
    places = {id(w): place for place, w in enumerate(model.student_weights)}
    for weight, scale in zip(model._rounded(), model.scales, strict=True):
        steps = model._steps(ops.convert_to_tensor(weight), scale)
        student.weights[places[id(weight)]].assign(steps * scale)
    return student


def _is_table(weight):
    return weight.path.endswith("token/embeddings")


def _is_stored_rounded(weight):
    is_matrix = len(weight.shape) == 2 and weight.path.endswith("kernel")
    is_large = int(np.prod(weight.shape)) >= _FEWEST
    return is_large and (is_matrix or _is_table(weight))
