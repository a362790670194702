"""A recipe from start to finish, in one work folder.

Data, vocabulary, teacher and student are made in that order, the stages train them, dev is
scored once at the end. What is already in the folder is not made again, so a run that was
killed goes on when the same command is given.
"""

import dataclasses
import pathlib
import time
from typing import Any

import keras
import numpy as np
from absl import logging

from tfdistill.bert import heads
from tfdistill.bert.adopt import adopt_vocabulary
from tfdistill.bert.encoder import BertEncoder, build_student
from tfdistill.bert.minilm import fetch_minilm
from tfdistill.bert.checkpoint import load_teacher
from tfdistill.data import (
    Encoded,
    Task,
    encode,
    make_dataset,
    score,
    split_examples,
)
from tfdistill.text import (
    learn_vocabulary,
    load_tokenizer,
    read_vocabulary,
    write_vocabulary,
)
from tfdistill.text.spelling import spell_pieces
from tfdistill.train.files import (
    open_workdir,
    read_json,
    write_json,
    write_text,
    written_whole,
)
from tfdistill.train.recipe import Recipe, to_json
from tfdistill.train.stages import EVALUATION_BATCH, train_stage


@dataclasses.dataclass
class Splits:
    """The three splits of a run in one segmentation."""

    train: Encoded
    chosen: Encoded
    held_out: Encoded


@dataclasses.dataclass
class Run:
    """What the steps of a run share.

    Attributes:
        recipe: Recipe.
        workdir: path.
        task: Task.
        examples: dict of split name to Examples.
        vocabularies: dict of "student" and "teacher" to the path of a vocab.txt.
        splits: dict of "student" and "teacher" to Splits, made when first asked for.
    """

    recipe: Recipe
    workdir: pathlib.Path
    task: Task
    examples: dict
    vocabularies: dict
    splits: dict = dataclasses.field(default_factory=dict)

    def encoded(self, vocabulary: str) -> Splits:
        """Return the splits as that model's vocabulary cuts them."""
        if vocabulary not in self.splits:
            tokenizer = load_tokenizer(self.vocabularies[vocabulary])
            self.splits[vocabulary] = Splits(
                **{
                    name: encode(
                        examples, self.task, tokenizer, self.recipe.max_length
                    )
                    for name, examples in self.examples.items()
                }
            )
        return self.splits[vocabulary]


def run_recipe(recipe: Recipe, workdir) -> dict:
    """Run a recipe, or go on with it, and return its report.

    Leaves `student.keras`, `vocab.txt`, `labels.txt` (and `slot_labels.txt`),
    `recipe.json`, `history.csv` and `report.json` in the work folder.

    Args:
        recipe: Recipe.
        workdir: str or path. Made if needed; one process at a time.

    Returns:
        dict. The content of report.json.

    Raises:
        ValueError: the folder belongs to another recipe, cannot be written or is in
            use; the data, the teacher or the recipe is not usable.
    """
    with open_workdir(workdir) as folder:
        _claim(recipe, folder)
        if (folder / "report.json").is_file():
            logging.info("%s is finished: its report is read back.", folder)
            return read_json(folder / "report.json")
        keras.utils.set_random_seed(recipe.seed)
        run = _prepare(recipe, folder)
        return _train(run)


# === Data ===


def _claim(recipe, folder):
    """Write recipe.json, or make sure that the folder's is this recipe."""
    path, text = folder / "recipe.json", to_json(recipe)
    if path.is_file() and path.read_text() != text:
        raise ValueError(
            f"{folder} was begun with another recipe (see {path}). Give another "
            "--workdir, or delete this one."
        )
    write_text(path, text)


def _prepare(recipe, folder) -> Run:
    task = recipe.source.task()
    train, chosen = split_examples(
        recipe.source.load("train"), recipe.choose_fraction, recipe.seed
    )
    held_out = recipe.source.load(recipe.evaluate_on)
    examples = {"train": train, "chosen": chosen, "held_out": held_out}
    write_text(folder / "labels.txt", "".join(f"{x}\n" for x in task.labels))
    if task.slot_labels:
        write_text(
            folder / "slot_labels.txt", "".join(f"{x}\n" for x in task.slot_labels)
        )
    teacher_vocabulary = _teacher_vocabulary(recipe)
    vocabularies = {
        "teacher": teacher_vocabulary,
        "student": folder / "vocab.txt",
    }
    if not vocabularies["student"].is_file():
        _write_student_vocabulary(recipe, train, vocabularies)
    return Run(recipe, folder, task, examples, vocabularies)


def _write_student_vocabulary(recipe, train, vocabularies):
    if recipe.vocabulary.size is None:
        pieces = read_vocabulary(vocabularies["teacher"])
        write_vocabulary(pieces, vocabularies["student"])
        return
    learn_vocabulary(
        [*train.texts, *(train.pairs or [])],
        recipe.vocabulary.size,
        vocabularies["student"],
        min_frequency=recipe.vocabulary.min_frequency,
    )


# === Models ===


def _teacher_folder(recipe) -> pathlib.Path:
    if recipe.teacher.source == "minilm":
        return pathlib.Path(fetch_minilm())
    return pathlib.Path(recipe.teacher.source)


def _teacher_vocabulary(recipe) -> pathlib.Path:
    if recipe.teacher.vocabulary is not None:
        return pathlib.Path(recipe.teacher.vocabulary)
    path = _teacher_folder(recipe) / "vocab.txt"
    if not path.is_file():
        raise ValueError(
            f"The teacher's vocabulary is missing: {path} does not exist. Set "
            "Teacher.vocabulary to its vocab.txt."
        )
    return path


def make_head(task: Task, pooling: str, dropout: float):
    """Return the head that answers a task."""
    if task.kind == "regression":
        return heads.Regression(pooling, dropout)
    if task.kind == "intent_slots":
        return heads.IntentAndSlots(
            len(task.labels), len(task.slot_labels), pooling, dropout
        )
    return heads.Classification(len(task.labels), pooling, dropout)


def _make_teacher(run) -> BertEncoder:
    teacher = run.recipe.teacher
    folder = _teacher_folder(run.recipe)
    source = folder / "student.keras"
    return load_teacher(
        str(source if source.is_file() else folder),
        head=make_head(run.task, teacher.pooling, teacher.dropout),
        dropout=teacher.dropout,
        attention_dropout=teacher.dropout,
    )


def _make_student(run) -> BertEncoder:
    recipe = run.recipe
    return build_student(
        recipe.student,
        vocabulary=run.vocabularies["student"],
        head=make_head(run.task, recipe.pooling, recipe.student.dropout),
    )


def _adopt(run, teacher) -> BertEncoder:
    pieces = read_vocabulary(run.vocabularies["student"])
    vocabulary = read_vocabulary(run.vocabularies["teacher"])
    return adopt_vocabulary(teacher, spell_pieces(pieces, vocabulary))


# === Training ===


@dataclasses.dataclass
class Models:
    """The two models as they stand, and what the teacher reads by now."""

    student: BertEncoder
    teacher: BertEncoder | None = None
    teacher_reads: str = "teacher"


def _train(run) -> dict:
    recipe = run.recipe
    started = time.monotonic()
    models = Models(_make_student(run))
    stages, scores = {}, {}
    for stage in recipe.stages:
        keras.utils.set_random_seed(recipe.seed)
        trained, teacher = _cast(run, models, stage)
        splits = run.encoded(stage.vocabulary)
        result = train_stage(
            stage,
            trained,
            teacher,
            splits.train,
            splits.chosen,
            run.workdir,
            recipe.seed,
            _compiled_metrics(run.task),
        )
        stages[stage.name] = result
        if stage.model == "teacher":
            scores[stage.name] = evaluate(trained, run.task, splits.held_out)
    scores["student"] = evaluate(
        models.student, run.task, run.encoded("student").held_out
    )
    with written_whole(run.workdir / "student.keras") as temporary:
        models.student.save(temporary)
    _write_history(run)
    report = _report(run, models, stages, scores, time.monotonic() - started)
    write_json(run.workdir / "report.json", report)
    return report


def _cast(run, models: Models, stage) -> tuple[BertEncoder, Any]:
    """Return (the model that this stage trains, its teacher or None)."""
    needs_teacher = any(objective.needs_teacher for objective in stage.objectives)
    if stage.model == "teacher" or needs_teacher:
        if models.teacher is None:
            models.teacher = _make_teacher(run)
        is_other = run.recipe.vocabulary.size is not None
        if stage.vocabulary == "student" and models.teacher_reads == "teacher":
            if is_other:
                models.teacher = _adopt(run, models.teacher)
            models.teacher_reads = "student"
    if stage.model == "teacher":
        return models.teacher, None
    return models.student, models.teacher if needs_teacher else None


def _compiled_metrics(task):
    if task.kind == "classification":
        return ["accuracy"]
    return None


def evaluate(model: BertEncoder, task: Task, encoded: Encoded) -> dict[str, float]:
    """Score a model on one split.

    Args:
        model: BertEncoder with the task's head.
        task: Task.
        encoded: Encoded, with labels.

    Returns:
        dict of metric name to value, as `tfdistill.data.score`.
    """
    outputs: dict[str, list] = {}
    for x, _ in make_dataset(encoded, EVALUATION_BATCH):
        for name, value in model.predict_on_batch(x).items():
            outputs.setdefault(name, []).extend(np.asarray(value))
    joined = {
        name: rows if rows[0].ndim > 1 else np.stack(rows)
        for name, rows in outputs.items()
    }
    return score(task, joined, encoded)


def _write_history(run):
    """Join the stages' CSV logs into one table, whose columns are all that occur."""
    import csv

    rows = []
    for stage in run.recipe.stages:
        with open(run.workdir / "stages" / f"{stage.name}.csv") as lines:
            rows += [{"stage": stage.name, **row} for row in csv.DictReader(lines)]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with (
        written_whole(run.workdir / "history.csv") as temporary,
        open(temporary, "w", newline="") as lines,
    ):
        writer = csv.DictWriter(lines, columns)
        writer.writeheader()
        writer.writerows(rows)


def _report(run, models, stages, scores, seconds) -> dict:
    recipe = run.recipe
    report = {
        "recipe": recipe.name,
        "task": run.task.name,
        "split": recipe.evaluate_on,
        "metrics": list(run.task.metrics),
        "seed": recipe.seed,
        "scores": scores,
        "student_parameters": models.student.count_params(),
        "stage_minutes": {name: result["minutes"] for name, result in stages.items()},
        "minutes": round(seconds / 60, 2),
        "examples": {name: len(each) for name, each in run.examples.items()},
    }
    if models.teacher is not None:
        report["teacher_parameters"] = models.teacher.count_params()
    return report
