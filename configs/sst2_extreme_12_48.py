"""SST-2: 12 layers of 48, 0.6 M weights.

The stages of `tfdistill.train.papers.make_recipe` without plain text; --undistilled
trains the same student on labels.

    tfdistill-train --config=configs/sst2_extreme_12_48.py \\
        --workdir=runs/sst2_extreme_12_48 --config.source.folder=GLUE_FOLDER

Cost: about 50 minutes on one core besides its teachers, from some steps of each
stage; see benchmarks/results/costs.md.
"""

from tfdistill.train.papers import EXTREME_12_48, SST_2, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink
from tfdistill.train.variants import leave_out


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = leave_out(
        make_recipe("sst2_extreme_12_48", SST_2, EXTREME_12_48), "general"
    )
    return shrink(recipe) if tiny else recipe
