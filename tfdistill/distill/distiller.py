"""The Keras model that pulls a student towards its teacher under plain `fit`.

`Distiller` changes what is computed (`compute_loss`), Keras changes the weights. It
owns the projections and the loss statistics; the student that it trains knows of
neither, and the teacher is never trained or saved with it.
"""

import contextlib
import warnings

import keras
from keras import layers

from tfdistill.bert.encoder import BertEncoder
from tfdistill.distill import losses
from tfdistill.distill.cached import (
    check_vocabularies,
    reads_alike,
    resolve_pairs,
    teacher_choice,
    unflatten,
)
from tfdistill.distill.checks import as_objective, can_agree, check_models
from tfdistill.distill.frozen import FrozenTeacher, encoder_inputs
from tfdistill.distill.objectives import StepOutputs
from tfdistill.distill.reduction import BATCH_MEAN, weights_for
from tfdistill.distill.replicas import as_rows, first_local_batch, is_multi_worker


class Distiller(keras.Model):
    """Trains `student` on objectives that look at `teacher` and at labels.

    Use it as any Keras model: `compile`, `fit`, `evaluate`, callbacks. Batches are
    `(inputs, labels)` or `inputs` alone, with optional sample weights; inputs is the
    dictionary that `BertEncoder` reads, labels a tensor or a dictionary by output name.
    Sample weights are float (batch,), or a dictionary by output name, of which
    objectives without an output take that of `logits`.
    Each step runs the student once and the teacher once, whatever the objectives; where
    `make_dataset` brings cached outputs of the teacher along, the teacher not at all.

    Without a teacher it trains on labels alone: `Distiller(None, model,
    [HardLabels()])` fine-tunes a teacher or trains the undistilled twin of a student.

    Args:
        teacher: BertEncoder or None. Runs in inference mode; its weights never move.
        student: BertEncoder. Reads the same token ids as the teacher; where objectives
            compare whole texts alone, and the teacher's outputs come from a cache, the
            teacher may have a vocabulary of its own.
        objectives: sequence of Objective, or of `keras.distillation` losses.
        layer_map: "uniform", "top", "bottom", a sequence or a LayerMap.
        projection: "shared" (one Dense with bias lifts the embedding and every layer,
            as in TinyBERT's released code), "per_layer", or None for equal widths.

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
        objectives = tuple(as_objective(each) for each in objectives)
        check_models(teacher, student, objectives, projection)
        check_vocabularies(teacher, student, objectives, layer_map)
        # The student's policy decides whether `compile` scales the loss (float16).
        super().__init__(**{"dtype": student.dtype_policy, **kwargs})
        self.student = student
        self.objectives = objectives
        self.projection = projection
        self.frozen_teacher = FrozenTeacher(teacher)
        self.layer_pairs = resolve_pairs(teacher, student, objectives, layer_map)
        self.projections = self._build_projections()
        self.term_means = self._build_term_means()
        self.agreement = None
        if can_agree(teacher, student):
            self.agreement = keras.metrics.Mean(name="agreement")
        self.built = True

    def _build_term_means(self):
        """One metric per term; a name that comes again gets a number."""
        counts = {}
        means = []
        for objective in self.objectives:
            names = objective.term_names(self.layer_pairs, self.student)
            for name in names:
                counts[name] = counts.get(name, 0) + 1
            means.append(
                [
                    keras.metrics.Mean(
                        name=name if counts[name] == 1 else f"{name}_{counts[name]}"
                    )
                    for name in names
                ]
            )
        return means

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
        projections = [
            layers.Dense(width, name=name, dtype=self.dtype_policy) for name in names
        ]
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
        return self.student(
            encoder_inputs(inputs), training=training, return_qkv=self._needs_qkv
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
            weights = weights_for(objective, sample_weight)
            for value, mean in zip(objective.terms(step), means, strict=True):
                # One number per batch (`KerasObjective`) is a mean already.
                own = weights if value.shape else None
                mean.update_state(value, sample_weight=own)
                total += objective.weight * BATCH_MEAN(value, value, own)
        self._update_agreement(step, sample_weight)
        return total

    def _teacher_outputs(self, inputs):
        if "teacher" in inputs:
            return unflatten(inputs["teacher"])
        teacher = self.frozen_teacher.model
        if teacher is None:
            return None
        if not reads_alike(teacher, self.student):
            raise ValueError(
                "The teacher reads another vocabulary than the student, so it cannot "
                "read this batch: give make_dataset a teacher_cache that was made from "
                "the same texts in the teacher's encoding."
            )
        return self.frozen_teacher(inputs, return_qkv=self._needs_qkv)

    @property
    def _needs_qkv(self):
        return any(objective.needs_qkv for objective in self.objectives)

    def _update_agreement(self, step, weight):
        if self.agreement is None:
            return
        if isinstance(weight, dict):
            weight = weight.get("logits")
        if weight is not None and len(weight.shape) != 1:
            weight = None  # of tokens, where a row has one agreement
        value = losses.choice_agreement(
            teacher_choice(step.teacher), step.student["logits"], step.padding_mask
        )
        self.agreement.update_state(value, sample_weight=weight)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Give compiled metrics the head's outputs alone, and labels of equal form."""
        y_pred = self.student.select_outputs(y_pred)
        if len(y_pred) == 1:
            (name,) = y_pred
            y, y_pred = _as_dictionary(y).get(name), y_pred[name]
            if isinstance(sample_weight, dict):
                sample_weight = sample_weight.get(name)
        if y is None and self.has_metrics:
            raise ValueError(
                "Compiled metrics need labels, but the data has none: give a dataset "
                "of (inputs, labels), or compile without metrics."
            )
        return super().compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def predict_step(self, *args, **kwargs):
        """Return the student's head outputs."""
        return self.student.select_outputs(super().predict_step(*args, **kwargs))

    # === Keras ===

    def compile(self, optimizer="adamw", loss=None, **kwargs):
        """Configure training; see `keras.Model.compile`.

        Raises:
            ValueError: a loss, as the objectives are the loss.
        """
        if loss is not None:
            raise ValueError(
                "A Distiller's losses are its objectives: leave loss out of compile "
                f"and add HardLabels() to the objectives; got loss={loss!r}."
            )
        self.has_metrics = any(kwargs.get(f"{w}metrics") for w in ("", "weighted_"))
        super().compile(optimizer=optimizer, **kwargs)

    def make_train_function(self, force=False):
        """Build the optimizer first, so that the step is traced once and not twice.

        Left to Keras, the optimizer's variables are made inside the first trace, which
        TensorFlow then throws away: over half of the wait before the first step.
        """
        if self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)
        return super().make_train_function(force)

    def train_step(self, *args, **kwargs):
        """Train on one batch, as Keras does.

        Keras warns of every variable without a gradient. Layer losses leave the head
        without one by design (TinyBERT's intermediate stage), so that is no news.
        """
        *state, data = args
        with warnings.catch_warnings(), self._teacher_first(data) as data:
            warnings.filterwarnings("ignore", "Gradients do not exist")
            return as_rows(super().train_step(*state, data, **kwargs), self)

    @contextlib.contextmanager
    def _teacher_first(self, data):
        """Yield the batch, which is there once a teacher that reads it has done so."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        teacher = self.frozen_teacher.model
        is_live = teacher is not None and reads_alike(teacher, self.student)
        # A step of JAX is compiled whole, and hands the teacher its weights itself.
        is_here = keras.backend.backend() == "tensorflow"
        if not (is_here and is_live) or "teacher" in x:
            yield data
            return
        with self.frozen_teacher.ahead(x, self._needs_qkv) as x:
            yield keras.utils.pack_x_y_sample_weight(x, y, sample_weight)

    def test_step(self, *args, **kwargs):
        """Evaluate one batch, as Keras does."""
        return as_rows(super().test_step(*args, **kwargs), self)

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Give Keras one worker's batch: it cannot reduce dictionaries over workers."""
        if iterator is not None and is_multi_worker(self):
            data_batch, iterator = first_local_batch(iterator, self), None
        super()._maybe_symbolic_build(iterator=iterator, data_batch=data_batch)

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

    def export(self, *args, **kwargs):
        """Refuse, as `save` does.

        Raises:
            ValueError: always.
        """
        raise ValueError("A Distiller is not exported: export distiller.student.")


def _as_dictionary(y):
    if y is None:
        return {}
    return y if isinstance(y, dict) else {"logits": y}
