"""How good suggestions are: the share of words found, and key presses saved.

A position is a word of a line; its context is the line before it. Words are compared in
lower case. Gboard reports top-1 and top-3 recall (arXiv 1811.03604, section 5).
"""

import dataclasses
import random
import re
import time
from collections.abc import Callable, Sequence

import numpy as np

from tfdistill.keyboard.text import is_word, key_of

# Words of a line as people see them: letters and digits with inner ' or -.
_WORD = re.compile(r"[^\W_]+(?:['\-][^\W_]+)*")
SEED = 20241122


@dataclasses.dataclass(frozen=True)
class Position:
    """A word to find.

    Attributes:
        context: str. The line before the word.
        word: str. As it stands there.
        gap: str. What follows, up to the next word.
    """

    context: str
    word: str
    gap: str


@dataclasses.dataclass(frozen=True)
class KeyboardScores:
    """Figures of a keyboard, shares in percent.

    Attributes:
        positions: int.
        top1, top3: the word is the first, among the three, with nothing typed.
        first_top3: `top3` of the words that begin a line.
        c1, c2: the word is among the three after 1, 2 letters of longer words.
        ksr: keystroke savings rate: a word is picked as soon as it is shown, which
            costs one press and types the rest and the space.
        p50_ms, p95_ms: time of one call.
    """

    positions: int
    top1: float
    top3: float
    first_top3: float
    c1: float
    c2: float
    ksr: float
    p50_ms: float
    p95_ms: float


def find_spans(line: str) -> list[tuple[int, int]]:
    """Return where the words of a line begin and end."""
    return [m.span() for m in _WORD.finditer(line) if is_word(m.group())]


def find_positions(lines: Sequence[str]) -> list[Position]:
    """Return every word of every line; a line may have none.

    >>> find_positions(["Hi, you!"])[1]
    Position(context='Hi, ', word='you', gap='!')
    """
    found = []
    for line in lines:
        spans = find_spans(line)
        ends = [*(begin for begin, _ in spans), len(line)][1:]
        found += [
            Position(line[:begin], line[begin:end], line[end:following])
            for (begin, end), following in zip(spans, ends, strict=True)
        ]
    return found


def sample_positions(lines, count: int = 6000, seed: int = SEED) -> list[Position]:
    """Return a random subset of the positions, the same for equal lines and seed.

    Raises:
        ValueError: a count below 1.
    """
    if count < 1:
        raise ValueError(f"At least 1 position must be asked for, not {count}.")
    found = find_positions(lines)
    return random.Random(seed).sample(found, min(count, len(found)))


def evaluate_keyboard(
    suggest: Callable[[str, str, int], list[str]], positions: Sequence[Position]
) -> KeyboardScores:
    """Measure a keyboard.

    Args:
        suggest: callable (context, prefix, k) -> list of str, best first.
        positions: sequence of Position.

    Raises:
        ValueError: no position.
    """
    if not positions:
        raise ValueError("There is no word to find: give lines of text with words.")
    hits = {name: [] for name in ("top1", "top3", "first_top3", "c1", "c2")}
    times, pressed, saved = [], 0, 0
    for position in positions:
        asked = _Asked(suggest, position, times)
        first = asked(0)
        hits["top1"].append(first[:1] == [asked.key])
        hits["top3"].append(asked.key in first)
        if not position.context:
            hits["first_top3"].append(asked.key in first)
        for n in (1, 2):
            if len(position.word) > n:
                hits[f"c{n}"].append(asked.key in asked(n))
        pressed += len(position.word) + len(position.gap)
        saved += _saved(asked, position)
    shares = {name: _percent(found) for name, found in hits.items()}
    return KeyboardScores(
        positions=len(positions),
        **shares,
        ksr=100 * saved / pressed,
        p50_ms=float(np.percentile(times, 50)),
        p95_ms=float(np.percentile(times, 95)),
    )


class _Asked:
    """Suggestions after n letters of a word, each asked for once."""

    def __init__(self, suggest, position, times):
        self._suggest, self._position, self._times = suggest, position, times
        self._known = {}
        self.key = key_of(position.word)

    def __call__(self, n):
        if n not in self._known:
            begin = time.perf_counter()
            prefix = self._position.word[:n]
            words = self._suggest(self._position.context, prefix, 3)
            self._times.append(1e3 * (time.perf_counter() - begin))
            self._known[n] = [key_of(word) for word in words[:3]]
        return self._known[n]


def _saved(asked, position):
    for n in range(len(position.word)):
        if asked.key in asked(n):
            return len(position.word) - n - 1 + position.gap.startswith(" ")
    return 0


def _percent(found):
    return 100 * float(np.mean(found)) if found else float("nan")
