"""The words that a keyboard's student knows, and text as their ids.

A vocabulary of whole words: 8,000 of them cover 97 % of a chat, a suggestion is one
row of logits, and a prefix is a look-up. `docs/keyboard.md` has the file.
"""

import collections
import dataclasses
import functools
import os
import pathlib
from collections.abc import Iterable, Mapping

from tfdistill.keyboard.text import (
    canonical,
    is_number,
    is_word,
    last_line,
    tokens,
)

PAD, UNKNOWN, START, NUMBER = range(4)
SPECIALS = ("[PAD]", "[UNK]", "[START]", "[NUMBER]")
FILE_NAME = "vocab.txt"
# English spells these with a capital, whatever a chat does.
_CAPITALS = ("I", "I'm", "I'll", "I've", "I'd")


@dataclasses.dataclass(frozen=True)
class KeyboardVocabulary:
    """Entries of `vocab.txt`; the position is the id.

    Attributes:
        entries: tuple of str. Specials, signs, words never proposed, words to propose.
        first_suggestion: int. The id of the first word that may be proposed.

    Raises:
        ValueError: specials that are not in their place, an empty or repeated entry,
            or `first_suggestion` out of range.
    """

    entries: tuple[str, ...]
    first_suggestion: int

    def __post_init__(self):
        if self.entries[:4] != SPECIALS:
            raise ValueError(
                f"A keyboard's vocabulary begins with {' '.join(SPECIALS)}; it begins "
                f"with {' '.join(self.entries[:4])}."
            )
        if not 4 <= self.first_suggestion < len(self.entries):
            raise ValueError(
                f"first_suggestion should be an id from 4 to {len(self.entries) - 1}; "
                f"got {self.first_suggestion}."
            )
        counts = collections.Counter(entry.lower() for entry in self.entries)
        wrong = [entry for entry, count in counts.items() if count > 1 or not entry]
        if wrong:
            raise ValueError(
                f"Entries of a vocabulary differ in lower case and are not empty; "
                f"{wrong[0]!r} is there {counts[wrong[0]]} times."
            )

    def __len__(self):
        return len(self.entries)

    @functools.cached_property
    def keys(self) -> tuple[str, ...]:
        """The entries in lower case; specials as they are, which no text spells."""
        return (*SPECIALS, *(entry.lower() for entry in self.entries[4:]))

    @functools.cached_property
    def _ids(self):
        return {key: index for index, key in enumerate(self.keys)}

    def scan(self, text: str) -> list[int]:
        """Return the ids of canonical text, without [START], any number of them."""
        return [index for index, _ in self.scan_words(text)]

    def scan_words(self, text: str) -> list[tuple[int, bool]]:
        """Return the ids of `scan`, each with whether a word with a letter is there."""
        found = []
        for token in tokens(text):
            is_sign = not token[0].isalnum()
            index = NUMBER if is_number(token) else self._lookup(token)
            if not (is_sign and found and found[-1][0] == index):
                found.append((index, not is_sign and index != NUMBER))
        return found

    def _lookup(self, token):
        return self._ids.get(token.lower(), UNKNOWN)

    def ids(self, text: str, max_length: int = 32) -> list[int]:
        """Return what the student reads of the text before the cursor.

        Args:
            text: str. Any text; its last line counts.
            max_length: int. At most as many ids.

        Returns:
            list of int. [START], then the last ids of the line.
        """
        found = self.scan(canonical(last_line(text)))
        return [START, *found[len(found) - min(len(found), max_length - 1) :]]

    # === Files ===

    @classmethod
    def read(cls, folder: str | os.PathLike) -> "KeyboardVocabulary":
        """Read `vocab.txt` and, from `model.json`, where suggestions begin.

        Raises:
            ValueError: a file is missing, or is no vocabulary.
        """
        from tfdistill.keyboard.files import read_description

        folder = pathlib.Path(folder)
        first = read_description(folder)["first_suggestion"]
        return cls(read_entries(folder / FILE_NAME), first)

    def text(self) -> str:
        """Return the content of `vocab.txt`."""
        return "".join(entry + "\n" for entry in self.entries)


def read_entries(path) -> tuple[str, ...]:
    """Return the lines of a `vocab.txt`.

    Raises:
        ValueError: the file cannot be read, is not UTF-8, or its last line has no end.
    """
    try:
        text = pathlib.Path(path).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not a readable vocabulary ({error}).") from error
    if text and not text.endswith("\n"):
        raise ValueError(f"{path} is cut off: its last line has no end.")
    return tuple(text.removesuffix("\n").split("\n"))


@dataclasses.dataclass(frozen=True)
class WordCounts:
    """What a text holds.

    Attributes:
        words: Counter of lower-case words.
        signs: Counter of signs.
        spellings: lower-case word -> Counter of its spellings inside sentences.
        documents: Counter of lower-case words: in how many documents each stands.
    """

    words: collections.Counter
    signs: collections.Counter
    spellings: Mapping[str, collections.Counter]
    documents: collections.Counter

    def spelling(self, word: str) -> str:
        """Return how a lower-case word is shown."""
        for capital in _CAPITALS:
            if word == capital.lower():
                return capital
        found = self.spellings.get(word)
        best = max(found, key=lambda s: (found[s], s)) if found else word
        return best if best.lower() == word and len(best) == len(word) else word


def count_words(documents: Iterable[Iterable[str]], weight: float = 1.0) -> WordCounts:
    """Count the words of documents, each of which is lines of text.

    Args:
        documents: documents of lines.
        weight: float. What a word counts in `words`, `signs` and `spellings`.
    """
    counts = WordCounts(
        collections.Counter(),
        collections.Counter(),
        collections.defaultdict(collections.Counter),
        collections.Counter(),
    )
    for document in documents:
        seen = set()
        for line in document:
            _count_line(tokens(canonical(line)), counts, weight, seen)
        counts.documents.update(seen)
    return counts


def add_counts(first: WordCounts, second: WordCounts) -> WordCounts:
    """Return the sum of two counts."""
    spellings = collections.defaultdict(collections.Counter)
    for part in (first.spellings, second.spellings):
        for word, found in part.items():
            spellings[word].update(found)
    return WordCounts(
        first.words + second.words,
        first.signs + second.signs,
        spellings,
        first.documents + second.documents,
    )


def choose_words(
    counts: WordCounts,
    size: int,
    blocked: Iterable[str] = (),
    min_documents: int = 5,
    num_signs: int = 48,
) -> KeyboardVocabulary:
    """Return the vocabulary of the commonest words.

    Args:
        counts: WordCounts.
        size: int. Entries in all.
        blocked: lower-case words that are read but never proposed.
        min_documents: int. A word that fewer documents hold is left out: it may be
            somebody's name or password.
        num_signs: int. At most as many signs.

    Raises:
        ValueError: no word is left to propose.
    """
    blocked = set(blocked)
    signs = [sign for sign, _ in ranked(counts.signs)[:num_signs]]
    words = [
        word
        for word, _ in ranked(counts.words)
        if counts.documents[word] >= min_documents
    ][: size - len(SPECIALS) - len(signs)]
    read_only = [word for word in words if word in blocked]
    proposed = [counts.spelling(word) for word in words if word not in blocked]
    if not proposed:
        raise ValueError(
            f"No word stands in {min_documents} documents; give more text or a smaller "
            "min_documents."
        )
    entries = (*SPECIALS, *signs, *read_only, *proposed)
    return KeyboardVocabulary(entries, len(entries) - len(proposed))


def ranked(counter: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return items, the most frequent first, equal ones in alphabetical order."""
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))


def _count_line(found, counts, weight, seen):
    begins = True
    for token in found:
        if is_word(token) and token[0].isalnum():
            word = token.lower()
            counts.words[word] += weight
            seen.add(word)
            if not begins:
                counts.spellings[word][token] += weight
            begins = False
        elif not is_number(token):
            counts.signs[token] += weight
            begins = begins or token in ".!?"
