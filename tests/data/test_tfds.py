"""TensorFlow Datasets, through a tiny data set that TFDS itself writes and reads."""

import numpy as np
import pytest

from tfdistill.data import Tfds

ROWS = {"train": [("good", 1), ("bad", 0), ("fine", 1)], "test": [("what", -1)]}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """Folder with the data sets `reviews` (a class label) and `grades` (a float)."""
    folder = tmp_path_factory.mktemp("tfds")
    _store(folder, "reviews", ROWS)
    _store(folder, "grades", {"validation": [("a", 0.5), ("b", 4.5)]}, is_pair=True)
    return folder


def _store(folder, name, splits, is_pair=False):
    import tensorflow as tf
    import tensorflow_datasets as tfds

    label = tf.float32 if is_pair else tfds.features.ClassLabel(names=["neg", "pos"])
    columns = ("sentence1", "sentence2") if is_pair else ("sentence",)
    features = {name: tfds.features.Text() for name in columns} | {"label": label}
    datasets = {}
    for split, rows in splits.items():
        table = {name: [f"{text}{name[8:]}" for text, _ in rows] for name in columns}
        table["label"] = [value for _, value in rows]
        datasets[split] = tf.data.Dataset.from_tensor_slices(table)
    tfds.dataset_builders.store_as_tfds_dataset(
        name=name,
        version="1.0.0",
        features=tfds.features.FeaturesDict(features),
        split_datasets=datasets,
        data_dir=folder,
        disable_shuffling=True,
    )


def test_a_class_label_makes_a_classification(data_dir):
    source = Tfds("reviews", data_dir=data_dir)
    task, examples = source.task(), source.load("train")
    assert (task.kind, task.labels) == ("classification", ("neg", "pos"))
    assert examples.texts == ["good", "bad", "fine"] and examples.pairs is None
    assert examples.labels.dtype == np.int32 and examples.labels.tolist() == [1, 0, 1]


def test_two_sentences_and_a_float_make_a_regression_of_pairs(data_dir):
    source = Tfds("grades", data_dir=data_dir)
    task, examples = source.task(), source.load("dev")
    assert (task.kind, task.is_pair) == ("regression", True)
    assert (examples.texts, examples.pairs) == (["a1", "b1"], ["a2", "b2"])
    assert examples.labels.tolist() == [0.5, 4.5]


def test_a_split_comes_in_pieces(data_dir):
    pieces = list(Tfds("reviews", data_dir=data_dir).stream("train", 2))
    assert [piece.texts for piece in pieces] == [["good", "bad"], ["fine"]]
    assert [piece.labels.tolist() for piece in pieces] == [[1, 0], [1]]


def test_hidden_labels_are_no_labels(data_dir):
    assert Tfds("reviews", data_dir=data_dir).load("test").labels is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(label="stars"), "no feature 'stars'"),
        (dict(label="sentence"), "must be a class label or a float"),
        (dict(columns=("review",)), "Which features of reviews are the texts"),
    ],
)
def test_features_that_do_not_serve_are_refused(data_dir, arguments, message):
    with pytest.raises(ValueError, match=message):
        Tfds("reviews", data_dir=data_dir, **arguments).task()


def test_an_unknown_name_is_refused(data_dir):
    with pytest.raises(ValueError, match="has no 'no_such_set'"):
        Tfds("no_such_set", data_dir=data_dir).task()


def test_a_split_that_is_not_there_is_refused(data_dir):
    with pytest.raises(ValueError, match=r"no split for 'dev', only \['train', 'test'"):
        Tfds("reviews", data_dir=data_dir).load("dev")
    with pytest.raises(ValueError, match="split must be one of"):
        Tfds("reviews", data_dir=data_dir).load("validation")


def test_glue_comes_with_glues_metrics():
    from tfdistill.data.tfds import _GLUE_METRICS

    assert _GLUE_METRICS["glue/mrpc"] == ("f1", "accuracy")
    assert _GLUE_METRICS["glue/stsb"] == ("spearman", "pearson")
