"""Every scheme's file on an emulated ARM processor: the same classes as here."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from tfdistill.bert import heads
from tfdistill.bert.config import BertConfig
from tfdistill.export.schemes import SCHEMES
from tfdistill.export.to_tflite import export_tflite

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
LENGTH = 9
CONFIG = BertConfig(2, 48, 4, 64, vocabulary_size=97, max_sequence_length=9)


def test_an_arm_processor_gives_the_same_classes(make, sentences, tmp_path):
    if not os.environ.get("TFDISTILL_ARM"):
        pytest.skip("NOT RUN on ARM: set TFDISTILL_ARM=1 (Debian, root, 160 MB)")
    model = make(heads.Classification(3), CONFIG)
    files = [tmp_path / f"{scheme}.tflite" for scheme in SCHEMES]
    for path, scheme in zip(files, SCHEMES, strict=True):
        export_tflite(model, path, scheme, LENGTH, sentences[1])
    random = np.random.default_rng(2)
    lengths = random.integers(2, LENGTH + 1, (40, 1))
    np.savez(
        tmp_path / "inputs.npz",
        token_ids=random.integers(0, 97, (40, LENGTH)).astype("int32"),
        segment_ids=np.zeros((40, LENGTH), "int32"),
        padding_mask=(np.arange(LENGTH) < lengths).astype("int32"),
        labels=random.integers(0, 3, 40),
    )
    places = {"WORK": tmp_path, "BUILD": CHECKOUT / "build/arm"}
    values = {"PYTHON": sys.executable, "CPUS": "cortex-a53", **places}
    done = subprocess.run(
        ["bash", CHECKOUT / "benchmarks/arm_check.sh", "-", *files],
        env={**os.environ, **{name: str(value) for name, value in values.items()}},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 3:
        pytest.skip(f"NOT RUN on ARM: no packages of it ({done.stderr.strip()[-200:]})")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-800:]
    table = (tmp_path / "arm.md").read_text()
    assert table.count("\n| ") == 1 + len(SCHEMES) and "cortex-a53" in table
