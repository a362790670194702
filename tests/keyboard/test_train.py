"""Training a student that knows a dozen words."""

import keras
import numpy as np
import pytest

from tfdistill.keyboard.examples import encode_lines
from tfdistill.keyboard.train import (
    KeyboardStage,
    build_next_word,
    next_word_config,
    train_next_word,
)
from tfdistill.keyboard.word_targets import WordTargets

TEXT = ["see you Monday", "I see the hell", "don't see you", "you don't"] * 6
STAGE = KeyboardStage(epochs=3, batch_tokens=24, learning_rate=0.03, warmup_steps=2)
SIZES = {"num_layers": 1, "hidden_dim": 8, "num_heads": 2, "intermediate_dim": 9}


@pytest.fixture
def lines(vocabulary):
    return encode_lines(TEXT, vocabulary)


def train(lines, vocabulary, workdir, stage=STAGE, **arguments):
    student = build_next_word(next_word_config(len(vocabulary), **SIZES))
    return train_next_word(student, lines, lines, workdir, stage, **arguments)


def test_it_learns_and_a_stopped_run_ends_alike(lines, vocabulary, tmp_path):
    from tfdistill.train import backup

    whole = train(lines, vocabulary, tmp_path / "a")
    rows = (tmp_path / "a" / "history.csv").read_text().splitlines()
    losses = [float(row.split(",")[-1]) for row in rows[1:]]
    assert losses[-1] < 0.8 * losses[0]
    stop_after = keras.callbacks.LambdaCallback(on_epoch_end=_stop)
    original = backup.Backup.on_epoch_end

    def stopping(self, epoch, logs=None):
        original(self, epoch, logs)
        stop_after.on_epoch_end(epoch, logs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backup.Backup, "on_epoch_end", stopping)
        with pytest.raises(KeyboardInterrupt):
            train(lines, vocabulary, tmp_path / "b")
    resumed = train(lines, vocabulary, tmp_path / "b")
    for one, two in zip(whole.weights, resumed.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())


def _stop(epoch, logs):
    raise KeyboardInterrupt


def test_a_teacher_pulls_the_student(lines, vocabulary, tmp_path):
    """A teacher that always says 'seen', which no text has."""
    from tfdistill.keyboard.examples import positions_of

    targets = WordTargets(int(lines.positions.max()) + 1, k=2)
    targets.ids[:, 0], targets.p[:, 0] = 13, 1
    stage = KeyboardStage(3, 24, 0.03, 2, teacher_share=0.9)
    student = train(
        lines,
        vocabulary,
        tmp_path,
        stage,
        targets=lambda rows: targets.at(positions_of(lines, rows)),
    )
    ids = np.array([[2, 12, 11]])
    inputs = {"token_ids": ids, "segment_ids": 0 * ids, "padding_mask": 0 * ids + 1}
    assert (np.asarray(student(inputs)["logits"])[0].argmax(-1) == 13).all()


def test_what_cannot_be_trained_is_refused(lines, vocabulary, tmp_path):
    config = next_word_config(len(vocabulary), **SIZES, attention="bidirectional")
    with pytest.raises(ValueError, match="causal"):
        train_next_word(build_next_word(config), lines, lines, tmp_path)
    with pytest.raises(ValueError, match="less than a batch of 600"):
        train(lines, vocabulary, tmp_path, KeyboardStage(batch_tokens=600))
