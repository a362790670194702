"""Vocabularies of word pieces: reading, writing, and learning a small one.

The merges are counted here and not by the `tokenizers` trainer: that one numbers its
symbols in hash order, so the ids differ from process to process.
"""

import collections
import contextlib
import heapq
import os
import pathlib
from collections.abc import Iterable

from absl import logging

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")

# Longer words become one [UNK], in the published tokenizer and here.
MAX_WORD_CHARACTERS = 100


def read_vocabulary(path: str | os.PathLike) -> list[str]:
    """Reads a `vocab.txt`, one piece a line; the line's number is the piece's id.

    Raises:
        ValueError: an unreadable or empty file, a blank line, a piece that comes
            twice, or a special token that is missing.
    """
    try:
        text = pathlib.Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ValueError(
            f"Cannot read the vocabulary {path}: {error.strerror}."
        ) from error
    except UnicodeDecodeError as error:
        raise ValueError(f"The vocabulary {path} is not UTF-8: {error}.") from error
    pieces = [piece.rstrip("\r") for piece in text.removesuffix("\n").split("\n")]
    _check_pieces(pieces, path)
    return pieces


def write_vocabulary(pieces: Iterable[str], path: str | os.PathLike) -> None:
    """Writes a `vocab.txt`, whole or not at all.

    Raises:
        ValueError: pieces that `read_vocabulary` would refuse, or a path that cannot
            be written.
    """
    path, pieces = pathlib.Path(path), list(pieces)
    _check_pieces(pieces, path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes("".join(f"{piece}\n" for piece in pieces).encode())
        os.replace(temporary, path)
    except OSError as error:
        raise ValueError(
            f"Cannot write the vocabulary {path}: {error.strerror}."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def learn_vocabulary(
    texts: Iterable[str],
    size: int,
    path: str | os.PathLike | None = None,
    lowercase: bool = True,
    min_frequency: int = 2,
    min_character_frequency: int | None = None,
) -> list[str]:
    """Learns WordPieces from texts: frequent neighbours are merged, again and again.

    The ids: [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, [MASK] 4, the characters, their ##
    forms, then the merges in the order of learning. Equal counts are decided by the
    alphabet, so that the same texts give the same list, in any order and any process.

    Args:
        texts: strings, cut into words as `load_tokenizer` cuts them.
        size: int, pieces at most; fewer come if the texts hold no more.
        path: where to write the list as well (`write_vocabulary`), or None.
        lowercase: bool, as for `load_tokenizer`.
        min_frequency: int, occurrences that a merge needs.
        min_character_frequency: int, occurrences that a character needs, by default
            `min_frequency`. Words with a rarer one will be [UNK].

    Returns:
        List of str, the pieces in the order of their ids.

    Raises:
        ValueError: texts without words, frequencies below 1, or a size too small for
            the characters.

    >>> learn_vocabulary(["low lower lowest", "slow slower"], size=20)[17:]
    ['##ow', '##er', '##low']
    """
    if min_character_frequency is None:
        min_character_frequency = min_frequency
    if min(min_frequency, min_character_frequency) < 1:
        raise ValueError("min_frequency and min_character_frequency start at 1.")
    words = _count_words(texts, lowercase)
    alphabet = _alphabet(words, min_character_frequency)
    pieces = [*SPECIAL_TOKENS, *alphabet]
    if len(pieces) > size:
        raise ValueError(
            f"size={size} is too small: the texts have {len(alphabet)} characters and "
            f"## forms; give at least {len(pieces)} or raise min_character_frequency."
        )
    known = {piece for piece in alphabet if not piece.startswith("##")}
    words = {word: count for word, count in words.items() if known.issuperset(word)}
    pieces += _merges(words, size - len(pieces), min_frequency, set(alphabet))
    if len(pieces) < size:
        logging.info("The texts gave %d pieces, not %d.", len(pieces), size)
    if path is not None:
        write_vocabulary(pieces, path)
    return pieces


def _check_pieces(pieces: list[str], path) -> None:
    if not any(pieces):
        raise ValueError(f"The vocabulary {path} is empty: it needs one piece a line.")
    missing = [token for token in SPECIAL_TOKENS if token not in pieces]
    if missing:
        raise ValueError(
            f"The vocabulary {path} lacks {', '.join(missing)}: "
            f"a BERT vocabulary holds {', '.join(SPECIAL_TOKENS)}."
        )
    first_lines = {}
    for line, piece in enumerate(pieces, 1):
        if not piece or "\n" in piece:
            raise ValueError(f"The vocabulary {path} has no piece in line {line}.")
        if piece in first_lines:
            raise ValueError(
                f"The vocabulary {path} has {piece!r} twice, in the lines "
                f"{first_lines[piece]} and {line}."
            )
        first_lines[piece] = line


def _count_words(texts: Iterable[str], lowercase: bool) -> collections.Counter:
    """Occurrences of each word, split and normalized as the tokenizer does it."""
    import tokenizers

    normalizer = tokenizers.normalizers.BertNormalizer(lowercase=lowercase)
    pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    # Words never reach across a space, so that each stretch is normalized only once.
    stretches, words = collections.Counter(), collections.Counter()
    for text in texts:
        stretches.update(text.split(" "))
    for stretch, count in stretches.items():
        normal = normalizer.normalize_str(stretch)
        for word, _ in pre_tokenizer.pre_tokenize_str(normal):
            if len(word) <= MAX_WORD_CHARACTERS:
                words[word] += count
    if not words:
        raise ValueError("The texts hold no words to learn a vocabulary from.")
    return words


def _alphabet(words: dict[str, int], min_frequency: int) -> list[str]:
    """Characters seen often enough, then their ## forms.

    A character that is always alone, such as a punctuation mark, has no ## form.
    """
    counts, joined = collections.Counter(), set()
    for word, count in words.items():
        for character in word:
            counts[character] += count
        if len(word) > 1:
            joined.update(word)
    kept = sorted(char for char, count in counts.items() if count >= min_frequency)
    return kept + [f"##{character}" for character in kept if character in joined]


def _merges(
    words: dict[str, int], limit: int, min_frequency: int, known: set[str]
) -> list[str]:
    """The first `limit` new pieces that merging the most frequent neighbours gives."""
    index = _PairIndex(words)
    pieces = []
    while len(pieces) < limit:
        pair = index.most_frequent(min_frequency)
        if pair is None:
            break
        piece = index.merge(pair)
        if piece not in known:  # "abc" can come of "a ##bc" and of "ab ##c"
            known.add(piece)
            pieces.append(piece)
    return pieces


class _PairIndex:
    """Words as lists of pieces, with the count and the words of each pair of pieces.

    A heap holds (-count, pair) for each count that a pair has had; entries that no
    longer hold are dropped when they come up.
    """

    def __init__(self, words: dict[str, int]):
        self._counts = list(words.values())
        self._words = [
            [word[0], *(f"##{character}" for character in word[1:])] for word in words
        ]
        self._pair_counts = collections.Counter()
        self._pair_words = collections.defaultdict(set)
        for number in range(len(self._words)):
            self._add(number, +1)
        self._heap = [(-count, pair) for pair, count in self._pair_counts.items()]
        heapq.heapify(self._heap)

    def most_frequent(self, min_frequency: int) -> tuple[str, str] | None:
        """The pair with the highest count; among equals, the first by alphabet."""
        while self._heap:
            count, pair = heapq.heappop(self._heap)
            if -count < min_frequency:
                return None
            if self._pair_counts[pair] == -count:
                return pair
        return None

    def merge(self, pair: tuple[str, str]) -> str:
        """Joins the pair wherever it stands and returns the new piece."""
        piece = pair[0] + pair[1].removeprefix("##")
        changed = set()
        for number in list(self._pair_words[pair]):
            changed |= self._add(number, -1)
            self._words[number] = _join_pair(self._words[number], pair, piece)
            changed |= self._add(number, +1)
        for neighbours in changed:
            count = self._pair_counts[neighbours]
            if count:
                heapq.heappush(self._heap, (-count, neighbours))
        return piece

    def _add(self, number: int, sign: int) -> set[tuple[str, str]]:
        """Enters a word's pairs into the tables, or takes them out; returns them."""
        symbols = self._words[number]
        pairs = list(zip(symbols, symbols[1:], strict=False))
        for pair in pairs:
            self._pair_counts[pair] += sign * self._counts[number]
            if sign > 0:
                self._pair_words[pair].add(number)
            else:
                self._pair_words[pair].discard(number)
        return set(pairs)


def _join_pair(symbols: list[str], pair: tuple[str, str], piece: str) -> list[str]:
    joined = []
    for symbol in symbols:
        if joined and (joined[-1], symbol) == pair:
            joined[-1] = piece
        else:
            joined.append(symbol)
    return joined
