"""Which words a keyboard completes beyond its vocabulary."""

import collections
import os
from collections.abc import Mapping

from tfdistill.keyboard.blocked import is_blocked, is_handle
from tfdistill.keyboard.text import is_word, tokens
from tfdistill.keyboard.vocabulary import (
    KeyboardVocabulary,
    WordCounts,
    ranked,
    read_entries,
)
from tfdistill.keyboard.word_list import WordList

_KNOWN = 100  # times that a word stands in other people's text, to be everybody's
_GENERAL = 0.3  # of a share, by other people's text


def read_word_counts(path: str | os.PathLike) -> collections.Counter:
    """Return how often words stand in general text.

    Args:
        path: path of lines of `word SPACE count`, as FrequencyWords writes them. Lines
            whose word is none of a keyboard's, such as "'t", are passed over.

    Returns:
        Counter of lower-case words.

    Raises:
        ValueError: a file that cannot be read, or another line.
    """
    counts = collections.Counter()
    for number, line in enumerate(read_entries(path), 1):
        word, _, count = line.partition(" ")
        if not word or not count.isdecimal() or len(count) > 15:
            raise ValueError(
                f"{path}, line {number}, should be a word, a space and how often it "
                f"was counted; got {line!r}."
            )
        if tokens(word) == [word] and is_word(word) and word[0].isalpha():
            counts[word.lower()] += int(count)
    return counts


def more_words(
    counts: WordCounts,
    vocabulary: KeyboardVocabulary,
    size: int,
    general: Mapping[str, int] | None = None,
    min_documents: int = 5,
) -> WordList:
    """Return the commonest words that the vocabulary lacks, for `words.txt`.

    Words of four letters and more. With `general`, they are words that other people
    use as well, 100 times there: then nobody's name or password is among them, and few
    misspellings. Such lists have no words with joiners ("o'clock", "part-time"): those
    in lower case need `min_documents` instead, as all words do without a list.

    Args:
        counts: WordCounts. Of the text that a keyboard is made from.
        vocabulary: KeyboardVocabulary.
        size: int. At most as many.
        general: None, or how often words stand in general text (`read_word_counts`).
            It counts 0.3 in a word's share.
        min_documents: int.
    """
    known = set(vocabulary.keys)
    own = {word: n for word, n in counts.words.items() if word not in known}
    others = {
        word: n
        for word, n in (general or {}).items()
        if word not in known and f"{word}'t" not in counts.words  # "didn" of "didn't"
    }
    rest = _GENERAL if others else 0.0
    all_own, all_others = sum(own.values()), sum(others.values())
    shares = {}
    for word, count in own.items():
        spelled = counts.spelling(word)
        is_common = counts.documents[word] >= min_documents
        is_joined = spelled == word and not word.isalnum()
        is_anyones = others.get(word, 0) >= _KNOWN or (
            is_common and (general is None or is_joined)
        )
        if is_anyones and _is_fit(word):
            is_shouted = not is_common and spelled[1:] != word[1:]
            share = (1 - rest) * count / all_own
            share += rest * others.get(word, 0) / max(all_others, 1)
            shares[word if is_shouted else spelled] = share
    return WordList.of_shares(dict(ranked(shares)[:size]))


def _is_fit(word):
    is_whole = len(word) > 3 and word[0].isalpha()
    return is_whole and not is_blocked(word) and not is_handle(word)
