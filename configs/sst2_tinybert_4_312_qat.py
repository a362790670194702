"""SST-2: the student of `sst2_tinybert_4_312`, trained on for an int8 file.

The last stage goes on with the distilled student under fake quantization (tfmot's
quantizers), taught by the same answers; its activations then have ranges, and the file
is int8 throughout.

    tfdistill-train --config=configs/sst2_tinybert_4_312_qat.py --workdir=runs/qat \\
        --config.source.folder=GLUE_FOLDER

Where that recipe has run already, copy its `stages` and `vocab.txt` into the new work
folder, after a first `--until=teacher_1` has written recipe.json: the last stage alone
is left to do.

Cost: a quarter of an epoch more than `sst2_tinybert_4_312`; see
benchmarks/results/qat.md.
"""

import dataclasses
import pathlib

from tfdistill.distill.objectives import SoftTargets
from tfdistill.train.config_file import load_config
from tfdistill.train.recipe import Export, Recipe, Stage
from tfdistill.train.shrink import shrink


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    path = pathlib.Path(__file__).with_name("sst2_tinybert_4_312.py")
    student = load_config(path)
    quantized = Stage(
        "quantized",
        (SoftTargets(),),
        epochs=1,
        epoch_fraction=0.25,
        learning_rate=5e-5,
        teacher_vocabulary="teacher",
        is_quantized=True,
    )
    recipe = dataclasses.replace(
        student,
        name="sst2_tinybert_4_312_qat",
        stages=(*student.stages, quantized),
        export=Export(schemes=("static_int8",), budget=1.0),
    )
    return shrink(recipe) if tiny else recipe
