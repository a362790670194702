"""What a keyboard reads: canonical text, words and signs (docs/keyboard.md).

Words keep their inner apostrophes and hyphens, as people type them; WordPiece would
cut "don't" in three. The same rules run on the phone, so they are few.
"""

import re
import unicodedata

MAX_CODE_POINTS = 256
_SAME = {
    0x2018: "'",
    0x2019: "'",
    0x02BC: "'",
    0x201C: '"',
    0x201D: '"',
    0x2026: "...",
}
# Python's isalnum() is true for exactly the categories L* and N*.
_TOKEN = re.compile(r"[^\W_]+(?:['\-][^\W_]+)*|\S")
_KEY = re.compile(r"(?:[^\W_]|['\-])+")


def last_line(text: str) -> str:
    """Return what of the text before the cursor counts: its last line, cut.

    >>> last_line("see you\\nhello the")
    'hello the'
    """
    return text[text.rfind("\n") + 1 :][-MAX_CODE_POINTS:]


def canonical(text: str) -> str:
    """Return text in the one form that vocabularies know.

    >>> canonical("I\u2019ll\u200b wait\u2026")
    "I'll wait..."
    """
    text = unicodedata.normalize("NFC", text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_canonical_character, text.translate(_SAME)))


def tokens(text: str) -> list[str]:
    """Cut canonical text into words, as they are spelled, and signs.

    >>> tokens("Don't go - it's 7:30 :)")
    ["Don't", 'go', '-', "it's", '7', ':', '30', ':', ')']
    """
    return _TOKEN.findall(text)


def is_word(token: str) -> bool:
    """Whether a token holds a letter.

    >>> [is_word(token) for token in ("4th", "42", "'", "don't")]
    [True, False, False, True]
    """
    return any(map(_is_letter, token))


def is_number(token: str) -> bool:
    """Whether a token is a word without a letter: digits and the like."""
    return token[0].isalnum() and not is_word(token)


def key_of(text: str) -> str:
    """Return the form in which words and prefixes are compared.

    >>> key_of("DON\u2019T")
    "don't"
    """
    return canonical(text).lower()


def is_key(key: str) -> bool:
    """Whether a key could begin a word: letters, numbers, `'` and `-` alone."""
    return _KEY.fullmatch(key) is not None


def is_inside(character: str) -> bool:
    """Whether a character may stand in a word, joiners aside: accents typed apart too.

    >>> [is_inside(character) for character in ("a", "7", "\u0301", "_", " ")]
    [True, True, True, False, False]
    """
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Cf")


def _canonical_character(character):
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    return "" if category in ("Cf", "Cs", "Cn") else character


def _is_letter(character):
    return unicodedata.category(character)[0] == "L"
