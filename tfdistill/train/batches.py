"""How the batches of a stage are made, from any step on."""

import functools

from tfdistill.data import Encoded, make_dataset, steps_per_epoch
from tfdistill.data.batching import buckets_within
from tfdistill.data.corpus import make_text_dataset


def lengths_for(student, teacher) -> tuple[int, ...]:
    """Return the lengths that batches may be padded to: both models can read them.

    Args:
        student: BertEncoder.
        teacher: BertEncoder or None.
    """
    models = [student] if teacher is None else [student, teacher]
    return buckets_within(min(m.config.max_sequence_length for m in models))


def training_batches(
    stage, train: Encoded, step: int, seed: int, teacher_cache, length_buckets
):
    """Return how to make the batches after the first `step`, for ever.

    Args:
        stage: Stage.
        train: Encoded.
        step: int.
        seed: int.
        teacher_cache: TeacherCache or None.
        length_buckets: of `lengths_for`.

    Returns:
        `make_dataset` with all its arguments but `share`.
    """
    all_steps = steps_per_epoch(train, stage.batch_size)
    start_epoch, start_step = divmod(step, all_steps)
    return functools.partial(
        make_dataset,
        train,
        stage.batch_size,
        seed=seed,
        shuffle=True,
        start_epoch=start_epoch,
        start_step=start_step,
        repeat=True,
        length_buckets=length_buckets,
        teacher_cache=teacher_cache,
    )


def corpus_batches(stage, tokenizer, student, step: int, seed: int):
    """Return how to make the batches of plain text after the first `step`.

    Args:
        stage: Stage with a corpus.
        tokenizer: a `tokenizers.Tokenizer`.
        student: BertEncoder.
        step: int.
        seed: int.

    Returns:
        `make_text_dataset` with all its arguments but `share`.
    """
    return functools.partial(
        make_text_dataset,
        stage.corpus,
        tokenizer,
        stage.batch_size,
        min(stage.corpus.max_length, student.config.max_sequence_length),
        seed,
        start_step=step,
    )
