"""GLUE's files as officially distributed, whole and broken."""

import numpy as np
import pytest
from absl import logging

from tfdistill.data import Glue
from tfdistill.data.glue import LAYOUTS

MNLI_DEV = ["index", "sentence1", "sentence2", "label1", "label5", "gold_label"]


@pytest.mark.parametrize(
    ("name", "split", "count", "positive"),
    [
        ("SST-2", "train", 67349, 37569),
        ("SST-2", "dev", 872, 444),
        ("CoLA", "train", 8551, 6023),
        ("CoLA", "dev", 1043, 721),
        ("MRPC", "dev", 408, 279),
    ],
)
def test_official_files_load_whole(shared, name, split, count, positive):
    examples = Glue(name, shared / "data/glue").load(split)
    assert (len(examples), examples.labels.sum()) == (count, positive)


@pytest.mark.parametrize(("name", "split"), [("MRPC", "train"), ("STS-B", "train")])
def test_every_line_after_the_header_is_a_row(shared, name, split):
    path = shared / "data/glue" / name / f"{split}.tsv"
    assert (
        len(Glue(name, path.parent).load(split)) == path.read_bytes().count(b"\n") - 1
    )


def test_official_scores_are_floats_from_0_to_5(shared):
    examples = Glue("STS-B", shared / "data/glue/STS-B").load("dev")
    assert len(examples) == 1500 and examples.labels.dtype == np.float32
    assert (examples.labels.min(), examples.labels.max()) == (0, 5)
    assert examples.pairs[0] == "A man wearing a hard hat is dancing."


def write(folder, file, *lines):
    (folder / file).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def test_byte_order_mark_and_quotes_are_read_as_they_stand(tmp_path):
    header = "\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String"
    write(tmp_path, "train.tsv", header, '1\t7\t8\t" He said\tit is " so "')
    examples = Glue("MRPC", tmp_path).load("train")
    assert (examples.texts, examples.pairs) == (['" He said'], ['it is " so "'])


def test_unusual_separators_do_not_end_a_line(tmp_path):
    write(tmp_path, "dev.tsv", "sentence\tlabel", "a\u2028b\x85c \t1")
    assert Glue("SST-2", tmp_path).load("dev").texts == ["a\u2028b\x85c "]


def test_cola_has_a_header_in_test_alone(tmp_path):
    write(tmp_path, "train.tsv", "gj04\t0\t*\tThey drank.")
    write(tmp_path, "test.tsv", "index\tsentence", "0\tBill whistled.")
    assert Glue("CoLA", tmp_path).load("train").texts == ["They drank."]
    test = Glue("CoLA", tmp_path).load("test")
    assert (test.texts, test.labels) == (["Bill whistled."], None)


def test_mnli_has_two_dev_files(tmp_path):
    for kind, label in (("matched", "neutral"), ("mismatched", "contradiction")):
        row = f"0\tp\th\t{label}\tentailment\t{label}"
        write(tmp_path, f"dev_{kind}.tsv", "\t".join(MNLI_DEV), row)
    source = Glue("MNLI", tmp_path)
    assert source.load("dev").labels.tolist() == [1]
    assert source.load("dev_mismatched").labels.tolist() == [2]


def test_microsofts_mrpc_file_is_cut_by_the_list_of_dev_ids(tmp_path):
    header = "\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\r"
    rows = [f"{i % 2}\t{i}\t{i + 10}\ta{i}\tb{i}\r" for i in range(3)]
    write(tmp_path, "msr_paraphrase_train.txt", header, *rows)
    write(tmp_path, "dev_ids.tsv", "1\t11")
    assert Glue("MRPC", tmp_path).load("train").texts == ["a0", "a2"]
    assert Glue("MRPC", tmp_path).load("dev").pairs == ["b1"]


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_every_task_reads_its_own_columns(tmp_path, name):
    layout = LAYOUTS[name]
    value = layout.values[-1] if layout.values else "2.5"
    columns = list(layout.header) or ["index", *layout.texts, layout.label]
    cells = [value if c == layout.label else f"some {c}" for c in columns]
    lines = (
        ["\t".join(cells)] if layout.header else ["\t".join(columns), "\t".join(cells)]
    )
    file = "dev_matched.tsv" if name == "MNLI" else "dev.tsv"
    source = Glue(name, write(tmp_path, file, *lines))
    examples, task = source.load("dev"), source.task()
    assert examples.texts == [f"some {layout.texts[0]}"]
    assert task.is_pair == (examples.pairs is not None)
    assert examples.labels[0] == (task.num_labels - 1 if task.labels else 2.5)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("only one", "line 3: expected 2 columns, got 1"),
        ("a\tb\t1", "line 3: expected 2 columns, got 3"),
        ("a\t2", "line 3: label '2' is none of"),
        ("", "line 3: expected 2 columns"),
    ],
)
def test_a_malformed_row_is_named_by_file_and_line(tmp_path, row, message):
    write(tmp_path, "train.tsv", "sentence\tlabel", "fine\t1", row, "good\t0")
    with pytest.raises(ValueError, match=f"train.tsv, {message}"):
        Glue("SST-2", tmp_path).load("train")


def test_malformed_rows_are_counted_and_skipped_on_request(tmp_path, monkeypatch):
    logged = []
    monkeypatch.setattr(logging, "warning", lambda *parts: logged.append(parts[-1]))
    write(tmp_path, "train.tsv", "sentence\tlabel", "fine\t1", "a\t7", "b", "good\t0")
    examples = Glue("SST-2", tmp_path, on_malformed="skip").load("train")
    assert examples.texts == ["fine", "good"] and logged == [2]


def test_bytes_that_are_not_utf_8_are_named_by_line(tmp_path):
    (tmp_path / "dev.tsv").write_bytes(b"sentence\tlabel\nok\t1\nbad \xff\t0\n")
    with pytest.raises(ValueError, match="line 3: the text is not valid UTF-8"):
        Glue("SST-2", tmp_path).load("dev")


def test_a_score_out_of_range_is_refused(tmp_path):
    header = "index\tsentence1\tsentence2\tscore"
    for score in ("5.1", "nan", "high"):
        write(tmp_path, "dev.tsv", header, f"0\ta\tb\t{score}")
        with pytest.raises(ValueError, match="line 2: score"):
            Glue("STS-B", tmp_path).load("dev")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "lacks the columns"),
        (["text\tlabel", "a\t1"], r"lacks the columns \['sentence'\]"),
        (["sentence\tlabel"], "holds no usable row"),
    ],
)
def test_a_file_without_rows_or_columns_is_refused(tmp_path, lines, message):
    with pytest.raises(ValueError, match=f"dev.tsv.*{message}"):
        Glue("SST-2", write(tmp_path, "dev.tsv", *lines)).load("dev")


def test_what_cannot_be_loaded_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Unknown GLUE task 'SST2'"):
        Glue("SST2", tmp_path)
    with pytest.raises(ValueError, match="has no train.tsv"):
        Glue("SST-2", tmp_path).load("train")
    with pytest.raises(ValueError, match="split must be one of"):
        Glue("SST-2", tmp_path).load("validation")
    with pytest.raises(ValueError, match="on_malformed must be one of"):
        Glue("SST-2", tmp_path, on_malformed="ignore")
