"""GLUE's tasks from the folders of the official download, read as they stand.

The files are tab-separated without any quoting: a quotation mark is part of the text.
CoLA has no header; MRPC begins with a byte order mark; some rows of QQP are broken, so
its loader needs `on_malformed="skip"`. Class ids follow TensorFlow Datasets.
"""

import dataclasses
import os
import pathlib
from collections.abc import Iterator

from tfdistill.data.row_source import RowSource
from tfdistill.data.rows import check_policy, check_text, parse_rows, read_lines
from tfdistill.data.tasks import Task


@dataclasses.dataclass(frozen=True)
class Layout:
    """Columns of a task's files. `values` are the classes as the files write them."""

    texts: tuple[str, ...]
    label: str
    values: tuple[str, ...] = ("0", "1")
    labels: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ("accuracy",)
    header: tuple[str, ...] = ()  # of train and dev, where the files have none


_SENTENCES = ("sentence1", "sentence2")
_ENTAILMENT = ("entailment", "not_entailment")
_COLA_HEADER = ("source", "label", "mark", "sentence")
_MNLI_CLASSES = ("entailment", "neutral", "contradiction")

LAYOUTS = {
    "SST-2": Layout(("sentence",), "label", labels=("negative", "positive")),
    "CoLA": Layout(
        ("sentence",),
        "label",
        labels=("unacceptable", "acceptable"),
        metrics=("matthews",),
        header=_COLA_HEADER,
    ),
    "MRPC": Layout(
        ("#1 String", "#2 String"),
        "Quality",
        labels=("not_equivalent", "equivalent"),
        metrics=("f1", "accuracy"),
    ),
    "STS-B": Layout(_SENTENCES, "score", values=(), metrics=("spearman", "pearson")),
    "RTE": Layout(_SENTENCES, "label", values=_ENTAILMENT),
    "QNLI": Layout(("question", "sentence"), "label", values=_ENTAILMENT),
    "QQP": Layout(
        ("question1", "question2"),
        "is_duplicate",
        labels=("not_duplicate", "duplicate"),
        metrics=("f1", "accuracy"),
    ),
    "MNLI": Layout(_SENTENCES, "gold_label", values=_MNLI_CLASSES),
    "WNLI": Layout(_SENTENCES, "label", labels=("not_entailment", "entailment")),
}

_FILES = {"train": "train.tsv", "dev": "dev.tsv", "test": "test.tsv"}
_MNLI_FILES = {
    "train": "train.tsv",
    "dev": "dev_matched.tsv",
    "dev_mismatched": "dev_mismatched.tsv",
    "test": "test_matched.tsv",
    "test_mismatched": "test_mismatched.tsv",
}
# MRPC as Microsoft distributes it: GLUE cuts dev out of train by a list of ids.
_MRPC_FILES = {
    "train": "msr_paraphrase_train.txt",
    "dev": "msr_paraphrase_train.txt",
    "test": "msr_paraphrase_test.txt",
}


@dataclasses.dataclass(frozen=True)
class Glue(RowSource):
    """One GLUE task from a folder of the official download.

    MNLI's "dev" and "test" are the matched ones; "dev_mismatched" and "test_mismatched"
    load as well.

    Args:
        name: str, a name in `LAYOUTS`, such as "SST-2".
        folder: folder with the task's files, or the GLUE folder that holds it.
        on_malformed: str, "error", or "skip" to count and leave out broken rows.

    Raises:
        ValueError: an unknown task or policy.

    Source: gluebenchmark.com; arXiv 1804.07461.
    """

    name: str
    folder: str | os.PathLike
    on_malformed: str = "error"

    def __post_init__(self):
        if self.name not in LAYOUTS:
            raise ValueError(
                f"Unknown GLUE task {self.name!r}: choose from {list(LAYOUTS)}."
            )
        check_policy(self.on_malformed)

    def task(self) -> Task:
        """What the data set asks."""
        layout = LAYOUTS[self.name]
        return Task(
            name=self.name,
            kind="classification" if layout.values else "regression",
            labels=layout.labels or layout.values,
            metrics=layout.metrics,
            is_pair=len(layout.texts) == 2,
        )

    def _rows(self, split: str) -> Iterator[tuple]:
        layout = LAYOUTS[self.name]
        path = self._file(split)
        rows = read_lines(path)
        if layout.header and split != "test":
            header = list(layout.header)
        else:
            _, line = next(rows, (1, ""))
            header = line.split("\t")
        columns = _find_columns(path, layout, header, split)
        return parse_rows(
            path,
            _keep_rows(path, rows, split),
            lambda line: _parse_row(line, layout, columns, len(header)),
            self.on_malformed,
        )

    def _file(self, split: str) -> pathlib.Path:
        names = _MNLI_FILES if self.name == "MNLI" else _FILES
        if split not in names:
            raise ValueError(f"split must be one of {list(names)}, not {split!r}.")
        folder = pathlib.Path(self.folder)
        candidates = [folder / names[split], folder / self.name / names[split]]
        if self.name == "MRPC":
            name = _MRPC_FILES[split]
            candidates += [folder / name, folder / self.name / name]
        for path in candidates:
            if path.is_file():
                return path
        raise ValueError(
            f"{folder} has no {names[split]}: give the folder of the official GLUE "
            f"download of {self.name}."
        )


def _find_columns(path, layout, header, split) -> list[int]:
    """Positions of the texts and, where the file has it, of the label."""
    wanted = list(layout.texts)
    if layout.label in header or not split.startswith("test"):
        wanted.append(layout.label)
    missing = [name for name in wanted if name not in header]
    if missing:
        raise ValueError(
            f"{path}, line 1: the header lacks the columns {missing}; it has {header}."
        )
    return [header.index(name) for name in wanted]


def _keep_rows(path: pathlib.Path, rows, split: str):
    """All rows, or train's or dev's part of Microsoft's one MRPC file."""
    if path.name != _MRPC_FILES["train"]:
        return rows
    ids_path = path.with_name("dev_ids.tsv")
    if not ids_path.is_file():
        raise ValueError(
            f"{ids_path} is missing: it lists the rows of {path.name} that are dev's."
        )
    dev_ids = {tuple(line.split("\t")) for _, line in read_lines(ids_path)}

    def is_dev(line):
        return tuple(line.split("\t")[1:3]) in dev_ids

    return (row for row in rows if is_dev(row[1]) == (split == "dev"))


def _parse_row(line: str, layout: Layout, columns: list[int], width: int):
    fields = line.split("\t")
    if len(fields) != width:
        raise ValueError(f"expected {width} columns, got {len(fields)}")
    texts = [check_text(fields[column]) for column in columns[: len(layout.texts)]]
    if len(columns) == len(layout.texts):
        return (*texts, None)
    return (*texts, _parse_label(fields[columns[-1]], layout))


def _parse_label(value: str, layout: Layout) -> int | float:
    if layout.values:
        if value not in layout.values:
            raise ValueError(f"label {value!r} is none of {list(layout.values)}")
        return layout.values.index(value)
    try:
        score = float(value)
    except ValueError:
        raise ValueError(f"score {value!r} is no number") from None
    if not 0 <= score <= 5:
        raise ValueError(f"score {value} is not between 0 and 5")
    return score
