"""Training a next-word student: lines of text in, weights out, resumable."""

import dataclasses
import itertools
import pathlib
import sys

import keras

from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import INPUT_NAMES, PREDICT_AT, BertEncoder
from tfdistill.bert.heads import MaskedLM
from tfdistill.bert.saved import load_student
from tfdistill.data.stream import stream
from tfdistill.distill.distiller import Distiller
from tfdistill.keyboard.examples import Lines, bucket_batches, make_rows
from tfdistill.keyboard.objective import (
    TARGET_IDS,
    TARGET_PROBABILITIES,
    NextWord,
)
from tfdistill.train.backup import Backup, ends_between_steps
from tfdistill.train.callbacks import Reseed
from tfdistill.train.files import read_json, write_json
from tfdistill.train.schedule import WarmupThenDecay


@dataclasses.dataclass(frozen=True)
class KeyboardStage:
    """How a student is trained.

    Args:
        epochs: int.
        batch_tokens: int. Tokens per step, padding included, at most.
        learning_rate: float. The peak, after `warmup_steps`; then it falls to 0.
        warmup_steps: int.
        weight_decay: float. None on biases and norms.
        teacher_share: float from 0 to 1. See `NextWord`.
        seed: int.
    """

    epochs: int = 4
    batch_tokens: int = 2560
    learning_rate: float = 4e-3
    warmup_steps: int = 300
    weight_decay: float = 0.05
    teacher_share: float = 0.0
    seed: int = 0


def next_word_config(vocabulary_size: int, **overrides) -> BertConfig:
    """Return the causal encoder of the keyboard that ships: 6 layers of 192."""
    sizes = {
        "num_layers": 6,
        "hidden_dim": 192,
        "num_heads": 4,
        "intermediate_dim": 768,
        "max_sequence_length": 32,
        "num_segments": 1,
        "attention": "causal",
        "activation": "relu",
        "has_pooler": False,
        "dropout": 0.0,
        "attention_dropout": 0.0,
    }
    return BertConfig.from_dict(
        {**sizes, "vocabulary_size": vocabulary_size, **overrides}
    )


def build_next_word(config: BertConfig, seed: int = 0) -> BertEncoder:
    """Return a new student with a masked-LM head: its logits at a token score the next.

    Args:
        config: BertConfig.
        seed: int. Of its weights.
    """
    keras.utils.set_random_seed(seed)
    # Names of their own: a backup knows its weights by them.
    return BertEncoder(config, head=MaskedLM(name="head"), name="student")


def train_next_word(
    student: BertEncoder,
    lines: Lines,
    chosen: Lines,
    workdir,
    stage: KeyboardStage = KeyboardStage(),
    targets=None,
) -> BertEncoder:
    """Train a student in place, from the newest backup on if there is one.

    A folder in which the same training has ended gives its student at once.

    Args:
        student: BertEncoder, causal, with a masked-LM head.
        lines: Lines to train on.
        chosen: Lines that progress is judged by after each epoch.
        workdir: path. `student.keras` is written there, and `stage.json`, by which it
            knows its training again; `backup` while it trains.
        stage: KeyboardStage.
        targets: None, or callable (rows) -> dict of a teacher's `next_words:*` for a
            batch of `lines`.

    Returns:
        `student`, or the one that was trained here before.

    Raises:
        ValueError: an encoder that is not causal, less text than a batch, or a folder
            of another training.
    """
    if student.config.attention != "causal":
        raise ValueError(
            'A next-word student has attention="causal"; got '
            f"{student.config.attention!r}."
        )
    workdir = pathlib.Path(workdir)
    workdir.mkdir(parents=True, exist_ok=True)
    _claim(workdir, stage, student)
    done = workdir / "student.keras"
    if done.exists():
        return load_student(done)
    objective = NextWord(teacher_share=stage.teacher_share)
    distiller = Distiller(None, student, [objective], name="next_word")
    steps = len(bucket_batches(lines, stage.batch_tokens, (stage.seed, 0)))
    if not steps:
        raise ValueError(
            f"{len(lines)} lines are less than a batch of {stage.batch_tokens} tokens; "
            "give more text or a smaller batch_tokens."
        )
    distiller.compile(optimizer=_optimizer(stage, steps))
    backup = Backup(workdir / "backup")
    backup.restore(distiller)
    _fit(distiller, lines, chosen, stage, steps, backup, targets, workdir)
    student.save(done)
    backup.remove()
    return student


def _claim(workdir, stage, student):
    """Note what is trained in a folder, and refuse one of another training."""
    path = workdir / "stage.json"
    given = {
        "stage": dataclasses.asdict(stage),
        "student": student.config.to_dict(),
        "kind": type(student).__name__,
    }
    if not path.exists():
        write_json(path, given)
    elif read_json(path) != given:
        raise ValueError(
            f"{path} is of another training than the one that was asked for; give the "
            "same settings, or another work folder."
        )


def _fit(distiller, lines, chosen, stage, steps, backup, targets, workdir):
    # Labels alone: what is judged is the word that came.
    rows = bucket_batches(chosen, stage.batch_tokens, 0, keeps_rest=True)
    judged = [_batch(chosen, each, None) for each in rows]
    begun, done = backup.position
    parts = [(begun, done, stage.epochs)]
    if done:
        parts = [(begun, done, begun + 1), (begun + 1, 0, stage.epochs)]
    for begin, first, end in parts:
        if begin < end:
            with ends_between_steps(backup):
                distiller.fit(
                    _dataset(lines, stage, targets, begin, first, steps),
                    steps_per_epoch=steps - first,
                    initial_epoch=begin,
                    epochs=end,
                    validation_data=_from(judged, None),
                    validation_steps=len(judged),
                    callbacks=[
                        Reseed(stage.seed),
                        keras.callbacks.CSVLogger(
                            str(workdir / "history.csv"), append=True
                        ),
                        backup,
                    ],
                    shuffle=False,
                    verbose=1 if sys.stdout.isatty() else 2,
                )


def _optimizer(stage, steps):
    """Muon on kernels, AdamW on tables, biases and norms."""
    schedule = WarmupThenDecay(
        stage.learning_rate, steps * stage.epochs, stage.warmup_steps
    )
    optimizer = keras.optimizers.Muon(
        schedule,
        weight_decay=stage.weight_decay,
        adam_weight_decay=stage.weight_decay,
        global_clipnorm=1.0,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def _dataset(lines, stage, targets, epoch, first, steps):
    """Batches from a step on, as many in each epoch, in an order of its own."""

    def batches():
        for number in itertools.count(epoch):
            seed = (stage.seed, number)
            begin = first if number == epoch else 0
            for each in bucket_batches(lines, stage.batch_tokens, seed)[begin:steps]:
                yield _batch(lines, each, targets)

    return _from(batches(), targets)


def _batch(lines, rows, targets):
    inputs, labels = make_rows(lines, rows)
    if targets is not None:
        inputs["teacher"] = targets(rows)
    return inputs, labels


def _from(batches, targets):
    import tensorflow as tf

    inputs = dict.fromkeys(INPUT_NAMES, tf.TensorSpec((None, None), tf.int32))
    words = inputs[PREDICT_AT] = tf.TensorSpec((None,), tf.int32)
    if targets is not None:
        inputs["teacher"] = {
            TARGET_IDS: tf.TensorSpec((None, None), tf.int32),
            TARGET_PROBABILITIES: tf.TensorSpec((None, None), tf.float32),
        }
    return stream(lambda: iter(batches), (inputs, words))
