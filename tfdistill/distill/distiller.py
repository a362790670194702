"""The Keras model that pulls a student towards its teacher under plain `fit`.

`Distiller` changes what is computed (`compute_loss`), Keras changes the weights. It owns
the projections and the loss statistics; the student that it trains knows of neither, and
the teacher is never trained or saved with it.
"""

import keras
from keras import layers, ops, tree

from tfdistill.bert.encoder import INPUT_NAMES, BertEncoder
from tfdistill.distill import losses
from tfdistill.distill.layer_map import LayerMap
from tfdistill.distill.objectives import KerasObjective, Objective, StepOutputs

PROJECTIONS = ("shared", "per_layer", None)


class FrozenTeacher:
    """Runs a teacher in inference mode, out of reach of Keras's tracking and saving.

    Attributes:
        model: BertEncoder or None.
    """

    def __init__(self, model: BertEncoder | None):
        self.model = model

    def __call__(self, inputs, return_qkv: bool = False) -> dict:
        """Return the teacher's outputs without a path for gradients."""
        outputs = self.model(inputs, training=False, return_qkv=return_qkv)
        return tree.map_structure(ops.stop_gradient, outputs)


class Distiller(keras.Model):
    """Trains `student` on objectives that look at `teacher` and at labels.

    Use it as any Keras model: `compile`, `fit`, `evaluate`, callbacks. Batches are
    `(inputs, labels)` or `inputs` alone, with optional sample weights; inputs is the
    dictionary that `BertEncoder` reads, labels a tensor or a dictionary by output name.
    Each step runs the student once and the teacher once, whatever the objectives.

    Without a teacher it trains on labels alone: `Distiller(None, model, [HardLabels()])`
    fine-tunes a teacher or trains the undistilled twin of a student.

    Args:
        teacher: BertEncoder or None. Runs in inference mode; its weights never move.
        student: BertEncoder. Reads the same token ids as the teacher.
        objectives: sequence of Objective, or of `keras.distillation` losses.
        layer_map: "uniform", "top", "bottom", a sequence or a LayerMap.
        projection: "shared" (one Dense with bias lifts the embedding and every layer, as
            in TinyBERT's released code), "per_layer", or None where widths are equal.

    Raises:
        ValueError: models and objectives that do not fit together, and what would.
    """

    # === Layers ===

    def __init__(
        self,
        teacher: BertEncoder | None,
        student: BertEncoder,
        objectives,
        layer_map="uniform",
        projection: str | None = "shared",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.student = student
        self.objectives = tuple(_as_objective(each) for each in objectives)
        self.projection = projection
        self.frozen_teacher = FrozenTeacher(teacher)
        _check_models(teacher, student, self.objectives, projection)
        self.layer_pairs = ((0, 0),)
        if any(objective.needs_layer_map for objective in self.objectives):
            depths = teacher.config.num_layers, student.config.num_layers
            self.layer_pairs = LayerMap.resolve(layer_map, *depths).pairs
        self.projections = self._build_projections()
        self.term_means = [
            [
                keras.metrics.Mean(name=name)
                for name in objective.term_names(self.layer_pairs, student)
            ]
            for objective in self.objectives
        ]
        self.agreement = None
        if teacher is not None and teacher.head is not None and student.head:
            self.agreement = keras.metrics.Mean(name="agreement")
        self.built = True

    def _build_projections(self):
        if self.projection is None:
            return []
        if not any(objective.needs_projection for objective in self.objectives):
            return []
        width = self.frozen_teacher.model.config.hidden_dim
        is_shared = self.projection == "shared"
        names = ["projection"]
        if not is_shared:
            names = [f"projection_{m}" for m, _ in self.layer_pairs]
        projections = [layers.Dense(width, name=name) for name in names]
        for projection in projections:
            projection.build((None, None, self.student.config.hidden_dim))
        return projections

    def project(self, student_layer: int, states):
        """Lift student states to the teacher's width.

        Args:
            student_layer: int. 0 is the embedding output.
            states: float (batch, sequence, student hidden_dim).

        Returns:
            float (batch, sequence, teacher hidden_dim).
        """
        if not self.projections:
            return states
        if self.projection == "shared":
            return self.projections[0](states)
        mapped = [m for m, _ in self.layer_pairs]
        return self.projections[mapped.index(student_layer)](states)

    # === Forward ===

    def call(self, inputs, training=False):
        """Run the student; see `BertEncoder` for the dictionary that comes back."""
        needs_qkv = any(objective.needs_qkv for objective in self.objectives)
        return self.student(
            _model_inputs(inputs), training=training, return_qkv=needs_qkv
        )

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """Return the weighted sum of all objectives, a float32 scalar.

        Each term is one value per example, times its sample weight, averaged over the
        batch. The terms' unweighted means go to the metrics.
        """
        step = StepOutputs(
            teacher=self._teacher_outputs(x),
            student=y_pred,
            labels=_as_dictionary(y),
            padding_mask=x["padding_mask"],
            layer_pairs=self.layer_pairs,
            project=self.project,
        )
        total = 0.0
        for objective, means in zip(self.objectives, self.term_means, strict=True):
            for value, mean in zip(objective.terms(step), means, strict=True):
                mean.update_state(value, sample_weight=_weights_for(value, sample_weight))
                total += objective.weight * _weighted_mean(value, sample_weight)
        self._update_agreement(step)
        return total

    def _teacher_outputs(self, inputs):
        if self.frozen_teacher.model is None:
            return None
        needs_qkv = any(objective.needs_qkv for objective in self.objectives)
        return self.frozen_teacher(_model_inputs(inputs), return_qkv=needs_qkv)

    def _update_agreement(self, step):
        if self.agreement is None:
            return
        value = losses.agreement(
            step.teacher["logits"], step.student["logits"], step.padding_mask
        )
        self.agreement.update_state(value)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Give compiled metrics the head's outputs alone, and labels of equal form."""
        y_pred = self.student.select_outputs(y_pred)
        if len(y_pred) == 1:
            (name,) = y_pred
            y, y_pred = _as_dictionary(y).get(name), y_pred[name]
        return super().compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def predict_step(self, *args, **kwargs):
        """Return the student's head outputs."""
        return self.student.select_outputs(super().predict_step(*args, **kwargs))

    # === Keras ===

    @property
    def non_trainable_variables(self):
        """Also the teacher's variables: a stateless JAX step must be handed them."""
        teacher = self.frozen_teacher.model
        own = super().non_trainable_variables
        return own if teacher is None else own + teacher.variables

    def save(self, *args, **kwargs):
        """Refuse: what is worth saving is the student.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            "A Distiller is not saved whole: save distiller.student, or use "
            "save_weights to keep the projections as well."
        )


def _as_objective(value) -> Objective:
    if isinstance(value, Objective):
        return value
    if isinstance(value, keras.distillation.DistillationLoss):
        return KerasObjective(loss=value)
    raise ValueError(
        "An objective must be an Objective such as SoftTargets(), or a loss of "
        f"keras.distillation; got {value!r}."
    )


def _check_models(teacher, student, objectives, projection):
    for role, model in (("teacher", teacher), ("student", student)):
        if not isinstance(model, BertEncoder) and not (
            model is None and role == "teacher"
        ):
            raise ValueError(
                f"The {role} must be a BertEncoder (load_teacher and build_student make "
                f"them); got {type(model).__name__}."
            )
    if not objectives:
        raise ValueError("Expected at least one objective, e.g. SoftTargets(); got none.")
    for objective in objectives:
        if objective.needs_teacher and teacher is None:
            raise ValueError(
                f"{type(objective).__name__} needs a teacher; got None. "
                "Without a teacher only HardLabels can train."
            )
        objective.check(teacher, student)
    _check_vocabularies(teacher, student)
    _check_projection(teacher, student, objectives, projection)


def _check_vocabularies(teacher, student):
    if teacher is None:
        return
    ours, theirs = student.config.vocabulary_size, teacher.config.vocabulary_size
    if ours != theirs:
        raise ValueError(
            "Teacher and student read the same token ids, but the teacher's vocabulary "
            f"has {theirs} pieces and the student's {ours}. Give the teacher the "
            "student's vocabulary with adopt_vocabulary, then fine-tune it."
        )


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
            f"projection=None needs equal widths; the teacher's hidden_dim is {theirs}, "
            f'the student\'s {ours}. Use projection="shared".'
        )


def _model_inputs(inputs):
    return {name: inputs[name] for name in INPUT_NAMES}


def _as_dictionary(y):
    if y is None:
        return {}
    return y if isinstance(y, dict) else {"logits": y}


def _weights_for(value, sample_weight):
    return None if not value.shape else sample_weight


def _weighted_mean(value, sample_weight):
    if sample_weight is not None and value.shape:
        value = value * ops.cast(sample_weight, value.dtype)
    return ops.mean(value)
