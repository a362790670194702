"""A masked language model's guesses for words of one piece."""

import functools
import hashlib

import numpy as np

from tfdistill.bert.encoder import INPUT_NAMES, BertEncoder
from tfdistill.bert.heads import MaskedLM
from tfdistill.data.teacher_outputs import compiled
from tfdistill.text import vocabulary_hash

CONTEXTS = ("pair", "single")
_BATCH = 64


class MaskedLMCandidates:
    """The likeliest pieces in the place of a masked word.

    Args:
        model: BertEncoder with a MaskedLM head.
        tokenizer: `tokenizers.Tokenizer` of the model's vocabulary.
        context: "pair" reads the masked text and, as a second text, the whole one, so
            that the meaning is kept (TinyBERT's released code); "single" the masked
            text alone (its paper).

    Raises:
        ValueError: a model without that head, or an unknown context.
    """

    def __init__(self, model: BertEncoder, tokenizer, context: str = "pair"):
        if not isinstance(model.head, MaskedLM):
            raise ValueError(
                "Candidates come from a model with a MaskedLM head; this one has "
                f"{type(model.head).__name__}. Leave it out to use word vectors alone."
            )
        if context not in CONTEXTS:
            raise ValueError(
                f"context must be one of {', '.join(CONTEXTS)}; got {context!r}."
            )
        self._tokenizer, self._context = tokenizer, context
        self._longest = model.config.max_sequence_length
        names = ("[CLS]", "[SEP]", "[MASK]", "[PAD]")
        self._cls, self._sep, self._mask, self._pad = map(tokenizer.token_to_id, names)
        self._model = model
        self._run = compiled(lambda inputs: model(inputs, training=False)["logits"])

    @functools.cached_property
    def fingerprint(self) -> str:
        """A sha256 of the context, the vocabulary and the weights."""
        digest = hashlib.sha256(self._context.encode())
        digest.update(vocabulary_hash(self._tokenizer).encode())
        for weight in self._model.weights:
            digest.update(np.ascontiguousarray(weight))
        return digest.hexdigest()

    def __call__(self, texts, places, is_open, count: int) -> list:
        """Return the candidates of some words.

        Args:
            texts: list of lists of words.
            places: list of lists of int. Which words of each text are asked for; each
                of them is one piece.
            is_open: callable (str) -> bool. Whether a word may come.
            count: int. Likeliest pieces to look at; those that continue a word, the
                word itself and what may not come are dropped from them.

        Returns:
            list of lists of lists of str, as `places`. A text that is too long for the
            model has none for words beyond its end.
        """
        asked = [
            (row, place) for row, own in enumerate(places) for place in range(len(own))
        ]
        pieces = [
            [[t.id for t in self._tokenizer.model.tokenize(w)] for w in words]
            for words in texts
        ]
        inputs = [self._mask_place(pieces[row], places[row][i]) for row, i in asked]
        found = [[[] for _ in own] for own in places]
        order = sorted(range(len(asked)), key=lambda n: len(inputs[n][0]))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            guesses = self._guess([inputs[n] for n in batch], count)
            for n, best in zip(batch, guesses, strict=True):
                row, place = asked[n]
                word = texts[row][places[row][place]]
                likeliest = map(self._tokenizer.id_to_token, best.tolist())
                found[row][place] = [w for w in likeliest if w != word and is_open(w)]
        return found

    def _mask_place(self, pieces, place):
        """(ids, length of the first text, index of the mask or None if it was cut)."""
        masked = [[self._mask] if i == place else p for i, p in enumerate(pieces)]
        flat = [piece for word in masked for piece in word]
        index = 1 + sum(len(word) for word in masked[:place])
        if self._context == "single":
            ids = [self._cls, *flat, self._sep]
            return ids[: self._longest], self._longest, index
        room = (self._longest - 3) // 2
        whole = [piece for word in pieces for piece in word]
        first = [self._cls, *flat[:room], self._sep]
        return [*first, *whole[:room], self._sep], len(first), index

    def _guess(self, inputs, count):
        """Ids of the likeliest pieces at each mask, int (count,)."""
        longest = -(-max(len(ids) for ids, _, _ in inputs) // 16) * 16
        longest = min(longest, self._longest)
        shape = len(inputs), longest
        token_ids = np.full(shape, self._pad, np.int32)
        segment_ids, padding_mask = np.zeros((2, *shape), np.int32)
        for row, (ids, first, _) in enumerate(inputs):
            token_ids[row, : len(ids)] = ids
            padding_mask[row, : len(ids)] = 1
            segment_ids[row, first : len(ids)] = 1
        arrays = (token_ids, segment_ids, padding_mask)
        logits = np.asarray(self._run(dict(zip(INPUT_NAMES, arrays, strict=True))))
        for row, (ids, _, index) in zip(logits, inputs, strict=True):
            if index >= len(ids) or ids[index] != self._mask:
                yield np.zeros(0, np.int64)  # the word was cut off
                continue
            best = np.argsort(-row[index], kind="stable")
            yield best[:count]
