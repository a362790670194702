"""MRPC: 12 layers of 96, 1.9 M weights.

The stages of `tfdistill.train.papers.make_recipe`, the first on corpus.txt, plain text
(benchmarks/plain_text.py). --leave_out=general needs none, --undistilled trains the
same student on labels.

    tfdistill-train --config=configs/mrpc_extreme_12_96.py \\
        --workdir=runs/mrpc_extreme_12_96 --config.source.folder=GLUE_FOLDER

Cost: 60 minutes on one core with 4 augmented texts of each, and 57 of plain text, which
serve every task; see benchmarks/results/small_tasks.md.
"""

import dataclasses

from tfdistill.train.papers import EXTREME_12_96, MRPC, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    # With one augmented text it overfits; more texts, read once, do not.
    task = dataclasses.replace(MRPC, num_samples=4, epochs=(2, 1))
    recipe = make_recipe("mrpc_extreme_12_96", task, EXTREME_12_96)
    return shrink(recipe) if tiny else recipe
