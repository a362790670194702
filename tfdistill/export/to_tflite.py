"""A `BertEncoder` to one `.tflite` file: built-in operators, fixed lengths, names.

TensorFlow's converter makes the float32 and float16 files and the int8 arithmetic of
`static_int8`; `weights.py` stores weights in 8 and 4 bits. Students that were trained
under fake quantization bring a forward pass of their own (`quantize/forward.py`).
"""

import dataclasses
import os
import pathlib
import re
import tempfile

import tensorflow as tf

from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import Classification
from tfdistill.data import Encoded
from tfdistill.export import flat
from tfdistill.export.calibrate import calibrate, rounding
from tfdistill.export.compatibility import check_compatibility
from tfdistill.export.form import Form
from tfdistill.export.graph import Graph, read_graph
from tfdistill.export.inference import inference_function
from tfdistill.export.schemes import SCHEMES, STORED
from tfdistill.export.tensor_names import drop_names, tell_apart
from tfdistill.export.weights import store_weights
from tfdistill.quantize.clustering import ClusteredEncoder, strip_clusters
from tfdistill.quantize.encoder import QuantizedEncoder, int8_function, strip
from tfdistill.quantize.rounded import RoundedEncoder, strip_rounding
from tfdistill.train.files import written_whole

TEXT_CLASSIFIER = "text_classifier"


@dataclasses.dataclass(frozen=True)
class ExportResult:
    """A file that was written.

    Attributes:
        path: path of the `.tflite` file.
        scheme: str, of `SCHEMES`.
        sequence_lengths: tuple of int, ascending.
        size_bytes: int.
        graph: Graph. Its `weight_bytes` say what was quantized.
    """

    path: pathlib.Path
    scheme: str
    sequence_lengths: tuple[int, ...]
    size_bytes: int
    graph: Graph


def export_tflite(
    model: BertEncoder,
    path: str | os.PathLike,
    scheme: str = "dynamic_int8",
    sequence_length: int | tuple[int, ...] = 128,
    calibration: Encoded | dict | None = None,
    task: str | None = None,
    compatibility: str = "2.14",
) -> ExportResult:
    """Write the model as a `.tflite` file, whole or not at all.

    The file has a signature per length, over one copy of the weights. Inputs: int32
    (1, length) token_ids, segment_ids, padding_mask (1 = real token). Outputs: float32,
    named as the head names them (`logits`, and `slot_logits` of the joint head).

    Args:
        model: BertEncoder; a QuantizedEncoder is stripped, except for "static_int8", a
            RoundedEncoder or ClusteredEncoder always: its file holds what it computed
            with.
        path: where to write; an existing file is replaced at the end.
        scheme: how weights are stored and multiplied, of `schemes.SCHEMES`.
        sequence_length: int, tokens of every text, padding included; or several, of
            which a caller takes the least that fits.
        calibration: for `static_int8`: Encoded real examples, or the ranges of
            activations (`calibrate`). A QuantizedEncoder has ranges of its own.
        task: "text_classifier" for MediaPipe's Text Classifier: one length, its names
            of the inputs, and probabilities for the output. `write_card` adds the rest.
        compatibility: the oldest runtime that has to run the file, "2.14" or "latest".

    Raises:
        ValueError: an unknown scheme or task, an impossible length, another kind of
            model, nothing to calibrate with, an operator that no phone has, or
            a path that cannot be written.
    """
    if isinstance(model, RoundedEncoder):
        model = strip_rounding(model)
    if isinstance(model, ClusteredEncoder):
        model = strip_clusters(model)
    lengths = _lengths(sequence_length)
    _check(model, scheme, lengths)
    _check_task(model, task, lengths)
    form = Form(is_text_classifier=task is not None, num_positions=lengths[-1])
    content = _convert(model, scheme, lengths, calibration, form)
    # Names are for other tools, which read what is not quantized yet.
    content = (tell_apart if scheme == "float32" else drop_names)(content)
    with written_whole(path) as temporary:
        temporary.write_bytes(content)
        graph = read_graph(temporary)
        check_compatibility(graph, compatibility)
    return ExportResult(pathlib.Path(path), scheme, lengths, len(content), graph)


def _convert(model, scheme, lengths, calibration, form: Form) -> bytes:
    if isinstance(model, QuantizedEncoder):
        if scheme == "static_int8":
            return _convert_trained(model, lengths)
        model = strip(model)
    has_pieces = scheme in ("float32", "float16", "weight_only_int8")
    has_joined_heads = scheme in ("dynamic_int8", "int4")
    form = form._replace(has_pieces=has_pieces, has_joined_heads=has_joined_heads)
    if scheme == "static_int8":
        form = form._replace(tap=rounding(_ranges(model, calibration)))
    functions = {
        _signature(length, lengths): inference_function(model, length, form)
        for length in lengths
    }
    content = _converted(functions, scheme)
    return store_weights(content, scheme) if scheme in STORED else content


def _convert_trained(model: QuantizedEncoder, lengths) -> bytes:
    """As `_convert`, with the ranges and the arithmetic that the student learned."""
    functions = {
        _signature(length, lengths): int8_function(model, length) for length in lengths
    }
    return _converted(functions, "static_int8")


def _converted(functions, scheme) -> bytes:
    """Convert one by one: the converter holds several copies of what it converts."""
    contents = [
        convert_functions({name: function}, scheme)
        for name, function in functions.items()
    ]
    return flat.pack(flat.join(contents))


def _signature(length: int, lengths) -> str:
    return "serving_default" if len(lengths) == 1 else f"tokens_{length}"


def _ranges(model, calibration) -> dict:
    if calibration is None:
        raise ValueError(
            "static_int8 rounds activations within ranges: give calibration, real "
            "examples or the ranges of a training with rounding."
        )
    if isinstance(calibration, dict):
        return calibration
    return calibrate(model, calibration)


def convert_functions(functions: dict, scheme: str = "float32") -> bytes:
    """Convert tf.functions with input signatures to the bytes of a `.tflite` file.

    Args:
        functions: dict of signature name to tf.function that returns a dict of tensors.
        scheme: of `SCHEMES`. Those of `STORED` are converted as float32.

    Raises:
        ValueError: one needs an operator that is not built into LiteRT, or the
            temporary folder is full.
    """
    from tensorflow.lite.python.convert_phase import ConverterError  # Nowhere public.

    module = tf.Module()
    module.functions = list(functions.values())
    try:
        with tempfile.TemporaryDirectory(prefix="tfdistill_") as folder:
            tf.saved_model.save(module, folder, signatures=functions)
            converter = tf.lite.TFLiteConverter.from_saved_model(
                folder, signature_keys=list(functions)
            )
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
    if scheme in ("float16", "static_int8"):
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


def _lengths(sequence_length) -> tuple[int, ...]:
    given = sequence_length
    return tuple(given) if isinstance(given, tuple | list) else (given,)


def _check(model, scheme, lengths) -> None:
    if not isinstance(model, BertEncoder):
        raise ValueError(
            f"Expected a BertEncoder; got {type(model).__name__}. Load published "
            "weights with load_teacher, or build a model with build_student."
        )
    if scheme not in SCHEMES:
        raise ValueError(f"scheme must be one of {', '.join(SCHEMES)}; got {scheme!r}.")
    longest = model.config.max_sequence_length
    is_whole = all(isinstance(n, int) and not isinstance(n, bool) for n in lengths)
    if not lengths or not is_whole or not all(2 <= n <= longest for n in lengths):
        raise ValueError(
            f"sequence_length must be whole numbers from 2 to {longest}, the positions "
            f"that the model has; got {', '.join(map(repr, lengths))}."
        )
    if list(lengths) != sorted(set(lengths)):
        raise ValueError(
            f"sequence_length must ascend; got {', '.join(map(str, lengths))}."
        )


def _check_task(model, task, lengths) -> None:
    if task is None:
        return
    if task != TEXT_CLASSIFIER:
        raise ValueError(f"task must be {TEXT_CLASSIFIER} or None; got {task!r}.")
    if isinstance(model, QuantizedEncoder):
        raise ValueError(
            f"{TEXT_CLASSIFIER} files are made of plain students; give strip(model)."
        )
    if not isinstance(model.head, Classification):
        raise ValueError(
            f"{TEXT_CLASSIFIER} needs a Classification head; the model has "
            f"{type(model.head).__name__}."
        )
    if len(lengths) > 1:
        raise ValueError(
            "MediaPipe reads files of one length; give one sequence_length instead of "
            f"{', '.join(map(str, lengths))}."
        )
