"""A `BertEncoder` to one `.tflite` file: built-in operators, fixed length, names.

Static int8 is for students that were trained under fake quantization; several lengths
in a file are not here.
"""

import dataclasses
import os
import pathlib
import re
import tempfile

import tensorflow as tf

from tfdistill.bert.encoder import BertEncoder
from tfdistill.export.graph import Graph, read_graph
from tfdistill.export.inference import inference_function
from tfdistill.quantize.encoder import QuantizedEncoder, int8_function, strip
from tfdistill.train.files import written_whole

SCHEMES = ("float32", "float16", "dynamic_int8")
# Also for students that were trained under fake quantization.
QUANTIZED_SCHEMES = (*SCHEMES, "static_int8")


@dataclasses.dataclass(frozen=True)
class ExportResult:
    """A file that was written.

    Attributes:
        path: path of the `.tflite` file.
        scheme: str, of `QUANTIZED_SCHEMES`.
        sequence_length: int.
        size_bytes: int.
        graph: Graph. Its `weight_bytes` say what was quantized.
    """

    path: pathlib.Path
    scheme: str
    sequence_length: int
    size_bytes: int
    graph: Graph


def export_tflite(
    model: BertEncoder,
    path: str | os.PathLike,
    scheme: str = "dynamic_int8",
    sequence_length: int = 128,
) -> ExportResult:
    """Write the model as a `.tflite` file, whole or not at all.

    The file has one signature. Inputs: int32 (1, sequence_length) token_ids,
    segment_ids, padding_mask (1 = real token). Outputs: float32, named as the head
    names them (`logits`, and `slot_logits` of the joint head).

    Args:
        model: BertEncoder; a QuantizedEncoder is stripped, except for "static_int8".
        path: where to write; an existing file is replaced at the end.
        scheme: how weights are stored; activations are float32, except in the last.
            "float32": as they are.
            "float16": in half precision, computed with in float32.
            "dynamic_int8": tables in int8 with one scale, large kernels in int8 with a
            scale per output, multiplied in int8 with activations quantized on the fly.
            Kernels below 1024 numbers, biases and normalizations stay float32.
            "static_int8": weights likewise, and activations in int8 with the ranges
            that a QuantizedEncoder has learned. Normalization and mean pooling stay
            float32.
        sequence_length: int, tokens of every text, padding included.

    Raises:
        ValueError: an unknown scheme, an impossible length, another
            kind of model, an operator that no phone has, or a path that cannot be
            written.
    """
    _check(model, scheme, sequence_length)
    function = _function(model, scheme, sequence_length)
    content = convert_function(function, scheme)
    with written_whole(path) as temporary:
        temporary.write_bytes(content)
        graph = read_graph(temporary)
    path = pathlib.Path(path)
    return ExportResult(path, scheme, sequence_length, len(content), graph)


def _function(model, scheme, sequence_length):
    if scheme == "static_int8":
        return int8_function(model, sequence_length)
    if isinstance(model, QuantizedEncoder):
        model = strip(model)
    return inference_function(model, sequence_length, scheme != "dynamic_int8")


def convert_function(function, scheme: str) -> bytes:
    """Convert a tf.function with an input signature to the bytes of a `.tflite` file.

    Args:
        function: tf.function that returns a dict of tensors.
        scheme: of `QUANTIZED_SCHEMES`.

    Raises:
        ValueError: it needs an operator that is not built into LiteRT, or the
            temporary folder is full.
    """
    from tensorflow.lite.python.convert_phase import ConverterError  # Nowhere public.

    module = tf.Module()
    module.function = function
    try:
        with tempfile.TemporaryDirectory(prefix="tfdistill_") as folder:
            tf.saved_model.save(module, folder, signatures=function)
            converter = tf.lite.TFLiteConverter.from_saved_model(folder)
            _configure(converter, scheme)
            return converter.convert()
    except (OSError, tf.errors.OpError) as error:
        raise ValueError(
            f"The conversion could not write to {tempfile.gettempdir()} ({error}). "
            "Make room there or set TMPDIR to another folder."
        ) from error
    except ConverterError as error:
        raise ValueError(_reason(error)) from error


def _configure(converter, scheme: str) -> None:
    # SELECT_TF_OPS would need the Flex runtime, which no phone has by itself.
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if scheme == "float32":
        return
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if scheme == "float16":
        converter.target_spec.supported_types = [tf.float16]


def _reason(error) -> str:
    operators = re.findall(r"(?:TF Select|[Cc]ustom) ops: (.+)", str(error))
    if not operators:
        lines = str(error).strip().splitlines() or ["no reason given"]
        return f"The model cannot be converted: {lines[0]}"
    return (
        "The model needs operators that are not built into LiteRT "
        f"({', '.join(sorted(set(operators)))}), so that a phone could not run it."
    )


def _check(model, scheme, sequence_length) -> None:
    if not isinstance(model, BertEncoder):
        raise ValueError(
            f"Expected a BertEncoder; got {type(model).__name__}. Load published "
            "weights with load_teacher, or build a model with build_student."
        )
    if scheme not in QUANTIZED_SCHEMES:
        raise ValueError(
            f"scheme must be one of {', '.join(QUANTIZED_SCHEMES)}; got {scheme!r}."
        )
    if scheme not in SCHEMES and not isinstance(model, QuantizedEncoder):
        raise ValueError(
            "static_int8 needs the ranges of activations: train the student in a "
            "quantized stage, or give quantization_aware(student) after calibrate."
        )
    longest = model.config.max_sequence_length
    is_whole = isinstance(sequence_length, int) and not isinstance(
        sequence_length, bool
    )
    if not is_whole or not 2 <= sequence_length <= longest:
        raise ValueError(
            f"sequence_length must be a whole number from 2 to {longest}, the "
            f"positions that the model has; got {sequence_length!r}."
        )
