"""What `latency.py` runs: one network as files of several exporters, and its floor."""

import json
import pathlib
import subprocess

import keras
import numpy as np

from tfdistill.export.runtime import INPUT_NAMES

SCHEMES = ("float32", "dynamic_int8")
OURS, PEER, FLOOR, ONNX = "tfdistill", "KerasHub + Keras", "floor", "ONNX Runtime"
BASE = "bert_base"
_NAMES = {"token_ids": "input_ids", "padding_mask": "attention_mask"}


def export_all(size, vocabulary_size, lengths, folder, torch_python=None) -> dict:
    """Return {(who, scheme, length): path} of a network of random weights.

    Args:
        size: str. A name of BertConfig.
        vocabulary_size: int.
        lengths: sequence of int.
        folder: path.
        torch_python: path or None. A Python with torch, transformers, onnx and
            onnxruntime: it makes the weights, which ours then loads, and the ONNX
            files. Without it there are none.
    """
    from tfdistill.export.to_tflite import export_tflite

    folder = pathlib.Path(folder) / size
    folder.mkdir(parents=True)
    files = {}
    if torch_python:
        files |= _export_onnx(size, vocabulary_size, lengths, folder, torch_python)
    model, peer = _ours(size, vocabulary_size, folder), _peer(size, vocabulary_size)
    for length in lengths:
        for scheme in SCHEMES:
            path = folder / f"{scheme}_{length}.tflite"
            export_tflite(model, path, scheme, length)
            files[OURS, scheme, length] = path
            path = folder / f"peer_{scheme}_{length}.tflite"
            files[PEER, scheme, length] = _export_peer(peer, path, scheme, length)
            path = folder / f"floor_{scheme}_{length}.tflite"
            path.write_bytes(_convert_floor(_floor(model.config, length), scheme))
            files[FLOOR, scheme, length] = path
    return files


def export_base(length, folder):
    """Return the path of BERT-base in float32 by KerasHub and Keras's exporter."""
    path = pathlib.Path(folder) / f"{BASE}_{length}.tflite"
    return _export_peer(_peer(BASE, 30522), path, "float32", length)


# === Networks ===


def _ours(size, vocabulary_size, folder):
    from tfdistill.bert.checkpoint import load_teacher
    from tfdistill.bert.encoder import build_student
    from tfdistill.bert.heads import Classification

    if (folder / "model.safetensors").exists():
        return load_teacher(folder, Classification(2, "cls"))
    return shaken(
        build_student(
            size, head=Classification(2, "cls"), vocabulary_size=vocabulary_size
        )
    )


def _peer(size, vocabulary_size):
    import keras_hub

    from tfdistill.bert.config import BertConfig

    config = BertConfig.named(size)
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=vocabulary_size,
        num_layers=config.num_layers,
        num_heads=config.num_heads,
        hidden_dim=config.hidden_dim,
        intermediate_dim=config.intermediate_dim,
        max_sequence_length=config.max_sequence_length,
    )
    logits = keras.layers.Dense(2)(backbone.output["pooled_output"])
    return shaken(keras.Model(backbone.inputs, logits))


def shaken(model):
    """Make no weight zero: converters drop a bias that is."""
    random = np.random.default_rng(0)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(weight + 0.05 * random.normal(size=weight.shape))
    return model


def _floor(config, length):
    """The Dense layers of all blocks alone, each reading one of the same width."""
    import tensorflow as tf

    width, inner = config.hidden_dim, config.intermediate_dim
    random = np.random.default_rng(0)

    def dense(x, outputs):
        kernel = random.normal(size=(x.shape[-1], outputs), scale=0.05)
        bias = random.normal(size=outputs, scale=0.05)
        kernel, bias = kernel.astype(np.float32), bias.astype(np.float32)
        return tf.matmul(x, tf.constant(kernel)) + tf.constant(bias)

    def run(states):
        outputs = {}
        for layer in range(config.num_layers):
            outputs[f"queries_{layer}"] = dense(states, width)
            outputs[f"keys_{layer}"] = dense(states, width)
            states = dense(dense(states, width), width)
            states = dense(dense(states, inner), width)
        return {**outputs, "states": states}

    signature = [tf.TensorSpec((length, width), tf.float32, name="states")]
    return tf.function(run, input_signature=signature)


def _convert_floor(function, scheme) -> bytes:
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [function.get_concrete_function()]
    )
    if scheme == "dynamic_int8":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return converter.convert()


# === Exporters ===


def _export_peer(model, path, scheme, length):
    import tensorflow as tf

    signature = {
        name: tf.TensorSpec((1, length), tf.int32, name=name) for name in INPUT_NAMES
    }
    options = {}
    if scheme == "dynamic_int8":
        options["optimizations"] = [tf.lite.Optimize.DEFAULT]
    model.export(
        str(path),
        format="litert",
        input_signature=[signature],
        verbose=False,
        **options,
    )
    return path


def _export_onnx(size, vocabulary_size, lengths, folder, torch_python):
    from tfdistill.bert.config import BertConfig

    config = BertConfig.named(size)
    values = {
        "vocab_size": vocabulary_size,
        "num_hidden_layers": config.num_layers,
        "hidden_size": config.hidden_dim,
        "num_attention_heads": config.num_heads,
        "intermediate_size": config.intermediate_dim,
    }
    script = pathlib.Path(__file__).with_name("latency_onnx.py")
    command = [torch_python, script, str(folder), json.dumps(values)]
    subprocess.run([*command, *map(str, lengths)], check=True)
    return {
        (ONNX, scheme, length): folder / f"{scheme}_{length}.onnx"
        for scheme in SCHEMES
        for length in lengths
    }


# === Runners ===


def make_runner(path, length, num_threads):
    """Return a function without arguments that runs a file on a text that fills it."""
    from tfdistill.export.runtime import TfliteModel

    ones = np.ones((1, length), np.int32)
    if path.suffix == ".onnx":
        return _onnx_runner(path, ones, num_threads)
    if path.name.startswith("floor_"):
        return _floor_runner(path, num_threads)
    model = TfliteModel(path, num_threads=num_threads)
    inputs = dict(zip(INPUT_NAMES, (ones, 0 * ones, ones), strict=True))
    return lambda: next(iter(model.run(inputs).values()))


def _floor_runner(path, num_threads):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=num_threads)
    interpreter.allocate_tensors()
    (details,) = interpreter.get_input_details()
    states = np.random.default_rng(0).normal(size=details["shape"]).astype(np.float32)

    def run():
        interpreter.set_tensor(details["index"], states)
        interpreter.invoke()

    return run


def _onnx_runner(path, ones, num_threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    session = onnxruntime.InferenceSession(
        str(path), options, providers=["CPUExecutionProvider"]
    )
    inputs = {name: ones.astype(np.int64) for name in _NAMES.values()}
    return lambda: session.run(None, inputs)[0]
