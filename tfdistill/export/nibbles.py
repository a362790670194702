"""Numbers of four bits out of bytes, in float operators that every runtime has."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tfdistill.export import flat
from tfdistill.export.operators import add_operator, new_tensor


def unpack_halves(model, graph, like, values, shape) -> int:
    """Add what makes 16 a + b + 8 into (a, b); return the tensor's number."""
    half = [*shape[:-1], shape[-1] // 2]
    high, rest = _split(model, graph, like, values, half, 16.0)
    low = _apply(model, graph, like, "SUB", [rest, 8.0], half)
    return _joined(model, graph, like, [high, low], shape)


def unpack_pairs(model, graph, like, values, shape) -> int:
    """Add what makes bytes of a 4-bit kernel into its numbers, the first one low.

    Both are two's complements: 8 and more in the low half stand for 16 less.
    """
    half, each = [*shape[:-1], shape[-1] // 2], [*shape[:-1], shape[-1] // 2, 1]
    odd, rest = _split(model, graph, like, values, half, 16.0)
    negative, _ = _split(model, graph, like, rest, half, 8.0)
    minus = _apply(model, graph, like, "MUL", [negative, 16.0], half)
    even = _apply(model, graph, like, "SUB", [rest, minus], half)
    parts = [_reshaped(model, graph, like, part, each) for part in (even, odd)]
    pairs = _joined(model, graph, like, parts, [*each[:-1], 2])
    return _reshaped(model, graph, like, pairs, shape)


def _split(model, graph, like, values, shape, by):
    """Return how often `by` goes into whole numbers, rounded down, and the rest."""
    shifted = _apply(model, graph, like, "MUL", [values, 1 / by], shape)
    whole = _apply(model, graph, like, "FLOOR", [shifted], shape)
    back = _apply(model, graph, like, "MUL", [whole, by], shape)
    return whole, _apply(model, graph, like, "SUB", [values, back], shape)


def _apply(model, graph, like, name, inputs, shape) -> int:
    """Add an operator over activations and plain numbers; return its output."""
    inputs = [
        _number(model, graph, like, each) if isinstance(each, float) else each
        for each in inputs
    ]
    suffix = f"unpacked_{len(graph.tensors)}"
    output = new_tensor(graph, like, 0, "FLOAT32", shape, suffix)
    options = {"MUL": schema.MulOptionsT, "SUB": schema.SubOptionsT}.get(name)
    add_operator(model, graph, name, 1, inputs, output, options and options())
    return output


def _number(model, graph, like, value) -> int:
    index = flat.add_buffer(model, np.float32(value))
    return new_tensor(graph, like, index, "FLOAT32", [], f"constant_{value}")


def _joined(model, graph, like, parts, shape) -> int:
    joined = new_tensor(graph, like, 0, "FLOAT32", shape, "joined")
    options = schema.ConcatenationOptionsT()
    options.axis = len(shape) - 1
    add_operator(model, graph, "CONCATENATION", 1, parts, joined, options)
    return joined


def _reshaped(model, graph, like, values, shape) -> int:
    name = f"reshaped_{len(graph.tensors)}"
    index = flat.add_buffer(model, np.array(shape, np.int32))
    sizes = new_tensor(graph, like, index, "INT32", [len(shape)], f"{name}_shape")
    output = new_tensor(graph, like, 0, "FLOAT32", shape, name)
    options = schema.ReshapeOptionsT()
    options.newShape = np.array(shape, np.int32)
    add_operator(model, graph, "RESHAPE", 1, [values, sizes], output, options)
    return output
