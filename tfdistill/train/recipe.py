"""One experiment as data: what is taught to whom, by which stages, with which numbers.

A recipe is a tree of frozen dataclasses. `configs/*.py` make them, `override` changes
one value by its dotted name, `to_json` writes the tree into the work folder.
"""

import dataclasses
from typing import Any

from tfdistill.bert.config import BertConfig
from tfdistill.bert.heads import POOLINGS
from tfdistill.data.named import parse_source
from tfdistill.train.precision import COMPUTE_DTYPES
from tfdistill.train.pretraining import MIXED, Pretraining
from tfdistill.train.settings import (
    AugmentedData,
    Cache,
    Export,
    Teacher,
    Vocabulary,
)
from tfdistill.train.stage import Stage, check_choice, check_count
from tfdistill.train.tree import override, override_all, to_json

__all__ = [
    "AugmentedData",
    "Cache",
    "Export",
    "Pretraining",
    "Recipe",
    "Stage",
    "Teacher",
    "Vocabulary",
    "override",
    "override_all",
    "to_json",
    "with_changes",
]


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that a run needs to know.

    Args:
        name: str.
        source: an example source of `tfdistill.data` (task and splits).
        student: BertConfig. `vocabulary_size` is set by the run.
        stages: tuple of Stage, run in order.
        teacher: Teacher.
        vocabulary: Vocabulary.
        pooling: "mean" or "cls". How the student's head reads the text.
        max_length: int. Tokens a text may have; the rest is cut.
        max_examples: int or None. Rows of each split to use, spread evenly; None = all.
        choose_fraction: float. Slice of train that is held out to choose on; dev is
            scored once, at the end.
        evaluate_on: str. The split that the report scores.
        export: Export.
        cache: Cache.
        augmentation: AugmentedData or None.
        pretraining: tuple of Pretraining, run in order before the stages.
        beginning: str or None. The .keras file of another run's student, its vocab.txt
            beside it: the body is copied and the vocabulary taken, the head is new. So
            one general distillation serves many tasks. The work folder keeps a copy.
        energy_country: str or None. Measure the electricity of training, with the mix
            of this country, an ISO code such as "DEU"; see `Energy`.
        seed: int.
        choose_seed: int or None. Of the slice to choose on; None is `seed`. Give it
            where several seeds learn from one teacher: what the slice leaves of train
            is what the teacher was trained on and the vocabulary learned on.
        dtype: "float32" or "bfloat16". In which training multiplies: bfloat16 is
            quicker on a processor that can, see `products_in`. Weights, optimizers and
            files are float32, and so is what is scored and what a cache holds.
    """

    name: str
    source: Any
    student: BertConfig
    stages: tuple
    teacher: Teacher = Teacher()
    vocabulary: Vocabulary = Vocabulary()
    pooling: str = "cls"
    max_length: int = 64
    max_examples: int | None = None
    choose_fraction: float = 0.02
    evaluate_on: str = "dev"
    export: Export = Export()
    cache: Cache = Cache()
    augmentation: AugmentedData | None = None
    pretraining: tuple = ()
    energy_country: str | None = None
    seed: int = 0
    choose_seed: int | None = None
    beginning: str | None = None
    dtype: str = "float32"

    def __post_init__(self):
        names = [stage.name for stage in self.stages]
        if not names or len(set(names)) != len(names):
            raise ValueError(
                f"Recipe {self.name!r} needs stages of different names; got {names}."
            )
        if all(stage.model == "teacher" for stage in self.stages):
            raise ValueError(
                f"No stage of recipe {self.name!r} trains the student; its stages are "
                f"{names}."
            )
        check_choice("Recipe.pooling", self.pooling, POOLINGS)
        check_choice("Recipe.dtype", self.dtype, COMPUTE_DTYPES)
        if self.max_examples is not None:
            check_count("Recipe.max_examples", self.max_examples)
        if self.max_length > self.student.max_sequence_length:
            raise ValueError(
                f"Recipe.max_length={self.max_length} is more than the student's "
                f"max_sequence_length={self.student.max_sequence_length}."
            )
        self._check_order()
        self._check_quantized()
        self._check_soups()
        self._check_augmentation()
        self._check_pretraining()
        self._check_beginning()
        for stage in self.stages:
            if stage.teacher_vocabulary == "teacher" and not self.cache.is_on:
                raise ValueError(
                    f'Stage {stage.name!r} has teacher_vocabulary="teacher", which '
                    "needs the cache: leave Recipe.cache on."
                )

    @property
    def needs_teacher(self) -> bool:
        """Whether a stage trains a teacher or learns from one."""
        return any(s.model == "teacher" or s.needs_teacher for s in self.stages) or any(
            each.kind != "student_masked_lm" for each in self.pretraining
        )

    def _check_augmentation(self):
        """Texts are augmented if a stage reads them, and only then."""
        names = [stage.name for stage in self.stages if stage.is_augmented]
        if bool(names) != (self.augmentation is not None):
            raise ValueError(
                f"Recipe {self.name!r}: stages with is_augmented and the recipe's "
                f"augmentation come together; got {names or 'no such stage'} and "
                f"augmentation={self.augmentation!r}."
            )

    def _check_pretraining(self):
        names = [each.name for each in self.pretraining]
        if len(set(names)) != len(names):
            raise ValueError(f"Pretrainings need different names; got {names}.")
        mixed = [each.name for each in self.pretraining if each.kind in MIXED]
        if mixed and self.vocabulary.size is None:
            raise ValueError(
                f"Pretraining {mixed[0]!r} mixes two vocabularies: set vocabulary.size."
            )

    def _check_beginning(self):
        """A student that has learned elsewhere reads the vocabulary it learned."""
        if self.beginning is None:
            return
        if self.vocabulary.texts or self.vocabulary.file is not None:
            raise ValueError(
                f"Recipe {self.name!r} takes its vocabulary from beginning="
                f"{self.beginning!r}: leave vocabulary.texts and vocabulary.file out."
            )
        if any(each.kind != "teacher_masked_lm" for each in self.pretraining):
            raise ValueError(
                f"Recipe {self.name!r} begins with the student of {self.beginning!r} "
                "and would pretrain one as well: leave one of them out."
            )

    def _check_soups(self):
        """What is averaged or begun anew has to be the same model."""
        seen = {}
        for stage in self.stages:
            kind = (
                stage.model,
                stage.vocabulary,
                stage.is_quantized,
                stage.rounded_bits,
            )
            for name in stage.soup:
                if seen.get(name) != kind:
                    raise ValueError(
                        f"Stage {stage.name!r} averages {name!r}, which is no earlier "
                        f"stage with model={kind[0]!r}, vocabulary={kind[1]!r}, "
                        f"is_quantized={kind[2]} and rounded_bits={kind[3]}."
                    )
            if stage.restart and kind[:2] == ("teacher", "student"):
                raise ValueError(
                    f"Stage {stage.name!r} cannot restart: its teacher has adopted the "
                    "student's vocabulary. Restart before that."
                )
            seen[stage.name] = kind

    def _check_quantized(self):
        """A student that has ranges keeps them, and one that is rounded stays so."""
        students = [stage for stage in self.stages if stage.model == "student"]
        for before, stage in zip(students[:-1], students[1:], strict=True):
            if before.is_quantized and not stage.is_quantized:
                raise ValueError(
                    f"Stage {stage.name!r} follows {before.name!r}, which has put the "
                    "student under fake quantization: set is_quantized=True in it too."
                )
            if before.rounded_bits not in (None, stage.rounded_bits):
                raise ValueError(
                    f"Stage {stage.name!r} follows {before.name!r}, which has rounded "
                    "the student's weights and would be undone: set "
                    f"rounded_bits={before.rounded_bits} in it too."
                )

    def _check_order(self):
        """A teacher that was trained on the student's vocabulary cannot go back."""
        adopter = None
        for stage in self.stages:
            if adopter is not None and stage.vocabulary == "teacher":
                raise ValueError(
                    f"Stage {stage.name!r} reads the teacher's vocabulary, but the "
                    f"teacher has learned the student's in stage {adopter!r}: put "
                    f"{stage.name!r} before it."
                )
            if stage.model == "teacher" and stage.vocabulary == "student":
                adopter = adopter or stage.name


def with_changes(recipe: Recipe, changes) -> Recipe:
    """Return a copy with the changes of a command line.

    Args:
        recipe: Recipe.
        changes: sequence of (path, text), as for `override_all`; "source" alone takes
            a word that `parse_source` knows, and is replaced first. A "beginning"
            brings its vocabulary in place of one that is learned on texts.

    Raises:
        ValueError: as `override_all` and `parse_source`.
    """
    for text in [text for path, text in changes if path == "source"]:
        recipe = dataclasses.replace(recipe, source=parse_source(text))
    changes = [each for each in changes if each[0] != "source"]
    paths = [path for path, _ in changes]
    if "beginning" in paths and "vocabulary.texts" not in paths:
        changes.append(("vocabulary.texts", "[]"))
    return override_all(recipe, changes)
