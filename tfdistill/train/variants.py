"""Recipes made from a recipe: with other settings, without its teacher or a part.

The last two serve comparisons: an undistilled twin tells what the teacher is worth, an
ablation what one part is worth.
"""

import dataclasses
import itertools
import math
import pathlib

from tfdistill.distill.objectives import HardLabels
from tfdistill.train.recipe import AugmentedData, Cache, Recipe


def change_stages(recipe: Recipe, changes: dict[str, dict]) -> Recipe:
    """Return the recipe with other settings in some of its stages.

    Args:
        recipe: Recipe.
        changes: dict of dict, settings of `Stage` by the names of stages.

    Raises:
        ValueError: a name that no stage has.
    """
    unknown = changes.keys() - {stage.name for stage in recipe.stages}
    if unknown:
        raise ValueError(
            f"No stage of {recipe.name!r} is called {min(unknown)!r}: take one of "
            f"{[stage.name for stage in recipe.stages]}."
        )
    stages = [
        dataclasses.replace(stage, **changes.get(stage.name, {}))
        for stage in recipe.stages
    ]
    return dataclasses.replace(recipe, stages=tuple(stages))


def with_other_values(recipe: Recipe) -> Recipe:
    """Return a recipe of commands with other slot values: four texts of each.

    All of these have one more with other words. The teacher's copy learns from them
    too, and the student learns the intents' labels besides the copy's answers, as
    labels know more of intents (benchmarks/results/snips.md).

    Args:
        recipe: Recipe of `papers.make_recipe`, with "logits" and "slot_logits".
    """
    answers = (*recipe.stages[-1].objectives, HardLabels())
    changes = {"prediction": {"objectives": answers}}
    if recipe.vocabulary.size is not None:
        changes["teacher_adopts"] = {"is_augmented": True, "learning_rate": 1e-4}
    return dataclasses.replace(
        change_stages(recipe, changes),
        augmentation=AugmentedData(num_samples=1, num_swaps=4),
        cache=Cache(max_gigabytes=14.0),
    )


def undistilled(recipe: Recipe) -> Recipe:
    """Return the twin of a recipe whose student learns from labels alone.

    It sees the same rows as often, at the peak learning rate of the last stage, in one
    stage ("labels") or in as many as there are kinds of rows ("labels_1", "labels"):
    augmented rows with the labels of the texts that they were drawn from. Stages that
    quantize or round the student come after it, on labels as well. It begins with
    random weights, or those of its pretraining, and keeps the vocabulary.

    Args:
        recipe: Recipe.

    Raises:
        ValueError: its student learns from no labelled text.
    """
    stages = [
        stage
        for stage in recipe.stages
        if stage.model == "student" and stage.corpus is None
    ]
    fitting = [stage for stage in stages if stage.fits_bits]
    stages = [stage for stage in stages if not stage.fits_bits]
    if not stages:
        raise ValueError(
            f"Recipe {recipe.name!r} has no student stage on the task's texts, so it "
            "has no twin that learns from labels."
        )
    outputs = {getattr(each, "output", None) for s in stages for each in s.objectives}
    objectives = tuple(
        HardLabels(output=output)
        for output in ("logits", "slot_logits")
        if output == "logits" or output in outputs
    )
    *before, last = (
        _on_labels(group, stages[-1], objectives)
        for _, group in itertools.groupby(stages, _rows_of)
    )
    before = [
        dataclasses.replace(each, name=f"labels_{number}")
        for number, each in enumerate(before, 1)
    ]
    twins = [*before, last]
    fitted = [
        dataclasses.replace(
            each,
            objectives=objectives,
            teacher_vocabulary="student",
            unlabelled=(),
        )
        for each in fitting
    ]
    is_augmented = any(stage.is_augmented for stage in (*twins, *fitted))
    return dataclasses.replace(
        _with_new_weights(recipe),
        name=f"{recipe.name}_labels",
        stages=(*twins, *fitted),
        augmentation=recipe.augmentation if is_augmented else None,
    )


def _rows_of(stage):
    """What the rows of a stage's epoch are; alike, its epochs are one training."""
    return stage.is_augmented, stage.batch_size, stage.steps_per_epoch


def _on_labels(stages, last, objectives):
    """One stage on labels that takes as many steps as several on the same rows."""
    stages = list(stages)
    passes = sum(stage.epochs * stage.epoch_fraction for stage in stages)
    epochs = math.ceil(passes)
    return dataclasses.replace(
        last,
        name="labels",
        objectives=objectives,
        epochs=epochs,
        epoch_fraction=passes / epochs,
        is_augmented=stages[0].is_augmented,
        batch_size=stages[0].batch_size,
        steps_per_epoch=stages[0].steps_per_epoch,
        teacher_vocabulary="student",
        frozen_layers=0,
        restart=False,
        soup=(),
        unlabelled=(),
    )


def leave_out(recipe: Recipe, *names: str) -> Recipe:
    """Return a recipe without some of its parts.

    Args:
        recipe: Recipe.
        *names: str. "augmentation", "unlabelled", "beginning" (its vocabulary stays),
            the name of a stage, or the class of an objective, such as
            "AttentionScoreMSE". A stage without an objective goes as well, and with a
            stage on plain text a vocabulary that is learned on the same text.

    Raises:
        ValueError: the recipe has no such part, with those that it has; or nothing
            is left to train the student.
    """
    for name in names:
        recipe = _without(recipe, name)
    return recipe


def parts(recipe: Recipe) -> list[str]:
    """Return what `leave_out` may leave out, in the order of the recipe."""
    objectives = [
        type(each).__name__
        for stage in recipe.stages
        if stage.model == "student"
        for each in stage.objectives
    ]
    return [
        *(["augmentation"] if recipe.augmentation is not None else []),
        *(["unlabelled"] if any(s.unlabelled for s in recipe.stages) else []),
        *(["beginning"] if recipe.beginning is not None else []),
        *(stage.name for stage in recipe.stages),
        *dict.fromkeys(objectives),
    ]


def _without(recipe, name):
    if name not in parts(recipe):
        raise ValueError(
            f"Recipe {recipe.name!r} has no part {name!r} to leave out: choose from "
            f"{', '.join(parts(recipe))}."
        )
    if name == "beginning":
        return _with_new_weights(recipe)
    if name == "augmentation":
        stages = [
            dataclasses.replace(each, is_augmented=False) for each in recipe.stages
        ]
    elif name == "unlabelled":
        stages = [dataclasses.replace(each, unlabelled=()) for each in recipe.stages]
    elif name in [stage.name for stage in recipe.stages]:
        (gone,) = (stage for stage in recipe.stages if stage.name == name)
        stages = [stage for stage in recipe.stages if stage is not gone]
        recipe = _without_texts(recipe, gone.corpus)
    else:
        stages = [_without_objective(stage, name) for stage in recipe.stages]
        stages = [stage for stage in stages if stage.objectives]
    is_augmented = any(stage.is_augmented for stage in stages)
    return dataclasses.replace(
        recipe,
        stages=tuple(stages),
        augmentation=recipe.augmentation if is_augmented else None,
    )


def _without_texts(recipe, corpus):
    """Learn the vocabulary on the task's texts, not on those that went with a stage."""
    vocabulary = recipe.vocabulary
    if corpus is not None and vocabulary.texts == corpus.files:
        vocabulary = dataclasses.replace(vocabulary, texts=())
    return dataclasses.replace(recipe, vocabulary=vocabulary)


def _with_new_weights(recipe):
    """Begin with random weights, in the vocabulary that the beginning has."""
    if recipe.beginning is None:
        return recipe
    vocabulary = recipe.vocabulary
    if vocabulary.size is not None:
        path = str(pathlib.Path(recipe.beginning).parent / "vocab.txt")
        vocabulary = dataclasses.replace(vocabulary, file=path)
    return dataclasses.replace(recipe, beginning=None, vocabulary=vocabulary)


def _without_objective(stage, name):
    if stage.model == "teacher":
        return stage
    kept = [each for each in stage.objectives if type(each).__name__ != name]
    return dataclasses.replace(stage, objectives=tuple(kept))
