"""SST-2: 6 layers of 256, mixed vocabularies in two stages, as published in 2021.

Extreme language model compression (arXiv 1909.11687, second version): first the
teacher, after it got a masked-LM head, learns the student's pieces, whose rows are an
affine map of the student's token table; then the student, with that table, learns to
fill masks. That stands in the place of general distillation. Reads corpus.txt, plain
text (benchmarks/plain_text.py).

    tfdistill-train --config=configs/sst2_mixed_6_256.py \\
        --workdir=runs/sst2_mixed_6_256 --config.source.folder=GLUE_FOLDER

Cost: about 1,500 minutes on one core besides its teachers, from some steps of each
stage; see benchmarks/results/costs.md.
"""

import dataclasses

from tfdistill.data.corpus import Corpus
from tfdistill.train.papers import PLAIN_TEXT, SMALL_6_256, SST_2, make_recipe
from tfdistill.train.pretraining import Pretraining
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink
from tfdistill.train.variants import leave_out


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    corpus = Corpus(PLAIN_TEXT)
    recipe = leave_out(make_recipe("sst2_mixed_6_256", SST_2, SMALL_6_256), "general")
    recipe = dataclasses.replace(
        recipe,
        pretraining=(
            Pretraining("masked_lm", "teacher_masked_lm", corpus, 10_000),
            Pretraining("mixed", "affine_embedding", corpus, 10_000),
            Pretraining("student", "student_masked_lm", corpus, 20_000),
        ),
    )
    return shrink(recipe) if tiny else recipe
