"""Algorithm 1 of TinyBERT, word by word."""

import itertools

import keras
import numpy as np
import pytest

from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import MaskedLM, TokenClassification
from tfdistill.data.augmentation import (
    Augmentation,
    Candidates,
    augment_rows,
    augment_words,
    stop_words,
)
from tfdistill.data.masked_candidates import MaskedLMCandidates
from tfdistill.data.word_vectors import WordVectors

from .conftest import WORDS


def draw(words, candidates, seed=1, **changes):
    random = np.random.default_rng(seed)
    return augment_words(words, candidates, Augmentation(**changes), random)


def test_nothing_is_replaced_at_probability_0():
    assert draw(["a", "b"], [["x"], ["y"]], replace_probability=0.0) == [["a", "b"]]


def test_all_is_replaced_at_probability_1():
    samples = draw(["a", "b"], [["x"], []], replace_probability=1.0)
    assert samples == [["a", "b"], ["x", "b"]]


def test_samples_differ_and_their_number_is_bounded():
    choices = [["b", "c", "d"], [], ["f", "g"]]
    samples = draw(["a", "q", "e"], choices, num_samples=1000)
    possible = itertools.product("abcd", "q", "efg")
    assert samples[0] == ["a", "q", "e"]
    assert {tuple(each) for each in samples} == set(possible) and len(samples) == 12
    assert len(draw(["a", "q", "e"], choices, num_samples=2)) <= 3


def test_words_are_replaced_as_often_as_asked():
    words, choices = ["a"] * 4000, [["b"]] * 4000
    _, sample = draw(words, choices, num_samples=1, replace_probability=0.4)
    assert sample.count("b") / 4000 == pytest.approx(0.4, abs=0.03)


def test_neighbours_are_the_nearest_by_cosine(vectors):
    allowed = np.array([word not in ("film", "cast") for word in WORDS])
    (found, unknown) = vectors.nearest(["film", "nowhere"], 4, allowed)
    cosines = vectors.vectors @ vectors.vectors[0]
    order = [WORDS[i] for i in np.argsort(-cosines) if allowed[i]]
    assert found == order[:4] and unknown == []
    assert len(vectors.nearest(["film"], 99, allowed)[0]) == len(WORDS) - 2


def test_neighbours_among_many_are_the_nearest():
    words = [str(number) for number in range(5000)]
    many = WordVectors(words, np.random.default_rng(1).normal(size=(5000, 3)))
    (found,) = many.nearest(["7"], 15, np.ones(5000, bool))
    cosines = many.vectors @ many.vectors[7]
    cosines[7] = -2
    assert found == [words[i] for i in np.argsort(-cosines)[:15]]


def test_contractions_stay_and_words_of_content_do_not():
    words = stop_words()
    assert words.issuperset("i do n ' t didn t don wouldn ve".replace("'", "").split())
    assert words.isdisjoint("serious empty interest full film good".split())


def test_stop_words_and_all_but_plain_words_stay_and_never_come(candidates):
    words = candidates.split("The FILM is a co-star, très splendid: 42!")
    assert words[:3] == ["the", "film", "is"] and "splendid" in words
    (found,) = candidates([words])
    closed = stop_words() | {"co-star", "42", "très", ",", ":", "!"}
    for word, near in zip(words, found, strict=True):
        assert bool(near) == (word in ("film", "splendid"))
        assert not closed & set(near) and word not in near and len(near) <= 3


def test_of_a_pair_one_side_is_changed_at_a_time(candidates):
    row = ("The film is good", "A dull plot")
    (samples,) = augment_rows([row], 0, candidates, Augmentation(num_samples=30))
    assert samples[0] == row and len(samples) > 10
    for first, second in samples[1:]:
        assert (first == row[0]) != (second == row[1])


@pytest.mark.parametrize(
    "changes", [{"num_samples": 0}, {"num_candidates": 1.5}, {"replace_probability": 2}]
)
def test_settings_that_make_no_sense_are_refused(changes):
    (name,) = changes
    with pytest.raises(ValueError, match=f"Augmentation.{name} must be"):
        Augmentation(**changes)


# === Masked LM ===


@pytest.fixture(scope="module")
def model(tokenizer):
    keras.utils.set_random_seed(4)
    config = BertConfig(
        num_layers=1,
        hidden_dim=8,
        num_heads=2,
        intermediate_dim=16,
        vocabulary_size=tokenizer.get_vocab_size(),
        max_sequence_length=32,
        initializer_range=0.8,
    )
    return BertEncoder(config, MaskedLM())


@pytest.mark.parametrize("context", ["pair", "single"])
def test_candidates_are_the_likeliest_pieces_at_the_mask(context, tokenizer, model):
    masked_lm = MaskedLMCandidates(model, tokenizer, context)
    words = "film is splendid".split()
    texts = [words, ["dull", "good"]]
    found = masked_lm(texts, [[0], [1]], str.isalpha, 20)
    encoded = [t for w in words[1:] for t in tokenizer.model.tokenize(w)]
    rest = [token.id for token in encoded]
    cls_id, sep_id, mask_id = map(tokenizer.token_to_id, ("[CLS]", "[SEP]", "[MASK]"))
    ids = [cls_id, mask_id, *rest, sep_id]
    segments = [0] * len(ids)
    if context == "pair":
        second = [tokenizer.token_to_id("film"), *rest, sep_id]
        ids, segments = ids + second, segments + [1] * len(second)
    inputs = {
        "token_ids": np.array([ids]),
        "segment_ids": np.array([segments]),
        "padding_mask": np.ones((1, len(ids)), "int32"),
    }
    logits = keras.ops.convert_to_numpy(model(inputs)["logits"])[0, 1]
    likeliest = map(tokenizer.id_to_token, np.argsort(-logits)[:20].tolist())
    expected = [w for w in likeliest if w.isalpha() and w != "film"]
    assert found[0] == [expected] and len(found[1]) == 1


def test_words_beyond_the_models_end_have_no_candidates(tokenizer, model):
    masked_lm = MaskedLMCandidates(model, tokenizer)
    words = ["film"] * 40
    (found,) = masked_lm([words], [[0, 39]], str.isalpha, 20)
    assert found[0] and found[1] == []


def test_words_of_several_pieces_are_left_to_the_vectors(tokenizer, vectors):
    asked = []

    def masked_lm(texts, places, is_open, count):
        asked.append([[w[i] for i in p] for w, p in zip(texts, places, strict=True)])
        return [[["guess"] for _ in own] for own in places]

    words = "the film is splendid".split()
    (found,) = Candidates(tokenizer, vectors, masked_lm)([words])
    assert asked == [[["film"]]] and found[1] == ["guess"]
    assert found[3] and "guess" not in found[3]
    (alone,) = Candidates(tokenizer, None, masked_lm)([words])
    assert alone == [[], ["guess"], [], []]


def test_what_cannot_guess_is_refused(tokenizer, model):
    with pytest.raises(ValueError, match="word vectors, a masked LM, or both"):
        Candidates(tokenizer)
    with pytest.raises(ValueError, match="context must be one of pair, single"):
        MaskedLMCandidates(model, tokenizer, "whole")
    other = BertEncoder(model.config, TokenClassification(3))
    with pytest.raises(ValueError, match="this one has TokenClassification"):
        MaskedLMCandidates(other, tokenizer)
