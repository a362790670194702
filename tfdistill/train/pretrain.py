"""A recipe's pretrainings: from plain text to the bodies that its stages begin with."""

import dataclasses
import pathlib
import shutil
import sys
from typing import Any

import keras
import numpy as np

from tfdistill.bert.adopt import extend_vocabulary
from tfdistill.bert.encoder import build_student
from tfdistill.bert.heads import MaskedLM
from tfdistill.bert.saved import copy_body
from tfdistill.data.masked_text import make_masked_dataset
from tfdistill.distill.masked_lm import AffineVocabularyTrainer, MaskedLMTrainer
from tfdistill.distill.mixed import MixedVocabularyTrainer, SlowerTeacherAdamW
from tfdistill.distill.shared_projections import SharedProjections
from tfdistill.text import load_tokenizer, read_vocabulary
from tfdistill.text.mixed import MixedSegmenter
from tfdistill.text.spelling import spell_pieces
from tfdistill.train.backup import Backup, fit_from
from tfdistill.train.files import read_json, write_json, written_whole
from tfdistill.train.models import load_masked_lm_teacher
from tfdistill.train.precision import products_in
from tfdistill.train.pretraining import MIXED, Pretraining
from tfdistill.train.schedule import make_optimizer
from tfdistill.train.stages import check_finite, plain_callbacks
from tfdistill.train.weights import load_weights, save_weights


@dataclasses.dataclass
class Bodies:
    """Models with masked-LM heads, from one pretraining to the next.

    Attributes:
        teacher: BertEncoder or None. In its own vocabulary.
        student: BertEncoder or None.
        extended: BertEncoder or None. The teacher with both vocabularies.
    """

    teacher: Any = None
    student: Any = None
    extended: Any = None


def pretrain(run, models, workers) -> dict:
    """Train or load every pretraining of a run and hand the bodies to its models.

    Args:
        run: `tfdistill.train.prepare.Run`.
        models: `tfdistill.train.casting.Models`; its student may be None.
        workers: Workers. One process alone.

    Returns:
        dict of names to minutes.

    Raises:
        ValueError: several workers, a teacher that cannot be read, a text that is not
            there, or a diverged model.
    """
    if not run.recipe.pretraining:
        return {}
    if workers.strategy is not None or workers.count > 1:
        raise ValueError(
            "Pretraining runs in one process: leave --distribution out until it is "
            "finished (--until=STAGE stops there)."
        )
    bodies = Bodies()
    minutes = {
        each.name: _pretrain(run, each, bodies) for each in run.recipe.pretraining
    }
    _hand_over(bodies, models)
    return minutes


def _pretrain(run, settings: Pretraining, bodies: Bodies) -> float:
    keras.utils.set_random_seed(run.recipe.seed)
    trainer = _make_trainer(run, settings, bodies)
    folder = pathlib.Path(run.workdir) / "pretraining" / settings.name
    done, log = folder / "weights.safetensors", folder / "report.json"
    if done.is_file() and log.is_file():
        load_weights(trainer.weights, done)
    else:
        minutes = _fit(run, settings, trainer)
        check_finite(trainer, settings)
        folder.mkdir(parents=True, exist_ok=True)
        if settings.kind == "teacher_masked_lm":
            _save_masked_lm(run, trainer.student, folder)
        save_weights(trainer.weights, done)
        write_json(log, {"minutes": minutes})
        shutil.rmtree(_backup_folder(run, settings), ignore_errors=True)
    if settings.kind == "affine_embedding":
        trainer.write_table()
    return read_json(log)["minutes"]


def _make_trainer(run, settings, bodies):
    """Make the models that a pretraining needs, and what trains them."""
    paths = run.vocabularies
    if settings.kind != "student_masked_lm" and bodies.teacher is None:
        bodies.teacher = load_masked_lm_teacher(run.recipe)
    if settings.kind == "teacher_masked_lm":
        return MaskedLMTrainer(bodies.teacher)
    if bodies.student is None:
        config, vocabulary = run.recipe.student, paths["student"]
        bodies.student = build_student(config, vocabulary, MaskedLM())
    if settings.kind == "student_masked_lm":
        return MaskedLMTrainer(bodies.student)
    if bodies.extended is None:
        rows = spell_pieces(
            *(read_vocabulary(paths[r]) for r in ("student", "teacher"))
        )
        bodies.extended = extend_vocabulary(bodies.teacher, rows)
    if settings.kind == "affine_embedding":
        return AffineVocabularyTrainer(bodies.extended, bodies.student)
    first = bodies.teacher.config.vocabulary_size
    projections = SharedProjections(
        bodies.extended,
        bodies.student,
        settings.layer_map,
        settings.direction,
        teacher_tokens=(first, first + bodies.student.config.vocabulary_size),
    )
    return MixedVocabularyTrainer(
        bodies.extended, bodies.student, projections, settings.projection_weight
    )


def _fit(run, settings, trainer) -> float:
    seed, steps = run.recipe.seed, settings.steps_per_epoch
    trainer.compile(_optimizer(settings, trainer), jit_compile=False)
    backup = Backup(_backup_folder(run, settings))
    backup.restore(trainer)
    segmenter = _segmenter(run, settings, trainer)

    def batches_after(step):
        return make_masked_dataset(
            settings.corpus,
            segmenter,
            settings.batch_size,
            seed,
            settings.p_dual_at if settings.kind in MIXED else lambda step: 0.0,
            step,
        )

    with products_in(run.recipe.dtype):
        fit_from(
            trainer,
            settings.epochs,
            steps,
            backup,
            batches_after,
            callbacks=plain_callbacks(
                settings, run.workdir, backup, seed, run.recipe.energy_country
            ),
            shuffle=False,
            verbose=1 if sys.stdout.isatty() else 2,
        )
    return round(backup.seconds / 60, 2)


def _optimizer(settings, trainer):
    slow = trainer.teacher.trainable_variables if settings.kind in MIXED else ()
    return make_optimizer(
        settings,
        settings.steps_per_epoch * settings.epochs,
        kind=SlowerTeacherAdamW,
        slow=slow,
        fraction=settings.teacher_rate,
    )


def _segmenter(run, settings, trainer):
    paths = run.vocabularies
    roles = {
        "teacher_masked_lm": ("teacher", "teacher"),
        "student_masked_lm": ("student", "student"),
    }.get(settings.kind, ("teacher", "student"))
    model = trainer.student if settings.kind not in MIXED else trainer.teacher
    return MixedSegmenter(
        *(load_tokenizer(paths[role]) for role in roles),
        max_length=min(
            settings.corpus.max_length,
            model.config.max_sequence_length,
            trainer.student.config.max_sequence_length,
        ),
    )


def _save_masked_lm(run, model, folder):
    shutil.copyfile(run.vocabularies["teacher"], folder / "vocab.txt")
    with written_whole(folder / "masked_lm.keras") as temporary:
        model.save(temporary)


def _backup_folder(run, settings):
    return pathlib.Path(run.workdir) / "backup" / f"pretraining_{settings.name}"


# === What the stages begin with ===


def _hand_over(bodies, models):
    if bodies.student is not None and models.student is not None:
        copy_body(bodies.student, models.student)
    if bodies.extended is not None:
        copy_body(bodies.extended, models.teacher)
        table = np.asarray(bodies.extended.embeddings.token.embeddings)
        models.learned_rows = table[bodies.teacher.config.vocabulary_size :]
    for role, model in (("student", models.student), ("teacher", models.teacher)):
        if role in models.beginnings:
            models.beginnings[role] = model.get_weights()
