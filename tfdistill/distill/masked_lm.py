"""Masked language modelling of one model, and of a teacher with an affine embedding.

`AffineVocabularyTrainer` is stage I of the two-stage variant of mixed-vocabulary
training (EACL 2021, arXiv 1909.11687v2); stage II is `MaskedLMTrainer` with the
student, which begins with the table of stage I.
"""

import keras
from keras import ops

from tfdistill.distill.mixed import check_masked_lm, mixed_masked_lm, teacher_size_of


class MaskedLMTrainer(keras.Model):
    """Trains one model to guess masked words.

    Batches are those of `MixedVocabularyTrainer`, of which the student's part is read.

    Args:
        model: BertEncoder with a `MaskedLM` head.

    Raises:
        ValueError: another head.
    """

    def __init__(self, model, **kwargs):
        super().__init__(**kwargs)
        check_masked_lm("model", model)
        self.student = model
        self.built = True

    def call(self, inputs, training=False):
        """Return the logits, float (batch, sequence, vocabulary_size)."""
        return self.student(inputs["student"], training=training)["logits"]

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """Return the cross-entropy at masked positions, a float32 scalar."""
        return mixed_masked_lm(y["student"], y_pred)

    def make_train_function(self, force=False):
        """Build the optimizer first, as `Distiller` does."""
        if self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)
        return super().make_train_function(force)


class AffineVocabularyTrainer(keras.Model):
    """Trains a student's token table as the teacher's second vocabulary.

    The teacher's rows of the student's pieces are not free: row = e W + b, with e from
    the student's table. The teacher's masked-LM loss trains W, b, the table, and the
    teacher. The teacher should have no dropout, whose state is not kept here.

    Args:
        teacher: BertEncoder of `extend_vocabulary`, with a `MaskedLM` head.
        student: BertEncoder with a `MaskedLM` head. Nothing but its table is trained.

    Raises:
        ValueError: as `MixedVocabularyTrainer`.
    """

    def __init__(self, teacher, student, **kwargs):
        super().__init__(**kwargs)
        self.teacher_size = teacher_size_of(teacher, student)
        self.teacher = teacher
        self.table = student.embeddings.token
        self.affine = keras.layers.Dense(teacher.config.token_dim, name="affine")
        self.affine.build((None, student.config.token_dim))
        self._student = lambda: student  # not tracked: only its table is trained
        self.built = True

    @property
    def student(self):
        """The student whose table is trained."""
        return self._student()

    def joint_table(self):
        """Return both vocabularies' rows, float (V_t + V_s, teacher's width)."""
        own = ops.convert_to_tensor(self._joint)[: self.teacher_size]
        rows = self.affine(ops.convert_to_tensor(self.table.embeddings))
        return ops.concatenate([own, ops.cast(rows, own.dtype)])

    @property
    def _joint(self):
        return self.teacher.embeddings.token.embeddings

    def call(self, inputs, training=False):
        """Return the teacher's logits, float (batch, sequence, V_t + V_s)."""
        with keras.StatelessScope(state_mapping=[(self._joint, self.joint_table())]):
            outputs = self.teacher(inputs["teacher"], training=training)
        return outputs["logits"]

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """Return the teacher's cross-entropy, each word in its own vocabulary."""
        return mixed_masked_lm(y["teacher"], y_pred, self.teacher_size)

    def make_train_function(self, force=False):
        """Build the optimizer first, as `Distiller` does."""
        if self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)
        return super().make_train_function(force)

    def write_table(self):
        """Put the affine rows into the teacher's table, which then stands alone."""
        self._joint.assign(self.joint_table())
