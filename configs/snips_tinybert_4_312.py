"""SNIPS: TinyBERT's 4 x 312 body under 5,000 pieces.

The stages of `tfdistill.train.papers.make_recipe`; --leave_out=general needs no plain
text, --undistilled trains the same student on labels.

    tfdistill-train --config=configs/snips_tinybert_4_312.py \\
        --workdir=runs/snips_tinybert_4_312 --config.source.folder=SNIPS_FOLDER \\
        --config.stages.general.corpus.files="['TEXT_FILE']"

Cost: 35 minutes on one core and 64 for its teachers, without the stage on plain text
(benchmarks/results/snips.md), which is reckoned at 139 (costs.md).
"""

from tfdistill.train.papers import SNIPS, TINYBERT_4_312, make_recipe, with_other_values
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    student = TINYBERT_4_312.without_dropout(64)
    recipe = with_other_values(make_recipe("snips_tinybert_4_312", SNIPS, student))
    return shrink(recipe) if tiny else recipe
