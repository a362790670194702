"""Runtimes that cannot live beside TensorFlow, in a folder of packages of their own.

The folder is fetched once into build/ and used by this Python with nothing else on its
path. TFDISTILL_OLD_PYTHON and TFDISTILL_MEDIAPIPE_PYTHON name a Python that has the
runtime already.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
OLD = (
    "TFDISTILL_OLD_PYTHON",
    "tflite-runtime 2.14",
    ("tflite-runtime==2.14.0", "numpy<2"),
)
MEDIAPIPE = (
    "TFDISTILL_MEDIAPIPE_PYTHON",
    "MediaPipe 1.2.2",
    ("mediapipe==1.2.2", "numpy<2", "absl-py", "certifi", "flatbuffers", "six")
    + ("opencv-python-headless<4.12", "matplotlib", "contourpy", "cycler", "fonttools")
    + ("kiwisolver", "packaging", "pillow", "pyparsing", "python-dateutil"),
)


def run_on(runtime, script, *arguments):
    """Run a script on `OLD` or `MEDIAPIPE`; skip loudly where it cannot be had."""
    variable, name, packages = runtime
    environment = dict(os.environ)
    python = [os.environ.get(variable)]
    if python == [None]:
        folder = CHECKOUT / "build" / "runtimes" / name.replace(" ", "-")
        if not folder.exists():
            _fetch(variable, name, packages, folder)
        python = [sys.executable, "-S"]
        environment["PYTHONPATH"] = str(folder)
    command = [*python, script, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr[-800:]


def _fetch(variable, name, packages, folder):
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = pathlib.Path(tempfile.mkdtemp(dir=folder.parent))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    pip += ["--only-binary=:all:", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "--target", temporary, *packages],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        shutil.rmtree(temporary)
        reason = done.stderr.strip().splitlines()[-1:]
        pytest.skip(
            f"NOT RUN on {name}: pip has no packages of it for this Python {reason}; "
            f"set {variable} to a Python that has it"
        )
    try:
        temporary.rename(folder)
    except OSError:  # Another worker was first.
        shutil.rmtree(temporary)
