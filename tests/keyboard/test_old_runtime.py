"""The shipped keyboard on tflite-runtime 2.14: what an old phone would show."""

import os
import pathlib
import subprocess

import numpy as np
import pytest

from tfdistill.keyboard.suggester import Suggester

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests" / "export" / "other_runtime.py"


@pytest.mark.parametrize("length", [8, 16, 32])
def test_the_shipped_students_best_words_are_the_same(tmp_path, length):
    python = os.environ.get("TFDISTILL_OLD_PYTHON")
    if not python:
        pytest.skip("NOT RUN on tflite-runtime 2.14: set TFDISTILL_OLD_PYTHON")
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
    command = [python, SCRIPT, *paths, f"tokens_{length}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-800:]
    theirs = np.load(tmp_path / "y.npz")["logits"]
    ours = np.stack([suggester.logits(context) for context in contexts])
    assert (theirs.argmax(1) == ours.argmax(1)).mean() >= 0.98
    assert np.abs(theirs - ours).max() < 0.05 * np.ptp(ours)
