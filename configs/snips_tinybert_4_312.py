"""SNIPS: TinyBERT's 4 x 312 body under 4,928 pieces.

The stages of `tfdistill.train.papers.make_recipe` without plain text, on commands with
other slot values; --undistilled trains the same student on labels.

    tfdistill-train --config=configs/snips_tinybert_4_312.py \\
        --workdir=runs/snips_tinybert_4_312 --config.source.folder=SNIPS_FOLDER

Cost: 35 minutes on one core and 64 for its teachers; see benchmarks/results/snips.md.
"""

import dataclasses

from tfdistill.train.papers import SNIPS, TINYBERT_4_312, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink
from tfdistill.train.variants import leave_out, with_other_values


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    student = dataclasses.replace(TINYBERT_4_312, vocabulary_size=4928)
    recipe = leave_out(make_recipe("snips_tinybert_4_312", SNIPS, student), "general")
    recipe = with_other_values(recipe)
    return shrink(recipe) if tiny else recipe
