"""Pruning while a student trains: tfmot's masks on Keras 3 kernels, as a callback."""

import keras
import numpy as np
import tensorflow as tf

from tfdistill.quantize.tfmot import load_pruning


class Prune(keras.callbacks.Callback):
    """Sets the smallest weights of every kernel to zero, more and more of them.

    The share of zeros follows tfmot's `PolynomialDecay` (Zhu & Gupta 2017, "To prune,
    or not to prune", section 3): fast at first, slow towards the end. Tables, biases
    and norms stay whole. A run that goes on takes the zeros it finds as its mask.

        distiller.fit(data, callbacks=[Prune(distiller.student, 0.5, 0, 2000)])

    Args:
        student: BertEncoder. The model that `fit` trains, or a part of it.
        sparsity: float in (0, 1). The share of zeros at the end; 0.5 with `pattern`.
        begin_step: int. The first training step that prunes.
        end_step: int. The step at which `sparsity` is reached.
        frequency: int. Steps from one choice of zeros to the next.
        pattern: None, or (m, n): m zeros in every n weights of an output, (2, 4) as
            hardware wants it. Chosen once, after the first step.

    Raises:
        ValueError: a share that is none, steps that do not follow each other, a pattern
            that does not divide a kernel, or no tfmot.
    """

    def __init__(
        self,
        student,
        sparsity: float = 0.5,
        begin_step: int = 0,
        end_step: int = 1000,
        frequency: int = 100,
        pattern: tuple[int, int] | None = None,
    ):
        super().__init__()
        if not 0 < sparsity < 1:
            raise ValueError(f"sparsity is a share between 0 and 1; got {sparsity!r}.")
        if not 0 <= begin_step < end_step or frequency < 1:
            raise ValueError(
                "Pruning begins at step 0 or later, ends after that and takes place at "
                f"least every step; got begin_step={begin_step}, end_step={end_step}, "
                f"frequency={frequency}."
            )
        self.kernels = kernels_of(student)
        _check_pattern(pattern, self.kernels)
        implementation, schedules = load_pruning()
        self.schedule = schedules.PolynomialDecay(
            0.0, sparsity, begin_step, end_step, frequency=frequency
        )
        self.pattern = pattern
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._implementation = implementation

    def on_train_begin(self, logs=None):
        """Take the zeros that are there, and the step that the optimizer is at."""
        parts = []
        for kernel in self.kernels:
            kept = tf.cast(tf.not_equal(kernel.value, 0), kernel.value.dtype)
            parts.append((kernel.value, tf.Variable(kept), tf.Variable(0.0)))
        self.masks = [mask for _, mask, _ in parts]
        self.pruning = self._implementation.Pruning(
            lambda: self.step, parts, self.schedule, (1, 1), "AVG", self.pattern
        )

    def on_train_batch_end(self, batch, logs=None):
        """Choose the zeros anew if it is time, and apply them."""
        self.step.assign(int(self.model.optimizer.iterations.numpy()))
        self.pruning.conditional_mask_update()
        self.pruning.weight_mask_op()


def kernels_of(student) -> list:
    """Return the kernels of a student's Dense layers, float32 (inputs, outputs)."""
    return [each for each in student.trainable_variables if each.name == "kernel"]


def sparsity_of(student) -> float:
    """Return the share of zeros in a student's kernels."""
    kernels = [np.asarray(each.value) for each in kernels_of(student)]
    zeros = sum(int((each == 0).sum()) for each in kernels)
    return zeros / sum(each.size for each in kernels)


def _check_pattern(pattern, kernels):
    if pattern is None:
        return
    zeros, group = pattern
    bad = [each.path for each in kernels if each.shape[0] % group]
    if not 0 < zeros < group or bad:
        raise ValueError(
            "A pattern (m, n) has m zeros in n weights, and n divides the inputs of "
            f"every kernel; got {tuple(pattern)}, {'which ' + bad[0] if bad else 'so'}"
            " does not fit."
        )
