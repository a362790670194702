"""Names of tensors in a file: those that somebody looks for, and no others.

The converter names every tensor after all the layers and operators that it was fused
from: 15 kB of a file of 1.3 MB. Other tools look tensors up by name, and want each
once; float32 files are left for them.
"""

from tfdistill.export import flat


def place_of(name: bytes) -> str | None:
    """Return what a tensor is among a model's layers, if the error of layers is told.

    Args:
        name: bytes. The tensor's.

    Returns:
        "layer_3/attention/scores", "layer_3/output", "embeddings/output" or None.
    """
    parts = name.decode().split(";")[0].split("/")
    if parts[-2:-1] == ["scores"] and parts[0].startswith("layer_"):
        return f"{parts[0]}/attention/scores"
    if "output" in parts[1:] and parts[0] != "head":
        return f"{parts[0]}/output"
    return None


def find_places(graph) -> dict[str, int]:
    """Return the number of the last tensor that an operator writes in every place.

    Args:
        graph: SubGraphT.
    """
    places = {}
    for operator in graph.operators:
        for index in operator.outputs:
            place = place_of(graph.tensors[index].name)
            if place is not None:
                places[place] = int(index)
    return places


def drop_names(content: bytes) -> bytes:
    """Return a file without the names of its inner tensors but those of places.

    Args:
        content: bytes of a `.tflite` file.
    """
    model = flat.unpack(content)
    for graph in model.subgraphs:
        places = set(find_places(graph).values())
        ends = {*graph.inputs, *graph.outputs}
        for index, tensor in enumerate(graph.tensors):
            if index in places:
                tensor.name = tensor.name.split(b";")[0]
            elif index not in ends:
                tensor.name = b""
    return flat.pack(model)


def tell_apart(content: bytes) -> bytes:
    """Return a file in which no two tensors have one name, not of two lengths either.

    A signature knows its tensors by number, so theirs may change as well.

    Args:
        content: bytes of a `.tflite` file.
    """
    model = flat.unpack(content)
    seen = set()
    for number, graph in enumerate(model.subgraphs):
        for tensor in graph.tensors:
            while tensor.name in seen:
                tensor.name += b"@%d" % number
            seen.add(tensor.name)
    return flat.pack(model)
