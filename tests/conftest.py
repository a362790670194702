"""Fixtures that several rooms use: reference data, a tiny task, a full disk."""

import itertools
import os
import pathlib
import subprocess

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> pathlib.Path:
    """Folder of golden files and measuring data, or a skip that says where it goes."""
    default = CHECKOUT.parent / "shared"
    folder = pathlib.Path(os.environ.get("TFDISTILL_SHARED", default))
    if not folder.is_dir():
        pytest.skip(f"no reference data: set TFDISTILL_SHARED or put it at {default}")
    return folder


# A task of two dozen words: praise and blame.
GOOD = ("fine", "lovely", "warm", "bright")
BAD = ("dull", "grim", "stale", "cold")
THINGS = ("film", "cast", "plot", "score", "scene")


def sentences():
    """Return (text, label) of every kind of praise and blame, 80 in all."""
    rows = []
    for thing, (label, words) in itertools.product(THINGS, enumerate((BAD, GOOD))):
        rows += [(f"a {word} {thing}", label) for word in words]
        rows += [(f"the {thing} is {word}", label) for word in words]
    return rows


def write_glue(folder: pathlib.Path, train, dev):
    """Write an SST-2 folder as the official download has it."""
    (folder / "SST-2").mkdir(parents=True)
    for name, rows in (("train", train), ("dev", dev)):
        lines = [f"{text}\t{label}\n" for text, label in rows]
        (folder / "SST-2" / f"{name}.tsv").write_text(
            "sentence\tlabel\n" + "".join(lines)
        )
    return folder


def save_teacher(folder: pathlib.Path, texts, **changes):
    """Save a random teacher of 12 heads and its vocabulary, as a work folder has them.

    "changes" are fields of its BertConfig.
    """
    from tfdistill.bert.config import BertConfig
    from tfdistill.bert.encoder import BertEncoder
    from tfdistill.text import learn_vocabulary

    folder.mkdir(parents=True)
    pieces = learn_vocabulary(texts, 70, folder / "vocab.txt")
    fields = dict(
        num_layers=2,
        hidden_dim=24,
        num_heads=12,
        intermediate_dim=20,
        vocabulary_size=len(pieces),
        max_sequence_length=16,
    )
    BertEncoder(BertConfig(**{**fields, **changes})).save(folder / "student.keras")
    return folder


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Folder with glue/SST-2 (60 training and 20 dev sentences) and teacher/."""
    import keras

    folder = tmp_path_factory.mktemp("world")
    rows = sentences()
    order = np.random.default_rng(5).permutation(len(rows))
    rows = [rows[index] for index in order]
    write_glue(folder / "glue", rows[:60], rows[60:])
    keras.utils.set_random_seed(4)
    save_teacher(folder / "teacher", [text for text, _ in rows])
    return folder


@pytest.fixture
def full_disk(tmp_path):
    """Return a function that gives a folder on a file system of some kB, or skips."""
    mounted = []

    def full_disk(kilobytes):
        folder = tmp_path / f"disk_of_{kilobytes}k"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none"]
        done = subprocess.run(
            [*command, str(folder)], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            pytest.skip(f"no small file system here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield full_disk
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
