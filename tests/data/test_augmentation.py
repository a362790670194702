"""Algorithm 1 of TinyBERT, word by word; its files, killed and shared."""

import itertools
import string
import tracemalloc

import keras
import numpy as np
import pytest

from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import MaskedLM, TokenClassification
from tfdistill.data import Examples
from tfdistill.data import augmented as shards
from tfdistill.data.augmentation import (
    Augmentation,
    Candidates,
    augment_rows,
    augment_words,
    stop_words,
)
from tfdistill.data.augmented import read_augmented, write_augmented
from tfdistill.data.masked_candidates import MaskedLMCandidates
from tfdistill.data.tasks import Streamed
from tfdistill.data.word_vectors import WordVectors
from tfdistill.text import SPECIAL_TOKENS, load_tokenizer, write_vocabulary

ONE_PIECE = ["film", "cast", "plot", "good", "great", "fine", "dull", "the", "is"]
WORDS = [*ONE_PIECE, "splendid", "tedious", "co-star", "42", "très"]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    """Words of one piece, letters for all others, and a piece that continues a word."""
    path = tmp_path_factory.mktemp("words") / "vocab.txt"
    letters = [*string.ascii_lowercase, *(f"##{x}" for x in string.ascii_lowercase)]
    write_vocabulary([*SPECIAL_TOKENS, *ONE_PIECE, "##ing", *letters], path)
    return load_tokenizer(path)


@pytest.fixture(scope="module")
def vectors():
    return WordVectors(WORDS, np.random.default_rng(0).normal(size=(len(WORDS), 5)))


@pytest.fixture
def candidates(tokenizer, vectors):
    return Candidates(tokenizer, vectors, count=3)


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


# === Files ===


@pytest.fixture
def examples(monkeypatch):
    monkeypatch.setattr(shards, "ROWS_PER_SHARD", 8)
    words = np.random.default_rng(2).choice(WORDS, (30, 6))
    return Examples([" ".join(row) for row in words], labels=np.arange(30) % 2)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_files_are_the_same_whoever_made_them(examples, candidates, tmp_path):
    settings = Augmentation(num_samples=5)
    count = write_augmented(examples, tmp_path / "one", candidates, settings)
    for worker in (2, 0, 1):
        write_augmented(examples, tmp_path / "many", candidates, settings, worker, 3)
    assert (
        len(files(tmp_path / "one")) == 9
    )  # four shards, their checksums, what they were made by
    assert files(tmp_path / "one") == files(tmp_path / "many")
    rows = list(read_augmented(examples, tmp_path / "one"))
    assert len(rows) == count > 100
    originals = {}
    for number, (text,) in rows:
        originals.setdefault(number, text)
    assert list(originals.values()) == examples.texts


def test_a_kill_is_made_good(examples, candidates, tmp_path, monkeypatch):
    settings = Augmentation(num_samples=5)
    write_augmented(examples, tmp_path / "whole", candidates, settings)
    write = shards._write_whole

    def killed(path, text):
        if path.name == "augmented_00002.jsonl":
            path.with_name(f".{path.name}.7.tmp").write_bytes(text[:99])
            raise KeyboardInterrupt
        write(path, text)

    with monkeypatch.context() as patch:
        patch.setattr(shards, "_write_whole", killed)
        with pytest.raises(KeyboardInterrupt):
            write_augmented(examples, tmp_path / "cut", candidates, settings)
    with pytest.raises(ValueError, match="augmented_00002.jsonl is missing"):
        list(read_augmented(examples, tmp_path / "cut"))
    write_augmented(examples, tmp_path / "cut", candidates, settings)
    assert files(tmp_path / "cut") == files(tmp_path / "whole")


@pytest.mark.parametrize("damage", [b"", b"half", None])
def test_a_damaged_shard_is_told_and_made_again(examples, candidates, tmp_path, damage):
    settings = Augmentation(num_samples=5)
    write_augmented(examples, tmp_path, candidates, settings)
    whole = files(tmp_path)
    shard = tmp_path / "augmented_00001.jsonl"
    lines = shard.read_bytes().splitlines(keepends=True)
    shard.write_bytes(b"".join(lines[:-3]) if damage is None else damage)
    with pytest.raises(ValueError, match="augmented_00001.jsonl is missing or damaged"):
        list(read_augmented(examples, tmp_path))
    write_augmented(examples, tmp_path, candidates, settings)
    assert files(tmp_path) == whole


def test_other_candidates_are_refused(examples, candidates, tokenizer, tmp_path):
    write_augmented(examples, tmp_path, candidates, Augmentation(num_samples=2))
    other = Candidates(tokenizer, WordVectors(["one", "two"], np.eye(2)))
    with pytest.raises(ValueError, match="begun with another candidates"):
        write_augmented(examples, tmp_path, other, Augmentation(num_samples=2))


def test_another_folder_is_asked_for(examples, candidates, tmp_path):
    write_augmented(examples, tmp_path, candidates, Augmentation(num_samples=2))
    with pytest.raises(ValueError, match="another num_samples: 2 instead of 3"):
        write_augmented(examples, tmp_path, candidates, Augmentation(num_samples=3))
    fewer = examples.take(range(9))
    with pytest.raises(ValueError, match="begun with another examples"):
        write_augmented(fewer, tmp_path, candidates, Augmentation(num_samples=2))
    with pytest.raises(ValueError, match="made from other examples"):
        next(read_augmented(fewer, tmp_path))
    with pytest.raises(ValueError, match="worker must be from 0 to 1"):
        write_augmented(examples, tmp_path, candidates, Augmentation(), 2, 2)


class Generated:
    """A source of as many texts as are asked for, which holds none of them."""

    def __init__(self, count):
        self.count = count

    def stream(self, split, size):
        random = np.random.default_rng(0)
        for _ in range(self.count // size):
            words = random.choice(ONE_PIECE, (size, 6))
            yield Examples([" ".join(row) for row in words])


def test_memory_does_not_grow_with_the_input(candidates, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "ROWS_PER_SHARD", 64)
    peaks = []
    for count in (128, 1024):
        examples = Streamed(Generated(count), "train", 64)
        tracemalloc.start()
        write_augmented(examples, tmp_path / str(count), candidates, Augmentation())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]


@pytest.mark.parametrize("size", [7, 8, 30])
def test_pieces_of_any_size_make_the_same_files(examples, candidates, tmp_path, size):
    settings = Augmentation(num_samples=5)
    pieces = [examples.take(range(i, min(i + size, 30))) for i in range(0, 30, size)]
    write_augmented(examples, tmp_path / "whole", candidates, settings)
    write_augmented(pieces, tmp_path / "pieces", candidates, settings)
    assert files(tmp_path / "whole") == files(tmp_path / "pieces")


def test_pieces_that_are_gone_after_one_reading_are_refused(candidates, tmp_path):
    pieces = (Examples([text]) for text in ("good film", "dull cast"))
    with pytest.raises(ValueError, match="a generator only once: give a list"):
        write_augmented(pieces, tmp_path / "new", candidates, Augmentation())
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "changes", [{"num_samples": 0}, {"num_candidates": 1.5}, {"replace_probability": 2}]
)
def test_settings_that_make_no_sense_are_refused(changes):
    (name,) = changes
    with pytest.raises(ValueError, match=f"Augmentation.{name} must be"):
        Augmentation(**changes)
