"""SST-2: TinyBERT, 6 layers of 768 under the teacher's 30,522 pieces, 67 M weights.

The paper's teacher has 12 layers of 768; MiniLM, of 6 layers of 384, is smaller than
this student: name a larger one by --config.teacher.source.

The stages of `tfdistill.train.papers.make_recipe`, the first on corpus.txt, plain text
(benchmarks/plain_text.py). --leave_out=general needs none, --undistilled trains the
same student on labels.

    tfdistill-train --config=configs/sst2_tinybert_6_768_full.py \\
        --workdir=runs/sst2_tinybert_6_768_full --config.source.folder=GLUE_FOLDER

Cost: about 760 minutes on one core besides its teachers, from some steps of each
stage; see benchmarks/results/costs.md.
"""

from tfdistill.train.papers import SST_2, TINYBERT_6_768_FULL, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = make_recipe("sst2_tinybert_6_768_full", SST_2, TINYBERT_6_768_FULL)
    return shrink(recipe) if tiny else recipe
