"""How the pieces of one vocabulary are spelled in another."""

CONTINUATION = "##"
UNKNOWN = "[UNK]"


def spell_pieces(pieces: list[str], vocabulary: list[str]) -> list[list[int]]:
    """Return, for each piece, the ids of the pieces of `vocabulary` that spell it.

    A piece that both have is spelled by itself; any other is cut from the left into the
    longest pieces that fit (WordPiece's own rule), [UNK] where that fails.

    Args:
        pieces: list of str. WordPiece pieces, continuations with "##".
        vocabulary: list of str. The other vocabulary, in the order of its ids.

    Returns:
        list of lists of int, as `adopt_vocabulary` reads it.

    Raises:
        ValueError: `vocabulary` has no [UNK].

    >>> spell_pieces(["cats", "##s"], ["[UNK]", "cat", "##s"])
    [[1, 2], [2]]
    """
    ids = {piece: index for index, piece in enumerate(vocabulary)}
    if UNKNOWN not in ids:
        raise ValueError(
            f"The vocabulary of {len(ids)} pieces has no {UNKNOWN}, which stands for "
            "what it cannot spell."
        )
    return [_spell(piece, ids) or [ids[UNKNOWN]] for piece in pieces]


def _spell(piece, ids):
    if piece in ids:
        return [ids[piece]]
    is_inner = piece.startswith(CONTINUATION)
    text = piece[len(CONTINUATION) :] if is_inner else piece
    found, start = [], 0
    while start < len(text):
        prefix = CONTINUATION if is_inner or start else ""
        for end in range(len(text), start, -1):
            candidate = prefix + text[start:end]
            if candidate in ids:
                found.append(ids[candidate])
                start = end
                break
        else:
            return []
    return found
