"""A keyboard from text to suggestions, with a teacher, in seconds."""

import json

import numpy as np
import pytest

from tfdistill.bert.saved import load_student
from tfdistill.keyboard import llama_reader, make
from tfdistill.keyboard.llama_reader import NextStates
from tfdistill.keyboard.llama_states import export_states
from tfdistill.keyboard.make import (
    choose_vocabulary,
    read_text,
    train_keyboard,
    word_labels,
)
from tfdistill.keyboard.smollm2 import load_llama
from tfdistill.keyboard.train import KeyboardStage
from tfdistill.keyboard.word_head import HeadStage
from tfdistill.keyboard.word_targets import WordTargets, expect_words, fit_heads

SIZES = {"num_layers": 1, "hidden_dim": 8, "num_heads": 2, "intermediate_dim": 9}
STAGE = KeyboardStage(1, 4, 0.01, 1, teacher_share=0.5)
SAID = ["I see the dog", "the dog is here, you see", "see you there"]


@pytest.fixture
def text(tmp_path):
    chats = {
        f"{n}": {"messages": [[{"text": line} for line in SAID]]} for n in range(80)
    }
    (tmp_path / "chat.json").write_text(json.dumps(chats))
    return read_text(tmp_path / "chat.json")


def test_held_out_conversations_and_chosen_ones_are_not_trained_on(text):
    assert len(text.chats) < 80 and not text.mails
    assert len(text.chosen) == 64 * 3
    assert len(text.training) == (len(text.chats) - 64) * 3


def test_text_of_ones_own_is_read_and_trained_on_last(text, tmp_path):
    (tmp_path / "mine.txt").write_text("my zebra\nis late\n\n" + "my zebra\n\n" * 5)
    more = read_text(tmp_path / "chat.json", others=[tmp_path / "mine.txt"])
    assert more.documents[: len(text.documents)] == text.documents
    assert more.training[: len(text.training)] == text.training
    assert len(more.training) == len(text.training) + 7
    assert more.chosen == text.chosen
    assert "zebra" in choose_vocabulary(more.counts, 30).keys
    vocabulary = choose_vocabulary(text.counts, 30)
    labels = word_labels(more, vocabulary)
    assert len(labels) == len(word_labels(text, vocabulary)) + 14


def test_labels_of_chosen_conversations_are_hidden(text):
    vocabulary = choose_vocabulary(text.counts, 30)
    labels = word_labels(text, vocabulary)
    words = sum(len(line.split()) for line in SAID)
    assert len(labels) == words * len(text.documents)
    assert (labels[: 64 * words] == -1).all() and (labels[64 * words :] > 0).all()
    # "see" of the second line, in the first conversation that is trained on.
    assert vocabulary.entries[labels[64 * words + 10]] == "see"


def test_a_teacher_that_read_a_part_teaches_that_part(
    text, gguf_file, tmp_path, monkeypatch
):
    monkeypatch.setattr(llama_reader, "_WINDOWS_PER_SHARD", 2)
    monkeypatch.setattr(make, "_CHOSEN", 2)
    vocabulary = choose_vocabulary(text.counts, 30)
    teacher = load_llama(gguf_file)
    states = tmp_path / "states.tflite"
    export_states(teacher, states)
    reader = NextStates(tmp_path / "states", states, teacher, text.documents)
    labels = word_labels(text, vocabulary)
    stage = HeadStage(1, 8)
    with pytest.raises(ValueError, match="does not hold shard 1"):
        fit_heads(reader, teacher, vocabulary, labels, stage, 2)
    count = reader.num_shards - 1
    assert count >= 2
    reader.fill(range(count))
    heads = fit_heads(reader, teacher, vocabulary, labels, stage, count)
    targets = expect_words(reader, heads, count)
    assert targets.p[-1].sum() == 0 and targets.p[1].sum() > 0.9
    student = train(text, vocabulary, tmp_path, targets)
    assert student.config.vocabulary_size == len(vocabulary)


def test_the_teacher_is_asked_about_the_word_that_comes(text, tmp_path):
    """It says "see" everywhere, but only of what is trained on; the student follows."""
    vocabulary = choose_vocabulary(text.counts, 30)
    see = vocabulary.entries.index("see")
    labels = word_labels(text, vocabulary)
    targets = WordTargets(len(labels), k=1)
    trained = np.flatnonzero(labels >= 0)
    targets.ids[trained], targets.p[trained] = see, 1
    stage = KeyboardStage(20, 16, 0.05, 1, teacher_share=1.0)
    student = train_keyboard(text, vocabulary, tmp_path, stage, targets, **SIZES)
    ids = np.array([[2]])
    inputs = {"token_ids": ids, "segment_ids": 0 * ids, "padding_mask": ids // ids}
    inputs["predict_at"] = np.zeros(1, np.int32)
    assert np.asarray(student(inputs)["logits"])[0].argmax() == see


def test_without_a_teacher_labels_do(text, tmp_path):
    stage = KeyboardStage(1, 4, 0.01, 1)
    vocabulary = choose_vocabulary(text.counts, 30)
    train_keyboard(text, vocabulary, tmp_path, stage, **SIZES)
    assert (tmp_path / "student.keras").exists()


def test_words_begin_where_a_table_has_them(text, tmp_path):
    """Steps of nothing: what a student begins with is what it ends with."""
    stage = KeyboardStage(1, 4, 1e-12, 1, weight_decay=0.0)
    vocabulary = choose_vocabulary(text.counts, 30)
    table = np.random.default_rng(0).normal(size=(len(vocabulary), 8))
    table[:5] = 0
    found = [
        train_keyboard(text, vocabulary, tmp_path / name, stage, table=each, **SIZES)
        for name, each in (("a", None), ("b", table))
    ]
    first, second = (each.embeddings.token.embeddings.numpy() for each in found)
    np.testing.assert_allclose(second[5:], table[5:], rtol=1e-5)
    np.testing.assert_allclose(second[:5], first[:5], atol=1e-6)


def test_a_student_goes_on(text, tmp_path):
    stage = KeyboardStage(1, 4, 0.01, 1)
    vocabulary = choose_vocabulary(text.counts, 30)
    train_keyboard(text, vocabulary, tmp_path / "a", stage, **SIZES)
    begun = load_student(tmp_path / "a" / "student.keras")
    before = begun.get_weights()
    after = train_keyboard(text, vocabulary, tmp_path / "b", stage, student=begun)
    pairs = list(zip(before, after.get_weights(), strict=True))
    # Adam's first steps are of the size of the learning rate: not a new student.
    assert all(np.abs(old - new).max() < 0.2 for old, new in pairs)
    assert any((old != new).any() for old, new in pairs)
    fewer = choose_vocabulary(text.counts, len(vocabulary) - 1)
    with pytest.raises(ValueError, match="give the vocabulary_size that it was"):
        train_keyboard(text, fewer, tmp_path, stage, student=begun)


def train(text, vocabulary, workdir, teacher):
    return train_keyboard(text, vocabulary, workdir / "run", STAGE, teacher, **SIZES)


def test_it_trains_on_with_rounded_weights_and_ends_in_them(text, tmp_path):
    from tfdistill.quantize.rounding import quantize_rows

    stage = KeyboardStage(1, 8, 0.01, 1)
    vocabulary = choose_vocabulary(text.counts, 30)
    sizes = {**SIZES, "hidden_dim": 32, "intermediate_dim": 33}
    student = train_keyboard(text, vocabulary, tmp_path, stage, rounding=stage, **sizes)
    kernel = np.asarray(student.blocks[0].feed_forward.inner.kernel.numpy())
    values, scales = quantize_rows(kernel.T, 4)
    np.testing.assert_allclose((values * scales[:, None]).T, kernel, atol=1e-7)
    again = train_keyboard(text, vocabulary, tmp_path, stage, rounding=stage, **sizes)
    for old, new in zip(student.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    with pytest.raises(ValueError, match="another training than the one"):
        train_keyboard(text, vocabulary, tmp_path, STAGE, **sizes)
