"""SNIPS: TinyBERT's 4 x 312 body, 14.4 M weights.

The stages of `tfdistill.train.papers.make_recipe` without plain text, on commands with
other slot values; --undistilled trains the same student on labels.

    tfdistill-train --config=configs/snips_tinybert_4_312_full.py \\
        --workdir=runs/snips_tinybert_4_312_full --config.source.folder=SNIPS_FOLDER

Cost: some 40 minutes on one core and 12 for its teacher; see
benchmarks/results/snips.md.
"""

from tfdistill.train.papers import SNIPS, TINYBERT_4_312_FULL, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink
from tfdistill.train.variants import leave_out, with_other_values


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = make_recipe("snips_tinybert_4_312_full", SNIPS, TINYBERT_4_312_FULL)
    recipe = with_other_values(leave_out(recipe, "general"))
    return shrink(recipe) if tiny else recipe
