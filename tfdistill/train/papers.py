"""What the published rows in `configs/` share: tasks, students, and the stages between.

TinyBERT (arXiv 1909.10351): general distillation on plain text, then intermediate and
prediction distillation on augmented task data. The extreme students (arXiv 1909.11687)
have other widths, depths and heads than their teacher, so MiniLM's relations stand in
the place of attention scores. What a paper spends on clusters is cut to what two cores
can pay; every number can be overridden.
"""

import dataclasses
from typing import Any

from tfdistill.bert.config import BertConfig
from tfdistill.data import Glue, SlotFile
from tfdistill.data.corpus import Corpus
from tfdistill.distill.layer_objectives import RelationKL
from tfdistill.distill.objectives import (
    AttentionScoreMSE,
    EmbeddingMSE,
    HardLabels,
    HiddenStateMSE,
    SoftTargets,
)
from tfdistill.train.recipe import (
    AugmentedData,
    Cache,
    Export,
    Recipe,
    Stage,
    Vocabulary,
)


@dataclasses.dataclass(frozen=True)
class PaperTask:
    """A data set and the settings that follow from its size.

    Args:
        source: an example source of `tfdistill.data`.
        num_samples: int. Augmented texts of each text, as TinyBERT's released code.
        max_length: int. 64 tokens for single texts, 128 for pairs.
        teacher_epochs: int. Of the teacher in its own vocabulary.
        epochs: (int, int). Of intermediate and prediction distillation.
        evaluate_on: str. The split that the report scores.
        outputs: tuple of str. What the head answers.
        is_prediction_augmented: bool. False for a regression, as in the paper.
        teachers: tuple of Stage. Those that make the teacher in its own vocabulary, if
            one stage of `teacher_epochs` is not enough.
        adopting: (int, float). `epochs` and `epoch_fraction` of the teacher in the
            student's vocabulary; None is `teacher_epochs`.
    """

    source: Any
    num_samples: int
    max_length: int = 64
    teacher_epochs: int = 3
    epochs: tuple = (1, 1)
    evaluate_on: str = "dev"
    outputs: tuple = ("logits",)
    is_prediction_augmented: bool = True
    teachers: tuple = ()
    adopting: tuple | None = None


def _teacher(name, epochs, learning_rate=8e-5, outputs=("logits",), **more):
    return Stage(
        name,
        tuple(HardLabels(output=output) for output in outputs),
        model="teacher",
        epochs=epochs,
        learning_rate=learning_rate,
        **{"vocabulary": "teacher", **more},
    )


# The mean of three fine-tuned apart: 89.0, 89.1 and 89.3 alone, 90.1 together.
SST_2_TEACHERS = (
    _teacher("teacher_1", 1, 5e-5),
    _teacher("teacher_2", 2, 5e-5, restart=True),
    _teacher("teacher", 3, restart=True, soup=("teacher_1", "teacher_2")),
)
SST_2 = PaperTask(Glue("SST-2", "glue"), 20, teachers=SST_2_TEACHERS, adopting=(1, 0.5))
COLA = PaperTask(Glue("CoLA", "glue"), 30, teacher_epochs=4, epochs=(2, 2))
MRPC = PaperTask(
    Glue("MRPC", "glue"), 30, max_length=128, teacher_epochs=4, epochs=(2, 2)
)
STS_B = PaperTask(
    Glue("STS-B", "glue"),
    30,
    max_length=128,
    teacher_epochs=4,
    epochs=(2, 20),
    is_prediction_augmented=False,
)
SNIPS = PaperTask(
    SlotFile(
        "train.jsonl",
        "dev.jsonl",
        "test.jsonl",
        "SNIPS",
        folder="snips",
        metrics=("intent_accuracy", "slot_f1", "frame_accuracy"),
    ),
    1,
    teacher_epochs=4,
    adopting=(2, 1.0),
    epochs=(1, 2),
    evaluate_on="test",
    outputs=("logits", "slot_logits"),
)


@dataclasses.dataclass(frozen=True)
class PaperStudent:
    """A student, its vocabulary, and how its layers follow a teacher of 6 layers.

    Args:
        config: BertConfig.
        vocabulary_size: int or None. None is the teacher's own, 30,522 pieces.
        layer_map: see `LayerMap`.
        layer_objectives: tuple of Objective.
        learning_rates: (float, float). Of intermediate and prediction distillation.
    """

    config: BertConfig
    vocabulary_size: int | None
    layer_map: Any
    layer_objectives: tuple
    learning_rates: tuple = (5e-4, 3e-4)

    def without_dropout(self, max_sequence_length: int) -> "PaperStudent":
        """The student for at most so many tokens, without dropout while it learns."""
        config = self.config.replace(
            max_sequence_length=max_sequence_length, dropout=0.0, attention_dropout=0.0
        )
        return dataclasses.replace(self, config=config)


_TINYBERT = (EmbeddingMSE(), HiddenStateMSE(), AttentionScoreMSE())
_EXTREME = (EmbeddingMSE(), HiddenStateMSE(), RelationKL(num_relation_heads=12))
_DEEPER = tuple((2 * layer, layer) for layer in range(7))

TINYBERT_4_312_FULL = PaperStudent(
    BertConfig.named("tinybert_4_312"), None, (0, 1, 3, 4, 6), _TINYBERT
)
TINYBERT_4_312 = dataclasses.replace(TINYBERT_4_312_FULL, vocabulary_size=5000)
TINYBERT_6_768_FULL = dataclasses.replace(
    TINYBERT_4_312_FULL,
    config=BertConfig.named("tinybert_6_768"),
    layer_map="uniform",
    learning_rates=(1e-4, 5e-5),
)
TINYBERT_6_768 = dataclasses.replace(TINYBERT_6_768_FULL, vocabulary_size=5000)
# The paper has 4,928 pieces: with 5,000 all students of a task share one teacher that
# has adopted them.
EXTREME_12_96 = PaperStudent(
    BertConfig.named("extreme_12_96"), 5000, _DEEPER, _EXTREME, (1e-3, 5e-4)
)
EXTREME_12_48 = dataclasses.replace(
    EXTREME_12_96, config=BertConfig.named("extreme_12_48")
)
EXTREME_12_192 = dataclasses.replace(
    EXTREME_12_96, config=BertConfig.named("extreme_12_192")
)
SMALL_6_96 = dataclasses.replace(
    EXTREME_12_96, config=BertConfig.named("small_6_96"), layer_map="uniform"
)
# 12 relation heads do not divide 256.
SMALL_6_256 = dataclasses.replace(
    SMALL_6_96,
    config=BertConfig.named("bert_6_256"),
    layer_objectives=(EmbeddingMSE(), HiddenStateMSE(), RelationKL()),
)


def make_recipe(name: str, task: PaperTask, student: PaperStudent) -> Recipe:
    """Return the recipe of one published row.

    Its stages are "general", on plain text, by the teacher as it comes; "teacher" and,
    under a vocabulary of the student's own, "teacher_adopts"; "intermediate" and
    "prediction" on augmented texts. `tfdistill-train --until=general` leaves a
    beginning for the rows of other tasks, `--leave_out=general
    --config.beginning=FOLDER/general.keras`.

    Args:
        name: str.
        task: PaperTask.
        student: PaperStudent.
    """
    return Recipe(
        name=name,
        source=task.source,
        student=student.config,
        vocabulary=Vocabulary(size=student.vocabulary_size),
        stages=(
            _general_stage(student),
            *_teacher_stages(task, student),
            *_student_stages(task, student),
        ),
        pooling="mean",
        max_length=task.max_length,
        evaluate_on=task.evaluate_on,
        augmentation=AugmentedData(num_samples=task.num_samples),
        export=Export(sequence_length=task.max_length),
    )


def change_stages(recipe: Recipe, changes: dict[str, dict]) -> Recipe:
    """Return the recipe with other settings in some of its stages.

    Args:
        recipe: Recipe.
        changes: dict of dict, settings of `Stage` by the names of stages.

    Raises:
        ValueError: a name that no stage has.
    """
    unknown = changes.keys() - {stage.name for stage in recipe.stages}
    if unknown:
        raise ValueError(
            f"No stage of {recipe.name!r} is called {min(unknown)!r}: take one of "
            f"{[stage.name for stage in recipe.stages]}."
        )
    stages = [
        dataclasses.replace(stage, **changes.get(stage.name, {}))
        for stage in recipe.stages
    ]
    return dataclasses.replace(recipe, stages=tuple(stages))


def on_plain_text(recipe: Recipe, files: tuple[str, ...]) -> Recipe:
    """Return the recipe with a short "general" stage on `files`, and their vocabulary.

    6,000 steps, as in benchmarks/results/small_tasks.md, where more did not help.
    """
    corpus = Corpus(files, max_length=64, is_paired=True)
    recipe = change_stages(
        recipe, {"general": {"steps_per_epoch": 6000, "corpus": corpus}}
    )
    vocabulary = dataclasses.replace(recipe.vocabulary, texts=files)
    return dataclasses.replace(recipe, vocabulary=vocabulary)


def with_other_values(recipe: Recipe) -> Recipe:
    """Return a recipe of commands with other slot values: four texts of each.

    All of these have one more with other words. The teacher's copy learns from them
    too, and the student learns the intents' labels besides the copy's answers, as
    labels know more of intents (benchmarks/results/snips.md).

    Args:
        recipe: Recipe of `make_recipe`, of a task with "logits" and "slot_logits".
    """
    changes = {
        "intermediate": {"epoch_fraction": 0.35},
        "prediction": {"objectives": (*recipe.stages[-1].objectives, HardLabels())},
    }
    if recipe.vocabulary.size is not None:
        changes["teacher_adopts"] = {"is_augmented": True, "learning_rate": 1e-4}
    return dataclasses.replace(
        change_stages(recipe, changes),
        augmentation=AugmentedData(num_samples=1, num_swaps=4),
        cache=Cache(max_gigabytes=14.0),
    )


def _teacher_stages(task, student):
    teachers = task.teachers or (
        _teacher("teacher", task.teacher_epochs, outputs=task.outputs),
    )
    if student.vocabulary_size is None:
        return teachers
    epochs, fraction = task.adopting or (task.teacher_epochs, 1.0)
    return *teachers, _teacher(
        "teacher_adopts",
        epochs,
        outputs=task.outputs,
        vocabulary="student",
        epoch_fraction=fraction,
    )


def _layers(student):
    return dict(
        objectives=student.layer_objectives,
        layer_map=student.layer_map,
        learning_rate=student.learning_rates[0],
    )


def _general_stage(student):
    return Stage(
        "general",
        corpus=Corpus(("corpus.txt",), is_paired=True),
        steps_per_epoch=10_000,
        epochs=1,
        **_layers(student),
    )


def _student_stages(task, student):
    # A class needs no alignment of tokens, so the better teacher may answer.
    is_aligned = student.vocabulary_size is None or len(task.outputs) > 1
    return (
        Stage(
            "intermediate",
            epochs=task.epochs[0],
            decay="constant",
            is_augmented=True,
            **_layers(student),
        ),
        Stage(
            "prediction",
            tuple(SoftTargets(output=output) for output in task.outputs),
            epochs=task.epochs[1],
            learning_rate=student.learning_rates[1],
            teacher_vocabulary="student" if is_aligned else "teacher",
            is_augmented=task.is_prediction_augmented,
        ),
    )
