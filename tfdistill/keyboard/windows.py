"""Lines packed into the windows in which a language model reads them.

A window begins with what was said before, so that the first words of a message are no
riddle.
"""

import dataclasses

from tfdistill.keyboard.evaluate import find_spans

WINDOW = 256
OVERLAP = 32  # pieces of earlier lines that a window begins with
_LONGEST_LINE = WINDOW - OVERLAP - 8
SPACE = "\u0120"  # how byte-level BPE writes the space before a piece


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A word that a state is to predict.

    Attributes:
        at: int. Its first piece's place in the text.
        position: int. The word's number, counted over all lines.
    """

    at: int
    position: int


@dataclasses.dataclass(frozen=True)
class Texts:
    """Lines in pieces, an empty one behind each document.

    Attributes:
        pieces: list of lists of int, a line's first `_LONGEST_LINE` ids.
        wanted: list of lists of Wanted, as many.
        num_positions: int. Words in all lines.
    """

    pieces: list[list[int]]
    wanted: list[list[Wanted]]
    num_positions: int


def read_texts(documents, tokenizer) -> Texts:
    """Cut lines into pieces, and find the words that begin with one.

    Args:
        documents: list of lists of str.
        tokenizer: `tokenizers.Tokenizer`, byte-level BPE.
    """
    texts = [text for document in documents for text in (*document, "")]
    encoded = tokenizer.encode_batch([text + "\n" for text in texts])
    wanted, first = [], 0
    for text, each in zip(texts, encoded, strict=True):
        # An empty line has no words, whether it ends a document or was written so.
        numbers = {begin: first + i for i, (begin, _) in enumerate(find_spans(text))}
        wanted.append(list(_first_pieces(each, numbers, tokenizer)))
        first += len(numbers)
    return Texts([each.ids[:_LONGEST_LINE] for each in encoded], wanted, first)


def _first_pieces(encoded, numbers, tokenizer):
    for at, (begin, _) in enumerate(encoded.offsets[:_LONGEST_LINE]):
        name = tokenizer.id_to_token(encoded.ids[at])
        # A space of its own is no beginning: the piece behind it is.
        is_spaced = name.startswith(SPACE) and name != SPACE
        number = numbers.get(begin + is_spaced)
        if number is not None:
            yield Wanted(at, number)


def pack(pieces) -> list[list[tuple[int, bool]]]:
    """Fill windows with whole texts.

    Args:
        pieces: list of lists of int.

    Returns:
        list of windows; a window is a list of (text, whether it is read for the first
        time), and of at most `WINDOW` pieces.
    """
    windows, window, size = [], [], 0
    for text, each in enumerate(pieces):
        if size + len(each) > WINDOW:
            windows.append(window)
            window = _tail(window, pieces)
            size = sum(len(pieces[text]) for text, _ in window)
        window.append((text, True))
        size += len(each)
    return [*windows, window] if window else windows


def _tail(window, pieces):
    """Return the last texts of a window that fit into the overlap, as read before."""
    kept, size = [], 0
    for text, _ in reversed(window):
        size += len(pieces[text])
        if size > OVERLAP:
            break
        kept.insert(0, (text, False))
    return kept
