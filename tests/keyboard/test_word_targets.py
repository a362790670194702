"""A teacher's states in the student's words."""

import dataclasses

import numpy as np
import pytest

from tfdistill.keyboard import llama_reader, windows, word_targets
from tfdistill.keyboard.llama_reader import NextStates
from tfdistill.keyboard.llama_states import export_states
from tfdistill.keyboard.smollm2 import load_llama
from tfdistill.keyboard.word_head import (
    HeadStage,
    WordHead,
    fit_head,
    new_head,
    word_table,
)
from tfdistill.keyboard.word_targets import WordTargets, expect_words, fit_heads

STAGE = HeadStage(epochs=2, batch_size=4, learning_rate=0.01, inner_dim=5)
DOCUMENTS = [["the dog, I see", "he the! it is"], ["I see", "the dog the"]] * 40


class Reader:
    """States that tell the next word, and words that are not to be learned from."""

    key = "a reader of two words"

    def __init__(self, folder, num_shards=4):
        self.folder, self.num_shards = folder, num_shards
        self.num_positions = 40 * num_shards
        random = np.random.default_rng(0)
        self.labels = random.integers(4, 6, self.num_positions).astype(np.int32)
        self.states = np.zeros((self.num_positions, 3), np.float16)
        self.states[np.arange(self.num_positions), self.labels - 4] = 1

    def read(self, shard):
        at = np.arange(40 * shard, 40 * shard + 40)
        return {"positions": at.astype(np.int32), "states": self.states[at]}


def test_targets_of_a_batch():
    targets = WordTargets(3, k=2)
    targets.ids[1:] = [[2, 3], [0, 1]]
    targets.p[1:] = [[0.4, 0.3], [0.5, 0.3]]
    found = targets.at(np.array([1, -1, 0, 2]))
    assert found["next_words:ids"][[0, 3]].tolist() == [[2, 3], [0, 1]]
    np.testing.assert_allclose(
        found["next_words:p"],
        [[0.4, 0.3], [0, 0], [0, 0], [0.5, 0.3]],
        atol=1e-3,
    )


def test_a_new_head_says_what_the_model_says(vocabulary, gguf_file):
    teacher = load_llama(gguf_file)
    head = new_head(teacher, vocabulary, inner_dim=5)
    states = np.random.default_rng(0).normal(size=(3, teacher.token_table.shape[1]))
    logits = np.asarray(head(states.astype(np.float32)))
    table = teacher.token_table.numpy()
    word = vocabulary.entries.index("see")
    pieces = [
        teacher.tokenizer.encode(" " + each).ids[0] for each in ("see", "See", "see")
    ]
    expected = states @ table[sorted(set(pieces))].mean(axis=0)
    np.testing.assert_allclose(logits[:, word], expected, rtol=1e-4)
    assert not logits[:, :4].any()


@pytest.mark.parametrize("is_hidden", [False, True])
def test_a_head_learns_what_it_may_learn_from(is_hidden, tmp_path):
    reader = Reader(tmp_path)
    head = WordHead(6, 3, inner_dim=5)
    labels = reader.labels.copy()
    if is_hidden:
        labels[labels == 5] = -1
    fit_head(head, reader, [0, 1], labels, dataclasses.replace(STAGE, epochs=60))
    logits = np.asarray(head(reader.states))
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    assert p[reader.labels == 4, 4].min() > 0.95
    other = p[reader.labels == 5, 5]
    assert other.max() < 0.5 if is_hidden else other.min() > 0.95


def test_a_table_keeps_which_words_are_alike(vocabulary):
    """Words in a plane of five dimensions: two numbers say all about them."""
    random = np.random.default_rng(0)
    places = random.normal(size=(16, 2)) @ random.normal(size=(2, 5))
    heads = [WordHead(16, 5, inner_dim=3) for _ in range(2)]
    for sign, head in zip((1, -1), heads, strict=True):
        head.words.kernel.assign((places + 3 + sign * random.normal()).T)
    table = word_table(heads, vocabulary, 2)
    # [PAD] to [NUMBER], then three signs.
    assert table.shape == (16, 2) and not table[:7].any()
    words, places = table[7:].astype(float), places[7:]
    apart = [
        np.linalg.norm(each[:, None] - each, axis=-1)[np.triu_indices(9, 1)]
        for each in (words, places)
    ]
    np.testing.assert_allclose(apart[0] / apart[0][0], apart[1] / apart[1][0], 1e-3)
    np.testing.assert_allclose(np.sqrt(np.mean(words**2)), 0.1, rtol=1e-3)
    # The first number is the one that says most, and the last nothing.
    assert words[:, 0].std() > words[:, 1].std()
    assert not word_table(heads, vocabulary, 7)[:, 5:].any()


def test_less_than_a_batch_is_refused(tmp_path):
    reader = Reader(tmp_path)
    head = WordHead(6, 3, inner_dim=5)
    with pytest.raises(ValueError, match="fewer words than a batch of 4"):
        fit_head(head, reader, [0], np.full_like(reader.labels, -1), STAGE)


def test_a_head_is_not_asked_about_what_it_was_fitted_on(tmp_path):
    heads = WordHead(6, 3, inner_dim=5), WordHead(6, 3, inner_dim=5)
    for word, head in zip((4, 5), heads, strict=True):
        head.words.bias.assign(9.0 * np.eye(6)[word])
    found = expect_words(Reader(tmp_path), heads, num_shards=3)
    best = np.take_along_axis(found.ids, found.p.argmax(axis=1)[:, None], axis=1)[:, 0]
    assert best[:40].tolist() == best[80:120].tolist() == [4] * 40
    assert best[40:80].tolist() == [5] * 40
    # The fourth part was not asked about.
    assert not found.p[120:].any()


def test_the_likeliest_words_keep_their_probabilities(tmp_path, monkeypatch):
    monkeypatch.setattr(word_targets, "_MOST_WORDS", 2)
    head = WordHead(4, 3, inner_dim=5)
    head.words.kernel.assign(np.zeros((3, 4)))
    head.words.bias.assign(np.log([0.1, 0.2, 0.4, 0.3]) + 7)
    found = expect_words(Reader(tmp_path), (head, head))
    by_word = dict(zip(found.ids[9], found.p[9], strict=True))
    assert by_word == pytest.approx({2: 0.4, 3: 0.3}, abs=1e-3)


@pytest.fixture
def filled(gguf_file, tmp_path, monkeypatch):
    monkeypatch.setattr(llama_reader, "_WINDOWS_PER_SHARD", 1)
    monkeypatch.setattr(windows, "_LONGEST_LINE", 8)
    teacher = load_llama(gguf_file)
    export_states(teacher, tmp_path / "states.tflite")
    folder = tmp_path / "states"
    reader = NextStates(folder, tmp_path / "states.tflite", teacher, DOCUMENTS)
    reader.fill()
    return reader, teacher


def test_heads_are_fitted_once(filled, vocabulary, monkeypatch):
    reader, teacher = filled
    labels = np.arange(reader.num_positions, dtype=np.int32) % len(vocabulary)
    asked = []

    def fit(head, reader, shards, labels, stage):
        asked.append(shards)
        fit_head(head, reader, shards, labels, stage)

    monkeypatch.setattr(word_targets, "fit_head", fit)
    heads = fit_heads(reader, teacher, vocabulary, labels, STAGE)
    assert asked == [
        list(range(1, reader.num_shards, 2)),
        list(range(0, reader.num_shards, 2)),
    ]
    again = fit_heads(reader, teacher, vocabulary, labels, STAGE)
    assert len(asked) == 2
    for one, other in zip(heads, again, strict=True):
        for old, new in zip(one.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)
    (damaged, _) = sorted(reader.folder.glob("head_*"))
    damaged.write_bytes(damaged.read_bytes()[:-9])
    fit_heads(reader, teacher, vocabulary, labels, STAGE)
    assert len(asked) == 3
    # Other labels are another fit, and one part has no other half.
    fit_heads(reader, teacher, vocabulary, labels[::-1].copy(), STAGE)
    assert len(asked) == 5
    with pytest.raises(ValueError, match="two halves of a text; got 1"):
        fit_heads(reader, teacher, vocabulary, labels, STAGE, num_shards=1)
