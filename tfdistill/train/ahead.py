"""A recipe's teacher cache made ahead of its student stages, by one process or many."""

import pathlib

from absl import logging

from tfdistill.train.casting import replay
from tfdistill.train.claim import check_claim
from tfdistill.train.models import make_student
from tfdistill.train.prepare import prepare
from tfdistill.train.recipe import Recipe
from tfdistill.train.stages import stage_weights
from tfdistill.train.teaching import make_caches


def cache_ahead(recipe: Recipe, workdir, worker: int = 0, num_workers: int = 1) -> int:
    """Make the teacher caches of a work folder whose teacher is trained.

    Several processes may share the work, on one machine or on a shared disk: each makes
    every `num_workers`-th shard and writes it whole. The training run finds them.

    Args:
        recipe: Recipe of the work folder.
        workdir: path. The teacher's stages must be finished in it.
        worker: int. 0 to num_workers - 1.
        num_workers: int.

    Returns:
        int. Bytes of all caches on disk, when every worker is done.

    Raises:
        ValueError: a worker that is not there, another recipe, a teacher that is not
            trained, or nothing that a cache would save.
    """
    if not 0 <= worker < num_workers:
        raise ValueError(
            f"worker must be from 0 to {num_workers - 1}, as num_workers is "
            f"{num_workers}; got {worker}."
        )
    folder = pathlib.Path(workdir)
    if not (folder / "recipe.json").is_file():
        raise ValueError(
            f"{folder} is no work folder: run tfdistill-train there first."
        )
    check_claim(recipe, folder)
    for stage in recipe.stages:
        if stage.model == "teacher" and not stage_weights(folder, stage).is_file():
            raise ValueError(
                f"Stage {stage.name!r} of {folder} is not finished, so its teacher "
                "cannot be read: run tfdistill-train until it is."
            )
    return _fill(prepare(recipe, folder), worker, num_workers)


def _fill(run, worker, num_workers):
    student = make_student(run.recipe, run.task, run.vocabularies["student"])
    total, seen = 0, set()
    for stage, teacher in replay(run):
        if stage.model == "teacher" or teacher is None or stage.corpus is not None:
            continue
        for cache in make_caches(run, stage, teacher, student):
            if cache is None or cache.key in seen:
                continue
            seen.add(cache.key)
            cache.fill(worker, num_workers)
            total += cache.size_bytes
    if not seen:
        raise ValueError(
            "No stage of this recipe would read its teacher from a cache; see "
            "Recipe.cache."
        )
    logging.info("The teacher caches take %.3g MB.", total / 1e6)
    return total
