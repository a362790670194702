"""AdamW with TensorFlow's own kernel for the update."""

import keras


@keras.saving.register_keras_serializable("tfdistill")
class AdamWInOnePass(keras.optimizers.AdamW):
    """AdamW whose update reads and writes each variable once, on TensorFlow.

    Keras spells the update as a dozen operations, each over the whole variable and into
    memory of its own. TensorFlow's kernel of the same formula does all of it in one
    pass, which a table of 30,522 pieces feels most (docs/decisions.md). On other
    backends the compiler fuses, and Keras's update stands. Takes what Keras's AdamW
    takes; the weights are the same but for rounding.
    """

    def update_step(self, gradient, variable, learning_rate):
        """Update a variable and its two moments.

        Args:
            gradient: float tensor, of the variable's shape.
            variable: Keras's or TensorFlow's variable.
            learning_rate: float tensor, a scalar.
        """
        if keras.backend.backend() != "tensorflow" or self.amsgrad:
            return super().update_step(gradient, variable, learning_rate)
        import tensorflow as tf

        index = self._get_variable_index(variable)
        dtype = variable.dtype
        step = tf.cast(self.iterations + 1, dtype)
        beta_1, beta_2 = tf.cast(self.beta_1, dtype), tf.cast(self.beta_2, dtype)
        return tf.raw_ops.ResourceApplyAdam(
            var=_handle(variable),
            m=_handle(self._momentums[index]),
            v=_handle(self._velocities[index]),
            beta1_power=beta_1**step,
            beta2_power=beta_2**step,
            lr=tf.cast(learning_rate, dtype),
            beta1=beta_1,
            beta2=beta_2,
            epsilon=tf.cast(self.epsilon, dtype),
            grad=tf.cast(gradient, dtype),
        )


def _handle(variable):
    if isinstance(variable, keras.Variable):
        variable = variable.value
    return variable.handle
