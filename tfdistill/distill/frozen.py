"""The teacher of a `Distiller`: it answers, and nothing of it is trained or saved."""

import contextlib
import threading

from keras import ops, tree

from tfdistill.bert.encoder import INPUT_NAMES, PREDICT_AT, BertEncoder
from tfdistill.bert.normalization import joined_norms


class FrozenTeacher:
    """Runs a teacher in inference mode, out of reach of Keras's tracking and saving.

    Args:
        model: BertEncoder or None.

    Attributes:
        model: BertEncoder or None.
    """

    def __init__(self, model: BertEncoder | None):
        self.model = model
        self._local = threading.local()  # as replicas are traced in threads

    def __call__(self, inputs, return_qkv: bool = False) -> dict:
        """Return the teacher's outputs without a path for gradients.

        Args:
            inputs: dict, of which the teacher takes what it reads.
            return_qkv: bool. Whether attention's queries, keys and values come as well.
        """
        if self.has_answered:
            return self._local.outputs
        with joined_norms():
            outputs = self.model(
                encoder_inputs(inputs), training=False, return_qkv=return_qkv
            )
        return tree.map_structure(ops.stop_gradient, outputs)

    @property
    def has_answered(self) -> bool:
        """Whether calls return what the teacher said already; see `ahead`."""
        return getattr(self._local, "outputs", None) is not None

    @contextlib.contextmanager
    def ahead(self, inputs, return_qkv: bool = False):
        """Run the teacher now; within this context calls return what it said.

        Yields the inputs, for a student to read: they are there once the teacher is
        done and has given back the memory that it worked in. For TensorFlow alone.

        Args:
            inputs: dict of tensors.
            return_qkv: bool.
        """
        outputs = self(inputs, return_qkv)
        self._local.outputs = outputs
        try:
            yield once_there(outputs, inputs)
        finally:
            self._local.outputs = None


def once_there(tensors, values):
    """Return `values`, for TensorFlow to read once it has computed `tensors`.

    Args:
        tensors: nested structure of tensors.
        values: nested structure of tensors of any dtype and shape.
    """
    import tensorflow as tf

    with tf.control_dependencies(tree.flatten(tensors)):
        return tree.map_structure(tf.identity, values)


def encoder_inputs(inputs: dict) -> dict:
    """Return what an encoder reads of a batch.

    Args:
        inputs: dict of tensors.
    """
    names = (*INPUT_NAMES, *(name for name in inputs if name == PREDICT_AT))
    return {name: inputs[name] for name in names}
