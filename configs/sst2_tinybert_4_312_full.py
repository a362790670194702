"""SST-2: TinyBERT's 4 x 312 body, 14.4 M weights.

The stages of `tfdistill.train.papers.make_recipe`, the first on corpus.txt, plain text
(benchmarks/plain_text.py). --leave_out=general needs none, --undistilled trains the
same student on labels.

    tfdistill-train --config=configs/sst2_tinybert_4_312_full.py \\
        --workdir=runs/sst2_tinybert_4_312_full --config.source.folder=GLUE_FOLDER

Cost: about 200 minutes on one core besides its teachers, from some steps of each
stage; see benchmarks/results/costs.md.
"""

from tfdistill.train.papers import SST_2, TINYBERT_4_312_FULL, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = make_recipe("sst2_tinybert_4_312_full", SST_2, TINYBERT_4_312_FULL)
    return shrink(recipe) if tiny else recipe
