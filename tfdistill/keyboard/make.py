"""From packages of text to the folder that a phone loads, in steps that resume."""

import dataclasses
import os
import pathlib

import numpy as np

from tfdistill.bert.encoder import BertEncoder
from tfdistill.keyboard.blocked import is_blocked, is_handle
from tfdistill.keyboard.corpora import (
    is_prose,
    read_chitchat,
    read_conversations,
    read_mails,
    shuffled,
)
from tfdistill.keyboard.examples import encode_lines, positions_of
from tfdistill.keyboard.train import (
    KeyboardStage,
    build_next_word,
    next_word_config,
    train_next_word,
)
from tfdistill.keyboard.vocabulary import (
    KeyboardVocabulary,
    WordCounts,
    add_counts,
    choose_words,
    count_words,
)
from tfdistill.quantize.rounded import round_weights, strip_rounding

_CHOSEN = 64  # conversations that progress is judged by; never trained on
_MAIL_WEIGHT = 0.5  # of a mail's word against a chat's in the vocabulary


@dataclasses.dataclass(frozen=True)
class KeyboardText:
    """What a keyboard is trained on.

    Attributes:
        chats: list of lists of str. Conversations, in their fixed random order.
        mails: list of lists of str.
        others: list of lists of str. Conversations of the user's own.
    """

    chats: list[list[str]]
    mails: list[list[str]]
    others: list[list[str]] = dataclasses.field(default_factory=list)

    @property
    def chosen(self) -> list[str]:
        """Lines that progress is judged by."""
        return _joined(self.chats[:_CHOSEN])

    @property
    def training(self) -> list[str]:
        """Lines to train on: chats, mails, others."""
        return _joined(self.chats[_CHOSEN:] + self.mails + self.others)

    @property
    def documents(self) -> list[list[str]]:
        """Everything, in the order in which a teacher reads it."""
        return self.chats + self.mails + self.others

    @property
    def counts(self) -> WordCounts:
        """Words of all documents; mails count less, and a name in them not at all.

        Who signs five mails would stand in five documents, and be proposed.
        """
        mails = count_words(self.mails, weight=_MAIL_WEIGHT)
        for word in [word for word in mails.documents if mails.spelling(word) != word]:
            del mails.documents[word]
        return add_counts(count_words(self.chats + self.others), mails)


def read_text(chitchat, mails=None, others=()) -> KeyboardText:
    """Read the text of a keyboard.

    Args:
        chitchat: path of the chitchat data set (`fetch_chitchat`).
        mails: path of the SpamAssassin archive, or None.
        others: sequence of paths; see `read_conversations`.

    Raises:
        ValueError: a file is another one.
    """
    letters = read_mails(mails) if mails else []
    prose = [[line for line in letter if is_prose(line)] for letter in letters]
    return KeyboardText(
        shuffled(read_chitchat(chitchat)),
        shuffled([each for each in prose if each]),
        shuffled(read_conversations(others)),
    )


def choose_vocabulary(counts: WordCounts, size: int) -> KeyboardVocabulary:
    """Return the vocabulary of the commonest words.

    Profanity and what looks like somebody's handle is read and not proposed.

    Args:
        counts: WordCounts.
        size: int. Entries in all.

    Raises:
        ValueError: as `choose_words`.
    """
    blocked = [word for word in counts.words if is_blocked(word) or is_handle(word)]
    return choose_words(counts, size, blocked)


def train_keyboard(
    text: KeyboardText,
    vocabulary: KeyboardVocabulary,
    workdir: str | os.PathLike,
    stage: KeyboardStage,
    teacher=None,
    student: BertEncoder | None = None,
    rounding: KeyboardStage | None = None,
    table: np.ndarray | None = None,
    **sizes,
):
    """Train a student on labels, or on labels and a teacher's words.

    Args:
        text: KeyboardText.
        vocabulary: KeyboardVocabulary.
        workdir: path.
        stage: KeyboardStage.
        teacher: None, or WordTargets: what a language model expects at the words of
            `text.documents`. Words that it has not read count by their labels.
        student: BertEncoder to train on, of the same vocabulary; None is a new one.
        rounding: KeyboardStage of a training under the rounding of its int4 file, in
            the folder `rounded` of `workdir`, or None for none.
        table: None, or float (vocabulary, hidden_dim): what a new student's words begin
            as (`word_table`). Rows of zeros begin at random.
        **sizes: fields of `next_word_config`.

    Returns:
        BertEncoder.

    Raises:
        ValueError: a student of another vocabulary.
    """
    lines = encode_lines(text.training, vocabulary)
    chosen = encode_lines(text.chosen, vocabulary)
    targets = None
    if teacher is not None:
        first = int(chosen.positions.max()) + 1

        def targets(rows):
            positions = positions_of(lines, rows)
            return teacher.at(np.where(positions < 0, -1, positions + first))

    if student is None:
        config = next_word_config(len(vocabulary), **sizes)
        student = build_next_word(config, stage.seed)
        if table is not None:
            begun = student.embeddings.token.embeddings
            begun.assign(np.where(table.any(axis=1, keepdims=True), table, begun))
    elif student.config.vocabulary_size != len(vocabulary):
        raise ValueError(
            f"The student has {student.config.vocabulary_size} words, the vocabulary "
            f"{len(vocabulary)}: give the vocabulary_size that it was trained with."
        )
    workdir = pathlib.Path(workdir)
    student = train_next_word(student, lines, chosen, workdir, stage, targets)
    if rounding is None:
        return student
    rounded = round_weights(student)
    workdir = workdir / "rounded"
    rounded = train_next_word(rounded, lines, chosen, workdir, rounding, targets)
    return strip_rounding(rounded)


def word_labels(text: KeyboardText, vocabulary: KeyboardVocabulary) -> np.ndarray:
    """Return the id of each word of `text.documents`, for a teacher to learn from.

    Args:
        text: KeyboardText.
        vocabulary: KeyboardVocabulary.

    Returns:
        int32 (words,); -1 for those of `text.chosen`, which nobody learns from.
    """
    chosen = encode_lines(text.chosen, vocabulary)
    lines = encode_lines(text.training, vocabulary)
    hidden = np.full(int(chosen.positions.max()) + 1, -1, np.int32)
    return np.append(hidden, lines.ids[lines.positions >= 0].astype(np.int32))


def _joined(documents):
    return [line for document in documents for line in document]
