"""Tensors and operators that are added to a graph of a `.tflite` file."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tfdistill.export import flat


def add_operator(model, graph, name, version, inputs, output, options=None):
    """Append an operator of one output to a graph.

    Args:
        model: schema.ModelT.
        graph: schema.SubGraphT of it.
        name: str, of schema.BuiltinOperator.
        version: int.
        inputs: list of int, numbers of tensors.
        output: int.
        options: an object of the schema such as MulOptionsT, or None.
    """
    operator = schema.OperatorT()
    operator.opcodeIndex = flat.operator_code(model, name, version)
    operator.inputs = np.array(inputs, np.int32)
    operator.outputs = np.array([output], np.int32)
    if options is not None:
        kind = type(options).__name__.removesuffix("T")
        operator.builtinOptions = options
        operator.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
    graph.operators.append(operator)


def new_constant(graph, like, buffer, dtype, scales, shape=None) -> int:
    """Append a constant with a scale per row of its first axis; return its number."""
    shape = like.shape if shape is None else shape
    return new_tensor(graph, like, buffer, dtype, shape, dtype.lower(), scales)


def new_tensor(graph, like, buffer, dtype, shape, suffix, scales=None) -> int:
    """Append a tensor to a graph and return its number."""
    tensor = schema.TensorT()
    tensor.name = b"stored/" + like.name + b"/" + suffix.encode()
    tensor.shape = np.array(shape, np.int32)
    tensor.type = getattr(schema.TensorType, dtype)
    tensor.buffer, tensor.hasRank = buffer, True
    if scales is not None:
        tensor.quantization = schema.QuantizationParametersT()
        tensor.quantization.scale = np.array(scales, np.float32)
        tensor.quantization.zeroPoint = np.zeros(len(scales), np.int64)
    graph.tensors.append(tensor)
    return len(graph.tensors) - 1
