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
from tfdistill.export.nibbles import unpack_halves, unpack_pairs
from tfdistill.export.operators import add_operator, new_constant, new_tensor
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
    rewriter.find_tied()
    for graph in model.subgraphs:
        rewriter.rewrite(graph)
    return flat.pack(model)


class _Rewriter:
    def __init__(self, model, scheme: str, kernels: dict):
        self.model, self.scheme, self.rounded = model, scheme, kernels
        self.bits = 4 if scheme == "int4" else 8
        self.stored = {}

    def find_tied(self) -> None:
        """Note the kernels that are tables too: in 4 bits they share their bytes."""
        reads = {"tables": set(), "kernels": set()}
        places = {
            schema.BuiltinOperator.GATHER: ("tables", 0),
            schema.BuiltinOperator.CONV_2D: ("kernels", 1),
        }
        for graph in self.model.subgraphs:
            for operator in graph.operators:
                code = flat.builtin_of(self.model.operatorCodes[operator.opcodeIndex])
                if code in places:
                    kind, place = places[code]
                    tensor = graph.tensors[operator.inputs[place]]
                    if tensor.shape[-1] % _OLD_DEPTH == 0 and self._is_large(tensor):
                        reads[kind].add(self._data(tensor))
        self.tied = reads["tables"] & reads["kernels"] if self.bits == 4 else set()

    def _data(self, tensor) -> bytes:
        return bytes(flat.data_of(self.model, tensor.buffer))

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
                index = new_constant(graph, tensor, buffer, "INT8", scales)
                restored = new_tensor(
                    graph, tensor, 0, "FLOAT32", tensor.shape, "restored"
                )
                add_operator(self.model, graph, "DEQUANTIZE", 2, [index], restored)
                operator.inputs[1] = restored
            elif self.bits == 8:
                operator.inputs[1] = new_constant(graph, tensor, buffer, "INT8", scales)
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
        operator.inputs[1] = new_constant(graph, tensor, buffer, "INT4", scales, shape)
        if missing:
            operator.inputs[0] = self._padded(graph, operator.inputs[0], missing)

    def _padded(self, graph, index: int, missing: int) -> int:
        """Return the number of the activation with zeros at its end."""
        if index not in self.padded:
            x = graph.tensors[index]
            width = np.zeros((len(x.shape), 2), np.int32)
            width[-1, 1] = missing
            buffer = flat.add_buffer(self.model, width)
            widths = new_tensor(graph, x, buffer, "INT32", width.shape, "widths")
            longer = [*x.shape[:-1], x.shape[-1] + missing]
            self.padded[index] = new_tensor(graph, x, 0, "FLOAT32", longer, "padded")
            options = schema.PadOptionsT()
            add_operator(
                self.model,
                graph,
                "PAD",
                1,
                [index, widths],
                self.padded[index],
                options,
            )
        return self.padded[index]

    # === Tables ===

    def _table(self, graph, operator) -> None:
        tensor = graph.tensors[operator.inputs[0]]
        if not self._is_large(tensor):
            graph.operators.append(operator)
            return
        ids, (output,) = operator.inputs[1], operator.outputs
        shape, count = list(graph.tensors[output].shape), tensor.shape[0]
        is_tied = bool(self.tied) and self._data(tensor) in self.tied
        (buffer, scales), is_packed = self._store_table(tensor, is_tied)
        width = shape[-1] // 2 if is_packed else shape[-1]
        rows = new_tensor(graph, tensor, buffer, "INT8", [count, width], "rows", (1.0,))
        found = new_tensor(
            graph, tensor, 0, "INT8", [*shape[:-1], width], "found", (1.0,)
        )
        values = new_tensor(graph, tensor, 0, "FLOAT32", [*shape[:-1], width], "values")
        self._gather(graph, operator, rows, ids, found, 2)
        add_operator(self.model, graph, "DEQUANTIZE", 2, [found], values)
        if is_packed:
            unpack = unpack_pairs if is_tied else unpack_halves
            values = unpack(self.model, graph, tensor, values, shape)
        table = new_tensor(graph, tensor, scales, "FLOAT32", [count, 1], "scales")
        scale = new_tensor(graph, tensor, 0, "FLOAT32", [*shape[:-1], 1], "scale")
        self._gather(graph, operator, table, ids, scale, 1)
        add_operator(
            self.model, graph, "MUL", 1, [values, scale], output, schema.MulOptionsT()
        )

    def _store_table(self, tensor, is_tied):
        """Return the buffers (values, scales), and whether a byte holds two values."""
        if is_tied:
            buffer, scales = self._store_kernel(tensor)
            scales = np.asarray(scales, np.float32)
            return (buffer, flat.add_buffer(self.model, scales)), True
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
