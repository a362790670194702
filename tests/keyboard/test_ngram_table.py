"""The table of n-grams as a file, and what is chosen for it."""

import struct

import numpy as np
import pytest

from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import MaskedLM
from tfdistill.keyboard.examples import encode_lines
from tfdistill.keyboard.ngram_choice import choose_ngrams
from tfdistill.keyboard.ngram_table import NGramTable, empty_table, hash_contexts
from tfdistill.keyboard.suggester import raised
from tfdistill.keyboard.train import next_word_config

CONTEXTS = [(2,), (2, 12), (11, 12, 9), (7,), (9, 10)]
WORDS = [[8, 9], [13], [10], [11], [14, 12, 8]]
WEIGHTS = [[0.5, 0.1], [0.02], [0.9], [0.3], [0.2, 0.05, 0.01]]


@pytest.fixture
def table():
    return NGramTable.build(CONTEXTS, WORDS, WEIGHTS)


def read(tmp_path, content):
    path = tmp_path / "ngrams.bin"
    path.write_bytes(content)
    return NGramTable.read(path, 8, 15)


def test_hashes_are_those_of_the_page():
    """Worked out with whole numbers of any size, as docs/keyboard.md says."""
    for ids, expected in (
        ([2], 2874712427),
        ([2, 17], 2917011961),
        ([2, 17, 4095], 178264250),
        ([5000, 6143, 17], 1102603537),
    ):
        assert hash_contexts([ids]).tolist() == [expected]


def test_a_file_comes_back_as_it_was(table, tmp_path):
    again = read(tmp_path, table.to_bytes())
    assert again.to_bytes() == table.to_bytes()
    for context, words, weights in zip(CONTEXTS, WORDS, WEIGHTS, strict=True):
        for found in (table, again):
            ids, levels = found.find(context)
            assert ids.tolist() == words
            assert np.abs(np.log(levels / weights)).max() < 0.4


def test_the_longest_context_wins(table):
    assert table.find([2, 11, 12, 9])[0].tolist() == [10]
    assert table.find([2, 5, 7])[0].tolist() == [11]
    assert table.find([2, 9, 10, 5])[0].tolist() == []
    assert empty_table().find([2])[0].tolist() == []


def test_many_contexts_are_told_apart(tmp_path):
    random = np.random.default_rng(0)
    contexts = sorted({tuple(c) for c in random.integers(2, 6000, (9000, 3)).tolist()})
    words = [[8 + i % 7] for i in range(len(contexts))]
    table = NGramTable.build(contexts, words, [[0.1]] * len(contexts))
    assert len(table.fingerprints) > len(contexts) - 3
    wrong = sum(
        table.find(c)[0].tolist() != w for c, w in zip(contexts, words, strict=True)
    )
    assert wrong < 3
    strange = random.integers(6000, 8000, (9000, 3)).tolist()
    assert sum(len(table.find(each)[0]) > 0 for each in strange) < 30
    assert read(tmp_path, table.to_bytes()).to_bytes() == table.to_bytes()


def test_a_damaged_file_is_refused_or_whole(table, tmp_path):
    content = table.to_bytes()
    with pytest.raises(ValueError, match="cannot be read"):
        NGramTable.read(tmp_path / "none", 8, 15)
    for length in range(len(content)):
        with pytest.raises(ValueError, match="is not a table"):
            read(tmp_path, content[:length])
    random, refused = np.random.default_rng(0), 0
    for _ in range(2000):
        damaged = bytearray(content)
        damaged[random.integers(len(content))] = random.integers(256)
        try:
            found = read(tmp_path, bytes(damaged))
        except ValueError:
            refused += 1
            continue
        assert found.to_bytes() == bytes(damaged)
        for context in CONTEXTS:
            ids, levels = found.find(context)
            assert all(8 <= i < 15 for i in ids) and (levels > 0).all()
    assert 500 < refused < 2000


def test_a_header_does_not_ask_for_memory(tmp_path):
    header = struct.pack("<4s4I", b"TFNG", 3, 2, 2**32 - 1, 2**32 - 1)
    with pytest.raises(ValueError, match="is not a table"):
        read(tmp_path, header + bytes(100))


def test_what_is_raised_by_hand():
    logits = np.log([0.5, 0.3, 0.2]).astype(np.float32)
    found = raised(logits, [2, 0], [0.4, 0.1])
    np.testing.assert_allclose(np.exp(found), [0.6, 0.3, 0.6], rtol=1e-6)
    logits[2] = np.nan
    found = raised(logits, [2, 0], [0.4, 0.1])
    assert np.isnan(found[2])
    np.testing.assert_allclose(np.exp(found[:2]), [0.58, 0.3], rtol=1e-6)


def test_a_phrase_that_the_student_lacks_is_chosen(vocabulary):
    """An untrained student knows nothing, so the text's phrases are worth a place."""
    config = next_word_config(
        len(vocabulary), num_layers=1, hidden_dim=8, num_heads=2, intermediate_dim=8
    )
    student = BertEncoder(config, head=MaskedLM())
    text = ["see you Monday", "the seen I'm", "you don't see"] * 40 + ["I see the"] * 8
    lines = encode_lines(text, vocabulary)
    table = choose_ngrams(student, lines, 8, 10_000)
    see, you, monday = (vocabulary.ids(word)[1] for word in ("see", "you", "Monday"))
    words, levels = table.find([2, see, you])
    assert words[0] == monday and levels[0] > 0.2
    assert len(table.find([2])[0]) >= 2
    small = choose_ngrams(student, lines, 8, 25)
    assert 0 < 3 * len(small.fingerprints) + 2 * len(small.ids) <= 25
    none = choose_ngrams(student, lines, 8, 0)
    assert len(none.ids) == 0 and len(none.to_bytes()) == 54
    with pytest.raises(ValueError, match="weight"):
        choose_ngrams(student, lines, 8, 100, weight=0)
