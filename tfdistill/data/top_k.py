"""The k likeliest classes of a teacher: what is kept of thousands of logits."""

import re
from typing import Any, NamedTuple

_NAME = re.compile(
    r"(?P<output>\w+):top(?P<k>\d+):T(?P<t>[\d.e+-]+):(?P<part>ids|log_p)"
)


class TopK(NamedTuple):
    """The k largest probabilities at a temperature, the largest first.

    Attributes:
        ids: int32 (..., k), the classes.
        log_p: float32 (..., k), the logarithm of their probabilities among all classes.
    """

    ids: Any
    log_p: Any


def top_k_targets(logits, k: int, temperature: float = 1.0) -> TopK:
    """Return the k likeliest classes of tempered logits.

    Args:
        logits: float (..., classes).
        k: int. All classes are taken if there are fewer.
        temperature: float > 0.
    """
    from keras import ops

    log_p = ops.log_softmax(ops.cast(logits, "float32") / temperature, axis=-1)
    values, ids = ops.top_k(log_p, k=min(k, logits.shape[-1]))
    return TopK(ops.cast(ids, "int32"), values)


def top_k_names(output: str, k: int, temperature: float) -> tuple[str, str]:
    """Return the names under which a `TeacherCache` keeps both parts.

    >>> top_k_names("logits", 64, 2.0)
    ('logits:top64:T2:ids', 'logits:top64:T2:log_p')
    """
    name = f"{output}:top{k}:T{temperature:g}"
    return f"{name}:ids", f"{name}:log_p"


def read_top_k(outputs: dict, name: str):
    """Return what a name of `top_k_names` stands for, or None for another name.

    Args:
        outputs: dict. A teacher's outputs, with logits.
        name: str.
    """
    found = _NAME.fullmatch(name)
    if found is None or found[1] not in outputs:
        return None
    targets = top_k_targets(outputs[found[1]], int(found[2]), float(found[3]))
    return getattr(targets, found[4])
