"""Which teacher layer each student layer follows.

Layer 0 is the embedding output, layer i what comes after block i, on both sides.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class LayerMap:
    """Pairs of layers to compare, the student's first.

    Args:
        layers: sequence of int, `layers[m]` = the teacher layer that student layer m
            follows: starts at 0, strictly increasing (TinyBERT's g(m), section 3.2); or
            sequence of (student layer, teacher layer), both strictly increasing, which
            also serves a student that is deeper than its teacher.

    Raises:
        ValueError: the map does not start at layer 0 or does not increase.

    >>> LayerMap.uniform(12, 4).layers
    (0, 3, 6, 9, 12)
    >>> LayerMap.top(12, 4).pairs[1:]
    ((1, 9), (2, 10), (3, 11), (4, 12))
    """

    layers: tuple

    def __post_init__(self):
        layers = tuple(
            tuple(int(layer) for layer in entry)
            if isinstance(entry, list | tuple)
            else int(entry)
            for entry in self.layers
        )
        object.__setattr__(self, "layers", layers)
        pairs = self.pairs
        increasing = all(
            a[0] < b[0] and a[1] < b[1] for a, b in zip(pairs, pairs[1:], strict=False)
        )
        if not pairs or pairs[0] != (0, 0) or not increasing:
            raise ValueError(
                "A layer map starts at 0 (the embedding output) and strictly "
                "increases, e.g. LayerMap([0, 3, 6, 9, 12]); got "
                f"{list(self.layers)}."
            )

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """(student layer, teacher layer), the embedding pair (0, 0) first."""
        if self.layers and isinstance(self.layers[0], tuple):
            return self.layers
        return tuple(enumerate(self.layers))

    @classmethod
    def uniform(cls, teacher_layers: int, student_layers: int) -> "LayerMap":
        """`g(m) = m N / M`, TinyBERT's default.

        Raises:
            ValueError: M does not divide N, with explicit maps that would work.
        """
        if teacher_layers % student_layers == 0:
            step = teacher_layers // student_layers
            return cls(tuple(m * step for m in range(student_layers + 1)))
        raise ValueError(
            f"A uniform layer map needs the student's layers to divide the teacher's; "
            f"got {teacher_layers} teacher and {student_layers} student layers. "
            + _suggestion(teacher_layers, student_layers)
        )

    @classmethod
    def top(cls, teacher_layers: int, student_layers: int) -> "LayerMap":
        """`g(m) = m + N - M`: the student follows the teacher's last layers."""
        _check_not_deeper(teacher_layers, student_layers)
        shift = teacher_layers - student_layers
        return cls((0, *(m + shift for m in range(1, student_layers + 1))))

    @classmethod
    def bottom(cls, teacher_layers: int, student_layers: int) -> "LayerMap":
        """`g(m) = m`: the student follows the teacher's first layers."""
        _check_not_deeper(teacher_layers, student_layers)
        return cls(tuple(range(student_layers + 1)))

    def check(self, teacher_layers: int, student_layers: int) -> "LayerMap":
        """Return self if both models have these layers.

        Raises:
            ValueError: the map names a layer that a model does not have, or, given as
                one teacher layer per student layer, leaves student layers out.
        """
        student_last, teacher_last = self.pairs[-1]
        is_complete = (
            isinstance(self.layers[0], tuple) or student_last == student_layers
        )
        if (
            student_last > student_layers
            or teacher_last > teacher_layers
            or not is_complete
        ):
            raise ValueError(
                f"The layer map {list(self.layers)} does not fit a teacher of "
                f"{teacher_layers} and a student of {student_layers} layers. "
                + _suggestion(teacher_layers, student_layers)
            )
        return self

    @classmethod
    def resolve(cls, value, teacher_layers: int, student_layers: int) -> "LayerMap":
        """Turn "uniform", "top", "bottom", a sequence or a LayerMap into a checked map.

        Raises:
            ValueError: an unknown name or a map that does not fit, with what would.
        """
        if isinstance(value, str):
            makers = {"uniform": cls.uniform, "top": cls.top, "bottom": cls.bottom}
            if value not in makers:
                raise ValueError(
                    f"layer_map must be one of {', '.join(makers)}, a list of teacher "
                    f"layers or a LayerMap; got {value!r}."
                )
            return makers[value](teacher_layers, student_layers)
        layer_map = value if isinstance(value, cls) else cls(tuple(value))
        return layer_map.check(teacher_layers, student_layers)


def _check_not_deeper(teacher_layers, student_layers):
    if student_layers > teacher_layers:
        raise ValueError(
            f"The student has {student_layers} layers, the teacher only "
            f"{teacher_layers}. " + _suggestion(teacher_layers, student_layers)
        )


def _suggestion(teacher_layers, student_layers):
    n, m = teacher_layers, student_layers
    if m <= n:
        return f"Try layer_map={[i * n // m for i in range(m + 1)]}."
    pairs = [(i * m // n, i) for i in range(n + 1)]
    return f"Try the pairs layer_map={pairs}."
