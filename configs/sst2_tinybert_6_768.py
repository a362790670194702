"""SST-2: TinyBERT's 6 x 768 body under a vocabulary of 5,000, 47 M weights.

The stages of `tfdistill.train.papers.make_recipe`, the first on corpus.txt, plain text
(benchmarks/plain_text.py). --leave_out=general needs none, --undistilled trains the
same student on labels.

    tfdistill-train --config=configs/sst2_tinybert_6_768.py \\
        --workdir=runs/sst2_tinybert_6_768 --config.source.folder=GLUE_FOLDER

Cost: about 800 minutes on one core besides its teachers, from some steps of each
stage; see benchmarks/results/costs.md.
"""

from tfdistill.train.papers import SST_2, TINYBERT_6_768, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = make_recipe("sst2_tinybert_6_768", SST_2, TINYBERT_6_768)
    return shrink(recipe) if tiny else recipe
