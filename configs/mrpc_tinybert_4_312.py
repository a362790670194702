"""MRPC: TinyBERT's 4 x 312 body under 5,000 pieces.

The stages of `tfdistill.train.papers.make_recipe`, the first on corpus.txt, plain text
(benchmarks/plain_text.py). --leave_out=general needs none, --undistilled trains the
same student on labels.

    tfdistill-train --config=configs/mrpc_tinybert_4_312.py \\
        --workdir=runs/mrpc_tinybert_4_312 --config.source.folder=GLUE_FOLDER

Cost: 49 minutes on one core with 1 augmented text of each, and 80 of plain text, which
serve every task; see benchmarks/results/small_tasks.md.
"""

from tfdistill.train.papers import MRPC, TINYBERT_4_312, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = make_recipe("mrpc_tinybert_4_312", MRPC, TINYBERT_4_312)
    return shrink(recipe) if tiny else recipe
