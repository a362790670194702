"""SST-2: 12 layers of 192, 6.4 M weights.

The stages of `tfdistill.train.papers.make_recipe`, the first on corpus.txt, plain text
(benchmarks/plain_text.py). --leave_out=general needs none, --undistilled trains the
same student on labels.

    tfdistill-train --config=configs/sst2_extreme_12_192.py \\
        --workdir=runs/sst2_extreme_12_192 --config.source.folder=GLUE_FOLDER

Cost: about 200 minutes on one core besides its teachers, from some steps of each
stage; see benchmarks/results/costs.md.
"""

from tfdistill.train.papers import EXTREME_12_192, SST_2, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = make_recipe("sst2_extreme_12_192", SST_2, EXTREME_12_192)
    return shrink(recipe) if tiny else recipe
