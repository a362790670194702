"""A recipe from start to finish, in one work folder.

Data, vocabulary, teacher and student are made in that order, the stages train them, dev
is scored once at the end. What is already in the folder is not made again, so a run
that was killed goes on when the same command is given.
"""

import contextlib
import dataclasses
import functools
import pathlib
import shutil
import tempfile

import keras
from absl import logging

from tfdistill.text import load_tokenizer
from tfdistill.train.augmenting import augment_train
from tfdistill.train.casting import Models, cast, make_models, take_over
from tfdistill.train.claim import check_claim, check_same_vocabulary
from tfdistill.train.energy import total_energy
from tfdistill.train.evaluate import evaluate
from tfdistill.train.files import (
    open_workdir,
    read_json,
    write_json,
    written_whole,
)
from tfdistill.train.history import write_history
from tfdistill.train.precision import check_dtype
from tfdistill.train.prepare import prepare
from tfdistill.train.pretrain import pretrain
from tfdistill.train.recipe import Recipe
from tfdistill.train.stages import stage_weights, train_stage
from tfdistill.train.teaching import make_caches
from tfdistill.train.vocabulary_report import compare_vocabularies
from tfdistill.train.workers import open_workers

_LAST = ("report.json", "student.keras")


def run_recipe(
    recipe: Recipe,
    workdir,
    until: str | None = None,
    profile: bool = False,
    distribution: str = "none",
) -> dict | None:
    """Run a recipe, or go on with it, and return its report.

    Leaves `student.keras`, `vocab.txt`, `labels.txt` (and `slot_labels.txt`),
    `recipe.json`, `history.csv` and `report.json` in the work folder.

    Args:
        recipe: Recipe.
        workdir: str or path. Made if needed; one process at a time.
        until: str or None. Name of the stage to stop after. A student that it trained
            is left in `STAGE.keras`, for other recipes to begin with.
        profile: bool. Trace some steps of each stage; see `ProfileSteps`.
        distribution: str. Who trains together; see `open_workers`. Several workers need
            a work folder that all can read; the chief writes it.

    Returns:
        dict, the content of report.json; None if `until` was reached, and for workers
        other than the chief.

    Raises:
        ValueError: the folder belongs to another recipe, cannot be written or is in
            use; the data, the teacher or the recipe is not usable.
    """
    names = [stage.name for stage in recipe.stages]
    if until is not None and until not in names:
        raise ValueError(
            f"The recipe has no stage {until!r} to stop after; it has "
            f"{', '.join(names)}."
        )
    check_dtype(recipe.dtype)
    with open_workers(distribution) as workers, _opened(workdir, workers) as folders:
        folder, own = folders
        _check_workers(recipe, workers)
        check_claim(recipe, folder)
        is_finished = all((folder / name).is_file() for name in _LAST)
        workers.wait()  # until here everybody reads, from here on the chief writes
        if is_finished:
            logging.info("%s is finished: its report is read back.", folder)
            return read_json(folder / "report.json")
        _check_texts(recipe, folder, until)
        run = dataclasses.replace(prepare(recipe, own), workdir=folder)
        workers.wait()
        check_same_vocabulary(run.vocabularies["student"], folder)
        with workers.scope():
            return _train(run, make_models(run), until, profile, workers)


@contextlib.contextmanager
def _opened(workdir, workers):
    """Yield the work folder, and the folder in which this worker prepares its data."""
    if workers.is_chief:
        with open_workdir(workdir) as folder:
            yield folder, folder
    else:
        with tempfile.TemporaryDirectory() as own:
            yield pathlib.Path(workdir), pathlib.Path(own)


def _check_texts(recipe, folder, until):
    """Refuse a file of plain text that would be missed after hours of training."""
    for stage in recipe.stages:
        if not stage_weights(folder, stage).is_file():
            corpus = stage.corpus.files if stage.corpus is not None else ()
            _check_files(corpus, stage, "corpus.files")
            _check_files(stage.unlabelled, stage, "unlabelled")
        if stage.name == until:
            return


def _check_files(files, stage, setting):
    for file in files:
        if not pathlib.Path(file).is_file():
            raise ValueError(
                f"{file}, which stage {stage.name!r} reads, is no file: name a text of "
                f"yours by --config.stages.{stage.name}.{setting}."
            )


def _check_workers(recipe, workers):
    if workers.strategy is not None and any(s.fits_bits for s in recipe.stages):
        raise ValueError(
            "A quantized or rounded stage is trained by one process on one device: run "
            "it without --distribution."
        )


# === Training ===


def _train(run, models: Models, until, profile, workers) -> dict | None:
    recipe = run.recipe
    stages, scores, teachers = {}, {}, {}
    pretraining = pretrain(run, models, workers)
    augment_train(run, workers)
    for stage in recipe.stages:
        trained, teacher = cast(run, models, stage)
        splits = run.encoded(stage.vocabulary)
        result = train_stage(
            stage,
            trained,
            teacher,
            run.training_rows(stage, stage.vocabulary),
            splits.chosen,
            run.workdir,
            recipe.seed,
            _compiled_metrics(run.task),
            functools.partial(make_caches, run, stage, teacher, trained),
            load_tokenizer(run.vocabularies[stage.vocabulary]),
            profile,
            workers,
            recipe.energy_country,
            recipe.dtype,
        )
        stages[stage.name] = result
        take_over(models, trained)
        if stage.model == "teacher" and workers.is_chief:
            scores[stage.name] = evaluate(trained, run.task, splits.held_out)
            teachers[stage.name] = trained.count_params()
        if stage.name == until:
            if stage.model == "student" and workers.is_chief:
                _save_student(run, models, stage.name)
            return None
    if not workers.is_chief:
        return None
    scores["student"] = evaluate(
        models.student, run.task, run.encoded("student").held_out
    )
    _save_student(run, models, "student")
    write_history(recipe, run.workdir)
    shutil.rmtree(run.workdir / "cache", ignore_errors=True)
    report = _report(run, models, stages, scores)
    energy = total_energy(run.workdir)
    if energy is not None:
        report["energy"] = energy
    if len(run.vocabularies) == 2 and recipe.vocabulary.size is not None:
        report["vocabulary"] = compare_vocabularies(
            run.vocabularies["student"],
            run.vocabularies["teacher"],
            run.examples["held_out"].texts,
        )
    if pretraining:
        report["pretraining_minutes"] = pretraining
    if run.augmented:
        report["augmented_examples"] = len(next(iter(run.augmented.values())))
    if run.unlabelled:
        report["unlabelled_examples"] = len(next(iter(run.unlabelled.values())))
    report["teacher_parameters"] = teachers
    minutes = [*report["stage_minutes"].values(), *pretraining.values()]
    report["minutes"] = round(sum(minutes), 2)
    write_json(run.workdir / "report.json", report)
    return report


def _save_student(run, models, name):
    with written_whole(run.workdir / f"{name}.keras") as temporary:
        models.student.save(temporary)


def _report(run, models, stages, scores) -> dict:
    recipe = run.recipe
    return {
        "recipe": recipe.name,
        "task": run.task.name,
        "split": recipe.evaluate_on,
        "metrics": list(run.task.metrics),
        "seed": recipe.seed,
        "scores": scores,
        "student_parameters": models.student.count_params(),
        "stage_minutes": {name: result["minutes"] for name, result in stages.items()},
        "examples": {name: len(each) for name, each in run.examples.items()},
    }


def _compiled_metrics(task):
    if task.kind == "classification":
        # An object has its variables already; a name would make them in the first
        # trace, and the step would be traced again.
        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
    return None
