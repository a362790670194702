"""Data: tasks and their files, rows of token ids, batches, and the tasks' metrics.

The teacher cache is not here: `tfdistill.data.cache` loads Keras, without which a
`.tflite` file is read.
"""

from tfdistill.data.batching import LENGTH_BUCKETS, make_dataset, steps_per_epoch
from tfdistill.data.encode import Encoded, encode
from tfdistill.data.glue import Glue
from tfdistill.data.home_assistant import HomeAssistant
from tfdistill.data.metrics import score
from tfdistill.data.slots import SlotFile
from tfdistill.data.tables import TableFile
from tfdistill.data.tasks import Examples, Streamed, Task, split_examples
from tfdistill.data.tfds import Tfds

__all__ = [
    "LENGTH_BUCKETS",
    "Encoded",
    "Examples",
    "Glue",
    "HomeAssistant",
    "SlotFile",
    "Streamed",
    "TableFile",
    "Task",
    "Tfds",
    "encode",
    "make_dataset",
    "score",
    "split_examples",
    "steps_per_epoch",
]
