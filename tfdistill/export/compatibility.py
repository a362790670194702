"""Whether a runtime of 2023 has every operator of a file in its version.

A runtime refuses a file with an operator version that it does not know. Loading is not
yet running: tests run every scheme on tflite-runtime 2.14, and `weights.py` avoids what
that loads and computes wrongly.
"""

from tfdistill.export.graph import Graph

COMPATIBILITIES = ("2.14", "latest")

# Highest versions that tflite-runtime 2.14.0 has, of the operators that occur here; of
# an operator that is not named it has at least 2.
_VERSIONS = {
    "BATCH_MATMUL": 4,
    "CONV_2D": 5,
    "DEQUANTIZE": 5,
    "FULLY_CONNECTED": 9,
    "GATHER": 4,
}
_OTHERS = 2


def check_compatibility(graph: Graph, compatibility: str) -> None:
    """Refuse a file that tflite-runtime 2.14 would refuse.

    Args:
        graph: Graph of the file.
        compatibility: of `COMPATIBILITIES`; "latest" checks nothing.

    Raises:
        ValueError: an unknown compatibility, or operators by name and version.
    """
    if compatibility not in COMPATIBILITIES:
        raise ValueError(
            f"compatibility must be one of {', '.join(COMPATIBILITIES)}; got "
            f"{compatibility!r}."
        )
    if compatibility == "latest":
        return
    new = [
        f"{name} version {version}"
        for name, version in sorted(graph.versions.items())
        if version > _VERSIONS.get(name, _OTHERS)
    ]
    if new:
        raise ValueError(
            f"A runtime of {compatibility} lacks {', '.join(new)}: choose another "
            'scheme, or give up old phones with compatibility="latest".'
        )
