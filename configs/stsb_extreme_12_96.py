"""STS-B: 12 layers of 96, 1.9 M weights.

The stages of `tfdistill.train.papers.make_recipe`, the first on corpus.txt, plain text
(benchmarks/plain_text.py). --leave_out=general needs none, --undistilled trains the
same student on labels.

    tfdistill-train --config=configs/stsb_extreme_12_96.py \\
        --workdir=runs/stsb_extreme_12_96 --config.source.folder=GLUE_FOLDER

Cost: 37 minutes on one core with 1 augmented text of each, and 57 of plain text, which
serve every task; see benchmarks/results/small_tasks.md.
"""

from tfdistill.train.papers import EXTREME_12_96, STS_B, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = make_recipe("stsb_extreme_12_96", STS_B, EXTREME_12_96)
    return shrink(recipe) if tiny else recipe
