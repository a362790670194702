"""A vocabulary of a dozen words."""

import pytest

from tfdistill.keyboard.vocabulary import SPECIALS, KeyboardVocabulary


@pytest.fixture
def vocabulary():
    signs, read_only = (".", "!", ","), ("hell",)
    proposed = ("the", "I", "I'm", "you", "see", "seen", "Monday", "don't")
    return KeyboardVocabulary((*SPECIALS, *signs, *read_only, *proposed), 8)
