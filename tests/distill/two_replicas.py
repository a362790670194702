"""Train one step on one device and on two; a program, as devices are set up once.

python two_replicas.py RESULT.npz
"""

import os
import sys

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import tensorflow as tf
from backend_fit import OBJECTIVES, STUDENT, TEACHER, data, draw

from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import Classification
from tfdistill.distill.distiller import Distiller


def run(strategy):
    """Return the losses of two steps on four rows and the weights after them."""
    with strategy.scope():
        teacher = BertEncoder(TEACHER, Classification(4, dropout=0.0))
        student = BertEncoder(STUDENT, Classification(4, dropout=0.0))
        distiller = Distiller(teacher, student, OBJECTIVES)
        draw(teacher.weights, 3)
        draw(distiller.trainable_variables, 5)
        distiller.compile(
            keras.optimizers.SGD(0.05), metrics=["accuracy"], jit_compile=False
        )
    inputs, labels = data()
    rows = {name: x[:4] for name, x in inputs.items()}
    weights = np.array([0.5, 2.0, 1.0, 3.0], "float32")
    batches = tf.data.Dataset.from_tensor_slices((rows, labels[:4], weights)).batch(4)
    history = distiller.fit(batches, epochs=2, verbose=0).history
    values = [
        history[name] for name in ("loss", "agreement", "accuracy", "embedding_mse")
    ]
    return [
        *values,
        *(keras.ops.convert_to_numpy(v) for v in distiller.trainable_variables),
    ]


if __name__ == "__main__":
    (cpu,) = tf.config.list_physical_devices("CPU")
    device = tf.config.LogicalDeviceConfiguration
    tf.config.set_logical_device_configuration(cpu, [device(), device()])
    two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    assert two.num_replicas_in_sync == 2
    results = {}
    for name, strategy in (("one", tf.distribute.get_strategy()), ("two", two)):
        results |= {f"{name}/{i}": value for i, value in enumerate(run(strategy))}
    np.savez(sys.argv[1], **results)
