"""What stands in a `.tflite` file: its operators and its constants, by type."""

import collections
import dataclasses
import os
import pathlib

import numpy as np

from tfdistill.export import flat

# Sizes of the types that weights are stored in, in bits.
_BITS = {"FLOAT32": 32, "FLOAT16": 16, "INT8": 8, "INT4": 4}


@dataclasses.dataclass(frozen=True)
class Graph:
    """Summary of a file's graph.

    Attributes:
        operators: dict of operator name to how often it occurs.
        versions: dict of operator name to the highest version that occurs; old runtimes
            refuse new versions.
        weight_bytes: dict of "float32", "float16", "int8", "int4" to the bytes of the
            constants stored so.
        parameters: int, numbers in those constants.
    """

    operators: dict[str, int]
    versions: dict[str, int]
    weight_bytes: dict[str, int]
    parameters: int

    @property
    def is_float32(self) -> bool:
        """Whether every weight is stored in full."""
        return set(self.weight_bytes) == {"float32"}


def read_graph(path: str | os.PathLike) -> Graph:
    """Read the operators and constants of a `.tflite` file.

    Raises:
        ValueError: the file is missing, cut off or no `.tflite` file.
    """
    model = _parse(path)
    operators, versions = collections.Counter(), {}
    weight_bytes, parameters = collections.Counter(), 0
    for graph in model.subgraphs:
        for operator in graph.operators:
            code = model.operatorCodes[operator.opcodeIndex]
            name = _operator_name(code)
            operators[name] += 1
            versions[name] = max(code.version, versions.get(name, 0))
    # Signatures share their constants.
    constants = {t.buffer: t for g in model.subgraphs for t in g.tensors}
    for tensor in constants.values():
        dtype = _type_name(tensor.type)
        if flat.data_of(model, tensor.buffer) is None or dtype not in _BITS:
            continue
        count = int(np.prod(tensor.shape)) if tensor.shape is not None else 1
        parameters += count
        weight_bytes[dtype.lower()] += -(-count * _BITS[dtype] // 8)
    return Graph(dict(operators), versions, dict(weight_bytes), parameters)


def _parse(path):
    try:
        content = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"Cannot read {path}: {error.strerror}.") from error
    try:
        return flat.unpack(content)
    except ValueError as error:
        raise ValueError(
            f"{path} is no .tflite file, or cut off ({error}). Convert it again."
        ) from error


def _operator_name(code) -> str:
    from ai_edge_litert.schema_py_generated import BuiltinOperator

    number = flat.builtin_of(code)
    if number == BuiltinOperator.CUSTOM:
        return code.customCode.decode()
    return names_of(BuiltinOperator)[number]


def _type_name(number: int) -> str:
    from ai_edge_litert.schema_py_generated import TensorType

    return names_of(TensorType)[number]


def names_of(enum) -> dict[int, str]:
    """Return the names of a schema's enum by their numbers."""
    return {n: name for name, n in vars(enum).items() if isinstance(n, int)}
