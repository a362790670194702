"""SNIPS: TinyBERT's 4 x 312 body, 14.4 M weights.

The stages of `tfdistill.train.papers.make_recipe`; --leave_out=general needs no plain
text, --undistilled trains the same student on labels.

    tfdistill-train --config=configs/snips_tinybert_4_312_full.py \\
        --workdir=runs/snips_tinybert_4_312_full --config.source.folder=SNIPS_FOLDER \\
        --config.stages.general.corpus.files="['TEXT_FILE']"

Cost: some 40 minutes on one core and 12 for its teacher, without the stage on plain
text, which is reckoned at 124 (benchmarks/results/costs.md); nobody has run it whole.
"""

from tfdistill.train.papers import (
    SNIPS,
    TINYBERT_4_312_FULL,
    make_recipe,
    with_other_values,
)
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    student = TINYBERT_4_312_FULL.without_dropout(64)
    recipe = with_other_values(make_recipe("snips_tinybert_4_312_full", SNIPS, student))
    return shrink(recipe) if tiny else recipe
