"""The program that makes a keyboard, from chats and a teacher to its folder."""

import json

import pytest

from tfdistill.keyboard import llama_reader
from tfdistill.keyboard.suggester import Suggester
from tfdistill.tflite import make_keyboard

SAID = ["I see the dog", "the dog is here, you see", "see you there, it is late"]


@pytest.fixture
def chats(tmp_path):
    found = {
        f"{n}": {"messages": [[{"text": line} for line in SAID]]} for n in range(350)
    }
    path = tmp_path / "chats.json"
    path.write_text(json.dumps(found))
    return path


def test_a_teacher_reads_once_and_the_folder_proposes(
    chats, gguf_file, tmp_path, monkeypatch
):
    monkeypatch.setattr(llama_reader, "_WINDOWS_PER_SHARD", 30)
    output = tmp_path / "keyboard"
    (tmp_path / "en.txt").write_text("late 100\n")
    flags = [
        "tfdistill-make-keyboard",
        f"--workdir={tmp_path / 'run'}",
        f"--output={output}",
        f"--chitchat={chats}",
        f"--word_counts={tmp_path / 'en.txt'}",
        f"--gguf={gguf_file}",
        f"--teacher_folder={tmp_path / 'teacher'}",
        "--vocabulary_size=20",
        "--num_layers=2",
        "--hidden_dim=32",
        "--epochs=2",
        "--ngram_bytes=5000",
    ]
    with pytest.raises(ValueError, match="two halves of a text; got 1 part"):
        make_keyboard.main([*flags, "--teacher_shards=1"])
    assert make_keyboard.main(flags) == 0
    states = sorted((tmp_path / "teacher" / "states").iterdir())
    assert sum(path.name.startswith("head_") for path in states) == 2
    times = [path.stat().st_mtime_ns for path in states]
    assert "see" in Suggester(output).suggest("I ")
    # Again: nothing is read, fitted or trained a second time.
    assert make_keyboard.main(flags) == 0
    assert [path.stat().st_mtime_ns for path in states] == times
