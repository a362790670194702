"""A `.tflite` file as Python objects, and back, every vector stored once.

The converter writes the scales of a kernel and the name of a tensor anew for each
signature. Here equal ones are written once: with four lengths that is most of what a
length costs.
"""

import itertools

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

IDENTIFIER = b"TFL3"


def unpack(content: bytes) -> schema.ModelT:
    """Return the model in the bytes of a `.tflite` file.

    Raises:
        ValueError: they are not one, or cut off.
    """
    if content[4:8] != IDENTIFIER:
        raise ValueError("it does not begin as one")
    try:
        return schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(content, 0))
    except Exception as error:  # A damaged flatbuffer fails anywhere in the reader.
        raise ValueError(str(error)) from error


def pack(model: schema.ModelT) -> bytes:
    """Return the bytes of a `.tflite` file.

    Equal buffers become one buffer; equal scales, names and shapes are stored once.
    Tensors that no operator uses are left out. The model is used up.
    """
    for number, graph in enumerate(model.subgraphs):
        _drop_unused_tensors(model, number, graph)
    buffers = _shared_buffers(model)
    tables = {}
    for tensor in _tensors(model):
        if tensor.quantization is not None:
            tensor.quantization = _Once(tensor.quantization, tables)
    model.buffers = buffers
    builder = _Builder(1024)
    builder.Finish(model.Pack(builder), IDENTIFIER)
    return bytes(builder.Output())


def join(contents: list[bytes]) -> schema.ModelT:
    """Return one model with the signatures of several, each of one graph.

    Args:
        contents: bytes of `.tflite` files whose signatures have different names.
    """
    whole, *others = map(unpack, contents)
    for model in others:
        offset, codes = len(whole.buffers), _codes_in(whole, model)
        whole.buffers += model.buffers
        (graph,) = model.subgraphs
        for tensor in graph.tensors:
            tensor.buffer += offset
        for operator in graph.operators:
            operator.opcodeIndex = codes[operator.opcodeIndex]
        for signature in model.signatureDefs:
            signature.subgraphIndex = len(whole.subgraphs)
        whole.subgraphs.append(graph)
        whole.signatureDefs += model.signatureDefs
    return whole


def _codes_in(whole, model) -> list[int]:
    names = {n: k for k, n in vars(schema.BuiltinOperator).items()}
    return [
        operator_code(whole, names[builtin_of(code)], code.version)
        for code in model.operatorCodes
    ]


def data_of(model, index: int) -> bytes | None:
    """Return the content of a buffer, or None for a tensor without a constant."""
    data = model.buffers[index].data
    return None if data is None else np.asarray(data, np.uint8).tobytes()


def add_buffer(model, array: np.ndarray) -> int:
    """Append a constant's bytes to the model's buffers and return their number."""
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8)
    model.buffers.append(buffer)
    return len(model.buffers) - 1


def operator_code(model, name: str, version: int) -> int:
    """Return the number of an operator's code, added to the model if it is new."""
    number = getattr(schema.BuiltinOperator, name)
    for index, code in enumerate(model.operatorCodes):
        if (builtin_of(code), code.version) == (number, version):
            return index
    code = schema.OperatorCodeT()
    code.builtinCode, code.version = number, version
    code.deprecatedBuiltinCode = min(number, 127)
    model.operatorCodes.append(code)
    return len(model.operatorCodes) - 1


def builtin_of(code) -> int:
    """Return the number of a code's builtin operator."""
    return max(code.builtinCode, code.deprecatedBuiltinCode)


class _Builder(flatbuffers.Builder):
    """Writes equal strings and equal vectors of numbers (shapes, scales) once."""

    def __init__(self, size: int):
        super().__init__(size)
        self._strings, self._vectors = {}, {}

    def CreateString(self, text, *options):  # noqa: N802, flatbuffers' name
        if text not in self._strings:
            self._strings[text] = super().CreateString(text, *options)
        return self._strings[text]

    def CreateNumpyVector(self, x):  # noqa: N802
        key = x.dtype.str, x.tobytes()
        if key not in self._vectors:
            self._vectors[key] = super().CreateNumpyVector(x)
        return self._vectors[key]


class _Once:
    """A table that is packed when its content comes first, and later referred to.

    Args:
        table: QuantizationParametersT.
        offsets: dict, common to all tables of a file.
    """

    def __init__(self, table, offsets: dict):
        self._table, self._offsets = table, offsets

    def Pack(self, builder):  # noqa: N802, the name that the schema's code calls
        key = tuple(
            (name, None if value is None else np.asarray(value).tobytes())
            for name, value in sorted(vars(self._table).items())
        )
        if key not in self._offsets:
            self._offsets[key] = self._table.Pack(builder)
        return self._offsets[key]


class _Aligned:
    """A buffer whose content begins at a multiple of 16, as the schema demands."""

    def __init__(self, data: bytes):
        self._data = data

    def Pack(self, builder):  # noqa: N802
        size = len(self._data)
        builder.StartVector(1, size, 16)
        builder.head -= size
        builder.Bytes[builder.head : builder.head + size] = self._data
        data = builder.EndVector()
        schema.BufferStart(builder)
        schema.BufferAddData(builder, data)
        return schema.BufferEnd(builder)


def _drop_unused_tensors(model, number: int, graph) -> None:
    ends = [graph.inputs, graph.outputs]
    ends += [side for each in graph.operators for side in (each.inputs, each.outputs)]
    used = np.unique(np.concatenate([side for side in ends if side is not None]))
    used = used[used >= 0]  # -1 is an input that was left out.
    new = np.full(len(graph.tensors) + 1, -1, np.int32)
    new[used] = np.arange(len(used))
    graph.tensors = [graph.tensors[index] for index in used]
    graph.inputs, graph.outputs = new[graph.inputs], new[graph.outputs]
    for operator in graph.operators:
        operator.inputs = new[operator.inputs]
        operator.outputs = new[operator.outputs]
    for signature in model.signatureDefs or ():
        if signature.subgraphIndex == number:
            for end in (*signature.inputs, *signature.outputs):
                end.tensorIndex = int(new[end.tensorIndex])


def _shared_buffers(model) -> list:
    """Point every tensor at the first buffer with its content; return the buffers."""
    kept, places = [schema.BufferT()], {None: 0}
    for user in itertools.chain(_tensors(model), model.metadata or ()):
        data = data_of(model, user.buffer)
        if data not in places:
            places[data] = len(kept)
            kept.append(_Aligned(data))
        user.buffer = places[data]
    return kept


def _tensors(model):
    return (tensor for graph in model.subgraphs for tensor in graph.tensors)
