"""SST-2: 6 layers of 96, mixed-vocabulary training in one stage, as published in 2019.

Extreme compression (arXiv 1909.11687): the teacher, after it got a masked-LM head,
reads half of the words in the student's pieces; both learn to fill masks, and shared
projections, thrown away at the end, keep their weights alike. That stands in the place
of general distillation. The masked LM also guesses words for augmentation. Reads
corpus.txt, plain text (benchmarks/plain_text.py).

    tfdistill-train --config=configs/sst2_mixed_6_96.py \\
        --workdir=runs/sst2_mixed_6_96 --config.source.folder=GLUE_FOLDER

Cost: about 2,500 minutes on one core besides its teachers, from some steps of each
stage; see benchmarks/results/costs.md.
"""

import dataclasses

from tfdistill.data.corpus import Corpus
from tfdistill.train.papers import PLAIN_TEXT, SMALL_6_96, SST_2, make_recipe
from tfdistill.train.pretraining import Pretraining
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink
from tfdistill.train.variants import leave_out


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    corpus = Corpus(PLAIN_TEXT)
    recipe = leave_out(make_recipe("sst2_mixed_6_96", SST_2, SMALL_6_96), "general")
    recipe = dataclasses.replace(
        recipe,
        pretraining=(
            Pretraining("masked_lm", "teacher_masked_lm", corpus, 10_000),
            Pretraining("mixed", "shared_projections", corpus, 20_000),
        ),
        augmentation=dataclasses.replace(recipe.augmentation, masked_lm="masked_lm"),
    )
    return shrink(recipe) if tiny else recipe
