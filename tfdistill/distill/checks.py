"""What a distiller refuses before the first step: models that do not fit together."""

import keras

from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import Regression
from tfdistill.distill.answers import answer_alike
from tfdistill.distill.keras_objective import KerasObjective
from tfdistill.distill.objectives import Objective

PROJECTIONS = ("shared", "per_layer", None)


def as_objective(value) -> Objective:
    """Return an Objective, wrapping a loss of `keras.distillation`.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, Objective):
        return value
    if isinstance(value, keras.distillation.DistillationLoss):
        return KerasObjective(loss=value)
    raise ValueError(
        "An objective must be an Objective such as SoftTargets(), or a loss of "
        f"keras.distillation; got {value!r}."
    )


def check_models(teacher, student, objectives, projection):
    """Refuse models that cannot be trained together on these objectives.

    Args:
        teacher: BertEncoder or None.
        student: BertEncoder.
        objectives: sequence of Objective.
        projection: see `Distiller`.

    Raises:
        ValueError: what does not fit, and what would.
    """
    for role, model in (("teacher", teacher), ("student", student)):
        if not isinstance(model, BertEncoder) and not (
            model is None and role == "teacher"
        ):
            raise ValueError(
                f"The {role} must be a BertEncoder, as load_teacher and build_student "
                f"make them; got {type(model).__name__}."
            )
    if teacher is student:
        raise ValueError(
            "Teacher and student are the same model, but the teacher must not move: "
            "build the student on its own."
        )
    if not objectives:
        raise ValueError(
            "Expected at least one objective, e.g. SoftTargets(); got none."
        )
    for objective in objectives:
        if objective.needs_teacher and teacher is None:
            raise ValueError(
                f"{type(objective).__name__} needs a teacher; got None. "
                "Without a teacher only HardLabels can train."
            )
        objective.check(teacher, student)
    _check_projection(teacher, student, objectives, projection)


def _check_projection(teacher, student, objectives, projection):
    if projection not in PROJECTIONS:
        raise ValueError(
            f'projection must be "shared", "per_layer" or None; got {projection!r}.'
        )
    if projection is not None or not any(o.needs_projection for o in objectives):
        return
    ours, theirs = student.config.hidden_dim, teacher.config.hidden_dim
    if ours != theirs:
        raise ValueError(
            "projection=None needs equal widths; the teacher's hidden_dim is "
            f'{theirs}, the student\'s {ours}. Use projection="shared".'
        )


def can_agree(teacher, student) -> bool:
    """Tell whether both models choose among the same classes."""
    if teacher is None or teacher.head is None or student.head is None:
        return False
    is_choice = not isinstance(student.head, Regression)
    return is_choice and answer_alike(teacher.head, student.head)
