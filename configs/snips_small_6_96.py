"""SNIPS: 6 layers of 96, 1.2 M weights.

The stages of `tfdistill.train.papers.make_recipe` without plain text, on commands with
other words alone; `snips` is the better student of this body. --undistilled trains the
same student on labels.

    tfdistill-train --config=configs/snips_small_6_96.py \\
        --workdir=runs/snips_small_6_96 --config.source.folder=SNIPS_FOLDER

Cost: 67 minutes on one core, its teachers' among them; see benchmarks/results/snips.md.
"""

import dataclasses

from tfdistill.train.papers import SMALL_6_96, SNIPS, make_recipe
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink
from tfdistill.train.variants import change_stages, leave_out


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    task = dataclasses.replace(SNIPS, num_samples=6, adopting=10, epochs=(1, 8))
    recipe = leave_out(make_recipe("snips_small_6_96", task, SMALL_6_96), "general")
    recipe = change_stages(recipe, {"teacher_adopts": {"learning_rate": 1e-4}})
    return shrink(recipe) if tiny else recipe
