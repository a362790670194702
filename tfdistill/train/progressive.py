"""MobileBERT's progressive knowledge transfer: one stage a layer, from the first on."""

import dataclasses

from tfdistill.distill.layer_objectives import AttentionProbabilityKL, FeatureMap
from tfdistill.train.stage import Stage


def progressive_stages(
    stage: Stage, num_layers: int, is_frozen: bool = False
) -> tuple[Stage, ...]:
    """Return a stage for each layer of the student: layer k learns in stage k.

    The loss of stage k is that of layer k alone, divided by k as in the released code,
    so layers behind it stay as they are.

    Args:
        stage: Stage whose FeatureMap and AttentionProbabilityKL objectives are taken,
            each for one layer; its name gets the number of the layer.
        num_layers: int. Of the student.
        is_frozen: bool. Leave the layers before k as stage k found them.

    Raises:
        ValueError: another objective, which has no layers to choose from.

    Source: arXiv 2004.02984, section 3.5.
    """
    for objective in stage.objectives:
        if type(objective) not in (FeatureMap, AttentionProbabilityKL):
            raise ValueError(
                "Progressive stages take FeatureMap and AttentionProbabilityKL, which "
                f"can be asked of one layer; got {type(objective).__name__}."
            )
    return tuple(
        dataclasses.replace(
            stage,
            name=f"{stage.name}_{layer}",
            objectives=tuple(
                dataclasses.replace(
                    each, weight=each.weight / layer, student_layer=layer
                )
                for each in stage.objectives
            ),
            frozen_layers=layer - 1 if is_frozen else 0,
        )
        for layer in range(1, num_layers + 1)
    )
