"""SST-2: 6 of MobileBERT's blocks, MiniLM's width outside and 96 inside.

MobileBERT (arXiv 2004.02984): trigram input, no normalization by statistics, ReLU, and
progressive transfer, layer k learning feature maps and attention in stage k. Feature
maps are compared as they are, so the student is as wide as its teacher.

    tfdistill-train --config=configs/sst2_mobilebert_6_384.py \\
        --workdir=runs/sst2_mobilebert_6_384 --config.source.folder=GLUE_FOLDER

Cost: about 20 minutes on one core besides its teachers, from some steps of each
stage; see benchmarks/results/costs.md.
"""

import dataclasses

from tfdistill.bert.config import BertConfig
from tfdistill.distill.layer_objectives import AttentionProbabilityKL, FeatureMap
from tfdistill.train.papers import SST_2, TINYBERT_4_312, make_recipe
from tfdistill.train.progressive import progressive_stages
from tfdistill.train.recipe import Recipe
from tfdistill.train.shrink import shrink
from tfdistill.train.stage import Stage
from tfdistill.train.variants import leave_out

BLOCKS = BertConfig.named(
    "mobilebert_tiny",
    num_layers=6,
    hidden_dim=384,
    num_heads=12,
    intermediate_dim=384,
    embedding_dim=96,
    bottleneck_dim=96,
)
LAYER = Stage(
    "layer",
    (FeatureMap(), AttentionProbabilityKL()),
    epochs=1,
    epoch_fraction=0.25,
    learning_rate=5e-4,
)


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    student = dataclasses.replace(TINYBERT_4_312, config=BLOCKS)
    recipe = make_recipe("sst2_mobilebert_6_384", SST_2, student)
    *teachers, prediction = leave_out(recipe, "general", "intermediate").stages
    prediction = dataclasses.replace(prediction, is_augmented=False)
    recipe = dataclasses.replace(
        recipe,
        stages=(*teachers, *progressive_stages(LAYER, 6), prediction),
        augmentation=None,
    )
    return shrink(recipe) if tiny else recipe
