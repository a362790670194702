"""Losses of `keras.distillation` as objectives."""

import dataclasses
import warnings
from typing import Any

import keras
from keras import ops

from tfdistill.bert.heads import PooledHead
from tfdistill.distill.answers import check_equal_heads, name_of
from tfdistill.distill.objectives import Objective


@dataclasses.dataclass(frozen=True)
class KerasObjective(Objective):
    """A loss of `keras.distillation` measured on one output per text.

    `Distiller` wraps such losses by itself. They know no padding, so outputs per token
    are refused, and they give one number per batch, which sample weights do not reach.
    Under `tf.distribute` give them loss objects, which scale with the replicas.

    Args:
        weight: float >= 0.
        loss: keras.distillation.DistillationLoss.
        output: "logits" of a pooled head, or "pooled_output".
    """

    loss: Any = None
    output: str = "logits"

    def __post_init__(self):
        super().__post_init__()
        if not isinstance(self.loss, keras.distillation.DistillationLoss):
            raise ValueError(
                "KerasObjective.loss must be a loss of keras.distillation; got "
                f"{self.loss!r}."
            )
        layers = ("teacher_layer_name", "student_layer_name")
        if any(getattr(self.loss, name, None) is not None for name in layers):
            raise ValueError(
                "FeatureDistillation looks layers up by name, which no BertEncoder has "
                "outputs for; use HiddenStateMSE and a layer_map instead."
            )
        if _is_keras_string_default(self.loss):
            warnings.warn(
                'LogitsDistillation with loss="kl_divergence" (its default) compares '
                "logits without softmax; give it loss=keras.losses.KLDivergence().",
                stacklevel=2,
            )

    def check(self, teacher, student):
        for role, model in (("teacher", teacher), ("student", student)):
            if self.output not in _outputs_per_text(model):
                raise ValueError(
                    f"A loss of keras.distillation knows no padding and is measured on "
                    f"one vector per text; the {role} has {_outputs_per_text(model)}, "
                    f"got output={self.output!r}. For tokens use SoftTargets or "
                    "HiddenStateMSE."
                )
        if self.output == "logits":
            check_equal_heads(teacher.head, student.head)
        elif teacher.config.hidden_dim != student.config.hidden_dim:
            raise ValueError(
                "pooled_output can be compared at equal widths alone; the teacher's "
                f"hidden_dim is {teacher.config.hidden_dim}, the student's "
                f"{student.config.hidden_dim}. Use HiddenStateMSE, which projects."
            )

    def teacher_outputs(self, layer_pairs):
        return [self.output]

    def term_names(self, layer_pairs, student):
        return [name_of(_snake(type(self.loss).__name__), self.output)]

    def terms(self, step):
        teacher, student = step.teacher[self.output], step.student[self.output]
        teacher = ops.stop_gradient(ops.cast(teacher, "float32"))
        return [self.loss.compute_loss(teacher, ops.cast(student, "float32"))]


def _is_keras_string_default(loss):
    function = keras.losses.kl_divergence
    return (
        isinstance(loss, keras.distillation.LogitsDistillation)
        and loss.loss is function
    )


def _outputs_per_text(model):
    pooled = ["pooled_output"] if model.config.has_pooler else []
    return [*pooled, "logits"] if isinstance(model.head, PooledHead) else pooled


def _snake(name):
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
