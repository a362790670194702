"""The demo's folder, its programs, and a small model in the shipped one's form."""

import os
import pathlib
import re
import runpy
import shutil
import subprocess

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent.parent
# What Maven, apt and the programs below say when there is no network or no such mirror.
UNREACHABLE = re.compile(
    r"Could not (transfer|resolve|connect)|could not be resolved|Unknown host"
    r"|Temporary failure|Failed to fetch|Unable to (fetch|locate)|no Debian mirror"
    r"|Connection (timed out|refused|reset)|Network is unreachable"
)


@pytest.fixture(scope="session")
def demo():
    """The folder android_demo."""
    return CHECKOUT / "android_demo"


def need(*programs):
    """Skip, and say why, unless all programs are there and java is 17."""
    missing = [each for each in programs if shutil.which(each) is None]
    if missing:
        pytest.skip(f"the keyboard is not built: no {', '.join(missing)}")
    java = subprocess.run(["java", "-version"], capture_output=True, text=True)
    if not re.search(r'version "17[."]', java.stderr):
        pytest.skip(f"the keyboard needs Java 17, found {java.stderr.splitlines()[:1]}")


@pytest.fixture(scope="session")
def run(demo):
    """Return a function that runs a command in android_demo and gives what it printed.

    It skips if the command lacks the network, and fails if it fails otherwise.
    """

    def run(*command):
        done = subprocess.run(
            [str(each) for each in command],
            cwd=demo,
            env={**os.environ, "MAVEN_OPTS": "-Xmx512m"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        if done.returncode and UNREACHABLE.search(done.stdout):
            pytest.skip(f"no network for {command[0]}: {done.stdout[-300:]}")
        assert not done.returncode, done.stdout[-6000:]
        return done.stdout

    return run


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """Folder of a random model of 200 words, with Python's logits."""
    folder = tmp_path_factory.mktemp("small")
    runpy.run_path(str(pathlib.Path(__file__).parent / "small_model.py"))["write"](
        folder
    )
    return folder


@pytest.fixture(scope="session")
def programs():
    """The function that skips unless programs are there."""
    return need
