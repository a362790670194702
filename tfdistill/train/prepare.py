"""What the steps of a run share: its data, and the vocabularies that cut them."""

import dataclasses
import pathlib

import numpy as np

from tfdistill.data import Encoded, Task, encode, split_examples
from tfdistill.data.encode import join_rows
from tfdistill.data.unlabelled import read_unlabelled
from tfdistill.text import load_tokenizer, read_vocabulary
from tfdistill.train.augmenting import encode_augmented
from tfdistill.train.claim import claim
from tfdistill.train.files import write_text
from tfdistill.train.models import (
    check_given,
    teacher_vocabulary,
    write_student_vocabulary,
)
from tfdistill.train.recipe import Recipe


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
        augmented: dict likewise to Encoded, the training texts and those drawn from
            them.
        unlabelled: dict of (files, "student" or "teacher") to Encoded.
    """

    recipe: Recipe
    workdir: pathlib.Path
    task: Task
    examples: dict
    vocabularies: dict
    splits: dict = dataclasses.field(default_factory=dict)
    augmented: dict = dataclasses.field(default_factory=dict)
    unlabelled: dict = dataclasses.field(default_factory=dict)

    def training_rows(self, stage, vocabulary: str) -> Encoded:
        """Return what a stage trains on, as that model's vocabulary cuts it."""
        rows = self.encoded(vocabulary).train
        if stage.is_augmented:
            if vocabulary not in self.augmented:
                self.augmented[vocabulary] = encode_augmented(self, vocabulary)
            rows = self.augmented[vocabulary]
        if not stage.unlabelled:
            return rows
        key = stage.unlabelled, vocabulary
        if key not in self.unlabelled:
            examples = read_unlabelled(stage.unlabelled, self.task)
            self.unlabelled[key] = self._encode(examples, vocabulary)
        return join_rows(rows, self.unlabelled[key])

    def encoded(self, vocabulary: str) -> Splits:
        """Return the splits as that model's vocabulary cuts them."""
        if vocabulary not in self.splits:
            self.splits[vocabulary] = Splits(
                **{
                    name: self._encode(examples, vocabulary)
                    for name, examples in self.examples.items()
                }
            )
        return self.splits[vocabulary]

    def _encode(self, examples, vocabulary):
        tokenizer = load_tokenizer(self.vocabularies[vocabulary])
        return encode(examples, self.task, tokenizer, self.recipe.max_length)


def prepare(recipe: Recipe, folder) -> Run:
    """Read the data and the vocabularies of a work folder, making what is not there.

    Args:
        recipe: Recipe.
        folder: path of the work folder.

    Raises:
        ValueError: the data or the teacher's vocabulary is not usable; then nothing is
            written.
    """
    task = recipe.source.task()
    seed = recipe.seed if recipe.choose_seed is None else recipe.choose_seed
    train, chosen = split_examples(_load(recipe, "train"), recipe.choose_fraction, seed)
    examples = {
        "train": train,
        "chosen": chosen,
        "held_out": _load(recipe, recipe.evaluate_on),
    }
    vocabularies = {"student": folder / "vocab.txt"}
    if recipe.needs_teacher or recipe.vocabulary.size is None:
        vocabularies["teacher"] = teacher_vocabulary(recipe.teacher)
        read_vocabulary(vocabularies["teacher"])  # refuses a wrong one before it costs
    check_given(recipe, folder, vocabularies)
    claim(recipe, folder)
    _write_lines(folder / "labels.txt", task.labels)
    if task.slot_labels:
        _write_lines(folder / "slot_labels.txt", task.slot_labels)
    write_student_vocabulary(recipe, train, vocabularies)
    return Run(recipe, folder, task, examples, vocabularies)


def _load(recipe, split):
    examples = recipe.source.load(split)
    if examples.labels is None:
        raise ValueError(
            f"The split {split!r} has no labels, so nothing can be learnt from it or "
            "scored on it. Set evaluate_on to a split that has them."
        )
    if recipe.max_examples is None or recipe.max_examples >= len(examples):
        return examples
    rows = np.linspace(0, len(examples) - 1, recipe.max_examples)
    return examples.take(rows.round())


def _write_lines(path, lines):
    if not path.is_file():
        write_text(path, "".join(f"{line}\n" for line in lines))
