"""SST-2 in a megabyte: 12 layers of 96 in 4 bits, the student of `models/sentiment`.

The row `sst2_extreme_12_96` (arXiv 1909.11687 for the body, TinyBERT's stages, arXiv
1909.10351) without general distillation and with 4 augmented texts of each text; a last
stage rounds the weights to the 4 bits of the file while it trains.

    tfdistill-train --config=configs/sentiment.py --workdir=runs/sentiment \\
        --config.source.folder=GLUE_FOLDER

Cost: 134 minutes on one core, of which the teachers take 73; see
benchmarks/results/sentiment.md.
"""

import dataclasses

from tfdistill.distill.objectives import SoftTargets
from tfdistill.train.papers import EXTREME_12_96, SST_2, make_recipe
from tfdistill.train.recipe import Export, Recipe, Stage
from tfdistill.train.shrink import shrink
from tfdistill.train.variants import leave_out


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    task = dataclasses.replace(SST_2, num_samples=4, epochs=(1, 2))
    student = dataclasses.replace(
        EXTREME_12_96,
        config=EXTREME_12_96.config.replace(
            max_sequence_length=64, dropout=0.0, attention_dropout=0.0
        ),
    )
    recipe = leave_out(make_recipe("sentiment", task, student), "general")
    rounded = Stage(
        "rounded",
        (SoftTargets(),),
        epochs=1,
        epoch_fraction=0.25,
        learning_rate=2e-4,
        teacher_vocabulary="teacher",
        is_augmented=True,
        rounded_bits=4,
    )
    recipe = dataclasses.replace(
        recipe,
        stages=(*recipe.stages, rounded),
        export=Export(schemes=("float32", "int4"), sequence_length=64, budget=1.0),
    )
    return shrink(recipe) if tiny else recipe
