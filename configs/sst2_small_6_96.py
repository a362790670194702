"""SST-2: 6 layers of 96, 1.2 M weights.

The stages of `tfdistill.train.papers.make_recipe` without plain text; --undistilled
trains the same student on labels.

    tfdistill-train --config=configs/sst2_small_6_96.py \\
        --workdir=runs/sst2_small_6_96 --config.source.folder=GLUE_FOLDER

Cost: 97 minutes on one core and its teachers' 78, with 4 augmented texts of each and
without plain text; see benchmarks/results/sst2.md.
"""

from tfdistill.train.papers import SMALL_6_96, SST_2, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink
from tfdistill.train.variants import leave_out


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = leave_out(make_recipe("sst2_small_6_96", SST_2, SMALL_6_96), "general")
    return shrink(recipe) if tiny else recipe
