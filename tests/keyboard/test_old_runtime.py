"""The shipped keyboard on tflite-runtime 2.14: what an old phone would show."""

import pathlib

import numpy as np
import pytest

from tests.other_pythons import OLD, run_on
from tfdistill.keyboard.suggester import Suggester

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests" / "export" / "other_runtime.py"


@pytest.mark.parametrize("length", [8, 16, 32])
def test_the_shipped_students_best_words_are_the_same(tmp_path, length):
    suggester = Suggester(ROOT / "models" / "keyboard")
    random = np.random.default_rng(length)
    words = suggester.vocabulary.entries[suggester.vocabulary.first_suggestion :][:900]
    contexts = [" ".join(random.choice(words, length - 3)) for _ in range(50)]
    rows = np.zeros((len(contexts), length), np.int32)
    ids = [suggester.vocabulary.ids(context) for context in contexts]
    for row, each in zip(rows, ids, strict=True):
        row[: len(each)] = each
    ends = np.array([len(each) - 1 for each in ids], np.int32)
    np.savez(tmp_path / "x.npz", token_ids=rows, position=ends)
    model = ROOT / "models" / "keyboard" / "model.tflite"
    paths = model, tmp_path / "x.npz", tmp_path / "y.npz"
    run_on(OLD, SCRIPT, *paths, f"tokens_{length}")
    theirs = np.load(tmp_path / "y.npz")["logits"]
    ours = np.stack([suggester.logits(context) for context in contexts])
    # Words that are never proposed have minus infinity on both.
    can_be = np.isfinite(ours)
    assert (np.isfinite(theirs) == can_be).all()
    theirs, ours = (x[:, can_be.all(0)] for x in (theirs, ours))
    assert np.abs(theirs - ours).max() < 0.03 * np.ptp(ours)
    assert np.abs(theirs - ours).mean() < 0.004 * np.ptp(ours)
    # Random contexts end in near ties; what is surely best is best on both.
    best = np.sort(ours, axis=1)
    is_sure = best[:, -1] - best[:, -2] > 0.01 * np.ptp(ours)
    assert is_sure.mean() > 0.5
    assert (theirs.argmax(1) == ours.argmax(1))[is_sure].all()
