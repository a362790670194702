"""A BERT that reads a keyboard's words: where their rows come from."""

import numpy as np
import pytest

from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder
from tfdistill.keyboard.bert_teacher import next_word_bert
from tfdistill.keyboard.vocabulary import SPECIALS
from tfdistill.text import load_tokenizer

PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "1", "the", "see", "##n", "i")


@pytest.fixture
def teacher(tmp_path, vocabulary):
    (tmp_path / "vocab.txt").write_text("\n".join(PIECES) + "\n")
    sizes = dict(num_layers=1, hidden_dim=8, num_heads=2, intermediate_dim=9)
    body = BertEncoder(BertConfig(vocabulary_size=len(PIECES), **sizes))
    body.save(tmp_path / "body.keras")
    tokenizer = load_tokenizer(tmp_path / "vocab.txt")
    return body, next_word_bert(tmp_path / "body.keras", tokenizer, vocabulary)


def test_a_word_is_the_mean_of_its_pieces(teacher, vocabulary):
    body, found = teacher
    old = np.asarray(body.embeddings.token.embeddings)
    new = np.asarray(found.embeddings.token.embeddings)
    assert new.shape[0] == len(vocabulary)
    names = [*SPECIALS, "the", "I", "seen", "Monday"]
    rows = new[[vocabulary.entries.index(name) for name in names]]
    pieces = [[0], [1], [2], [5], [6], [9], [7, 8], [1]]
    expected = [old[each].mean(axis=0) for each in pieces]
    np.testing.assert_allclose(rows, expected, atol=1e-6)


def test_it_looks_back_only(teacher):
    _, found = teacher
    ids = np.array([[2, 8, 9, 10]])
    inputs = {"token_ids": ids, "segment_ids": 0 * ids, "padding_mask": 0 * ids + 1}
    before = np.asarray(found(inputs)["logits"])
    inputs["token_ids"] = np.array([[2, 8, 9, 13]])
    after = np.asarray(found(inputs)["logits"])
    np.testing.assert_allclose(before[:, :3], after[:, :3], atol=1e-5)
    assert np.abs(before[:, 3] - after[:, 3]).max() > 1e-3
