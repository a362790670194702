"""What a teacher expects at every word of a text, in the student's words."""

import hashlib
import json
import pathlib

import numpy as np
from absl import logging

from tfdistill.keyboard.llama_reader import NextStates
from tfdistill.keyboard.objective import TARGET_IDS, TARGET_PROBABILITIES
from tfdistill.keyboard.smollm2 import LlamaTeacher
from tfdistill.keyboard.vocabulary import KeyboardVocabulary
from tfdistill.keyboard.word_head import HeadStage, WordHead, fit_head, new_head
from tfdistill.train.files import written_whole

_ROWS = 1024  # asked at a time
_MOST_WORDS = 128  # kept of a distribution


class WordTargets:
    """The likeliest words at every word of some lines, to be looked up by batch.

    Args:
        num_positions: int. Words in all lines; those that nobody was asked about have
            no targets and count by their labels.
        k: int. Words kept per position, with what the teacher gives them; the rest of
            its distribution is left to the labels.

    Attributes:
        ids: uint16 (num_positions, k).
        p: float16 (num_positions, k). Their probabilities; 0 where nobody was asked.
    """

    def __init__(self, num_positions: int, k: int = _MOST_WORDS):
        self.ids = np.zeros((num_positions, k), np.uint16)
        self.p = np.zeros((num_positions, k), np.float16)

    def at(self, positions: np.ndarray) -> dict:
        """Return the targets of a batch.

        Args:
            positions: int (n,). Numbers of words, negative for none.
        """
        is_word = positions >= 0
        return {
            TARGET_IDS: self.ids[positions].astype(np.int32),
            TARGET_PROBABILITIES: self.p[positions].astype(np.float32)
            * is_word[..., None],
        }


def fit_heads(
    reader: NextStates,
    teacher: LlamaTeacher,
    vocabulary: KeyboardVocabulary,
    labels: np.ndarray,
    stage: HeadStage,
    num_shards: int | None = None,
) -> tuple[WordHead, WordHead]:
    """Return a language model's heads for the two halves of a text.

    Shards with even numbers are the first half, the others the second. A head that was
    fitted before is found in the reader's folder.

    Args:
        reader: NextStates, filled.
        teacher: LlamaTeacher.
        vocabulary: KeyboardVocabulary.
        labels: int32 (reader.num_positions,). The id of each word; -1 for words that
            must not be learned from.
        stage: HeadStage.
        num_shards: int. How many of the first shards to use, at least two; None is all.

    Returns:
        (WordHead, WordHead). The one to ask about the first half, which was fitted on
        the second, and the one to ask about the second.

    Raises:
        ValueError: a shard is missing, or there are fewer than two.
    """
    count = _count(reader, num_shards)
    return tuple(
        _fitted(
            reader,
            teacher,
            vocabulary,
            labels,
            list(range(1 - half, count, 2)),
            stage,
        )
        for half in (0, 1)
    )


def expect_words(
    reader: NextStates, heads, num_shards: int | None = None
) -> WordTargets:
    """Return what a language model expects at the words of a text.

    Args:
        reader: NextStates, filled.
        heads: (WordHead, WordHead) of `fit_heads`.
        num_shards: int. As there.

    Raises:
        ValueError: as there.
    """
    k = min(_MOST_WORDS, heads[0].num_words)
    targets = WordTargets(reader.num_positions, k)
    ask = [_likeliest(head, k) for head in heads]
    for shard in range(_count(reader, num_shards)):
        arrays = reader.read(shard)
        for begin in range(0, len(arrays["positions"]), _ROWS):
            part = slice(begin, begin + _ROWS)
            at = arrays["positions"][part]
            targets.ids[at], targets.p[at] = ask[shard % 2](arrays["states"][part])
    return targets


def _likeliest(head, k):
    """Callable (states) -> ids and probabilities of the k likeliest words."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def ask(states):
        logits = head(states)
        values, ids = tf.math.top_k(logits, k, sorted=False)
        return ids, tf.exp(values - tf.reduce_logsumexp(logits, axis=1, keepdims=True))

    return ask


def _count(reader, num_shards):
    count = reader.num_shards if num_shards is None else num_shards
    if count < 2:
        raise ValueError(
            f"A teacher's words need two halves of a text; got {count} part(s) of "
            f"{reader.num_shards}. Let the teacher read more."
        )
    return count


def _fitted(reader, teacher, vocabulary, labels, shards, stage):
    """The head of some shards, from the reader's folder or fitted now."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file, save_file

    asked = json.dumps([reader.key, vocabulary.entries, repr(stage), shards])
    digest = hashlib.sha256(asked.encode() + labels.tobytes()).hexdigest()
    path = pathlib.Path(reader.folder) / f"head_{digest[:12]}.safetensors"
    head = new_head(teacher, vocabulary, stage.inner_dim, stage.seed)
    names = [weight.path for weight in head.weights]
    try:
        found = load_file(path)
        head.set_weights([found[name] for name in names])
    except (OSError, ValueError, KeyError, SafetensorError):
        logging.info("The teacher learns the student's words, %d parts.", len(shards))
        fit_head(head, reader, shards, labels, stage)
        with written_whole(path) as temporary:
            save_file(dict(zip(names, head.get_weights(), strict=True)), temporary)
    return head
