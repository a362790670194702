"""Give a pretrained encoder another vocabulary.

A teacher that reads the student's segmentation aligns with it token by token, so that
every distillation loss applies unchanged (mixed-vocabulary training, in the limit in
which all words are cut by the student's vocabulary). The new rows are a start: the
teacher is fine-tuned before it teaches a task; plain text it can teach as it is.
"""

import numpy as np

from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import MaskedLM


def adopt_vocabulary(model: BertEncoder, rows: list[list[int]]) -> BertEncoder:
    """Return a copy of `model` whose token table has one row per entry of `rows`.

    Args:
        model: BertEncoder. Left as it is.
        rows: list of lists of int. For each new piece, the ids of the old pieces that
            spell it; their rows' mean becomes the new row, so a piece that both
            vocabularies have keeps its row exactly.

    Returns:
        BertEncoder with `vocabulary_size == len(rows)`, all other weights equal.

    Raises:
        ValueError: an entry is empty or names an id that the old table does not have,
            or the model has a masked-LM head, whose output bias cannot move.
    """
    _check_rows(rows, model.config.vocabulary_size)
    if isinstance(model.head, MaskedLM):
        raise ValueError(
            "A masked-LM head belongs to its vocabulary and cannot change it; adopt "
            "the vocabulary before the head is put on."
        )
    adopted = _with_vocabulary_of(len(rows), model)
    table = model.embeddings.token.embeddings
    new = _spelled(np.asarray(table, "float32"), rows)
    for target, source in zip(adopted.weights, model.weights, strict=True):
        target.assign(new if source is table else source)
    return adopted


def extend_vocabulary(model: BertEncoder, rows: list[list[int]]) -> BertEncoder:
    """Return a copy of `model` that reads a second vocabulary behind its own.

    This is the teacher of mixed-vocabulary training: ids below the old size are its own
    pieces, the others those of the student. A masked-LM head answers in both; its
    logits are to be cut at the old size, as each part has a softmax of its own.

    Args:
        model: BertEncoder. Left as it is.
        rows: list of lists of int. As for `adopt_vocabulary`.

    Returns:
        BertEncoder with `vocabulary_size` larger by `len(rows)`. Old rows and all other
        weights are equal; a masked-LM head's new biases are 0.

    Raises:
        ValueError: an entry is empty or names an id that the old table does not have.

    Source: arXiv 1909.11687, section 3.1.
    """
    _check_rows(rows, model.config.vocabulary_size)
    extended = _with_vocabulary_of(model.config.vocabulary_size + len(rows), model)
    table = model.embeddings.token.embeddings
    old = np.asarray(table, "float32")
    for target, source in zip(extended.weights, model.weights, strict=True):
        value = np.asarray(source)
        if source is table:
            value = np.concatenate([old, _spelled(old, rows)])
        elif value.shape != tuple(target.shape):  # of a masked-LM head
            value = np.concatenate([value, np.zeros((len(rows), *value.shape[1:]))])
        target.assign(value)
    return extended


def _with_vocabulary_of(size, model):
    """A new encoder like `model`, head included, with a token table of that height."""
    head = model.head
    if head is not None:
        head = type(head).from_config(head.get_config())
    config = model.config.replace(vocabulary_size=size)
    return BertEncoder(config, head, name=model.name, dtype=model.dtype_policy)


def _spelled(table, rows):
    """The mean of the rows that spell each new piece: float32 (pieces, width)."""
    return np.stack([table[list(row)].mean(axis=0) for row in rows])


def _check_rows(rows, vocabulary_size):
    for index, row in enumerate(rows):
        if not len(row) or min(row) < 0 or max(row) >= vocabulary_size:
            raise ValueError(
                f"New piece {index} must be spelled by ids of the old vocabulary (0 to "
                f"{vocabulary_size - 1}); got {list(row)}."
            )
