"""Mixed segmentation and masking: by word, at both ends, and within one vocabulary."""

import numpy as np
import pytest

from tfdistill.text import SPECIAL_TOKENS, load_tokenizer, write_vocabulary
from tfdistill.text.masking import mask_words
from tfdistill.text.mixed import MixedSegmenter

TEXT = "A warm, WARM film: caf\u00e9s un-warmed [MASK] \u4f60 z"


@pytest.fixture
def tokenizers(tmp_path):
    letters = "abcdefilmnrsuwz"
    common = [*letters, *(f"##{x}" for x in letters), *",:-[]"]
    teacher = [*SPECIAL_TOKENS, "warm", "film", "##ed", "cafe", "##s", *common]
    student = [*SPECIAL_TOKENS, "wa", "##rm", "fi", "##lm", *common]
    made = []
    for name, pieces in (("teacher", dict.fromkeys(teacher)), ("student", student)):
        write_vocabulary(pieces, tmp_path / name)
        made.append(load_tokenizer(tmp_path / name))
    return made


def row(tokenizers, p_dual, text=TEXT, seed=1, max_length=128):
    segment = MixedSegmenter(*tokenizers, max_length=max_length)
    return segment, segment(text, p_dual, np.random.default_rng(seed))


def test_at_zero_it_is_the_teachers_tokenizer(tokenizers):
    _, mixed = row(tokenizers, 0.0)
    assert mixed.teacher_ids.tolist() == tokenizers[0].encode(TEXT).ids
    assert mixed.student_ids.tolist() == tokenizers[1].encode(TEXT).ids
    assert not mixed.is_student_cut.any()


def test_at_one_it_is_the_students_behind_the_teachers(tokenizers):
    segment, mixed = row(tokenizers, 1.0)
    ours = np.array(tokenizers[1].encode(TEXT).ids)
    shifted = mixed.teacher_ids[1:-1] - segment.teacher_size
    assert shifted.tolist() == ours[1:-1].tolist()
    specials = [tokenizers[0].token_to_id(name) for name in ("[CLS]", "[SEP]")]
    assert mixed.teacher_ids[[0, -1]].tolist() == specials


@pytest.mark.parametrize("p_dual", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("max_length", [3, 9, 14, 128])
def test_words_begin_and_end_alike_and_have_one_vocabulary(
    p_dual, max_length, tokenizers
):
    segment, mixed = row(tokenizers, p_dual, seed=3, max_length=max_length)
    words = segment.split(TEXT)[: len(mixed.is_student_cut)]
    assert max(len(mixed.teacher_ids), len(mixed.student_ids)) <= max_length
    for number, word in enumerate(words):
        theirs = mixed.teacher_ids[mixed.teacher_words == number]
        ours = mixed.student_ids[mixed.student_words == number]
        is_cut = mixed.is_student_cut[number]
        assert np.all((theirs >= segment.teacher_size) == is_cut)
        assert ours.tolist() == [t.id for t in tokenizers[1].model.tokenize(word)]
        if is_cut:
            assert (theirs - segment.teacher_size).tolist() == ours.tolist()
        else:
            expected = [t.id for t in tokenizers[0].model.tokenize(word)]
            assert theirs.tolist() == expected


def test_half_of_ten_thousand_words_are_cut_by_the_student(tokenizers):
    _, mixed = row(tokenizers, 0.5, "warm film " * 5000, max_length=50_000)
    assert 4750 < mixed.is_student_cut.sum() < 5250


def test_other_words_are_refused(tokenizers, tmp_path):
    write_vocabulary([*SPECIAL_TOKENS, "A"], tmp_path / "cased")
    cased = load_tokenizer(tmp_path / "cased", lowercase=False)
    with pytest.raises(ValueError, match="split text into the same words"):
        MixedSegmenter(tokenizers[0], cased)
    with pytest.raises(ValueError, match="max_length=2 leaves no room"):
        MixedSegmenter(*tokenizers, max_length=2)


# === Masking ===


def masked(fraction, seed=0, count=4000):
    random = np.random.default_rng(seed)
    words = np.repeat(np.arange(count // 2), 2)
    words = np.concatenate([[-1], words, [-1]]).astype(np.int32)
    ids = random.integers(10, 90, len(words)).astype(np.int32)
    ranges = np.where(np.arange(count // 2)[:, None] % 2, [[10, 50]], [[50, 90]])
    return ids, words, ranges, *mask_words(ids, words, 4, ranges, random, fraction)


def test_whole_words_are_hidden_by_eighty_ten_ten():
    ids, words, ranges, hidden, labels = masked(0.5)
    asked = labels >= 0
    assert asked.sum() == 2000 and not asked[0] and not asked[-1]
    assert np.all(asked[1:-1:2] == asked[2:-1:2])  # both pieces of a word, or none
    np.testing.assert_array_equal(labels[asked], ids[asked])
    np.testing.assert_array_equal(hidden[~asked], ids[~asked])
    assert 1500 < np.sum(hidden[asked] == 4) < 1700
    changed = asked & (hidden != 4) & (hidden != ids)
    assert 140 < changed.sum() < 260
    low, high = ranges[words[changed]].T
    assert np.all((low <= hidden[changed]) & (hidden[changed] < high))


def test_at_least_one_word_is_hidden_and_a_row_without_words_is_left():
    assert np.sum(masked(0.001, count=8)[4] >= 0) == 2
    ids = np.array([2, 3], np.int32)
    nothing = np.zeros((0, 2), int)
    words = np.array([-1, -1])
    hidden, labels = mask_words(ids, words, 4, nothing, np.random.default_rng(0))
    assert hidden.tolist() == [2, 3] and labels.tolist() == [-1, -1]


@pytest.mark.parametrize("fraction", [0.0, 1.5, float("nan")])
def test_an_impossible_share_is_refused(fraction):
    with pytest.raises(ValueError, match=r"fraction must be in \(0, 1\]"):
        masked(fraction)
