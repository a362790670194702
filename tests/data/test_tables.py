"""Tables of the user's own: CSV, TSV and JSON lines."""

import numpy as np
import pytest

from tfdistill.data import TableFile


def write(path, text):
    path.write_bytes(text.encode("utf-8"))
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", '\ufefflabel,text\r\nno,"a, ""b"""\r\nyes,c\r\n'),
        ("t.tsv", 'text\tlabel\na, "b"\tno\nc\tyes\n'),
        (
            "t.jsonl",
            '{"text": "a, \\"b\\"", "label": "no"}\n{"text": "c", "label": "yes"}',
        ),
    ],
)
def test_one_table_in_three_formats(tmp_path, name, text):
    source = TableFile(write(tmp_path / name, text))
    examples = source.load("train")
    assert source.task().labels == ("no", "yes")
    assert examples.texts == ['a, "b"', "c"] and examples.pairs is None
    assert examples.labels.dtype == np.int32 and examples.labels.tolist() == [0, 1]


def test_columns_are_found_by_name(tmp_path):
    path = write(tmp_path / "t.csv", "x,first,y,second\n1,a,0.5,b\n2,c,-3,d\n")
    source = TableFile(path, text="first", pair="second", label="y", kind="regression")
    examples = source.load("train")
    assert source.task().is_pair and examples.pairs == ["b", "d"]
    assert examples.labels.dtype == np.float32 and examples.labels.tolist() == [0.5, -3]


def test_numbers_as_labels_are_sorted_by_size(tmp_path):
    rows = "".join(f'{{"text": "a", "label": {n}}}\n' for n in (10, 9, 100))
    source = TableFile(write(tmp_path / "t.jsonl", rows))
    assert source.task().labels == ("9", "10", "100")
    assert source.load("train").labels.tolist() == [1, 0, 2]


def test_given_labels_keep_their_order_and_refuse_others(tmp_path):
    path = write(tmp_path / "t.csv", "text,label\na,yes\nb,maybe\n")
    with pytest.raises(ValueError, match="t.csv, line 3: label 'maybe' is none of"):
        TableFile(path, labels=("yes", "no")).load("train")
    source = TableFile(path, labels=("yes", "no"), on_malformed="skip")
    assert source.load("train").labels.tolist() == [0]


def test_a_label_that_train_lacks_is_refused(tmp_path):
    train = write(tmp_path / "train.csv", "text,label\na,yes\nb,no\n")
    dev = write(tmp_path / "dev.csv", "text,label\na,perhaps\n")
    with pytest.raises(ValueError, match="dev.csv, line 2: label 'perhaps'"):
        TableFile(train, dev).load("dev")


@pytest.mark.parametrize("test", ["text\nc\n", "text,label\nc,no\n"])
def test_test_files_may_come_without_labels(tmp_path, test):
    train = write(tmp_path / "train.csv", "text,label\na,yes\nb,no\n")
    path = write(tmp_path / "test.csv", test)
    labels = TableFile(train, test=path).load("test").labels
    assert (labels is None) == ("label" not in test)


def test_a_quoted_line_feed_keeps_the_line_numbers_right(tmp_path):
    path = write(tmp_path / "t.csv", 'text,label\n"a\nb",1\nc,2,3\nd,4\n')
    with pytest.raises(ValueError, match="line 4: expected 2 columns, got 3"):
        TableFile(path).load("train")
    kept = TableFile(path, on_malformed="skip").load("train")
    assert kept.texts == ["a\nb", "d"]


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("t.jsonl", '{"text": 3, "label": 1}', "'text' holds no text"),
        ("t.jsonl", '{"text": "a"}', "'label' holds no label"),
        ("t.jsonl", '{"text": "a", "label": null}', "'label' holds no label"),
        ("t.tsv", "a\t ", "'label' holds no label"),
        ("t.jsonl", "text", "no JSON"),
        ("t.jsonl", "[]", "no JSON object"),
        ("t.jsonl", '{"text": "\\ud800", "label": 1}', "not valid UTF-8"),
        ("t.tsv", "a", "expected 2 columns, got 1"),
    ],
)
def test_a_malformed_row_is_named_by_file_and_line(tmp_path, name, row, message):
    fine = '{"text": "b", "label": 0}' if name == "t.jsonl" else "text\tlabel"
    path = write(tmp_path / name, f"{fine}\n{row}\n")
    with pytest.raises(ValueError, match=f"{name}, line 2: .*{message}"):
        TableFile(path, labels=("0", "1")).load("train")


@pytest.mark.parametrize("value", ["high", "nan", "inf", ""])
def test_a_regression_needs_finite_numbers(tmp_path, value):
    path = write(tmp_path / "t.tsv", f"text\tlabel\na\t{value}\n")
    with pytest.raises(ValueError, match="line 2: .* (is no number|holds no label)"):
        TableFile(path, kind="regression").load("train")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("t.csv", "", "holds no row"),
        ("t.csv", "text,label\n", "holds no row"),
        ("t.csv", "words,label\na,b\n", r"lacks the columns \['text'\]"),
        ("t.csv", 'text,label\n"a,b\n', "line 2: unexpected end of data"),
        ("t.txt", "a", "must end in .csv, .tsv or .jsonl"),
        ("t.jsonl", "", "holds no usable row"),
    ],
)
def test_an_unusable_file_is_refused_by_name(tmp_path, name, text, message):
    with pytest.raises(ValueError, match=f"{name}.*{message}"):
        TableFile(write(tmp_path / name, text), labels=("a", "b")).load("train")


def test_what_cannot_be_loaded_is_refused(tmp_path):
    with pytest.raises(ValueError, match="kind must be one of"):
        TableFile("t.csv", kind="intent_slots")
    with pytest.raises(ValueError, match="No file was given for split 'test'"):
        TableFile("t.csv").load("test")
    with pytest.raises(ValueError, match="Cannot read .*none.csv"):
        TableFile(tmp_path / "none.csv").load("train")
