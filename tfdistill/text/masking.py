"""Whole-word masking for masked language modelling, over one vocabulary or two."""

import numpy as np

NOT_MASKED = -1  # label of every piece that is not to be guessed


def mask_words(
    ids: np.ndarray,
    words: np.ndarray,
    mask_id: int,
    ranges: np.ndarray,
    random: np.random.Generator,
    fraction: float = 0.15,
) -> tuple[np.ndarray, np.ndarray]:
    """Hide whole words and say what stood there.

    Of the words that are drawn, 80 % of the pieces become [MASK], 10 % a random piece
    of the word's own vocabulary, and 10 % stay as they are.

    Args:
        ids: int32 (n,). Pieces of one row.
        words: int32 (n,). Word number of each piece, below 0 for what is never masked.
        mask_id: int. The id of [MASK].
        ranges: int (words, 2). First and last-plus-one id of each word's vocabulary.
        random: NumPy generator.
        fraction: float in (0, 1]. Share of the words; at least one is drawn.

    Returns:
        Two int32 (n,): the masked ids, and the labels, -1 where nothing is asked.

    Raises:
        ValueError: a fraction outside (0, 1].

    Source: arXiv 1810.04805, section 3.1 (80 / 10 / 10); whole words as in
    github.com/google-research/bert, "Whole Word Masking".
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must be in (0, 1]; got {fraction!r}.")
    masked, labels = ids.copy(), np.full_like(ids, NOT_MASKED)
    num_words = len(ranges)
    if not num_words:
        return masked, labels
    count = max(1, round(fraction * num_words))
    drawn = np.zeros(num_words, bool)
    drawn[random.choice(num_words, count, replace=False)] = True
    is_hidden = (words >= 0) & drawn[np.maximum(words, 0)]
    labels[is_hidden] = ids[is_hidden]
    kind = random.random(len(ids))
    masked[is_hidden & (kind < 0.8)] = mask_id
    is_random = is_hidden & (kind >= 0.8) & (kind < 0.9)
    low, high = ranges[words[is_random]].T
    masked[is_random] = random.integers(low, high)
    return masked, labels
