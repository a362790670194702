"""Who trains and who teaches in each stage of a run, and the teacher between them."""

import dataclasses
from typing import Any

import keras

from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.saved import in_dtype
from tfdistill.distill.cached import check_vocabularies
from tfdistill.quantize.encoder import QuantizedEncoder, quantization_aware
from tfdistill.quantize.rounded import (
    RoundedEncoder,
    round_weights,
    strip_rounding,
)
from tfdistill.quantize.tfmot import load_quantizers
from tfdistill.text import load_tokenizer
from tfdistill.train.models import adopt, make_student, make_teacher
from tfdistill.train.pretrain import pretrain
from tfdistill.train.stages import check_stage, load_stage
from tfdistill.train.workers import ALONE


@dataclasses.dataclass
class Models:
    """The models as they stand.

    Attributes:
        student: BertEncoder or None; a QuantizedEncoder since a quantized stage.
        teacher: BertEncoder or None. It reads its own vocabulary.
        adopted: BertEncoder or None. The teacher since it adopted the student's.
        teaching: None, or (a teacher, its copy in the recipe's dtype).
        learned_rows: float (pieces, width) or None. The rows of the student's
            vocabulary that a teacher has learned in pretraining.
        beginnings: dict of "student" and "teacher" to the weights that a stage with
            `restart` goes back to.
    """

    student: BertEncoder | None
    teacher: BertEncoder | None = None
    adopted: BertEncoder | None = None
    beginnings: dict = dataclasses.field(default_factory=dict)
    learned_rows: Any = None
    teaching: tuple | None = None


def make_models(run) -> Models:
    """Build or load both models, and see that every stage can use them."""
    recipe = run.recipe
    keras.utils.set_random_seed(recipe.seed)
    models = Models(make_student(recipe, run.task, run.vocabularies["student"]))
    if recipe.needs_teacher:
        keras.utils.set_random_seed(recipe.seed)
        models.teacher = make_teacher(recipe, run.task)
        # Refuses what cannot be, before hours of training.
        _in_its_dtype(models, models.teacher, recipe.teacher.dtype)
        longest = models.teacher.config.max_sequence_length
        if longest < recipe.max_length:
            raise ValueError(
                f"The recipe cuts texts to max_length={recipe.max_length} tokens, the "
                f"teacher reads {longest} at most: lower max_length."
            )
    if any(stage.is_quantized for stage in recipe.stages):
        load_quantizers()  # refuses what cannot be, before hours of training
    for stage in recipe.stages:
        is_teacher = stage.model == "teacher"
        check_stage(
            stage,
            models.teacher if is_teacher else models.student,
            None if is_teacher else models.teacher,
        )
        if not is_teacher and stage.teacher_reads == "teacher":
            check_vocabularies(
                models.teacher, models.student, stage.objectives, stage.layer_map
            )
    for stage in recipe.stages:
        if stage.restart:
            model = models.teacher if stage.model == "teacher" else models.student
            models.beginnings[stage.model] = model.get_weights()
    return models


def restore_teachers(run):
    """Yield (stage name, BertEncoder): the teacher as each of its stages left it."""
    for stage, teacher in replay(run):
        if stage.model == "teacher":
            yield stage.name, teacher


def replay(run):
    """Yield (Stage, the teacher in that stage or None) for every stage.

    A teacher is yielded as its finished stages left it.
    """
    if not run.recipe.needs_teacher:
        return
    models = Models(None, make_teacher(run.recipe, run.task))
    pretrain(run, models, ALONE)
    for stage in run.recipe.stages:
        trained, teacher = cast(run, models, stage)
        if stage.model == "teacher":
            tokenizer = load_tokenizer(run.vocabularies[stage.vocabulary])
            load_stage(stage, trained, run.workdir, tokenizer)
            teacher = trained
        yield stage, teacher


def cast(run, models: Models, stage) -> tuple[BertEncoder, Any]:
    """Return (the model that this stage trains, its teacher or None)."""
    if stage.model == "teacher" and stage.vocabulary == "teacher":
        models.adopted = None  # it learns on, so it has to adopt anew
    if stage.teacher_reads == "student" and models.adopted is None:
        models.adopted = adopt(
            models.teacher, run.vocabularies["student"], run.vocabularies["teacher"]
        )
        if models.learned_rows is not None:
            models.adopted.embeddings.token.embeddings.assign(models.learned_rows)
    teachers = {"student": models.adopted, "teacher": models.teacher}
    teacher = teachers.get(stage.teacher_reads)
    if stage.restart and stage.model in models.beginnings:
        model = models.teacher if stage.model == "teacher" else models.student
        model.set_weights(models.beginnings[stage.model])
    if stage.model == "teacher":
        models.teaching = None
        return teacher, None
    if teacher is not None:
        teacher = _in_its_dtype(models, teacher, run.recipe.teacher.dtype)
    is_there = models.student is None or isinstance(models.student, QuantizedEncoder)
    if stage.is_quantized and not is_there:
        models.student = quantization_aware(models.student)
    if stage.rounded_bits and models.student is not None:
        return round_weights(models.student, stage.rounded_bits), teacher
    return models.student, teacher


def _in_its_dtype(models, teacher, dtype):
    """What teaches; rounded once for all stages until the teacher learns again."""
    if dtype == "float32":
        return teacher
    if models.teaching is None or models.teaching[0] is not teacher:
        models.teaching = teacher, in_dtype(teacher, dtype)
    return models.teaching[1]


def take_over(models: Models, trained):
    """Make what a stage trained the student, if it trained a copy of it."""
    if isinstance(trained, RoundedEncoder):
        models.student = strip_rounding(trained)
