"""Objectives of MobileBERT and MiniLM: they compose with TinyBERT's in any stage."""

import dataclasses
import math

from tfdistill.distill.layer_losses import (
    attention_prob_kl,
    feature_map_loss,
    relation_kl,
)
from tfdistill.distill.objectives import AttentionScoreMSE, Objective

_NAMES = {"queries": "query", "keys": "key", "values": "value"}
RELATIONS = tuple(_NAMES)
_MOST_HEADS = 48  # MiniLM v2's choice for teachers of BERT-base's width


@dataclasses.dataclass(frozen=True)
class AttentionProbabilityKL(AttentionScoreMSE):
    """Attention probabilities of mapped layers, by Kullback-Leibler divergence.

    MobileBERT's attention transfer (arXiv 2004.02984, section 3.4) and, with
    `last_only`, the first half of MiniLM v1 (arXiv 2002.10957, equation 2).

    Args:
        weight: float >= 0.
        last_only: bool. The last mapped pair of layers instead of all.
        student_layer: int or None. The pair of this student layer instead of all.
    """

    last_only: bool = False
    student_layer: int | None = None

    def _pairs(self, layer_pairs):
        if self.last_only:
            return layer_pairs[-1:]
        return _pairs_of(self.student_layer, layer_pairs)

    def teacher_outputs(self, layer_pairs):
        return [f"attention_scores/{g - 1}" for _, g in self._pairs(layer_pairs)]

    def term_names(self, layer_pairs, student):
        return [f"attention_prob_kl_{m}_{g}" for m, g in self._pairs(layer_pairs)]

    def terms(self, step):
        return [
            attention_prob_kl(
                step.teacher["attention_scores"][g - 1],
                step.student["attention_scores"][m - 1],
                step.padding_mask,
            )
            for m, g in self._pairs(step.layer_pairs)
        ]


@dataclasses.dataclass(frozen=True)
class FeatureMap(Objective):
    """Hidden states of mapped layers, normalized, and their statistics (MobileBERT).

    Widths must be equal: MobileBERT's teacher and student share that of their feature
    maps (arXiv 2004.02984, section 3.4).

    Args:
        weight: float >= 0.
        student_layer: int or None. The pair of this student layer instead of all.
    """

    student_layer: int | None = None

    needs_layer_map = True

    def check(self, teacher, student):
        theirs, ours = teacher.config.hidden_dim, student.config.hidden_dim
        if theirs != ours:
            raise ValueError(
                "FeatureMap compares feature maps of equal width; the teacher's "
                f"hidden_dim is {theirs}, the student's {ours}. Use HiddenStateMSE, "
                "which projects."
            )

    def teacher_outputs(self, layer_pairs):
        pairs = _pairs_of(self.student_layer, layer_pairs)
        return [f"hidden_states/{g}" for _, g in pairs]

    def term_names(self, layer_pairs, student):
        pairs = _pairs_of(self.student_layer, layer_pairs)
        return [f"feature_map_{m}_{g}" for m, g in pairs]

    def terms(self, step):
        return [
            feature_map_loss(
                step.teacher["hidden_states"][g],
                step.student["hidden_states"][m],
                step.padding_mask,
            )
            for m, g in _pairs_of(self.student_layer, step.layer_pairs)
        ]


def _pairs_of(student_layer, layer_pairs):
    """The pairs of one student layer, or all but the embedding's."""
    if student_layer is None:
        return layer_pairs[1:]
    found = [pair for pair in layer_pairs[1:] if pair[0] == student_layer]
    if not found:
        raise ValueError(
            f"student_layer={student_layer} is not in the layer map: choose from "
            f"{[m for m, _ in layer_pairs[1:]]}."
        )
    return found


@dataclasses.dataclass(frozen=True)
class RelationKL(Objective):
    """Relations of tokens among queries, keys and values of one layer (MiniLM v2).

    Neither widths nor heads need be equal, and nothing is projected (arXiv 2012.15828).
    MiniLM v1 is `AttentionProbabilityKL(last_only=True)` with
    `RelationKL(kinds=("values",), num_relation_heads=num_heads)`.

    Args:
        weight: float >= 0.
        kinds: tuple of "queries", "keys", "values".
        num_relation_heads: int or None. Divides both widths; None takes the largest
            common divisor up to 48.
        teacher_layer: int or None. 1 is the first layer, None the last.
        student_layer: int or None.
    """

    kinds: tuple[str, ...] = RELATIONS
    num_relation_heads: int | None = None
    teacher_layer: int | None = None
    student_layer: int | None = None

    needs_qkv = True

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "kinds", tuple(self.kinds))
        if not self.kinds or not set(self.kinds) <= set(RELATIONS):
            raise ValueError(
                f"RelationKL.kinds must be some of {', '.join(RELATIONS)}; got "
                f"{self.kinds!r}."
            )

    def check(self, teacher, student):
        for role, model, layer in (
            ("teacher", teacher, self.teacher_layer),
            ("student", student, self.student_layer),
        ):
            layers = model.config.num_layers
            if layer is not None and not 1 <= layer <= layers:
                raise ValueError(
                    f"RelationKL.{role}_layer must be from 1 to {layers}, the "
                    f"{role}'s layers; got {layer}."
                )
        widths = [
            model.blocks[0].attention.attention_dim for model in (teacher, student)
        ]
        common = math.gcd(*widths)
        heads = self.num_relation_heads
        if heads is not None and (heads < 1 or common % heads):
            divisors = [str(n) for n in range(1, common + 1) if common % n == 0]
            raise ValueError(
                f"num_relation_heads={heads} does not divide the widths of teacher "
                f"{widths[0]} and student {widths[1]}; choose from "
                f"{', '.join(divisors)}."
            )

    def teacher_outputs(self, layer_pairs):
        # The last layer is -1, whatever the depth.
        index = -1 if self.teacher_layer is None else self.teacher_layer - 1
        return [f"{kind}/{index}" for kind in self.kinds]

    def term_names(self, layer_pairs, student):
        return [f"{_NAMES[kind]}_relation_kl" for kind in self.kinds]

    def terms(self, step):
        ours = -1 if self.student_layer is None else self.student_layer - 1
        theirs = -1 if self.teacher_layer is None else self.teacher_layer - 1
        values = []
        for kind in self.kinds:
            teacher, student = step.teacher[kind][theirs], step.student[kind][ours]
            heads = self.num_relation_heads or default_heads(
                teacher.shape[-1], student.shape[-1]
            )
            values.append(relation_kl(teacher, student, heads, step.padding_mask))
        return values


def default_heads(*widths: int) -> int:
    """Return the largest common divisor of some widths up to 48.

    >>> [default_heads(768, width) for width in (384, 256, 312)]
    [48, 32, 24]
    """
    common = math.gcd(*widths)
    return max(n for n in range(1, min(common, _MOST_HEADS) + 1) if common % n == 0)
