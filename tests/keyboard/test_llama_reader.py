"""What a language model expects at each word, kept on disk."""

import numpy as np
import pytest

from tfdistill.keyboard import llama_reader, windows
from tfdistill.keyboard.llama_reader import NextPieces
from tfdistill.keyboard.llama_states import export_states
from tfdistill.keyboard.smollm2 import load_llama

DOCUMENTS = [["the dog, I see", "he the! it is"], ["I don't", "the 42 the"]] * 3
K = 3


@pytest.fixture(scope="module")
def teacher(gguf_file):
    return load_llama(gguf_file)


@pytest.fixture(scope="module")
def states_file(teacher, tmp_path_factory):
    path = tmp_path_factory.mktemp("states") / "states.tflite"
    export_states(teacher, path)
    return path


def reader(folder, states_file, teacher, documents=DOCUMENTS):
    return NextPieces(folder, states_file, teacher, documents, k=K)


def test_every_word_but_the_first_is_answered(states_file, teacher, tmp_path):
    pieces = reader(tmp_path, states_file, teacher)
    pieces.fill()
    found = pieces.read()
    assert pieces.num_positions == 3 * (4 + 4 + 2 + 2)
    # Nothing stands before the first word of all.
    assert sorted(found["positions"]) == list(range(1, pieces.num_positions))
    assert found["pieces"].shape == found["log_p"].shape == (len(found["positions"]), K)
    assert (np.diff(found["log_p"].astype(float), axis=1) <= 0).all()
    # "the" and "I" are pieces with their space; other words begin behind one.
    spaced = {int(p) % 12 for p in found["positions"][found["is_spaced"]]}
    assert spaced == {2, 5, 11}


def test_it_is_what_the_model_says(states_file, teacher, tmp_path):
    pieces = reader(tmp_path, states_file, teacher, [["the dog I"]])
    pieces.fill()
    found = pieces.read()
    ids = np.array([teacher.tokenizer.encode("the dog").ids])
    state = teacher.backbone({"token_ids": ids, "padding_mask": np.ones_like(ids)})
    logits = teacher.token_table.numpy() @ np.asarray(state)[0, -1]
    spaced = [
        teacher.tokenizer.token_to_id("\u0120" + name) for name in ("t", "the", "I")
    ]
    log_p = logits[spaced] - np.log(np.exp(logits[spaced]).sum())
    (row,) = np.flatnonzero(found["positions"] == 2)
    by_piece = dict(zip(found["pieces"][row], found["log_p"][row], strict=True))
    np.testing.assert_allclose([by_piece[p] for p in spaced], log_p, atol=0.15)


def test_what_is_there_is_not_made_again(states_file, teacher, tmp_path, monkeypatch):
    monkeypatch.setattr(llama_reader, "_WINDOWS_PER_SHARD", 1)
    monkeypatch.setattr(windows, "_LONGEST_LINE", 8)
    documents = [["the dog is " * 9, "I see it " * 9] * 30]
    pieces = reader(tmp_path, states_file, teacher, documents)
    assert pieces.num_shards > 1
    pieces.fill()
    whole = pieces.read()
    files = sorted(tmp_path.iterdir())
    times = [file.stat().st_mtime_ns for file in files]
    damaged = bytearray(files[0].read_bytes())
    damaged[-5] ^= 1
    files[0].write_bytes(damaged)
    pieces.fill()
    assert [file.stat().st_mtime_ns for file in files][1:] == times[1:]
    for name, array in pieces.read().items():
        np.testing.assert_array_equal(array, whole[name])
    other = reader(tmp_path, states_file, teacher, [["the other"]])
    with pytest.raises(ValueError, match="no shard of this text"):
        other.read()


def test_more_pieces_than_there_are_is_refused(states_file, teacher, tmp_path):
    with pytest.raises(ValueError, match="from 1 to 3"):
        NextPieces(tmp_path, states_file, teacher, DOCUMENTS, k=4)
