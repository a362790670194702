"""SNIPS in 1.3 MB: 6 layers of 96, intents and slots.

The row `snips_small_6_96` (arXiv 1909.11687 for the body, TinyBERT's stages, arXiv
1909.10351) without general distillation. Of each command four are made with other slot
values, and of all of these one with other words; the teacher's copy on the student's
vocabulary learns from them too.

    tfdistill-train --config=configs/snips.py --workdir=runs/snips \\
        --config.source.folder=SNIPS_FOLDER

Cost: 115 minutes on one of two cores, of which the teachers take 55; 14 GB on disk
while it runs. See benchmarks/results/snips.md.
"""

import dataclasses

from tfdistill.train.papers import SMALL_6_96, SNIPS, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink
from tfdistill.train.variants import leave_out, with_other_values


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    task = dataclasses.replace(SNIPS, epochs=(0.35, 12))
    student = dataclasses.replace(
        SMALL_6_96, vocabulary_size=4928, learning_rates=(1e-3, 1e-3)
    )
    recipe = leave_out(make_recipe("snips", task, student), "general")
    recipe = with_other_values(recipe)
    return shrink(recipe) if tiny else recipe
