"""SNIPS: 12 layers of 96, 1.8 M weights.

The stages of `tfdistill.train.papers.make_recipe` without plain text, on commands with
other slot values; --undistilled trains the same student on labels.

    tfdistill-train --config=configs/snips_extreme_12_96.py \\
        --workdir=runs/snips_extreme_12_96 --config.source.folder=SNIPS_FOLDER

Cost: 21 minutes on one core and 64 for its teachers; see benchmarks/results/snips.md.
"""

import dataclasses

from tfdistill.train.papers import EXTREME_12_96, SNIPS, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink
from tfdistill.train.variants import leave_out, with_other_values


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    student = dataclasses.replace(EXTREME_12_96, vocabulary_size=4928)
    recipe = leave_out(make_recipe("snips_extreme_12_96", SNIPS, student), "general")
    recipe = with_other_values(recipe)
    return shrink(recipe) if tiny else recipe
