"""Voice commands: all-MiniLM-L6-v2 into a bottleneck student 20 times smaller.

Joint intent and slots on sentences of the `home-assistant-intents` package, split by
template. The teacher adopts the student's vocabulary before it is fine-tuned, so that
every token of both lines up; the student's blocks are MobileBERT's bottlenecks (arXiv
2004.02984) and its objectives TinyBERT's (arXiv 1909.10351) in one stage.

    tfdistill-train --config=configs/voice_commands.py --workdir=runs/voice_commands

Cost: `make demo` runs it; see benchmarks/results/voice_commands.md.
"""

from tfdistill.bert.config import BertConfig
from tfdistill.data import HomeAssistant
from tfdistill.distill.objectives import (
    AttentionScoreMSE,
    EmbeddingMSE,
    HardLabels,
    HiddenStateMSE,
    SoftTargets,
)
from tfdistill.train.recipe import Export, Recipe, Stage, Teacher, Vocabulary
from tfdistill.train.shrink import shrink

LABELS = (HardLabels(), HardLabels(output="slot_logits"))


def get_config(tiny: bool = False) -> Recipe:
    """Return the recipe; `tiny` makes it a matter of seconds."""
    recipe = Recipe(
        name="voice_commands",
        source=HomeAssistant(examples_per_template=15),
        student=BertConfig(
            num_layers=6,
            hidden_dim=192,
            num_heads=12,
            intermediate_dim=384,
            embedding_dim=96,
            bottleneck_dim=96,
            activation="relu",
            max_sequence_length=64,
            dropout=0.0,
            attention_dropout=0.0,
        ),
        teacher=Teacher(dropout=0.0),
        vocabulary=Vocabulary(size=2000),
        pooling="mean",
        max_length=48,
        evaluate_on="test",
        stages=(
            Stage(
                "teacher",
                LABELS,
                model="teacher",
                epochs=1,
                learning_rate=3e-4,
            ),
            Stage(
                "student",
                (
                    SoftTargets(),
                    SoftTargets(output="slot_logits"),
                    HiddenStateMSE(),
                    EmbeddingMSE(),
                    AttentionScoreMSE(weight=0.1),
                ),
                epochs=5,
                learning_rate=2e-3,
            ),
        ),
        export=Export(schemes=("float32", "dynamic_int8"), sequence_length=48),
    )
    return shrink(recipe) if tiny else recipe
