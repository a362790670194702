"""SST-2: the undistilled twin of `sst2_tinybert_4_312`, trained on labels alone.

The same body, vocabulary, seed and number of epochs as the student of that recipe, so
that the difference is what the teacher is worth.

    tfdistill-train --config=configs/sst2_tinybert_4_312_labels.py \\
        --workdir=runs/sst2_labels --config.source.folder=GLUE_FOLDER

Cost: see benchmarks/results/sst2.md.
"""

from tfdistill.bert.config import BertConfig
from tfdistill.data import Glue
from tfdistill.distill.objectives import HardLabels
from tfdistill.train.recipe import Recipe, Stage, Vocabulary
from tfdistill.train.shrink import shrink


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = Recipe(
        name="sst2_tinybert_4_312_labels",
        source=Glue("SST-2", "glue"),
        student=BertConfig.named("tinybert_4_312"),
        vocabulary=Vocabulary(size=5000),
        stages=(
            Stage(
                "labels",
                (HardLabels(),),
                epochs=3,
                learning_rate=3e-4,
            ),
        ),
    )
    return shrink(recipe) if tiny else recipe
