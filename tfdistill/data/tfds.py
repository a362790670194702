"""Tasks from TensorFlow Datasets, which is imported only when one is used."""

import dataclasses
import functools
import os
from collections.abc import Iterator

import numpy as np

from tfdistill.data.glue import LAYOUTS
from tfdistill.data.row_source import RowSource
from tfdistill.data.tasks import Examples, Task

# The first entry whose columns a data set has is its text, or its pair of texts.
TEXT_COLUMNS = (
    ("premise", "hypothesis"),
    ("sentence1", "sentence2"),
    ("question1", "question2"),
    ("question", "sentence"),
    ("sentence",),
    ("text",),
)
_SPLITS = {
    "train": ("train",),
    "dev": ("validation", "validation_matched", "dev"),
    "test": ("test", "test_matched"),
}
_GLUE_METRICS = {
    f"glue/{name.replace('-', '').lower()}": layout.metrics
    for name, layout in LAYOUTS.items()
}
_BATCH = 4096  # examples that leave TensorFlow at a time


@dataclasses.dataclass(frozen=True)
class Tfds(RowSource):
    """A data set of TensorFlow Datasets with one or two texts and a label.

    A split whose labels are all -1, as GLUE's tests are, comes without labels.

    Args:
        name: str, such as "glue/sst2"; it is prepared on first use.
        columns: tuple of one or two str, the features with the texts, or () for the
            first of `TEXT_COLUMNS` that fits.
        label: str, a class label or, for a regression, a float feature.
        metrics: tuple of str, or () for GLUE's or else the usual ones.
        data_dir: folder of prepared data sets, or None for TFDS's own.
    """

    name: str
    columns: tuple[str, ...] = ()
    label: str = "label"
    metrics: tuple[str, ...] = ()
    data_dir: str | os.PathLike | None = None

    def task(self) -> Task:
        """What the data set asks.

        Raises:
            ValueError: features without the columns or a usable label.
        """
        feature = self._feature()
        names = getattr(feature, "names", None)
        return Task(
            name=self.name,
            kind="classification" if names else "regression",
            labels=tuple(names or ()),
            metrics=self.metrics or _GLUE_METRICS.get(self.name, ()),
            is_pair=len(self._columns()) == 2,
        )

    def _rows(self, split: str) -> Iterator[tuple]:
        self._builder.download_and_prepare()
        names = (*self._columns(), self.label)
        dataset = self._builder.as_dataset(split=self._split(split))
        dataset = dataset.map(lambda row: {name: row[name] for name in names})
        is_empty = True
        for batch in dataset.batch(_BATCH).as_numpy_iterator():
            is_empty = False
            *texts, labels = (batch[name].tolist() for name in names)
            for *text, label in zip(*texts, labels, strict=True):
                yield *map(bytes.decode, text), label
        if is_empty:
            raise ValueError(f"Split {split!r} of {self.name} is empty.")

    def _to_examples(self, rows: list[tuple], split: str) -> Examples:
        examples = super()._to_examples(rows, split)
        labels = self._check_labels(examples.labels, split)
        return dataclasses.replace(examples, labels=labels)

    @functools.cached_property
    def _builder(self):
        import tensorflow_datasets as tfds

        try:
            return tfds.builder(self.name, data_dir=self.data_dir)
        except tfds.core.DatasetNotFoundError:
            raise ValueError(
                f"TensorFlow Datasets has no {self.name!r}: give a name of its "
                "catalogue, or the data_dir of a data set of your own."
            ) from None

    def _feature(self):
        features = self._builder.info.features
        if self.label not in features:
            raise ValueError(
                f"{self.name} has no feature {self.label!r}: choose label from "
                f"{list(features)}."
            )
        feature = features[self.label]
        is_class = getattr(feature, "names", None)
        if not is_class and not np.issubdtype(feature.np_dtype, np.floating):
            raise ValueError(
                f"Feature {self.label!r} of {self.name} must be a class label or a "
                f"float, not {feature}."
            )
        return feature

    def _columns(self) -> tuple[str, ...]:
        features = self._builder.info.features
        for columns in (self.columns,) if self.columns else TEXT_COLUMNS:
            if all(name in features for name in columns):
                return columns
        raise ValueError(
            f"Which features of {self.name} are the texts? Choose columns from "
            f"{list(features)}."
        )

    def _split(self, split: str) -> str:
        if split not in _SPLITS:
            raise ValueError(f"split must be one of {list(_SPLITS)}, not {split!r}.")
        for name in _SPLITS[split]:
            if name in self._builder.info.splits:
                return name
        raise ValueError(
            f"{self.name} has no split for {split!r}, only "
            f"{list(self._builder.info.splits)}."
        )

    def _check_labels(self, labels: np.ndarray, split: str) -> np.ndarray | None:
        names = getattr(self._feature(), "names", None)
        if np.all(labels == -1):
            return None
        if names and (labels.min() < 0 or labels.max() >= len(names)):
            raise ValueError(
                f"Split {split!r} of {self.name} has labels from {labels.min()} to "
                f"{labels.max()}, but there are {len(names)} classes."
            )
        return labels
