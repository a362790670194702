"""Text to suggestions with the files that ship (docs/keyboard.md has every rule)."""

import math
import os
import pathlib

import numpy as np

from tfdistill.keyboard import ngram_table
from tfdistill.keyboard.files import MODEL, WORDS, read_description
from tfdistill.keyboard.ngram_table import NGramTable
from tfdistill.keyboard.text import is_inside, is_key, key_of
from tfdistill.keyboard.vocabulary import (
    FILE_NAME,
    UNKNOWN,
    KeyboardVocabulary,
    read_entries,
)
from tfdistill.keyboard.word_list import SortedKeys, WordList

_LONGEST_PREFIX = 32
_SENTENCE_ENDS = ".!?"


class Suggester:
    """Proposes the next word, or completions of the one that is being typed.

    Args:
        path: path of a keyboard's folder, or of its `model.tflite`.
        num_threads: int.

    Attributes:
        vocabulary: KeyboardVocabulary.
        description: dict. `model.json`.
        size_bytes: int. All files that suggestions need.

    Raises:
        ValueError: a file is missing, damaged, or belongs to another model.
    """

    def __init__(self, path: str | os.PathLike, num_threads: int = 1):
        folder = pathlib.Path(path)
        folder = folder.parent if folder.suffix == ".tflite" else folder
        self.description = read_description(folder)
        first = self.description["first_suggestion"]
        self.vocabulary = KeyboardVocabulary(read_entries(folder / FILE_NAME), first)
        self.words = WordList.read(folder / WORDS)
        self.ngrams = NGramTable.read(
            folder / ngram_table.FILE_NAME, first, len(self.vocabulary)
        )
        files = self.description["files"].values()
        self.size_bytes = sum(file["bytes"] for file in files)
        self._model = _NextWordModel(folder / MODEL, self.description, num_threads)
        if len(self.vocabulary) != self.description["vocabulary_size"]:
            raise ValueError(
                f"{folder / FILE_NAME} has {len(self.vocabulary)} entries where "
                f"model.json says {self.description['vocabulary_size']}: take both "
                "from one export."
            )
        self._proposed = SortedKeys(self.vocabulary.keys[first:])
        self._ends = [
            index
            for index, key in enumerate(self.vocabulary.keys)
            if key in _SENTENCE_ENDS
        ]

    def suggest(self, context: str, prefix: str = "", k: int = 3) -> list[str]:
        """Return at most k words, the likeliest first.

        Args:
            context: str. The text before the word that is being typed.
            prefix: str. What has been typed of that word.
            k: int, 1 or more.

        Returns:
            list of str. Each begins with `prefix` exactly as typed and is longer.

        Raises:
            ValueError: k is below 1.
        """
        return self.rank(self.scores(context), context, prefix, k)

    def scores(self, context: str) -> np.ndarray:
        """Return how every word of the vocabulary fits after `context`.

        Returns:
            float64 (vocabulary_size,): the student's logits, raised by the n-grams.
        """
        ids = self._ids(context)
        return raised(self._model(ids), *self.ngrams.find(ids))

    def rank(self, scores, context: str, prefix: str = "", k: int = 3) -> list[str]:
        """Return what `suggest` does, given the scores of every word.

        Args:
            scores: float (vocabulary_size,).
            context, prefix, k: as for `suggest`.

        Returns:
            list of str.

        Raises:
            ValueError: k is below 1.
        """
        if k < 1:
            raise ValueError(f"k is the number of suggestions, 1 or more; got {k!r}.")
        key = key_of(prefix)
        if prefix and (not is_key(key) or len(key) > _LONGEST_PREFIX):
            return []
        ids = self._ids(context)
        begins = len(ids) == 1 or ids[-1] in self._ends
        shown = []
        for word in self._ranked(scores, key, k):
            spelled = _spell(word, prefix, key, begins)
            if spelled not in shown:
                shown.append(spelled)
            if len(shown) == k:
                break
        return shown

    def logits(self, context: str) -> np.ndarray:
        """Return the student's scores of the word after `context`.

        Returns:
            float32 (vocabulary_size,).
        """
        return self._model(self._ids(context))

    def _ids(self, context):
        return self.vocabulary.ids(context, self.description["lengths"][-1])

    def _ranked(self, every, key, k):
        """Yield candidates, best first: a few more than k, as some look alike."""
        first = self.vocabulary.first_suggestion
        inside = self._proposed.with_prefix(key)
        scores = every[first:][inside].astype(np.float64)
        keep = np.isfinite(scores)
        inside, scores = inside[keep], scores[keep]
        most = 2 * k + 8
        if len(scores) > most:
            best = np.flatnonzero(scores >= np.partition(scores, -most)[-most])
            inside, scores = inside[best], scores[best]
        # Stable: of equal scores the earlier line wins.
        order = np.argsort(-scores, kind="stable")[:most]
        found = [
            (scores[i], 0, inside[i], self.vocabulary.entries[first + inside[i]])
            for i in order
        ]
        if key and math.isfinite(every[UNKNOWN]):
            unknown = float(every[UNKNOWN])
            found += [
                (unknown - rarity / 4, 1, line, word)
                for line, word, rarity in self.words.with_prefix(key, most)
            ]
        found.sort(key=lambda each: (-each[0], each[1], each[2]))
        return [word for *_, word in found]


def raised(logits, words, levels) -> np.ndarray:
    """Return scores in which what often follows stands higher.

    Args:
        logits: float (vocabulary_size,).
        words: int (n,).
        levels: float (n,).

    Returns:
        float64 (vocabulary_size,): `log(exp(logit) + level * sum(exp(logits)))` for the
        words, the logits for all others.
    """
    scores = np.array(logits, np.float64)
    finite = np.isfinite(scores)
    if len(words) == 0 or not finite.any():
        return scores
    peak = scores[finite].max()
    total = np.exp(scores[finite] - peak).sum()
    for word, level in zip(words, levels, strict=True):
        if finite[word]:
            own = math.exp(scores[word] - peak)
            scores[word] = peak + math.log(own + float(level) * total)
    return scores


def split_prefix(text: str) -> tuple[str, str]:
    """Cut text before the cursor into the context and the word that is being typed.

    By the rule that tokens follow: a word has single joiners inside, none in front.

    >>> split_prefix("see you tom"), split_prefix("see you "), split_prefix("the 'hel")
    (('see you ', 'tom'), ('see you ', ''), ("the '", 'hel'))
    """
    at = start = len(text)
    was_joiner = False
    while at:
        character = text[at - 1]
        joins = key_of(character) in ("'", "-")
        if was_joiner if joins else not is_inside(character):
            break
        at -= 1
        start = start if joins or not character.isalnum() else at
        was_joiner = joins
    return text[:start], text[start:]


class _NextWordModel:
    """The student on LiteRT: ids to one row of logits, by the shortest signature."""

    def __init__(self, path, description, num_threads):
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._interpreter = Interpreter(str(path), num_threads=num_threads)
            self._runners = {
                length: self._interpreter.get_signature_runner(f"tokens_{length}")
                for length in description["lengths"]
            }
        except (ValueError, RuntimeError) as error:
            raise ValueError(
                f"{path} does not run on this LiteRT ({str(error).splitlines()[0]})."
            ) from error
        self._check(path, description)

    def _check(self, path, description):
        for length, runner in self._runners.items():
            shapes = {
                name: tuple(detail["shape"])
                for name, detail in (
                    *runner.get_input_details().items(),
                    *runner.get_output_details().items(),
                )
            }
            expected = {
                "token_ids": (1, length),
                "position": (1,),
                "logits": (1, description["vocabulary_size"]),
            }
            if shapes != expected:
                raise ValueError(f"{path} should have {expected}; it has {shapes}.")

    def __call__(self, ids) -> np.ndarray:
        length = next(each for each in self._runners if each >= len(ids))
        token_ids = np.zeros((1, length), np.int32)
        token_ids[0, : len(ids)] = ids
        position = np.array([len(ids) - 1], np.int32)
        outputs = self._runners[length](token_ids=token_ids, position=position)
        return outputs["logits"][0]


def _spell(word: str, prefix: str, key: str, begins: bool) -> str:
    if prefix:
        rest = word[len(key) :]
        letters = [c for c in prefix if c.isalpha()]
        is_upper = len(letters) >= 2 and all(c.isupper() for c in letters)
        return prefix + (rest.upper() if is_upper else rest)
    first = word[0].upper()
    return first + word[1:] if begins and len(first) == 1 else word
