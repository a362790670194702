"""SST-2: TinyBERT's 4 x 312 body, all of TinyBERT.

The stages of `tfdistill.train.papers.make_recipe`, the first on corpus.txt, plain text
(benchmarks/plain_text.py). --leave_out=general needs none, --undistilled trains the
same student on labels.

`sst2_tinybert_4_312` is the short recipe of the same student, without plain text and
augmentation.

    tfdistill-train --config=configs/sst2_tinybert_4_312_whole.py \\
        --workdir=runs/sst2_tinybert_4_312_whole --config.source.folder=GLUE_FOLDER

Cost: 67 minutes on one core and its teachers' 78, with 4 augmented texts of each and
without plain text; see benchmarks/results/sst2.md.
"""

from tfdistill.train.papers import SST_2, TINYBERT_4_312, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = make_recipe("sst2_tinybert_4_312_whole", SST_2, TINYBERT_4_312)
    return shrink(recipe) if tiny else recipe
