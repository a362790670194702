"""A language model's states before each word, kept on disk."""

import numpy as np
import pytest

from tfdistill.keyboard import llama_reader, windows
from tfdistill.keyboard.llama_reader import NextStates
from tfdistill.keyboard.llama_states import export_states
from tfdistill.keyboard.smollm2 import load_llama

DOCUMENTS = [["the dog, I see", "he the! it is"], ["I don't", "the 42 the"]] * 3


@pytest.fixture(scope="module")
def teacher(gguf_file):
    return load_llama(gguf_file)


@pytest.fixture(scope="module")
def states_file(teacher, tmp_path_factory):
    path = tmp_path_factory.mktemp("states") / "states.tflite"
    export_states(teacher, path)
    return path


def test_every_word_but_the_first_is_answered(states_file, teacher, tmp_path):
    reader = NextStates(tmp_path, states_file, teacher, DOCUMENTS)
    reader.fill()
    found = reader.read(0)
    assert reader.num_shards == 1
    assert reader.num_positions == 3 * (4 + 4 + 2 + 2)
    # Nothing stands before the first word of all.
    assert sorted(found["positions"]) == list(range(1, reader.num_positions))
    width = teacher.token_table.shape[1]
    assert found["states"].shape == (len(found["positions"]), width)


def test_it_is_what_the_model_says(states_file, teacher, tmp_path):
    reader = NextStates(tmp_path, states_file, teacher, [["the dog I"]])
    reader.fill()
    found = reader.read(0)
    ids = np.array([teacher.tokenizer.encode("the dog").ids])
    state = teacher.backbone({"token_ids": ids, "padding_mask": np.ones_like(ids)})
    (row,) = np.flatnonzero(found["positions"] == 2)
    # The file is dynamic int8.
    np.testing.assert_allclose(
        found["states"][row].astype(float), np.asarray(state)[0, -1], atol=0.1
    )


def test_what_is_there_is_not_made_again(states_file, teacher, tmp_path, monkeypatch):
    monkeypatch.setattr(llama_reader, "_WINDOWS_PER_SHARD", 1)
    monkeypatch.setattr(windows, "_LONGEST_LINE", 8)
    documents = [["the dog is " * 9, "I see it " * 9] * 30]
    reader = NextStates(tmp_path, states_file, teacher, documents)
    assert reader.num_shards > 1
    reader.fill()
    whole = [reader.read(shard) for shard in range(reader.num_shards)]
    files = sorted(tmp_path.iterdir())
    times = [file.stat().st_mtime_ns for file in files]
    damaged = bytearray(files[0].read_bytes())
    damaged[-5] ^= 1
    files[0].write_bytes(damaged)
    with pytest.raises(ValueError, match="does not hold shard 0"):
        reader.read(0)
    reader.fill()
    assert [file.stat().st_mtime_ns for file in files][1:] == times[1:]
    for shard, before in enumerate(whole):
        for name, array in reader.read(shard).items():
            np.testing.assert_array_equal(array, before[name])
    other = NextStates(tmp_path, states_file, teacher, [["the other"]])
    with pytest.raises(ValueError, match="shard 0 of this text"):
        other.read(0)
