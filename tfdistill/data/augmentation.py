"""TinyBERT's data augmentation: other words in the places of words.

Source: arXiv 1909.10351, Algorithm 1. As in the code that was released with it, stop
words and all but plain words stay, and pieces that begin with ## never come.
"""

import dataclasses
import functools
import hashlib
import re

import numpy as np

from tfdistill.data.word_vectors import WordVectors
from tfdistill.text import vocabulary_hash

_PLAIN = re.compile(r"[a-z]+")
_CONTENT = frozenset(
    "amount bill bottom call cry describe detail empty fill find fire found front full "
    "give interest keep made mill move name part put serious show side sincere system "
    "take thick thin top".split()
)
_CONTRACTIONS = frozenset(
    "s t d ll m o ve y n ain aren couldn didn doesn don hadn hasn haven isn ma mightn "
    "mustn needn shan shouldn wasn weren won wouldn did does doing having just".split()
)
_KEPT_WORDS = 200_000  # of which candidates are remembered


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """How many new texts are made, and how far they go from the old one.

    Args:
        num_samples: int. Texts drawn from each text (N_a).
        replace_probability: float in [0, 1]. Of each word that has candidates (p_t).
        num_candidates: int. Of each word (K).
        seed: int. With the number of the example it decides every draw.
    """

    num_samples: int = 20
    replace_probability: float = 0.4
    num_candidates: int = 15
    seed: int = 0

    def __post_init__(self):
        for name in ("num_samples", "num_candidates"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ValueError(
                    f"Augmentation.{name} must be a whole number of at least 1; got "
                    f"{value!r}."
                )
        if not 0 <= self.replace_probability <= 1:
            raise ValueError(
                "Augmentation.replace_probability must be in [0, 1]; got "
                f"{self.replace_probability!r}."
            )


def augment_words(
    words: list[str],
    candidates: list[list[str]],
    augmentation: Augmentation,
    random: np.random.Generator,
) -> list[list[str]]:
    """Draw texts from the candidates of each word.

    Args:
        words: list of n str.
        candidates: list of n lists of str; an empty one keeps its word.
        augmentation: Augmentation.
        random: NumPy generator.

    Returns:
        list of lists of n str, all different, the original first: 1 + num_samples at
        most.
    """
    size = augmentation.num_samples, len(words)
    counts = np.array([len(each) for each in candidates], np.int64)
    is_new = (random.random(size) < augmentation.replace_probability) & (counts > 0)
    picks = (random.random(size) * counts).astype(np.int64)
    samples = {tuple(words): None}  # an ordered set
    for row, chosen in zip(is_new, picks, strict=True):
        sample = list(words)
        for place in np.flatnonzero(row):
            sample[place] = candidates[place][chosen[place]]
        samples[tuple(sample)] = None
    return [list(sample) for sample in samples]


class Candidates:
    """What may stand in the place of each word of a text.

    Args:
        tokenizer: `tokenizers.Tokenizer` of `load_tokenizer`. Splits texts into words,
            and tells which of them are one piece.
        vectors: WordVectors or None.
        masked_lm: `MaskedLMCandidates` or None. Asked for words of one piece; without
            it word vectors are asked for these as well.
        count: int. Candidates of each word.

    Raises:
        ValueError: neither vectors nor a masked LM.
    """

    def __init__(
        self,
        tokenizer,
        vectors: WordVectors | None = None,
        masked_lm=None,
        count: int = 15,
    ):
        if vectors is None and masked_lm is None:
            raise ValueError(
                "Augmentation needs word vectors, a masked LM, or both; got neither."
            )
        self._tokenizer, self._vectors = tokenizer, vectors
        self._masked_lm, self._count = masked_lm, count
        self._stop_words = stop_words()
        self._near: dict[str, list[str]] = {}
        if vectors is not None:
            self._allowed = np.array([self._is_open(w) for w in vectors.words])

    @functools.cached_property
    def fingerprint(self) -> str:
        """A sha256 of all that decides the candidates: str of 64 digits."""
        digest = hashlib.sha256(vocabulary_hash(self._tokenizer).encode())
        digest.update("\n".join(sorted(self._stop_words)).encode())
        if self._vectors is not None:
            digest.update("\n".join(self._vectors.words).encode())
            digest.update(np.ascontiguousarray(self._vectors.vectors))
        if self._masked_lm is not None:
            digest.update(self._masked_lm.fingerprint.encode())
        return digest.hexdigest()

    def split(self, text: str) -> list[str]:
        """Return the words of a text as the tokenizer splits them."""
        normal = self._tokenizer.normalizer.normalize_str(text)
        pairs = self._tokenizer.pre_tokenizer.pre_tokenize_str(normal)
        return [word for word, _ in pairs]

    def __call__(self, texts: list[list[str]]) -> list[list[list[str]]]:
        """Return the candidates of each word of several texts.

        Args:
            texts: list of lists of words.
        """
        open_places = [
            [i for i, word in enumerate(words) if self._is_open(word)]
            for words in texts
        ]
        found = [[[] for _ in words] for words in texts]
        if self._masked_lm is not None:
            asked = [
                [i for i in places if self._is_one_piece(words[i])]
                for words, places in zip(texts, open_places, strict=True)
            ]
            answers = self._masked_lm(texts, asked, self._is_open, self._count)
            for row, places, answer in zip(found, asked, answers, strict=True):
                for place, words in zip(places, answer, strict=True):
                    row[place] = words
            open_places = [
                [place for place in places if place not in done]
                for places, done in zip(open_places, asked, strict=True)
            ]
        if self._vectors is not None:
            self._look_up(
                {w[i] for w, p in zip(texts, open_places, strict=True) for i in p}
            )
            for row, words, places in zip(found, texts, open_places, strict=True):
                for place in places:
                    row[place] = self._near[words[place]]
        return found

    def _look_up(self, words):
        if len(self._near) > _KEPT_WORDS:
            self._near.clear()
        new = sorted(words - self._near.keys())
        near = self._vectors.nearest(new, self._count, self._allowed)
        self._near.update(zip(new, near, strict=True))

    def _is_open(self, word):
        return word not in self._stop_words and _PLAIN.fullmatch(word) is not None

    def _is_one_piece(self, word):
        return len(self._tokenizer.model.tokenize(word)) == 1


def stop_words() -> frozenset:
    """Return the English words that are never replaced and never come.

    scikit-learn's list, without its words of content, which tell a class, and with what
    a tokenizer leaves of contractions, as the list of TinyBERT's released code has it:
    in "don ' t" another word for "don" or "t" says nothing.
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return (ENGLISH_STOP_WORDS - _CONTENT) | _CONTRACTIONS


def augment_rows(
    rows: list[tuple[str, ...]],
    first: int,
    candidates: Candidates,
    augmentation: Augmentation,
) -> list[list[tuple[str, ...]]]:
    """Augment examples of one or two texts.

    Of a pair one side is changed at a time, never both. The original comes first and as
    it was written. A list of words, to which slots belong, stays one: its words are
    lower-cased and replaced one for one.

    Args:
        rows: list of tuples of one or two str, or of one list of str.
        first: int. Number of the first row in its data set; decides the draws.
        candidates: Candidates.
        augmentation: Augmentation.

    Returns:
        list of lists of such tuples, one list for each row.
    """
    texts = [_words_of(text, candidates) for row in rows for text in row]
    found = iter(zip(texts, candidates(texts), strict=True))
    augmented = []
    for number, row in enumerate(rows, first):
        random = np.random.default_rng((augmentation.seed, number))
        samples = [row]
        for side in range(len(row)):
            words, choice = next(found)
            for sample in augment_words(words, choice, augmentation, random)[1:]:
                new = sample if isinstance(row[side], list) else " ".join(sample)
                samples.append((*row[:side], new, *row[side + 1 :]))
        augmented.append(samples)
    return augmented


def _words_of(text, candidates):
    if isinstance(text, list):
        return [word.lower() for word in text]
    return candidates.split(text)
