"""A language model's states as expectations in the student's words.

Mixed vocabularies for the keyboard: both models agree where a word begins, not on what
it is made of. So the teacher gets an output layer of the student's words, fitted on the
training text while the model below it stays as it is: each word begins as the mean of
the pieces that its spellings begin with, and learns what tells it from other words of
the same piece, how this text begins its messages, and which words the student lacks.
A head teaches the half of the text that it was not fitted on; of its own half it would
know the answers.
"""

import dataclasses
import sys

import keras
import numpy as np
from keras import ops

from tfdistill.data.stream import stream
from tfdistill.keyboard.vocabulary import NUMBER, KeyboardVocabulary
from tfdistill.train.schedule import WarmupThenDecay

_WARMUP = 100  # steps
_ROOT_MEAN_SQUARE = 0.1  # about that of a student's table after its training


@dataclasses.dataclass(frozen=True)
class HeadStage:
    """How a head is fitted.

    Args:
        epochs: int.
        batch_size: int. Words per step.
        learning_rate: float. The peak; then it falls to 0.
        inner_dim: int. Of the residual layer below the words.
        seed: int.
    """

    epochs: int = 2
    batch_size: int = 1024
    learning_rate: float = 1e-3
    inner_dim: int = 1024
    seed: int = 0


class WordHead(keras.Model):
    """States to logits of words: `(h + W_2 gelu(W_1 h)) E + b`.

    Args:
        num_words: int.
        hidden_dim: int. Of the states.
        inner_dim: int.

    Call arguments:
        states: float `(n, hidden_dim)`.

    Returns:
        float32 `(n, num_words)`.
    """

    def __init__(self, num_words, hidden_dim, inner_dim=1024, **kwargs):
        super().__init__(**kwargs)
        self.inner = keras.layers.Dense(inner_dim, activation="gelu", name="inner")
        # Zeros: a new head says what the model's own output layer says.
        self.outer = keras.layers.Dense(
            hidden_dim, kernel_initializer="zeros", name="outer"
        )
        self.num_words = num_words
        self.words = keras.layers.Dense(num_words, name="words")
        self(np.zeros((1, hidden_dim), np.float32))

    def call(self, states):
        states = ops.cast(states, "float32")
        return self.words(states + self.outer(self.inner(states)))


def new_head(teacher, vocabulary: KeyboardVocabulary, inner_dim=1024, seed=0):
    """Return the head of a language model before it is fitted.

    Args:
        teacher: LlamaTeacher.
        vocabulary: KeyboardVocabulary.
        inner_dim: int.
        seed: int. Of the residual layer's weights.

    Returns:
        WordHead.
    """
    table = np.asarray(teacher.token_table)
    words = np.zeros((len(vocabulary), table.shape[1]), np.float32)
    for index, entry in enumerate(vocabulary.entries):
        if index > NUMBER and entry[0].isalnum():
            spellings = sorted({entry, entry.lower(), entry.capitalize()})
            found = teacher.tokenizer.encode_batch([" " + s for s in spellings])
            words[index] = table[[each.ids[0] for each in found]].mean(axis=0)
    keras.utils.set_random_seed(seed)
    head = WordHead(len(vocabulary), table.shape[1], inner_dim, name="word_head")
    head.words.kernel.assign(words.T)
    return head


def word_table(heads, vocabulary: KeyboardVocabulary, width: int) -> np.ndarray:
    """Return what fitted heads know of words in fewer numbers, for a student's table.

    The words of the heads, in the mean, by their first principal components: words that
    stand in the same places begin close to each other. TinyBERT starts from a student
    that was distilled before; this is what a keyboard's student can start from.

    Args:
        heads: WordHeads of one teacher and vocabulary.
        vocabulary: KeyboardVocabulary.
        width: int. Columns beyond the heads' own are 0.

    Returns:
        float32 (words, width), with a root mean square of 0.1. Rows of entries that are
        no words, of which a head knows nothing, are 0.
    """
    is_word = [entry[0].isalnum() for entry in vocabulary.entries]
    rows = np.mean([np.asarray(head.words.kernel).T for head in heads], axis=0)
    known = rows[is_word] - rows[is_word].mean(axis=0)
    _, axes = np.linalg.eigh(known.T @ known)
    table = np.zeros((len(rows), width), np.float32)
    first = axes[:, ::-1][:, :width]
    table[is_word, : first.shape[1]] = known @ first
    return table * (_ROOT_MEAN_SQUARE / np.sqrt(np.mean(table[is_word] ** 2)))


def fit_head(head, reader, shards, labels, stage: HeadStage):
    """Fit a head in place, on shards of states that are read one at a time.

    Args:
        head: WordHead.
        reader: NextStates.
        shards: list of int. Those to learn from.
        labels: int32 (reader.num_positions,). The id of each word; -1 for words that
            are not to be learned from.
        stage: HeadStage.

    Raises:
        ValueError: a shard is missing, or there are fewer words than a batch.
    """
    import tensorflow as tf

    size = stage.batch_size
    found = [reader.read(shard)["positions"] for shard in shards]
    steps = sum(int((labels[each] >= 0).sum()) // size for each in found)
    if not steps:
        raise ValueError(f"There are fewer words than a batch of {size}.")
    random = np.random.default_rng(stage.seed)

    def batches():
        while True:
            for shard in random.permutation(shards):
                arrays = reader.read(int(shard))
                rows = np.flatnonzero(labels[arrays["positions"]] >= 0)
                rows = random.permutation(rows)
                for begin in range(0, len(rows) - size + 1, size):
                    part = rows[begin : begin + size]
                    yield arrays["states"][part], labels[arrays["positions"][part]]

    schedule = WarmupThenDecay(stage.learning_rate, steps * stage.epochs, _WARMUP)
    head.compile(
        keras.optimizers.Adam(schedule, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    width = head.words.kernel.shape[0]
    spec = tf.TensorSpec((size, width), tf.float16), tf.TensorSpec((size,), tf.int32)
    head.fit(
        stream(batches, spec),
        steps_per_epoch=steps,
        epochs=stage.epochs,
        shuffle=False,
        verbose=1 if sys.stdout.isatty() else 2,
    )
