"""JSON from outside, whose only exception is a ValueError."""

import json


def parse_json(text: str | bytes):
    """Return what a JSON text holds.

    Args:
        text: str, or bytes in UTF-8, UTF-16 or UTF-32.

    Raises:
        ValueError: it is no JSON (`json.JSONDecodeError`), no text, or nested deeper
            than Python reads.

    >>> parse_json("[1, null]")
    [1, None]
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise json.JSONDecodeError("nested too deeply", str(text[:20]), 0) from None
