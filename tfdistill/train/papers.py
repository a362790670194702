"""What the published rows in `configs/` share: tasks, students, and the stages between.

TinyBERT (arXiv 1909.10351): general distillation on plain text, then intermediate and
prediction distillation on augmented task data. The extreme students (arXiv 1909.11687)
have other widths, depths and heads than their teacher, so MiniLM's relations stand in
the place of attention scores. What a paper spends on clusters is cut to what two cores
can pay, as in the runs of benchmarks/results/; every number can be overridden.
"""

import dataclasses
import math
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
    Export,
    Recipe,
    Stage,
    Vocabulary,
)

PLAIN_TEXT = ("corpus.txt",)


@dataclasses.dataclass(frozen=True)
class PaperTask:
    """A data set and the settings that follow from its size.

    Epochs may be parts of one: 0.35 is a stage that stops there.

    Args:
        source: an example source of `tfdistill.data`.
        num_samples: int. Augmented texts of each text; TinyBERT's released code takes
            20 for SST-2 and 30 for the smaller tasks.
        max_length: int. 64 tokens for single texts, 128 for pairs.
        num_positions: int. Positions of the student; what begins with it has at most as
            many.
        teacher_epochs: int. Of the teacher in its own vocabulary.
        adopting: float. Epochs of the teacher in the student's vocabulary.
        epochs: (float, float). Of intermediate and prediction distillation.
        evaluate_on: str. The split that the report scores.
        outputs: tuple of str. What the head answers.
        is_prediction_augmented: bool. False for a regression, as in the paper.
        teachers: tuple of Stage. Those that make the teacher in its own vocabulary, if
            one stage of `teacher_epochs` is not enough.
    """

    source: Any
    num_samples: int
    max_length: int = 64
    num_positions: int = 128
    teacher_epochs: int = 3
    adopting: float = 2
    epochs: tuple = (1, 2)
    evaluate_on: str = "dev"
    outputs: tuple = ("logits",)
    is_prediction_augmented: bool = True
    teachers: tuple = ()


def _teacher(name, epochs, learning_rate=8e-5, outputs=("logits",), **more):
    return Stage(
        name,
        tuple(HardLabels(output=output) for output in outputs),
        model="teacher",
        learning_rate=learning_rate,
        **{"vocabulary": "teacher", **_length(epochs), **more},
    )


def _length(epochs):
    whole = math.ceil(epochs)
    return dict(epochs=whole, epoch_fraction=epochs / whole)


SST_2 = PaperTask(
    Glue("SST-2", "glue"),
    4,
    num_positions=64,
    # The mean of two fine-tuned apart.
    teachers=(
        _teacher("teacher_1", 1, 5e-5),
        _teacher("teacher", 2, 5e-5, restart=True, soup=("teacher_1",)),
    ),
    adopting=0.5,
    epochs=(0.35, 1),
)
COLA = PaperTask(Glue("CoLA", "glue"), 4)
MRPC = PaperTask(Glue("MRPC", "glue"), 1, max_length=128)
STS_B = PaperTask(
    Glue("STS-B", "glue"),
    1,
    max_length=128,
    epochs=(1, 5),
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
    num_positions=64,
    teacher_epochs=4,
    epochs=(0.35, 2),
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
    "prediction" on augmented texts. The student's vocabulary is learned on the plain
    text too, or, where "general" is left out, on the task's texts. The student has no
    dropout.

    `tfdistill-train --until=general` leaves a beginning for the rows of other tasks,
    `--leave_out=general --config.beginning=FOLDER/general.keras`.

    Args:
        name: str.
        task: PaperTask.
        student: PaperStudent.
    """
    size = student.vocabulary_size
    return Recipe(
        name=name,
        source=task.source,
        student=student.config.replace(
            max_sequence_length=task.num_positions, dropout=0.0, attention_dropout=0.0
        ),
        vocabulary=Vocabulary(size=size, texts=() if size is None else PLAIN_TEXT),
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


def _teacher_stages(task, student):
    teachers = task.teachers or (
        _teacher("teacher", task.teacher_epochs, outputs=task.outputs),
    )
    if student.vocabulary_size is None:
        return teachers
    return *teachers, _teacher(
        "teacher_adopts", task.adopting, outputs=task.outputs, vocabulary="student"
    )


def _layers(student):
    return dict(
        objectives=student.layer_objectives,
        layer_map=student.layer_map,
        learning_rate=student.learning_rates[0],
    )


def _general_stage(student):
    # More steps did not help (benchmarks/results/small_tasks.md).
    return Stage(
        "general",
        corpus=Corpus(PLAIN_TEXT, max_length=64, is_paired=True),
        steps_per_epoch=6000,
        epochs=1,
        **_layers(student),
    )


def _student_stages(task, student):
    # A class needs no alignment of tokens, so the better teacher may answer.
    is_aligned = student.vocabulary_size is None or len(task.outputs) > 1
    return (
        Stage(
            "intermediate",
            decay="constant",
            is_augmented=True,
            **_length(task.epochs[0]),
            **_layers(student),
        ),
        Stage(
            "prediction",
            tuple(SoftTargets(output=output) for output in task.outputs),
            learning_rate=student.learning_rates[1],
            teacher_vocabulary="student" if is_aligned else "teacher",
            is_augmented=task.is_prediction_augmented,
            **_length(task.epochs[1]),
        ),
    )
