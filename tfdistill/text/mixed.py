"""Mixed-vocabulary segmentation: each word in the teacher's pieces or the student's.

Both models read the same words. The teacher's row holds ids of two vocabularies: its
own from 0 on, the student's behind them.
"""

import dataclasses

import numpy as np

SPECIAL = -1  # word number of [CLS] and [SEP]


@dataclasses.dataclass(frozen=True)
class MixedRow:
    """One text as teacher and student read it.

    Attributes:
        teacher_ids: int32 (t,). Student pieces are numbered from the size of the
            teacher's vocabulary on; [CLS] and [SEP] are the teacher's.
        teacher_words: int32 (t,). Number of the word of each piece, -1 for specials.
        student_ids: int32 (s,).
        student_words: int32 (s,).
        is_student_cut: bool (words,). Which words the teacher reads in student pieces.
    """

    teacher_ids: np.ndarray
    teacher_words: np.ndarray
    student_ids: np.ndarray
    student_words: np.ndarray
    is_student_cut: np.ndarray


class MixedSegmenter:
    """Cuts texts for a teacher that learns the student's vocabulary.

    Args:
        teacher_tokenizer: `tokenizers.Tokenizer` of `load_tokenizer`.
        student_tokenizer: likewise; must split text into words as the teacher's does.
        max_length: int. Pieces that either row may have; both end with the same word.

    Attributes:
        teacher_size: int. Pieces of the teacher's vocabulary.
        student_size: int.
        mask_ids: dict of "teacher" and "student" to the id of [MASK].
        pad_ids: dict likewise to that of [PAD].

    Raises:
        ValueError: tokenizers that split words differently, or no room for a word.

    Source: arXiv 1909.11687, section 3.1; one draw per word, never inside a word.
    """

    def __init__(self, teacher_tokenizer, student_tokenizer, max_length: int = 128):
        states = [
            [each.normalizer.__getstate__(), each.pre_tokenizer.__getstate__()]
            for each in (teacher_tokenizer, student_tokenizer)
        ]
        if states[0] != states[1]:
            raise ValueError(
                "Teacher and student must split text into the same words: give both "
                "tokenizers the same lowercase setting."
            )
        if max_length < 3:
            raise ValueError(f"max_length={max_length} leaves no room: give 3 or more.")
        self.max_length = max_length
        self._teacher, self._student = teacher_tokenizer, student_tokenizer
        self.teacher_size = teacher_tokenizer.get_vocab_size(with_added_tokens=False)
        self.student_size = student_tokenizer.get_vocab_size(with_added_tokens=False)
        both = {"teacher": teacher_tokenizer, "student": student_tokenizer}
        self.mask_ids = {
            role: each.token_to_id("[MASK]") for role, each in both.items()
        }
        self.pad_ids = {role: each.token_to_id("[PAD]") for role, each in both.items()}
        self._pieces: dict[str, tuple] = {}

    def __call__(self, text: str, p_dual: float, random: np.random.Generator):
        """Return the MixedRow of one text.

        Args:
            text: str.
            p_dual: float in [0, 1]. Chance of a word to be cut by the student's pieces
                in the teacher's row: 0 is the teacher's own segmentation, 1 the
                student's throughout.
            random: NumPy generator; one number is drawn for each word.
        """
        words = self.split(text)
        is_student_cut = random.random(len(words)) < p_dual
        teacher, student = [], []
        num_teacher = num_student = 2
        for word, is_cut in zip(words, is_student_cut, strict=True):
            theirs, ours, shifted = self._cut(word)
            theirs = shifted if is_cut else theirs
            num_teacher, num_student = (
                num_teacher + len(theirs),
                num_student + len(ours),
            )
            if max(num_teacher, num_student) > self.max_length:
                break
            teacher.append(theirs)
            student.append(ours)
        return MixedRow(
            *_join(teacher, self._teacher),
            *_join(student, self._student),
            is_student_cut[: len(teacher)],
        )

    def split(self, text: str) -> list[str]:
        """Return the words of a text, as both vocabularies cut them."""
        normal = self._teacher.normalizer.normalize_str(text)
        split = self._teacher.pre_tokenizer.pre_tokenize_str(normal)
        return [word for word, _ in split]

    def _cut(self, word):
        """Teacher pieces, student pieces, and these behind the teacher's ids."""
        if word not in self._pieces:
            if len(self._pieces) > 500_000:  # a corpus has no end of rare words
                self._pieces.clear()
            theirs = [token.id for token in self._teacher.model.tokenize(word)]
            ours = [token.id for token in self._student.model.tokenize(word)]
            shifted = [piece + self.teacher_size for piece in ours]
            self._pieces[word] = (theirs, ours, shifted)
        return self._pieces[word]


def _join(words, tokenizer):
    """[CLS] pieces [SEP], and the word number of each."""
    cls_id, sep_id = map(tokenizer.token_to_id, ("[CLS]", "[SEP]"))
    ids = [cls_id, *(piece for word in words for piece in word), sep_id]
    counts = [len(word) for word in words]
    numbers = np.repeat(np.arange(len(words)), counts)
    numbers = np.concatenate([[SPECIAL], numbers, [SPECIAL]])
    return np.array(ids, np.int32), numbers.astype(np.int32)
