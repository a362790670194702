"""SNIPS: 12 layers of 96, 1.9 M weights.

The stages of `tfdistill.train.papers.make_recipe`; --leave_out=general needs no plain
text, --undistilled trains the same student on labels.

    tfdistill-train --config=configs/snips_extreme_12_96.py \\
        --workdir=runs/snips_extreme_12_96 --config.source.folder=SNIPS_FOLDER \\
        --config.stages.general.corpus.files="['TEXT_FILE']"

Cost: 21 minutes on one core and 64 for its teachers, without the stage on plain text
(benchmarks/results/snips.md), which is reckoned at 102 (costs.md).
"""

from tfdistill.train.papers import EXTREME_12_96, SNIPS, make_recipe, with_other_values
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    student = EXTREME_12_96.without_dropout(64)
    recipe = with_other_values(make_recipe("snips_extreme_12_96", SNIPS, student))
    return shrink(recipe) if tiny else recipe
