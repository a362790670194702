"""SST-2: the student of `sentiment`, trained on for an int8 file, not a 4-bit one.

The last stage goes on with the distilled student under fake quantization (tfmot's
quantizers), taught by the same answers; its activations then have ranges, and the file
is int8 throughout.

    tfdistill-train --config=configs/sentiment_qat.py --workdir=runs/sentiment_qat \\
        --config.source.folder=GLUE_FOLDER

Where that recipe has run already, copy its `stages` but "rounded", and `vocab.txt`
into the new work folder, after a first `--until=teacher_1` has written recipe.json: the
last stage alone is left to do.

Cost: that of `sentiment` and some minutes; see benchmarks/results/qat.md.
"""

import dataclasses
import pathlib

from tfdistill.train.config_file import load_config
from tfdistill.train.recipe import Export, Recipe
from tfdistill.train.shrink import shrink


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = load_config(pathlib.Path(__file__).with_name("sentiment.py"))
    *stages, rounded = recipe.stages
    quantized = dataclasses.replace(
        rounded,
        name="quantized",
        epoch_fraction=0.03,
        learning_rate=5e-5,
        rounded_bits=None,
        is_quantized=True,
    )
    recipe = dataclasses.replace(
        recipe,
        name="sentiment_qat",
        stages=(*stages, quantized),
        export=Export(schemes=("static_int8",), sequence_length=64, budget=1.0),
    )
    return shrink(recipe) if tiny else recipe
