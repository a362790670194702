"""Examples to rows of token ids, in flat arrays that batches are cut from.

Everything is tokenized once, here. Rows have [CLS] and [SEP] and no padding: padding
belongs to a batch, so it is added in `batching.py`.
"""

import dataclasses

import numpy as np
from absl import logging

from tfdistill.data.flat import flatten, row_spans, spans, starts_of
from tfdistill.data.tasks import Examples, Task

NOT_SCORED = -1  # slot label of every token that is not the first piece of a word
_CHUNK = (
    4096  # examples tokenized at a time; bounds the memory of the library's objects
)


@dataclasses.dataclass(frozen=True, eq=False)
class Encoded:
    """n rows of token ids, laid end to end.

    Args:
        token_ids: int32 (tokens,), all rows; row i is
            `token_ids[row_starts[i] : row_starts[i + 1]]`.
        row_starts: int64 (n + 1,).
        pair_starts: int32 (n,), where the second text begins within its row; the
            row's length where there is none. From there on segment_ids are 1.
        labels: int32 or float32 (n,), or None.
        slot_labels: int32 (tokens,), -1 = not scored, or None.
        word_slots: int32 (words,), the slot of every word, cut off or not, or None.
        word_starts: int64 (n + 1,), where each row's words begin, or None.
        pad_id: int, the token id of [PAD].
    """

    token_ids: np.ndarray
    row_starts: np.ndarray
    pair_starts: np.ndarray
    labels: np.ndarray | None = None
    slot_labels: np.ndarray | None = None
    word_slots: np.ndarray | None = None
    word_starts: np.ndarray | None = None
    pad_id: int = 0

    def __len__(self) -> int:
        return len(self.row_starts) - 1

    @property
    def lengths(self) -> np.ndarray:
        """int64 (n,), tokens in each row."""
        return np.diff(self.row_starts)

    def take(self, rows) -> "Encoded":
        """Rows at `rows`: int (m,), in that order."""
        rows = np.asarray(rows, np.int64)
        index, row_starts = row_spans(self.row_starts, rows)
        changes = {
            "token_ids": self.token_ids[index],
            "row_starts": row_starts,
            "pair_starts": self.pair_starts[rows],
        }
        if self.labels is not None:
            changes["labels"] = self.labels[rows]
        if self.slot_labels is not None:
            changes["slot_labels"] = self.slot_labels[index]
            words, changes["word_starts"] = row_spans(self.word_starts, rows)
            changes["word_slots"] = self.word_slots[words]
        return dataclasses.replace(self, **changes)


def encode(
    examples: Examples, task: Task, tokenizer, max_length: int, logs_cuts: bool = True
) -> Encoded:
    """Tokenizes all examples of a split.

    A text that is too long loses its end; of a pair, the longer text loses its last
    piece until both fit, as published. Examples with slots are cut word by word, so
    that pieces never reach across words: a word's first piece carries its slot.

    Args:
        examples: the split.
        task: gives the ids of the slot labels.
        tokenizer: a `tokenizers.Tokenizer` of `load_tokenizer`.
        max_length: int, tokens in a row at most, [CLS] and [SEP] among them.
        logs_cuts: bool. Whether to log how many rows lost something.

    Raises:
        ValueError: a `max_length` without room for text, labels or slots that the
            task does not have, pairs for a task of single texts or the reverse.

    Source: github.com/google-research/bert, `run_classifier.py: _truncate_seq_pair`.
    """
    _check(examples, task, max_length)
    if task.kind == "intent_slots":
        encoded, num_cut = _encode_words(examples, task, tokenizer, max_length)
    else:
        encoded, num_cut = _encode_texts(examples, task, tokenizer, max_length)
    if logs_cuts and num_cut:
        logging.info(
            "Cut %d of %d rows to %d tokens.", num_cut, len(encoded), max_length
        )
    return encoded


def _encode_texts(examples, task, tokenizer, max_length):
    first = _Pieces.of(tokenizer, examples.texts, max_length)
    second = None
    if task.is_pair:
        second = _Pieces.of(tokenizer, examples.pairs, max_length)
    return _join(first, second, examples.labels, tokenizer, max_length)


def join_rows(first: Encoded, second: Encoded) -> Encoded:
    """Lay the rows of one after those of the other.

    Args:
        first, second: Encoded, cut by one tokenizer. Labels and slots that one of them
            lacks are left out.

    Returns:
        Encoded of len(first) + len(second) rows.
    """
    columns = {"pad_id": first.pad_id}
    names = {field.name for field in dataclasses.fields(Encoded)} - columns.keys()
    for name in names:
        one, other = getattr(first, name), getattr(second, name)
        if one is None or other is None:
            continue
        if name in ("row_starts", "word_starts"):
            other = other[1:] + one[-1]
        columns[name] = np.concatenate([one, other])
    return Encoded(**columns)


@dataclasses.dataclass
class _Pieces:
    """Token ids of n texts without special tokens, each cut after max_length."""

    ids: np.ndarray
    starts: np.ndarray

    @property
    def counts(self):
        return np.diff(self.starts)

    @classmethod
    def of(cls, tokenizer, texts, max_length):
        rows = []
        for chunk in _chunks(texts):
            encodings = tokenizer.encode_batch_fast(chunk, add_special_tokens=False)
            rows += [np.array(row.ids[:max_length], np.int32) for row in encodings]
        return cls(*flatten(rows))


def _join(first, second, labels, tokenizer, max_length) -> tuple[Encoded, int]:
    """[CLS] first [SEP], or [CLS] first [SEP] second [SEP]; how many rows are cut."""
    cls_id, sep_id, pad_id = map(tokenizer.token_to_id, ("[CLS]", "[SEP]", "[PAD]"))
    if second is None:
        counts = np.minimum(first.counts, max_length - 2)
        lengths = counts + 2
        pair_starts = lengths
    else:
        counts, pair_counts = cut_pair(first.counts, second.counts, max_length - 3)
        pair_starts = counts + 2
        lengths = pair_starts + pair_counts + 1
    row_starts = starts_of(lengths)
    token_ids = np.full(row_starts[-1], sep_id, np.int32)
    token_ids[row_starts[:-1]] = cls_id
    _copy(first, counts, token_ids, row_starts[:-1] + 1)
    total = first.counts
    if second is not None:
        _copy(second, pair_counts, token_ids, row_starts[:-1] + pair_starts)
        total = total + second.counts
        counts = counts + pair_counts
    encoded = Encoded(
        token_ids, row_starts, pair_starts.astype(np.int32), labels, pad_id=pad_id
    )
    return encoded, int(np.sum(total > counts))


def cut_pair(first: np.ndarray, second: np.ndarray, room: int):
    """Lengths after taking pieces off the longer text, one by one, until both fit.

    Where both are equally long, the second one loses its piece.

    Args:
        first, second: int (n,), pieces of each text.
        room: int, pieces of both texts at most.

    Returns:
        Two int (n,).

    >>> cut_pair(np.array([9, 2, 9]), np.array([9, 9, 2]), 7)
    (array([4, 2, 5]), array([3, 5, 2]))
    """
    fits = first + second <= room
    half = room // 2
    both_long = np.minimum(first, second) > half
    new_first = np.where(first <= second, first, room - second)
    new_first = np.where(both_long, room - half, new_first)
    new_first = np.where(fits, first, new_first)
    return new_first, np.where(fits, second, room - new_first)


def _encode_words(examples, task, tokenizer, max_length) -> tuple[Encoded, int]:
    """[CLS] pieces [SEP], a slot for each word's first piece; how many rows are cut."""
    cls_id, sep_id, pad_id = map(tokenizer.token_to_id, ("[CLS]", "[SEP]", "[PAD]"))
    slot_ids = {slot: index for index, slot in enumerate(task.slot_labels)}
    word_slots = [
        np.array([slot_ids[s] for s in row], np.int32) for row in examples.slots
    ]
    pieces = _pieces_of_words(tokenizer, examples.words)
    rows, slots, num_cut = [], [], 0
    for (ids, words), labels in zip(pieces, word_slots, strict=True):
        num_cut += len(ids) > max_length - 2
        ids, words = ids[: max_length - 2], words[: max_length - 2]
        is_first = np.diff(words, prepend=-1) > 0
        scored = np.where(is_first, labels[words], NOT_SCORED)
        rows.append(np.concatenate([[cls_id], ids, [sep_id]]).astype(np.int32))
        slots.append(np.pad(scored, 1, constant_values=NOT_SCORED).astype(np.int32))
    token_ids, row_starts = flatten(rows)
    flat_words, word_starts = flatten(word_slots)
    encoded = Encoded(
        token_ids,
        row_starts,
        np.diff(row_starts).astype(np.int32),
        examples.labels,
        flatten(slots)[0],
        flat_words,
        word_starts,
        pad_id,
    )
    return encoded, num_cut


def _pieces_of_words(tokenizer, rows):
    """Yields token ids and word numbers, both int (pieces,), for each list of words.

    A word without any piece, such as a lone accent, stands as [UNK].
    """
    unk_id = tokenizer.token_to_id("[UNK]")
    for chunk in _chunks(rows):
        encodings = tokenizer.encode_batch(
            chunk, is_pretokenized=True, add_special_tokens=False
        )
        for words, encoding in zip(chunk, encodings, strict=True):
            ids = np.array(encoding.ids, np.int64)
            numbers = np.array(encoding.word_ids, np.int64)
            lost = np.setdiff1d(np.arange(len(words)), numbers)
            at = np.searchsorted(numbers, lost)
            yield np.insert(ids, at, unk_id), np.insert(numbers, at, lost)


def _check(examples: Examples, task: Task, max_length: int) -> None:
    shortest = 5 if task.is_pair else 3
    if max_length < shortest:
        raise ValueError(
            f"max_length={max_length} leaves no room for text: give {shortest} or more."
        )
    if task.is_pair != (examples.pairs is not None):
        raise ValueError(
            f"Task {task.name!r} has is_pair={task.is_pair}, but the examples have "
            f"{'no' if examples.pairs is None else 'a'} column of second texts."
        )
    if task.kind == "intent_slots":
        _check_slots(examples, task)
    if task.kind != "regression" and examples.labels is not None:
        least, most = np.min(examples.labels), np.max(examples.labels)
        if least < 0 or most >= task.num_labels:
            raise ValueError(
                f"Labels from {least} to {most} are out of range: task {task.name!r} "
                f"has {task.num_labels} labels, numbered from 0."
            )


def _check_slots(examples: Examples, task: Task) -> None:
    if examples.slots is None:
        raise ValueError(
            f"Task {task.name!r} needs examples with words and slots: "
            "label every word 'O' where the slots are unknown."
        )
    unknown = {slot for row in examples.slots for slot in row} - set(task.slot_labels)
    if unknown:
        raise ValueError(f"Task {task.name!r} has no slot labels {sorted(unknown)}.")


def _chunks(items):
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


def _copy(pieces: _Pieces, counts, token_ids, at) -> None:
    """Writes the first `counts` ids of every text to `token_ids`, from `at` on."""
    token_ids[spans(at, counts)] = pieces.ids[spans(pieces.starts[:-1], counts)]
