"""The kernels and tables of a float32 graph in 8 or 4 bits.

Two kinds of constants are worth it. Kernels are the second input of CONV_2D; each
output has a scale of its own. Tables are the first input of GATHER; each row has a
scale of its own, which a second GATHER looks up, so that a rare piece with large
numbers costs the others nothing. Everything else (biases, normalizations, what is below
`MIN_NUMBERS`) stays float32. Signatures that shared a constant share its quantized
form.
"""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tfdistill.export import flat
from tfdistill.quantize.rounding import pack_nibbles, quantize_rows

MIN_NUMBERS = 1024
# tflite-runtime 2.14 multiplies 4 bits wrongly unless the depth is a multiple of this.
_OLD_DEPTH = 32


def store_weights(content: bytes, scheme: str, kernels=None) -> bytes:
    """Rewrite a float32 `.tflite` file with smaller kernels and tables.

    Args:
        content: bytes of the file.
        scheme: of `schemes.STORED`. "dynamic_int8" multiplies int8 kernels with
            activations rounded as they come, "weight_only_int8" makes them float32
            again, "int4" has 4 bits and FULLY_CONNECTED instead of CONV_2D. For
            "static_int8" only the tables are left to store.
        kernels: dict of bytes of a float32 kernel to (int8 (outputs, inputs), float32
            scales (outputs,)), rounded by other means; those missing are rounded to the
            nearest.

    Returns:
        bytes of the new file.
    """
    model = flat.unpack(content)
    rewriter = _Rewriter(model, scheme, kernels or {})
    for graph in model.subgraphs:
        rewriter.rewrite(graph)
    return flat.pack(model)


class _Rewriter:
    def __init__(self, model, scheme: str, kernels: dict):
        self.model, self.scheme, self.rounded = model, scheme, kernels
        self.bits = 4 if scheme == "int4" else 8
        self.stored = {}

    def rewrite(self, graph) -> None:
        operators, graph.operators, self.padded = graph.operators, [], {}
        for operator in operators:
            code = flat.builtin_of(self.model.operatorCodes[operator.opcodeIndex])
            if code == schema.BuiltinOperator.CONV_2D:
                self._kernel(graph, operator)
            elif code == schema.BuiltinOperator.GATHER:
                self._table(graph, operator)
            else:
                graph.operators.append(operator)

    # === Kernels ===

    def _kernel(self, graph, operator) -> None:
        tensor = graph.tensors[operator.inputs[1]]
        if self._is_large(tensor):
            operator.inputs = operator.inputs.copy()
            buffer, scales = self._store_kernel(tensor)
            if self.scheme == "weight_only_int8":
                index = _quantized(graph, tensor, buffer, "INT8", scales)
                restored = _new(graph, tensor, 0, "FLOAT32", tensor.shape, "restored")
                self._add(graph, "DEQUANTIZE", 2, [index], restored)
                operator.inputs[1] = restored
            elif self.bits == 8:
                operator.inputs[1] = _quantized(graph, tensor, buffer, "INT8", scales)
                operator.opcodeIndex = flat.operator_code(self.model, "CONV_2D", 5)
            else:
                self._become_fully_connected(graph, operator, tensor, buffer, scales)
        graph.operators.append(operator)

    def _store_kernel(self, tensor):
        key = tensor.buffer, "kernel"
        if key not in self.stored:
            data = flat.data_of(self.model, tensor.buffer)
            rows = np.frombuffer(data, np.float32).reshape(tensor.shape[0], -1)
            values, scales = self.rounded.get(data) or quantize_rows(rows, self.bits)
            if self.bits == 4:
                missing = -rows.shape[1] % _OLD_DEPTH
                values = pack_nibbles(np.pad(values, ((0, 0), (0, missing))))
            self.stored[key] = flat.add_buffer(self.model, values), scales
        return self.stored[key]

    def _become_fully_connected(self, graph, operator, tensor, buffer, scales) -> None:
        """Old runtimes have 4 bits there alone, and right for some depths only."""
        options = schema.FullyConnectedOptionsT()
        activation = operator.builtinOptions.fusedActivationFunction
        options.fusedActivationFunction = activation
        options.keepNumDims = True
        operator.builtinOptions = options
        operator.builtinOptionsType = schema.BuiltinOptions.FullyConnectedOptions
        operator.opcodeIndex = flat.operator_code(self.model, "FULLY_CONNECTED", 9)
        outputs, depth = tensor.shape[[0, 3]]
        missing = -depth % _OLD_DEPTH
        shape = [outputs, depth + missing]
        operator.inputs[1] = _quantized(graph, tensor, buffer, "INT4", scales, shape)
        if missing:
            operator.inputs[0] = self._padded(graph, operator.inputs[0], missing)

    def _padded(self, graph, index: int, missing: int) -> int:
        """Return the number of the activation with zeros at its end."""
        if index not in self.padded:
            x = graph.tensors[index]
            width = np.zeros((len(x.shape), 2), np.int32)
            width[-1, 1] = missing
            buffer = flat.add_buffer(self.model, width)
            widths = _new(graph, x, buffer, "INT32", width.shape, "widths")
            longer = [*x.shape[:-1], x.shape[-1] + missing]
            self.padded[index] = _new(graph, x, 0, "FLOAT32", longer, "padded")
            options = schema.PadOptionsT()
            self._add(graph, "PAD", 1, [index, widths], self.padded[index], options)
        return self.padded[index]

    # === Tables ===

    def _table(self, graph, operator) -> None:
        tensor = graph.tensors[operator.inputs[0]]
        if not self._is_large(tensor):
            graph.operators.append(operator)
            return
        ids, (output,) = operator.inputs[1], operator.outputs
        shape, count = list(graph.tensors[output].shape), tensor.shape[0]
        (buffer, scales), is_packed = self._store_table(tensor)
        width = shape[-1] // 2 if is_packed else shape[-1]
        rows = _new(graph, tensor, buffer, "INT8", [count, width], "rows", (1.0,))
        found = _new(graph, tensor, 0, "INT8", [*shape[:-1], width], "found", (1.0,))
        values = _new(graph, tensor, 0, "FLOAT32", [*shape[:-1], width], "values")
        self._gather(graph, operator, rows, ids, found, 2)
        self._add(graph, "DEQUANTIZE", 2, [found], values)
        if is_packed:
            values = self._unpacked(graph, tensor, values, shape)
        table = _new(graph, tensor, scales, "FLOAT32", [count, 1], "scales")
        scale = _new(graph, tensor, 0, "FLOAT32", [*shape[:-1], 1], "scale")
        self._gather(graph, operator, table, ids, scale, 1)
        self._add(graph, "MUL", 1, [values, scale], output, schema.MulOptionsT())

    def _store_table(self, tensor):
        """Return the buffers (values, scales), and whether a byte holds two values."""
        key = tensor.buffer, "table"
        is_packed = self.bits == 4 and tensor.shape[1] % 2 == 0
        if key not in self.stored:
            data = flat.data_of(self.model, tensor.buffer)
            rows = np.frombuffer(data, np.float32).reshape(tensor.shape)
            values, scales = quantize_rows(rows, 4 if is_packed else 8)
            if is_packed:
                half = rows.shape[1] // 2
                values = 16 * values[:, :half] + values[:, half:] + 8
            self.stored[key] = (
                flat.add_buffer(self.model, values.astype(np.int8)),
                flat.add_buffer(self.model, scales),
            )
        return self.stored[key], is_packed

    def _unpacked(self, graph, tensor, values, shape) -> int:
        """16 a + b + 8 to (a, b), in operators that every runtime has for float32."""

        def constant(value):
            index = flat.add_buffer(self.model, np.float32(value))
            return _new(graph, tensor, index, "FLOAT32", [], f"constant_{value}")

        def add(name, inputs, suffix, options=None):
            half = [*shape[:-1], shape[-1] // 2]
            output = _new(graph, tensor, 0, "FLOAT32", half, suffix)
            self._add(graph, name, 1, inputs, output, options)
            return output

        shifted = add("MUL", [values, constant(1 / 16)], "part", schema.MulOptionsT())
        high = add("FLOOR", [shifted], "high")
        sixteen = add("MUL", [high, constant(16.0)], "sixteen", schema.MulOptionsT())
        rest = add("SUB", [values, sixteen], "rest", schema.SubOptionsT())
        low = add("SUB", [rest, constant(8.0)], "low", schema.SubOptionsT())
        joined = _new(graph, tensor, 0, "FLOAT32", shape, "joined")
        options = schema.ConcatenationOptionsT()
        options.axis = len(shape) - 1
        self._add(graph, "CONCATENATION", 1, [high, low], joined, options)
        return joined

    def _gather(self, graph, original, table, ids, output, version) -> None:
        code = flat.operator_code(self.model, "GATHER", version)
        operator = schema.OperatorT()
        vars(operator).update(vars(original))
        operator.opcodeIndex = code
        operator.inputs = np.array([table, ids], np.int32)
        operator.outputs = np.array([output], np.int32)
        graph.operators.append(operator)

    # === Both ===

    def _is_large(self, tensor) -> bool:
        data = flat.data_of(self.model, tensor.buffer)
        is_float = tensor.type == schema.TensorType.FLOAT32
        return is_float and data is not None and len(data) >= 4 * MIN_NUMBERS

    def _add(self, graph, name, version, inputs, output, options=None) -> None:
        operator = schema.OperatorT()
        operator.opcodeIndex = flat.operator_code(self.model, name, version)
        operator.inputs = np.array(inputs, np.int32)
        operator.outputs = np.array([output], np.int32)
        if options is not None:
            kind = type(options).__name__.removesuffix("T")
            operator.builtinOptions = options
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
        graph.operators.append(operator)


def _quantized(graph, like, buffer, dtype, scales, shape=None) -> int:
    """Append a constant with a scale per row of its first axis; return its number."""
    shape = like.shape if shape is None else shape
    return _new(graph, like, buffer, dtype, shape, dtype.lower(), scales)


def _new(graph, like, buffer, dtype, shape, suffix, scales=None) -> int:
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
