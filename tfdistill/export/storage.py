"""How every constant of a file is stored, and why what is large is not in 8 bits."""

import collections
import dataclasses
import os
import pathlib

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tfdistill.export import flat
from tfdistill.export.graph import names_of
from tfdistill.export.weights import MIN_NUMBERS

# What a constant is, by the operator that reads it and the place among its inputs.
_ROLES = {
    ("CONV_2D", 1): "kernels",
    ("FULLY_CONNECTED", 1): "kernels",
    ("DEQUANTIZE", 0): "kernels",
    ("CONV_2D", 2): "biases",
    ("FULLY_CONNECTED", 2): "biases",
    ("GATHER", 0): "tables",
}
_REASONS = {
    "kernels": f"kernels below {MIN_NUMBERS} numbers: nothing to win",
    "tables": f"tables below {MIN_NUMBERS} numbers, and scales of tables",
    "biases": "added to sums in full precision",
    "others": "normalization, masks, positions: small, and every error in them counts",
}


@dataclasses.dataclass(frozen=True)
class Group:
    """Constants of one role in one type.

    Attributes:
        role: str, "kernels", "tables", "biases" or "others".
        dtype: str, such as "int8".
        count: int, constants.
        size_bytes: int.
        reason: str, why they are stored in full; empty if they are not, or all are.
    """

    role: str
    dtype: str
    count: int
    size_bytes: int
    reason: str = ""


@dataclasses.dataclass(frozen=True)
class Storage:
    """What a file stores and what it multiplies in whole numbers.

    Attributes:
        groups: tuple of Group, the largest first.
        whole: dict of operator name to how many of them write int8.
        floats: dict of operator name to how many of them write float32.
    """

    groups: tuple[Group, ...]
    whole: dict[str, int]
    floats: dict[str, int]

    def to_dict(self) -> dict:
        """Return everything as plain values."""
        return dataclasses.asdict(self)

    def lines(self) -> list[str]:
        """Return the report as lines of text."""
        lines = [
            f"{each.role:<9}{each.dtype:<9}{each.count:>4}  "
            f"{each.size_bytes / 1e3:9.1f} kB  {each.reason}".rstrip()
            for each in self.groups
        ]
        for title, counts in (("int8", self.whole), ("float32", self.floats)):
            listed = ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))
            lines.append(f"operators that write {title}: {listed or 'none'}")
        return lines


def read_storage(path: str | os.PathLike) -> Storage:
    """Read a file.

    Operators are those of the first signature; the others have the same.

    Raises:
        ValueError: it is no `.tflite` file.
    """
    model = flat.unpack(pathlib.Path(path).read_bytes())
    builtins, types = names_of(schema.BuiltinOperator), names_of(schema.TensorType)
    counts = collections.Counter(), collections.Counter()
    constants = {}
    for number, graph in enumerate(model.subgraphs):
        for operator in graph.operators:
            name = builtins[flat.builtin_of(model.operatorCodes[operator.opcodeIndex])]
            written = types[graph.tensors[operator.outputs[0]].type]
            if number == 0 and written in ("INT8", "FLOAT32"):
                counts[written == "FLOAT32"][name] += 1
            for place, index in enumerate(operator.inputs):
                tensor = graph.tensors[index]
                if index >= 0 and flat.data_of(model, tensor.buffer) is not None:
                    role = _ROLES.get((name, place), "others")
                    constants.setdefault(tensor.buffer, (role, types[tensor.type]))
    groups = collections.defaultdict(list)
    for buffer, kind in constants.items():
        groups[kind].append(np.size(model.buffers[buffer].data))
    is_full = {dtype for _, dtype in groups} <= {"FLOAT32", "INT32"}
    found = [
        Group(
            role,
            dtype.lower(),
            len(sizes),
            int(sum(sizes)),
            _REASONS[role] if dtype == "FLOAT32" and not is_full else "",
        )
        for (role, dtype), sizes in groups.items()
    ]
    found.sort(key=lambda each: -each.size_bytes)
    return Storage(tuple(found), dict(counts[0]), dict(counts[1]))
