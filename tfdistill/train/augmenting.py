"""Augmented texts as a recipe's training data: made once in the work folder."""

import pathlib

from tfdistill.data import Encoded, Examples, encode
from tfdistill.data.augmentation import Augmentation, Candidates
from tfdistill.data.augmented import load_augmented, write_augmented
from tfdistill.data.slot_values import swap_slot_values
from tfdistill.data.word_vectors import load_word_vectors
from tfdistill.text import load_tokenizer
from tfdistill.train.recipe import AugmentedData
from tfdistill.train.workers import ALONE, Workers


def augment_train(run, workers: Workers = ALONE):
    """Make the augmented texts of a run, or what is missing of them.

    Rows that are held out to choose on are split off before, so none of them has a
    neighbour in train.

    Args:
        run: `tfdistill.train.prepare.Run`.
        workers: Workers. Each makes its part.

    Raises:
        ValueError: word vectors or a masked LM that cannot be read, or a folder that
            was begun with other settings.
    """
    if any(stage.is_augmented for stage in run.recipe.stages):
        settings = run.recipe.augmentation
        write_augmented(
            _examples(run),
            augmented_folder(run),
            _candidates(run, settings),
            Augmentation(
                settings.num_samples,
                settings.replace_probability,
                settings.num_candidates,
                run.recipe.seed,
            ),
            workers.index,
            workers.count,
        )
        workers.wait()


def encode_augmented(run, vocabulary: str) -> Encoded:
    """Return the augmented texts as a model's vocabulary cuts them.

    Args:
        run: `tfdistill.train.prepare.Run`.
        vocabulary: "student" or "teacher".

    Raises:
        ValueError: they are not there, or damaged.
    """
    examples = load_augmented(_examples(run), augmented_folder(run))
    tokenizer = load_tokenizer(run.vocabularies[vocabulary])
    return encode(examples, run.task, tokenizer, run.recipe.max_length)


def augmented_folder(run) -> pathlib.Path:
    """Return where a run keeps its augmented texts."""
    return pathlib.Path(run.workdir) / "augmented"


def _examples(run) -> Examples:
    """What words are replaced in: the training texts, and those with other values."""
    train, settings = run.examples["train"], run.recipe.augmentation
    if not settings.num_swaps:
        return train
    return swap_slot_values(train, settings.num_swaps, run.recipe.seed)


def _candidates(run, settings: AugmentedData) -> Candidates:
    path = run.vocabularies.get("teacher", run.vocabularies["student"])
    masked_lm = None
    if settings.masked_lm is not None:
        path, masked_lm = _load_masked_lm(run, settings)
    return Candidates(
        load_tokenizer(path),
        load_word_vectors(settings.vectors) if settings.vectors else None,
        masked_lm,
        settings.num_candidates,
    )


def _load_masked_lm(run, settings):
    """(Its vocab.txt, MaskedLMCandidates) of a folder that has both."""
    from tfdistill.bert.checkpoint import load_teacher
    from tfdistill.data.masked_candidates import MaskedLMCandidates

    folder = pathlib.Path(settings.masked_lm)
    if settings.masked_lm in [each.name for each in run.recipe.pretraining]:
        folder = pathlib.Path(run.workdir) / "pretraining" / settings.masked_lm
    path, model = folder / "vocab.txt", folder / "masked_lm.keras"
    for each in (path, model):
        if not each.is_file():
            raise ValueError(
                f"The masked LM of the augmentation is missing: {each} does not exist. "
                "Set augmentation.masked_lm to the name of a pretraining of kind "
                "teacher_masked_lm, to a folder that one has left, or to None to use "
                "word vectors alone."
            )
    tokenizer = load_tokenizer(path)
    guesses = MaskedLMCandidates(load_teacher(model), tokenizer, settings.context)
    return path, guesses
