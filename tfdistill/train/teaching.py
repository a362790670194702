"""Whether a stage reads its teacher from disk, and the cache that it then reads."""

import pathlib

from absl import logging

from tfdistill.data import Encoded, steps_per_epoch
from tfdistill.data.cache import TeacherCache
from tfdistill.distill.cached import teacher_outputs
from tfdistill.train.recipe import Recipe, Stage


def taught_alike(recipe: Recipe, stage: Stage) -> list[Stage]:
    """Return the stages that learn from the same teacher on the same rows as `stage`.

    Training the teacher, or giving it the student's vocabulary, makes another of it.
    """
    groups = [[]]
    for each in recipe.stages:
        if each.model == "teacher":
            groups.append([])
        elif each.needs_teacher and each.corpus is None:
            groups[-1].append(each)
    group = next((group for group in groups if stage in group), [])
    return [each for each in group if _rows_of(each) == _rows_of(stage)]


def _rows_of(stage):
    return stage.teacher_reads, stage.is_augmented, stage.unlabelled


def make_caches(run, stage: Stage, teacher, student) -> list[TeacherCache | None]:
    """Return a stage's caches of train and of the slice to choose on.

    Args:
        run: `tfdistill.train.prepare.Run`.
        stage: Stage. One with a teacher.
        teacher: BertEncoder, as it teaches in this stage.
        student: BertEncoder.

    Returns:
        list of two; None for a split that the teacher reads live, see `make_cache`.
    """
    splits = run.encoded(stage.teacher_reads)
    return [
        make_cache(run.recipe, stage, teacher, student, encoded, run.workdir)
        for encoded in (
            run.training_rows(stage, stage.teacher_reads),
            splits.chosen,
        )
    ]


def make_cache(
    recipe: Recipe, stage: Stage, teacher, student, encoded: Encoded, workdir
) -> TeacherCache | None:
    """Return the cache of the teacher that a stage learns from, or None.

    It holds what all stages need that learn from this teacher. None if that teacher is
    not read more than once, if the recipe says so, or if it would take too much room.
    A teacher that reads its own vocabulary has one always.

    Args:
        recipe: Recipe.
        stage: Stage. One with a teacher.
        teacher: BertEncoder, as it teaches in this stage.
        student: BertEncoder.
        encoded: Encoded. A split, as the teacher reads it.
        workdir: path.

    Raises:
        ValueError: the stage cannot do without, and it would take too much room.
    """
    settings, stages = recipe.cache, taught_alike(recipe, stage)
    passes = sum(_passes(each, encoded) for each in stages)
    is_needed = stage.teacher_reads == "teacher"
    if not is_needed and (not settings.is_on or passes <= 1):
        return None
    try:
        outputs = {
            name
            for each in stages
            for name in teacher_outputs(
                teacher, student, each.objectives, each.layer_map
            )
        }
        return TeacherCache(
            settings.folder or pathlib.Path(workdir) / "cache",
            teacher,
            encoded,
            outputs,
            settings.dtype,
            settings.max_gigabytes * 1e9,
        )
    except ValueError as error:
        if is_needed:
            raise
        logging.info("Stage %s runs its teacher at every step: %s", stage.name, error)
        return None


def _passes(stage, encoded):
    """How often a stage reads every row, on average."""
    share = stage.epoch_fraction
    if stage.steps_per_epoch is not None:
        share = stage.steps_per_epoch / steps_per_epoch(encoded, stage.batch_size)
    return stage.epochs * share
