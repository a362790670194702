"""Shared projections: the weights of teacher and student compared, not their outputs.

Two matrices for the hidden axis and two for the intermediate axis, shared by all
layers, lead the teacher's weights down to the student's size (or the student's up).
They belong to training and are thrown away (arXiv 1909.11687, section 3.2).
"""

import dataclasses
from typing import Any

import keras
from keras import ops

from tfdistill.distill.layer_map import LayerMap

INCLUDE = ("kernels", "biases", "embeddings", "norms")


def project_kernel(kernel, left, right):
    """Return `left kernel right`: float (a, i) x (i, o) x (o, b) to (a, b)."""
    return ops.matmul(ops.matmul(left, kernel), right)


def project_vector(vector, right):
    """Return `vector right`: float (..., o) x (o, b); biases, beta, rows of tables."""
    return ops.matmul(vector, right)


def project_gamma(gamma, left, right):
    """Return the diagonal of `left diag(gamma) right`: float (b,).

    A norm's gamma is a diagonal kernel, so both of its axes move.
    """
    return ops.matmul(left * ops.transpose(right), gamma[:, None])[:, 0]


@dataclasses.dataclass(frozen=True)
class Pair:
    """Two weights that are compared.

    Attributes:
        name: str, e.g. "layer_3/query/kernel".
        kind: str, one of INCLUDE.
        axes: str. "hh", "hf" or "fh" for a kernel's input and output axis, "h" or "f"
            for a vector, "gamma" for a norm's scale.
        teacher: float variable.
        student: float variable.
        teacher_rows: (first, end) or None. The part of a table that is compared.
        student_rows: (first, end) or None.
    """

    name: str
    kind: str
    axes: str
    teacher: Any
    student: Any
    teacher_rows: tuple | None = None
    student_rows: tuple | None = None


class SharedProjections(keras.layers.Layer):
    """The distance of a student's weights from its teacher's, through four matrices.

    `loss()` is a float32 scalar: the mean (or sum) over weights of the squared
    difference. No gradient reaches the teacher. Alone it has the
    trivial optimum 0, so train it together with an objective on the data.

    Args:
        teacher: BertEncoder with plain blocks.
        student: BertEncoder with plain blocks.
        layer_map: LayerMap, or what `LayerMap.resolve` reads; None wants equal depths.
        direction: "down" (the teacher's weights to the student's size, the better one
            in the paper) or "up".
        include: tuple of "kernels", "biases", "embeddings", "norms".
        reduction: "mean" over each weight and over weights, or "sum" as in the paper.
        teacher_tokens: (first, end) or None. The rows of the teacher's token table that
            hold the student's vocabulary; None compares tables of equal height.

    Raises:
        ValueError: bottleneck blocks, depths or tables that do not fit, or an unknown
            choice.
    """

    def __init__(
        self,
        teacher,
        student,
        layer_map=None,
        direction: str = "down",
        include: tuple = INCLUDE[:3],
        reduction: str = "mean",
        teacher_tokens=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _check_choices(direction, include, reduction)
        self.direction, self.reduction = direction, reduction
        layers = _layer_pairs(teacher, student, layer_map)
        pairs = [
            *_embedding_pairs(teacher, student, teacher_tokens),
            *(pair for m, g in layers for pair in _block_pairs(teacher, student, m, g)),
        ]
        # A plain object: neither model is tracked, saved or trained with the matrices.
        self._pairs = _Untracked([pair for pair in pairs if pair.kind in include])
        self._sizes = [
            (model.config.hidden_dim, model.config.intermediate_dim)
            for model in (teacher, student)
        ]
        self.build()

    def build(self, input_shape=None):
        """Make the four matrices, orthogonal at the start and left = right^T."""
        (hidden_t, inner_t), (hidden_s, inner_s) = self._sizes
        self._matrices = {}
        for axis, large, small in (("h", hidden_t, hidden_s), ("f", inner_t, inner_s)):
            start = keras.initializers.Orthogonal(seed=len(axis))((large, small))
            down, up = ops.transpose(start), start
            left, right = (down, up) if self.direction == "down" else (up, down)
            for side, value in (("left", left), ("right", right)):
                self._matrices[side, axis] = self.add_weight(
                    shape=value.shape,
                    initializer=lambda shape, dtype=None, value=value: value,
                    name=f"{side}_{axis}",
                )
        self.built = True

    @property
    def names(self) -> list[str]:
        """Names of the weights that are compared."""
        return [pair.name for pair in self._pairs.items]

    def loss(self):
        """Return the loss, a float32 scalar."""
        losses = [self._loss(pair) for pair in self._pairs.items]
        total = sum(losses[1:], losses[0])
        return total / len(losses) if self.reduction == "mean" else total

    def _loss(self, pair):
        teacher = ops.stop_gradient(_cut(pair.teacher, pair.teacher_rows))
        student = _cut(pair.student, pair.student_rows)
        if self.direction == "down":
            difference = self._project(teacher, pair.axes) - student
        else:
            difference = teacher - self._project(student, pair.axes)
        square = ops.square(ops.cast(difference, "float32"))
        return ops.mean(square) if self.reduction == "mean" else ops.sum(square)

    def _project(self, weight, axes):
        if axes == "gamma":
            left, right = self._matrices["left", "h"], self._matrices["right", "h"]
            return project_gamma(weight, left, right)
        right = self._matrices["right", axes[-1]]
        if len(axes) == 1:
            return project_vector(weight, right)
        return project_kernel(weight, self._matrices["left", axes[0]], right)


class _Untracked:
    """Keeps Keras from tracking what it holds."""

    def __init__(self, items):
        self.items = items


# === What is compared with what ===


def _embedding_pairs(teacher, student, teacher_tokens):
    ours, theirs = student.embeddings, teacher.embeddings
    rows = teacher_tokens or (0, theirs.token.input_dim)
    if rows[1] - rows[0] != ours.token.input_dim:
        raise ValueError(
            f"The student has {ours.token.input_dim} pieces and the teacher "
            f"{rows[1] - rows[0]} rows for them: set teacher_tokens to the rows of the "
            "student's vocabulary."
        )
    tables = [("token", rows, None)]
    for name in ("position", "segment"):
        sizes = getattr(theirs, name).input_dim, getattr(ours, name).input_dim
        tables.append((name, (0, min(sizes)), (0, min(sizes))))
    for name, their_rows, our_rows in tables:
        their_table = getattr(theirs, name).embeddings
        our_table = getattr(ours, name).embeddings
        yield Pair(
            name, "embeddings", "h", their_table, our_table, their_rows, our_rows
        )
    yield from _norm_pairs("embeddings", theirs.norm, ours.norm)


def _block_pairs(teacher, student, m, g):
    theirs, ours = teacher.blocks[g - 1], student.blocks[m - 1]
    for name, axes, their_dense, our_dense in (
        ("query", "hh", theirs.attention.query, ours.attention.query),
        ("key", "hh", theirs.attention.key, ours.attention.key),
        ("value", "hh", theirs.attention.value, ours.attention.value),
        ("output", "hh", theirs.attention.output_dense, ours.attention.output_dense),
        ("inner", "hf", theirs.feed_forward.inner, ours.feed_forward.inner),
        ("outer", "fh", theirs.feed_forward.outer, ours.feed_forward.outer),
    ):
        where = f"layer_{m}/{name}"
        yield Pair(
            f"{where}/kernel", "kernels", axes, their_dense.kernel, our_dense.kernel
        )
        yield Pair(
            f"{where}/bias", "biases", axes[-1], their_dense.bias, our_dense.bias
        )
    for name, their_norm, our_norm in (
        ("attention_norm", theirs.attention_norm, ours.attention_norm),
        ("norm", theirs.feed_forward.norm, ours.feed_forward.norm),
    ):
        yield from _norm_pairs(f"layer_{m}/{name}", their_norm, our_norm)


def _norm_pairs(where, theirs, ours):
    yield Pair(f"{where}/gamma", "norms", "gamma", theirs.gamma, ours.gamma)
    yield Pair(f"{where}/beta", "norms", "h", theirs.beta, ours.beta)


def _cut(table, rows):
    values = ops.convert_to_tensor(table)
    return values if rows is None else values[rows[0] : rows[1]]


def _layer_pairs(teacher, student, layer_map):
    for role, model in (("teacher", teacher), ("student", student)):
        config = model.config
        if config.bottleneck_dim is not None or config.has_embedding_projection:
            raise ValueError(
                "Shared projections compare plain blocks weight by weight; the "
                f"{role} has bottlenecks. Use objectives on its outputs instead."
            )
    depths = teacher.config.num_layers, student.config.num_layers
    if layer_map is None:
        if depths[0] != depths[1]:
            raise ValueError(
                f"The teacher has {depths[0]} layers and the student {depths[1]}: the "
                "paper compares equal depths. Give a layer_map to compare others."
            )
        layer_map = "uniform"
    return LayerMap.resolve(layer_map, *depths).pairs[1:]


def _check_choices(direction, include, reduction):
    for name, value, choices in (
        ("direction", direction, ("down", "up")),
        ("reduction", reduction, ("mean", "sum")),
    ):
        if value not in choices:
            raise ValueError(
                f"{name} must be one of {', '.join(choices)}; got {value!r}."
            )
    if not include or not set(include) <= set(INCLUDE):
        raise ValueError(
            f"include must be some of {', '.join(INCLUDE)}; got {include!r}."
        )
