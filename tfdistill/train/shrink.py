"""A recipe at a size that runs in seconds, to try it out or to test it."""

import dataclasses

from tfdistill.distill.layer_objectives import RelationKL
from tfdistill.train.recipe import Recipe

_LAYERS = 2


def shrink(recipe: Recipe) -> Recipe:
    """Return a recipe of the same steps that runs in seconds.

    64 examples of each split, one epoch a stage, 2 layers, 2 units per attention head:
    as many heads as before, so that attention can still be compared head by head.

    Args:
        recipe: Recipe. Its source and teacher stay.
    """
    width = 2 * recipe.student.num_heads
    inner = width // 2
    student = recipe.student.replace(
        num_layers=_LAYERS,
        hidden_dim=width,
        intermediate_dim=2 * width,
        embedding_dim=inner if recipe.student.embedding_dim else None,
        bottleneck_dim=inner if recipe.student.bottleneck_dim else None,
    )
    length = min(recipe.max_length, 16)
    return dataclasses.replace(
        recipe,
        student=student,
        stages=tuple(map(_shrink_stage, filter(_has_layers, recipe.stages))),
        vocabulary=dataclasses.replace(
            recipe.vocabulary, size=recipe.vocabulary.size and 200
        ),
        max_length=length,
        max_examples=64,
        choose_fraction=0.25,
        pretraining=tuple(
            dataclasses.replace(
                each,
                epochs=1,
                steps_per_epoch=min(each.steps_per_epoch, 3),
                layer_map="uniform",
            )
            for each in recipe.pretraining
        ),
        augmentation=recipe.augmentation
        and dataclasses.replace(recipe.augmentation, num_samples=2),
        export=dataclasses.replace(recipe.export, sequence_length=length),
    )


def _has_layers(stage):
    """Whether the small student has every layer that a progressive stage names."""
    named = (getattr(each, "student_layer", None) for each in stage.objectives)
    return all((layer or 0) <= _LAYERS for layer in named)


def _shrink_stage(stage):
    # An explicit map names layers that the small student does not have.
    is_named = isinstance(stage.layer_map, str)
    return dataclasses.replace(
        stage,
        epochs=1,
        batch_size=min(stage.batch_size, 16),
        steps_per_epoch=stage.steps_per_epoch and min(stage.steps_per_epoch, 3),
        layer_map=stage.layer_map if is_named else "uniform",
        objectives=tuple(map(_shrink_objective, stage.objectives)),
    )


def _shrink_objective(objective):
    """Relation heads have to divide the widths, which are small now."""
    if isinstance(objective, RelationKL):
        return dataclasses.replace(objective, num_relation_heads=None)
    return objective
