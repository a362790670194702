"""Objectives: a loss, where it is measured, and how much it counts.

An objective is plain data (a frozen dataclass), so that recipes can be written, printed
and read back. The distiller asks each one to `check` the two models once and for its
`terms` at every step; teacher and student have run exactly once by then.
"""

import dataclasses
from typing import Any, NamedTuple

from tfdistill.bert.heads import Regression
from tfdistill.data.top_k import TopK, top_k_names, top_k_targets
from tfdistill.distill import losses
from tfdistill.distill.answers import check_equal_heads, name_of


class StepOutputs(NamedTuple):
    """What an objective may look at in one step.

    Attributes:
        teacher: dict. The teacher's outputs (contract of `BertEncoder`), or None.
        student: dict. The student's outputs.
        labels: dict. Output name to labels; empty if the data has none.
        padding_mask: int (batch, sequence).
        layer_pairs: tuple of (student layer, teacher layer), (0, 0) first.
        project: callable (student layer, student states) -> states of teacher width.
    """

    teacher: dict | None
    student: dict
    labels: dict
    padding_mask: Any
    layer_pairs: tuple
    project: Any


@dataclasses.dataclass(frozen=True)
class Objective:
    """Base of the objectives.

    Args:
        weight: float >= 0. Factor of this objective in the total loss.
    """

    weight: float = 1.0

    needs_teacher = True
    needs_layer_map = False
    needs_projection = False
    needs_qkv = False

    def __post_init__(self):
        if not self.weight >= 0:
            raise ValueError(
                f"{type(self).__name__}.weight must be 0 or more; got {self.weight!r}."
            )

    def check(self, teacher, student):
        """Raise ValueError if these two models cannot be compared this way."""

    def teacher_outputs(self, layer_pairs) -> list[str]:
        """Return what `terms` reads of the teacher, as `TeacherCache` names it.

        Raises:
            ValueError: an objective of a user's own that does not say.
        """
        raise ValueError(
            f"{type(self).__name__} does not say which of the teacher's outputs it "
            "reads: give it a method teacher_outputs, or train without the cache."
        )

    def term_names(self, layer_pairs, student) -> list[str]:
        """Return a name for each value of `terms`, as the progress bar shows it."""
        raise NotImplementedError

    def terms(self, step: StepOutputs) -> list:
        """Return the unweighted loss terms, each float32 (batch,)."""
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class SoftTargets(Objective):
    """The teacher's output distribution as target (prediction-layer distillation).

    A regression output (one logit) is compared by squared error.

    Args:
        weight: float >= 0.
        temperature: float > 0. T of both softmax functions.
        kind: "cross_entropy" (TinyBERT) or "kl" (with the factor T^2).
        output: str. Which of the head's outputs, e.g. "slot_logits".
        top_k: int or None. Look at the teacher's k likeliest classes alone and take
            the others for one; needs kind="kl". What a cache keeps shrinks with it.
    """

    temperature: float = 1.0
    kind: str = "cross_entropy"
    output: str = "logits"
    top_k: int | None = None

    def __post_init__(self):
        super().__post_init__()
        if not self.temperature > 0:
            raise ValueError(
                f"SoftTargets.temperature must be above 0; got {self.temperature!r}."
            )
        if self.kind not in ("cross_entropy", "kl"):
            raise ValueError(
                f'SoftTargets.kind must be "cross_entropy" or "kl"; got {self.kind!r}.'
            )
        if self.top_k is not None and (self.kind != "kl" or self.top_k < 1):
            raise ValueError(
                'SoftTargets.top_k is None, or at least 1 with kind="kl"; got '
                f"top_k={self.top_k!r}, kind={self.kind!r}."
            )

    def check(self, teacher, student):
        for role, model in (("teacher", teacher), ("student", student)):
            names = model.head.output_names if model.head is not None else ()
            if self.output not in names:
                raise ValueError(
                    f"SoftTargets compares the output {self.output!r}, but the {role} "
                    f"gives {list(names) or 'none: it has no head'}."
                )
        check_equal_heads(teacher.head, student.head)

    def teacher_outputs(self, layer_pairs):
        if self.top_k is None:
            return [self.output]
        return list(top_k_names(self.output, self.top_k, self.temperature))

    def term_names(self, layer_pairs, student):
        name = "soft_target_kl" if self.kind == "kl" else "soft_cross_entropy"
        if isinstance(student.head, Regression):
            name = "output_squared_error"
        return [name_of(name, self.output)]

    def terms(self, step):
        student = step.student[self.output]
        if self.top_k is not None:
            targets = self._top_k_targets(step.teacher)
            return [
                losses.top_k_kl(*targets, student, self.temperature, step.padding_mask)
            ]
        teacher = step.teacher[self.output]
        if student.shape[-1] == 1:
            return [losses.output_squared_error(teacher, student)]
        is_kl = self.kind == "kl"
        loss = losses.soft_target_kl if is_kl else losses.soft_cross_entropy
        return [loss(teacher, student, self.temperature, step.padding_mask)]

    def _top_k_targets(self, teacher) -> TopK:
        """From the cache, or from the logits of a teacher that has just run."""
        names = top_k_names(self.output, self.top_k, self.temperature)
        if names[0] in teacher:
            return TopK(*(teacher[name] for name in names))
        return top_k_targets(teacher[self.output], self.top_k, self.temperature)


@dataclasses.dataclass(frozen=True)
class HardLabels(Objective):
    """The data's labels as target: cross-entropy, or squared error for regression.

    Args:
        weight: float >= 0.
        output: str. Which of the head's outputs, e.g. "slot_logits".
    """

    output: str = "logits"

    needs_teacher = False

    def teacher_outputs(self, layer_pairs):
        return []

    def check(self, teacher, student):
        names = student.head.output_names if student.head is not None else ()
        if self.output not in names:
            raise ValueError(
                f"HardLabels trains the output {self.output!r}, but the student gives "
                f"{list(names) or 'none: it has no head'}."
            )

    def term_names(self, layer_pairs, student):
        is_regression = isinstance(student.head, Regression)
        name = "label_squared_error" if is_regression else "label_cross_entropy"
        return [name_of(name, self.output)]

    def terms(self, step):
        if self.output not in step.labels:
            raise ValueError(
                f"HardLabels needs labels for {self.output!r}, but the data has "
                f"{sorted(step.labels) or 'none'}; give a dataset of (inputs, labels)."
            )
        logits, labels = step.student[self.output], step.labels[self.output]
        if logits.shape[-1] == 1:
            return [losses.label_squared_error(labels, logits)]
        return [losses.label_cross_entropy(labels, logits)]


@dataclasses.dataclass(frozen=True)
class HiddenStateMSE(Objective):
    """Hidden states of every mapped layer but the embedding (TinyBERT, equation 8)."""

    needs_layer_map = True
    needs_projection = True

    def teacher_outputs(self, layer_pairs):
        return [f"hidden_states/{g}" for _, g in layer_pairs[1:]]

    def term_names(self, layer_pairs, student):
        return [f"hidden_state_mse_{m}_{g}" for m, g in layer_pairs[1:]]

    def terms(self, step):
        return [
            losses.hidden_state_mse(
                step.teacher["hidden_states"][g],
                step.project(m, step.student["hidden_states"][m]),
                step.padding_mask,
            )
            for m, g in step.layer_pairs[1:]
        ]


@dataclasses.dataclass(frozen=True)
class EmbeddingMSE(Objective):
    """The embedding output, hidden state 0 (TinyBERT, equation 9)."""

    needs_projection = True

    def teacher_outputs(self, layer_pairs):
        return ["hidden_states/0"]

    def term_names(self, layer_pairs, student):
        return ["embedding_mse"]

    def terms(self, step):
        value = losses.hidden_state_mse(
            step.teacher["hidden_states"][0],
            step.project(0, step.student["hidden_states"][0]),
            step.padding_mask,
        )
        return [value]


@dataclasses.dataclass(frozen=True)
class AttentionScoreMSE(Objective):
    """Attention scores of every mapped layer (TinyBERT, equation 7)."""

    needs_layer_map = True

    def check(self, teacher, student):
        teacher_heads = teacher.config.num_heads
        student_heads = student.config.num_heads
        if teacher_heads != student_heads:
            raise ValueError(
                "AttentionScoreMSE compares head by head, but the teacher has "
                f"{teacher_heads} heads and the student {student_heads}. Build the "
                f"student with num_heads={teacher_heads}, or leave this objective out "
                "and match hidden states alone."
            )

    def teacher_outputs(self, layer_pairs):
        return [f"attention_scores/{g - 1}" for _, g in layer_pairs[1:]]

    def term_names(self, layer_pairs, student):
        return [f"attention_score_mse_{m}_{g}" for m, g in layer_pairs[1:]]

    def terms(self, step):
        return [
            losses.attention_score_mse(
                step.teacher["attention_scores"][g - 1],
                step.student["attention_scores"][m - 1],
                step.padding_mask,
            )
            for m, g in step.layer_pairs[1:]
        ]
