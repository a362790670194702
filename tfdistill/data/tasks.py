"""What is asked (`Task`) and what is asked about (`Examples`), whatever the source.

A source is any object with `.task() -> Task` and `.load(split) -> Examples`: `Glue`,
`Tfds`, `TableFile`, `SlotFile` or one of the user's own. With `.stream(split, size)`
as well, a split larger than memory can be read in pieces.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

METRICS = {
    "classification": ("accuracy", "f1", "matthews"),
    "regression": ("spearman", "pearson"),
    "intent_slots": ("intent_accuracy", "slot_f1", "frame_accuracy"),
}
_DEFAULT_METRICS = {
    "classification": ("accuracy",),
    "intent_slots": ("intent_accuracy", "slot_f1"),
}


@dataclasses.dataclass(frozen=True)
class Task:
    """A question put to every example of a data set.

    Args:
        name: str, such as "SST-2".
        kind: str, "classification", "regression" or "intent_slots".
        labels: tuple of str, the classes (or intents) in the order of their ids.
        slot_labels: tuple of str, BIO labels in the order of their ids; "O" first.
        metrics: tuple of str, what `score` computes; the first is the main one. () for
            the usual ones: accuracy; spearman, pearson; intent_accuracy, slot_f1.
        is_pair: bool, whether each example has two texts.

    Raises:
        ValueError: a kind, a metric or a list of labels that does not fit.

    >>> Task("SST-2", "classification", ("negative", "positive")).num_labels
    2
    """

    name: str
    kind: str
    labels: tuple[str, ...] = ()
    slot_labels: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    is_pair: bool = False

    def __post_init__(self):
        if self.kind not in METRICS:
            raise ValueError(f"kind must be one of {list(METRICS)}, not {self.kind!r}.")
        if not self.metrics:
            metrics = _DEFAULT_METRICS.get(self.kind, METRICS[self.kind])
            object.__setattr__(self, "metrics", metrics)
        self._check_metrics()
        self._check_labels()

    @property
    def num_labels(self) -> int:
        """Number of classes or intents; 1 for a regression."""
        return 1 if self.kind == "regression" else len(self.labels)

    def _check_metrics(self):
        unknown = set(self.metrics) - set(METRICS[self.kind])
        if unknown:
            raise ValueError(
                f"Metrics {sorted(unknown)} do not fit a task of kind {self.kind!r}: "
                f"choose from {list(METRICS[self.kind])}."
            )

    def _check_labels(self):
        if self.kind == "regression" and self.labels:
            raise ValueError(
                f"A regression has no labels, but {len(self.labels)} were given."
            )
        if self.kind != "regression" and len(self.labels) < 2:
            raise ValueError(
                f"A task of kind {self.kind!r} needs at least 2 labels, "
                f"not {list(self.labels)}."
            )
        if (self.kind == "intent_slots") != (self.slot_labels[:1] == ("O",)):
            raise ValueError(
                "slot_labels belong to kind 'intent_slots' and begin with 'O': "
                f"got {list(self.slot_labels)} for kind {self.kind!r}."
            )
        for names in (self.labels, self.slot_labels):
            if len(set(names)) != len(names):
                raise ValueError(f"Labels must differ from each other: {list(names)}.")


@dataclasses.dataclass(frozen=True, eq=False)
class Examples:
    """One split of a data set, column by column.

    Args:
        texts: list of n str.
        pairs: list of n str, the second texts, or None.
        labels: int32 (n,) class or intent ids, float32 (n,) for a regression, or
            None where nobody has labelled them.
        words: list of n lists of str, the split that `slots` goes by, or None.
        slots: list of n lists of str, one BIO label per word, or None.

    Raises:
        ValueError: columns of different lengths, or no example at all.
    """

    texts: list[str]
    pairs: list[str] | None = None
    labels: np.ndarray | None = None
    words: list[list[str]] | None = None
    slots: list[list[str]] | None = None

    def __post_init__(self):
        if not self.texts:
            raise ValueError("Examples are empty: at least one text is needed.")
        for name, column in self._columns().items():
            if column is not None and len(column) != len(self.texts):
                raise ValueError(
                    f"{len(self.texts)} texts came with {len(column)} {name}: "
                    "every column needs one entry per text."
                )
        if self.slots is not None:
            self._check_slots()

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows) -> "Examples":
        """Examples at `rows`: int (m,), in that order."""
        rows = np.asarray(rows, np.int64)
        picked = {
            name: column[rows]
            if isinstance(column, np.ndarray)
            else [column[row] for row in rows]
            for name, column in self._columns().items()
            if column is not None
        }
        return Examples(**picked)

    def _columns(self) -> dict:
        fields = dataclasses.fields(self)
        return {field.name: getattr(self, field.name) for field in fields}

    def _check_slots(self):
        if self.words is None:
            raise ValueError("slots need words: one label stands for each word.")
        for row, (words, slots) in enumerate(zip(self.words, self.slots, strict=True)):
            if len(words) != len(slots):
                raise ValueError(
                    f"Example {row} has {len(words)} words and {len(slots)} slots: "
                    "every word needs one slot label."
                )


@dataclasses.dataclass(frozen=True)
class Streamed:
    """One split, read anew from its source, piece by piece, each time it is iterated.

    Args:
        source: an example source. One without `stream` is loaded whole.
        split: str.
        size: int. Examples of a piece.
    """

    source: Any
    split: str
    size: int = 1024

    def __iter__(self) -> Iterator[Examples]:
        if hasattr(self.source, "stream"):
            return iter(self.source.stream(self.split, self.size))
        return iter((self.source.load(self.split),))


def split_examples(
    examples: Examples, fraction: float, seed: int
) -> tuple[Examples, Examples]:
    """Cuts a random slice off a training split, to choose on without touching dev.

    Args:
        examples: the split to cut; its order is kept in both parts.
        fraction: float between 0 and 1, the slice's share (at least one example).
        seed: int. The same seed cuts the same slice.

    Returns:
        The rest and the slice.

    Raises:
        ValueError: the fraction leaves one of the parts empty.
    """
    count = max(1, round(len(examples) * fraction))
    if not 0 < fraction < 1 or count >= len(examples):
        raise ValueError(
            f"fraction={fraction} of {len(examples)} examples leaves one part empty: "
            "use more examples or a fraction between 0 and 1."
        )
    order = np.random.default_rng(seed).permutation(len(examples))
    return (
        examples.take(np.sort(order[count:])),
        examples.take(np.sort(order[:count])),
    )
