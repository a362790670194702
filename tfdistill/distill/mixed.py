"""Mixed-vocabulary training: teacher and student learn to guess words side by side.

The teacher reads both vocabularies (`extend_vocabulary`, `MixedSegmenter`) and goes on
learning; the student reads its own; shared projections tie their weights together
(arXiv 1909.11687, section 3).
"""

import keras
from keras import ops

from tfdistill.distill.adamw import AdamWInOnePass
from tfdistill.distill.losses import label_cross_entropy


def mixed_masked_lm(labels, logits, teacher_size: int | None = None):
    """Cross-entropy at masked positions, each word within its own vocabulary.

    Args:
        labels: int (batch, sequence). Ids of the hidden pieces, -1 elsewhere.
        logits: float (batch, sequence, pieces).
        teacher_size: int or None. Pieces of the first vocabulary; those behind it have
            a softmax of their own. None is one vocabulary.

    Returns:
        float32 scalar: the sum over masked positions, divided by their number.
    """
    labels = ops.cast(labels, "int32")
    count = ops.sum(ops.cast(labels >= 0, "float32"))
    total = 0.0
    size = logits.shape[-1]
    for first, end in ((0, teacher_size or size), (teacher_size or size, size)):
        if first == end:
            continue
        is_here = (labels >= first) & (labels < end)
        own = ops.where(is_here, labels - first, -1)
        flat = ops.reshape(logits[..., first:end], (-1, end - first))
        total += ops.sum(label_cross_entropy(ops.reshape(own, (-1,)), flat))
    return total / ops.maximum(count, 1.0)


def check_masked_lm(role: str, model):
    """Raise ValueError if a model cannot guess masked words."""
    if type(model.head).__name__ != "MaskedLM":
        raise ValueError(f"The {role} needs a MaskedLM head; got {model.head!r}.")


def teacher_size_of(teacher, student) -> int:
    """Return how many pieces an extended teacher has of its own.

    Raises:
        ValueError: a model without a masked-LM head, or vocabularies that do not fit.
    """
    for role, model in (("teacher", teacher), ("student", student)):
        check_masked_lm(role, model)
    size = teacher.config.vocabulary_size - student.config.vocabulary_size
    if size <= 0:
        raise ValueError(
            "The teacher's vocabulary must hold its own pieces and the student's "
            f"{student.config.vocabulary_size} behind them; it has "
            f"{teacher.config.vocabulary_size} in all. See extend_vocabulary."
        )
    return size


class MixedVocabularyTrainer(keras.Model):
    """Trains teacher and student together on masked words.

    Batches are `(inputs, labels)`: two dictionaries with the entries "teacher" and
    "student"; inputs hold what a `BertEncoder` reads, labels int (batch, sequence) ids,
    -1 where nothing is hidden. Both models have a `MaskedLM` head. The loss is
    `student + teacher + projection_weight * projections`, all three in the metrics.

    Args:
        teacher: BertEncoder of `extend_vocabulary`. It is trained as well.
        student: BertEncoder. Its vocabulary is the second one of the teacher's.
        projections: SharedProjections or None.
        projection_weight: float. epsilon of the paper, which does not publish it.

    Raises:
        ValueError: a model without a masked-LM head, or vocabularies that do not fit.
    """

    def __init__(
        self, teacher, student, projections=None, projection_weight=1.0, **kwargs
    ):
        super().__init__(**kwargs)
        self.teacher_size = teacher_size_of(teacher, student)
        self.teacher, self.student = teacher, student
        self.projections = projections
        self.projection_weight = projection_weight
        names = ["teacher_masked_lm", "student_masked_lm"]
        names += ["projection"] if projections is not None else []
        self.term_means = [keras.metrics.Mean(name=name) for name in names]
        self.built = True

    def call(self, inputs, training=False):
        """Return both models' logits, by "teacher" and "student"."""
        return {
            role: model(inputs[role], training=training)["logits"]
            for role, model in (("teacher", self.teacher), ("student", self.student))
        }

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """Return the weighted sum, a float32 scalar."""
        terms = [
            mixed_masked_lm(y["teacher"], y_pred["teacher"], self.teacher_size),
            mixed_masked_lm(y["student"], y_pred["student"]),
        ]
        weights = [1.0, 1.0]
        if self.projections is not None:
            terms.append(self.projections.loss())
            weights.append(self.projection_weight)
        for term, mean in zip(terms, self.term_means, strict=True):
            mean.update_state(term)
        return sum(w * term for w, term in zip(weights, terms, strict=True))

    def make_train_function(self, force=False):
        """Build the optimizer first, as `Distiller` does."""
        if self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)
        return super().make_train_function(force)


@keras.saving.register_keras_serializable("tfdistill")
class SlowerTeacherAdamW(AdamWInOnePass):
    """AdamW that moves some variables at a fraction of the learning rate.

    Args:
        slow: sequence of variables, such as `trainer.teacher.trainable_variables`.
        fraction: float. Their share of the learning rate.
        **kwargs: of `AdamWInOnePass`.
    """

    def __init__(self, *args, slow=(), fraction: float = 0.1, **kwargs):
        super().__init__(*args, **kwargs)
        self.fraction = fraction
        # By identity: variables of two encoders have the same paths.
        self._slow = {id(variable) for variable in slow}

    def update_step(self, gradient, variable, learning_rate):
        """Move one variable."""
        if self._is_slow(variable):
            learning_rate = learning_rate * self.fraction
        super().update_step(gradient, variable, learning_rate)

    def _apply_weight_decay(self, variables):
        is_slow = [self._is_slow(variable) for variable in variables]
        pairs = [*zip(variables, is_slow, strict=True)]
        super()._apply_weight_decay([v for v, slow in pairs if not slow])
        whole = self.weight_decay
        if whole is not None:
            self.weight_decay = whole * self.fraction
        super()._apply_weight_decay([v for v, slow in pairs if slow])
        self.weight_decay = whole

    def _is_slow(self, variable):
        index = self._get_variable_index(variable)
        return id(self._trainable_variables[index]) in self._slow
