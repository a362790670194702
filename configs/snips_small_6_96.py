"""SNIPS: 6 layers of 96, 1.2 M weights.

The stages of `tfdistill.train.papers.make_recipe`; --leave_out=general needs no plain
text, --undistilled trains the same student on labels.

    tfdistill-train --config=configs/snips_small_6_96.py \\
        --workdir=runs/snips_small_6_96 --config.source.folder=SNIPS_FOLDER \\
        --config.stages.general.corpus.files="['TEXT_FILE']"

Cost: 67 minutes on one core, with 6 augmented texts of each and without plain text;
see benchmarks/results/snips.md.
"""

from tfdistill.train.papers import SMALL_6_96, SNIPS, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = make_recipe("snips_small_6_96", SNIPS, SMALL_6_96)
    return shrink(recipe) if tiny else recipe
