"""The work folder: one owner at a time, and no file that is half written."""

import contextlib
import errno
import fcntl
import json
import os
import pathlib
import re

from tfdistill.text.json_text import parse_json

# Names under which `written_whole` and `write_vocabulary` write.
TEMPORARY = re.compile(r"\.tfdistill-\d+\..+|\..+\.\d+\.tmp")


@contextlib.contextmanager
def open_workdir(path):
    """Create a work folder, prove that it can be written, and lock it.

    Temporary files of a process that was killed here are removed.

    Args:
        path: str or path.

    Yields:
        pathlib.Path.

    Raises:
        ValueError: the folder cannot be made or written, another process holds it, or
            the disk gets full while it is open.
    """
    workdir = pathlib.Path(path)
    try:
        workdir.mkdir(parents=True, exist_ok=True)
        lock = open(workdir / ".lock", "w")  # noqa: SIM115, held until the end
    except OSError as error:
        raise ValueError(
            f"Expected a work folder that can be written; {workdir} cannot "
            f"({'the disk is full' if _is_full(error) else error.strerror}). Give "
            "another --workdir."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"Another process works in {workdir}. Wait for it, or give another "
                "--workdir."
            ) from None
        _remove_temporaries(workdir)
        with _told_when_full(workdir):
            yield workdir


@contextlib.contextmanager
def _told_when_full(workdir):
    """Keras, HDF5 and TensorFlow report a full disk by errors of their own kinds."""
    try:
        yield
    except ValueError:
        raise
    except Exception as error:
        if not _is_full(error):
            raise
        raise ValueError(
            f"The disk of {workdir} is full. Make room and run again: what was "
            "finished is kept."
        ) from error


def _is_full(error) -> bool:
    return os.strerror(errno.ENOSPC) in str(error)


def _remove_temporaries(workdir):
    for pattern in (".*", "stages/.*", "backup/*/.*"):
        for path in workdir.glob(pattern):
            if TEMPORARY.fullmatch(path.name):
                path.unlink()


@contextlib.contextmanager
def written_whole(path):
    """Give a temporary name beside `path` and rename it on success only.

    Args:
        path: str or path. Its ending is kept, as Keras goes by it.

    Yields:
        pathlib.Path. Write here.

    Raises:
        ValueError: the disk is full or the folder cannot be written; nothing is left.
    """
    path = pathlib.Path(path)
    temporary = path.with_name(f".tfdistill-{os.getpid()}.{path.name}")
    try:
        yield temporary
        os.replace(temporary, path)
    except Exception as error:
        if not isinstance(error, OSError) and not _is_full(error):
            raise
        reason = getattr(error, "strerror", None) or error
        reason = "the disk is full" if _is_full(error) else reason
        raise ValueError(f"{path} was not written: {reason}.") from error
    finally:
        with contextlib.suppress(OSError):  # it cannot be there on a read-only disk
            temporary.unlink(missing_ok=True)


def write_text(path, text: str):
    """Write a text file, whole or not at all.

    Raises:
        ValueError: as `written_whole`.
    """
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path, value):
    """Write `value` as indented JSON, whole or not at all.

    Raises:
        ValueError: as `written_whole`.
    """
    write_text(path, json.dumps(value, indent=2) + "\n")


def read_json(path):
    """Read a JSON file of the work folder.

    Raises:
        ValueError: the file is missing or damaged, by name.
    """
    try:
        return parse_json(pathlib.Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{path} cannot be read ({error}). Delete it and run again."
        ) from None
