"""SST-2: all-MiniLM-L6-v2 into TinyBERT's 4 x 312 body under a vocabulary of 5,000.

TinyBERT (arXiv 1909.10351), intermediate and prediction distillation, without general
distillation and without augmentation. The teacher is the mean of three that were
fine-tuned in its own vocabulary (a model soup: 89.0, 89.1 and 89.3 alone, 90.1
together); a copy of it then reads the student's for half an epoch more, so that both
cut words alike, and teaches its layers. The teacher that reads its own pieces is the
better one, and teaches the answers.

    tfdistill-train --config=configs/sst2_tinybert_4_312.py --workdir=runs/sst2 \\
        --config.source.folder=GLUE_FOLDER

Cost: 4.6 hours on two shared cores, of which the teachers take 3.6; see
benchmarks/results/sst2.md.
"""

from tfdistill.bert.config import BertConfig
from tfdistill.data import Glue
from tfdistill.distill.objectives import (
    AttentionScoreMSE,
    EmbeddingMSE,
    HardLabels,
    HiddenStateMSE,
    SoftTargets,
)
from tfdistill.train.recipe import Recipe, Stage, Vocabulary
from tfdistill.train.shrink import shrink


def _teacher(name, **settings):
    return Stage(
        name, (HardLabels(),), model="teacher", vocabulary="teacher", **settings
    )


TEACHERS = (
    _teacher("teacher_1", epochs=1, learning_rate=5e-5),
    _teacher("teacher_2", epochs=2, learning_rate=5e-5, restart=True),
    _teacher(
        "teacher",
        epochs=3,
        learning_rate=8e-5,
        restart=True,
        soup=("teacher_1", "teacher_2"),
    ),
)


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = Recipe(
        name="sst2_tinybert_4_312",
        source=Glue("SST-2", "glue"),
        student=BertConfig.named("tinybert_4_312"),
        vocabulary=Vocabulary(size=5000),
        stages=(
            *TEACHERS,
            Stage(
                "teacher_adopts",
                (HardLabels(),),
                model="teacher",
                epochs=1,
                epoch_fraction=0.5,
                learning_rate=8e-5,
            ),
            Stage(
                "intermediate",
                (EmbeddingMSE(), HiddenStateMSE(), AttentionScoreMSE()),
                epochs=1,
                learning_rate=5e-4,
                layer_map=(0, 1, 3, 4, 6),
                decay="constant",
            ),
            Stage(
                "prediction",
                (SoftTargets(),),
                epochs=2,
                learning_rate=3e-4,
                teacher_vocabulary="teacher",
            ),
        ),
    )
    return shrink(recipe) if tiny else recipe
