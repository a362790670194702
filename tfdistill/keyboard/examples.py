"""Lines of text as a student's batches: what it reads and which word comes next."""

import dataclasses

import numpy as np

from tfdistill.bert.encoder import PREDICT_AT
from tfdistill.data.flat import flatten
from tfdistill.keyboard.text import canonical
from tfdistill.keyboard.vocabulary import NUMBER, START, UNKNOWN, KeyboardVocabulary

LENGTHS = (8, 16, 32)
_STEP = 4  # rows of a batch differ by fewer tokens than this


@dataclasses.dataclass(frozen=True)
class Lines:
    """Lines in ids.

    Attributes:
        ids: uint16 (all tokens). Lines end to end, without [START].
        starts: int64 (lines + 1).
        positions: int32 (all tokens). The number of each word with a letter, counted
            over all lines; -1 for other tokens.
        is_word: bool (vocabulary,). Which ids a prediction is scored on: words and
            [UNK].
        goes_on: bool (lines,). Whether a line is the rest of the one before. Its first
            word is not scored: nobody begins with it.
    """

    ids: np.ndarray
    starts: np.ndarray
    positions: np.ndarray
    is_word: np.ndarray
    goes_on: np.ndarray

    def __len__(self):
        return len(self.starts) - 1

    @property
    def whole_starts(self) -> np.ndarray:
        """int64 (whole lines + 1). Where lines begin that no other one goes on."""
        return self.starts[np.append(~self.goes_on, True)]


def encode_lines(lines, vocabulary: KeyboardVocabulary, max_length: int = 32) -> Lines:
    """Encode lines of text; a longer one goes on as a line of its own.

    Args:
        lines: iterable of str.
        vocabulary: KeyboardVocabulary.
        max_length: int. Tokens that the student reads, [START] among them.
    """
    rows, words, goes_on = [], [], []
    for line in lines:
        found = vocabulary.scan_words(canonical(line))
        words.extend(is_word for _, is_word in found)
        ids = np.array([index for index, _ in found], np.uint16)
        for begin in range(0, len(ids), max_length):
            rows.append(ids[begin : begin + max_length])
            goes_on.append(begin > 0)
    words = np.array(words)
    positions = np.where(words, np.cumsum(words) - 1, -1).astype(np.int32)
    goes_on = np.array(goes_on, bool)
    return Lines(*flatten(rows), positions, word_mask(vocabulary), goes_on)


def word_mask(vocabulary: KeyboardVocabulary) -> np.ndarray:
    """Return bool (vocabulary,): words and [UNK], but no sign, number or special."""
    mask = np.array([key[0].isalnum() for key in vocabulary.keys])
    mask[: NUMBER + 1] = False
    mask[UNKNOWN] = True
    return mask


def bucket_batches(
    lines: Lines, batch_tokens: int, seed, keeps_rest: bool = False
) -> list[np.ndarray]:
    """Return the rows of each batch of an epoch, of similar length, in random order.

    Short lines come in batches of more lines, so that a word weighs the same in all.

    Args:
        lines: Lines.
        batch_tokens: int. Tokens per batch, padding included, at most.
        seed: of `numpy.random.default_rng`; one for each epoch.
        keeps_rest: bool. Whether what is less than a batch is one as well.
    """
    random = np.random.default_rng(seed)
    lengths = np.diff(lines.starts)
    order = random.permutation(len(lines))
    widths = _padded(lengths[order])
    batches = []
    for width in np.unique(widths):
        rows = order[widths == width]
        size = max(batch_tokens // width, 1)
        end = len(rows) if keeps_rest else len(rows) - size + 1
        batches.extend(rows[begin : begin + size] for begin in range(0, end, size))
    random.shuffle(batches)
    return batches


def _padded(lengths):
    return -(-lengths // _STEP) * _STEP


def positions_of(lines: Lines, rows: np.ndarray) -> np.ndarray:
    """Return int32 (scored words,): the number of each one in the text, or -1."""
    index, _, scored = _grid(lines, rows)
    return lines.positions[index][scored]


def make_rows(lines: Lines, rows: np.ndarray):
    """Make one batch.

    Returns:
        (inputs, labels). inputs: int32 (batch, sequence) token_ids, segment_ids and
        padding_mask; int32 (scored words,) predict_at, the tokens before which a word
        stands. labels: int32 (scored words,), their ids.
    """
    index, is_real, scored = _grid(lines, rows)
    following = np.where(is_real, lines.ids[index], 0).astype(np.int32)
    token_ids = np.concatenate(
        [np.full((len(rows), 1), START, np.int32), following[:, :-1]], axis=1
    )
    inputs = {
        "token_ids": token_ids,
        "segment_ids": np.zeros_like(token_ids),
        "padding_mask": is_real.astype(np.int32),
        PREDICT_AT: np.flatnonzero(scored).astype(np.int32),
    }
    return inputs, following[scored]


def _grid(lines, rows):
    """Where the tokens of a batch stand; which are no padding; which are scored."""
    lengths = np.diff(lines.starts)[rows]
    at = np.arange(_padded(lengths.max()))
    is_real = at < lengths[:, None]
    index = np.where(is_real, lines.starts[rows][:, None] + at, 0)
    is_scored = is_real & lines.is_word[lines.ids[index]]
    is_scored[:, 0] &= ~lines.goes_on[rows]
    return index, is_real, is_scored
