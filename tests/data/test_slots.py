"""Commands with slots, SNIPS's and broken ones."""

import json

import pytest

from tfdistill.data import SlotFile, encode

ROW = {"tokens": ["play", "Abba"], "slots": ["O", "B-artist"], "intent": "PlayMusic"}
STOP = {"tokens": ["stop", "it"], "slots": ["O", "O"], "intent": "Stop"}


def write(path, *rows):
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_snips_loads_whole(shared, letters):
    folder = shared / "data/snips"
    source = SlotFile(*(folder / f"{name}.jsonl" for name in ("train", "dev", "test")))
    task = source.task()
    assert (len(task.labels), len(task.slot_labels)) == (7, 72)
    assert task.metrics == ("intent_accuracy", "slot_f1")
    for split, count in (("train", 13084), ("dev", 700), ("test", 700)):
        examples = source.load(split)
        assert len(examples) == count
    encoded = encode(examples, task, letters, 512)
    words = sum(len(row) for row in examples.words)
    assert (encoded.slot_labels >= 0).sum() == words == len(encoded.word_slots)


def test_tokens_without_text_are_left_out_with_their_slots(tmp_path):
    row = {**ROW, "tokens": ["", "Abba", " "], "slots": ["O", "B-artist", "I-artist"]}
    examples = SlotFile(write(tmp_path / "train.jsonl", row)).load("train")
    assert (examples.words, examples.slots) == ([["Abba"]], [["B-artist"]])


def test_labels_are_those_of_train_sorted_with_o_first(tmp_path):
    other = {"tokens": ["x"], "slots": ["B-album"], "intent": "Add"}
    task = SlotFile(write(tmp_path / "train.jsonl", ROW, STOP, other)).task()
    assert task.labels == ("Add", "PlayMusic", "Stop")
    assert task.slot_labels == ("O", "B-album", "B-artist")


def test_a_label_that_train_lacks_makes_a_row_malformed(tmp_path):
    train = write(tmp_path / "train.jsonl", ROW, STOP)
    new = {"tokens": ["x"], "slots": ["B-new"], "intent": "Stop"}
    dev = write(tmp_path / "dev.jsonl", STOP, new)
    with pytest.raises(ValueError, match=r"dev.jsonl, line 2: .*\['B-new'\]"):
        SlotFile(train, dev).load("dev")
    kept = SlotFile(train, dev, on_malformed="skip").load("dev")
    assert kept.texts == ["stop it"] and kept.labels.tolist() == [1]
    dev = write(tmp_path / "dev.jsonl", {**STOP, "intent": "Sing"})
    with pytest.raises(ValueError, match=r"line 1: .*\['Sing'\]"):
        SlotFile(train, dev).load("dev")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "no JSON"),
        ("[" * 3000, "nested too deeply"),
        ("[1]", "expected an object"),
        ({"tokens": ["a"], "intent": "x"}, "expected an object"),
        ({**ROW, "slots": ["O"]}, "2 tokens and 1 slots"),
        ({**ROW, "tokens": [], "slots": []}, "at least one token"),
        ({**ROW, "tokens": ["", " "]}, "at least one token"),
        ({**ROW, "intent": ""}, "expected an intent"),
        ({**ROW, "tokens": "ab"}, "tokens must be"),
        ({**ROW, "intent": None}, "intent must be"),
        ({**ROW, "slots": ["O", "artist"]}, "not 'artist'"),
        ({**ROW, "tokens": ["a", "\ud800"]}, "UTF-8"),
    ],
)
def test_a_malformed_row_is_named_by_file_and_line(tmp_path, row, message):
    path = write(tmp_path / "train.jsonl", ROW, row, STOP)
    with pytest.raises(ValueError, match=f"train.jsonl, line 2: .*{message}"):
        SlotFile(path).load("train")
    assert len(SlotFile(path, on_malformed="skip").load("train")) == 2


def test_a_split_without_a_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"split 'dev', only for \['train'\]"):
        SlotFile(tmp_path / "train.jsonl").load("dev")
