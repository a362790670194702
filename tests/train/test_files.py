"""Work folders have one owner, and files are there whole or not at all."""

import os
import pathlib
import subprocess
import sys

import pytest

from tfdistill.train.files import open_workdir, read_json, write_json, written_whole

HOLD = """
import sys, time
from tfdistill.train.files import open_workdir
with open_workdir(sys.argv[1]):
    print("open", flush=True)
    time.sleep(60)
"""


def names(folder):
    return sorted(path.name for path in pathlib.Path(folder).iterdir())


def test_a_second_process_is_refused_until_the_first_one_ends(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path / "run")]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(ValueError, match="Another process works in"):
            with open_workdir(tmp_path / "run"):
                pass
    finally:
        holder.kill()
        holder.communicate()
    with open_workdir(tmp_path / "run") as folder:
        assert folder == tmp_path / "run"


def test_a_file_in_the_folders_place_is_refused(tmp_path):
    (tmp_path / "run").write_text("I was here first")
    for path in (tmp_path / "run", tmp_path / "run" / "deeper"):
        with pytest.raises(ValueError, match="a work folder that can be written"):
            with open_workdir(path):
                pass
    assert names(tmp_path) == ["run"]


def test_a_read_only_folder_is_refused(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    folder.chmod(0o555)
    if os.access(folder, os.W_OK):
        folder.chmod(0o755)
        command = ["mount", "-t", "tmpfs", "-o", "ro", "none", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip("this user may write everywhere and may mount nothing")
    try:
        with pytest.raises(ValueError, match="run cannot .*[Rr]ead-only|denied"):
            with open_workdir(folder):
                pass
        assert names(folder) == []
    finally:
        subprocess.run(["umount", str(folder)], capture_output=True, check=False)
        folder.chmod(0o755)


def test_leftovers_of_a_killed_process_are_swept(tmp_path):
    mine = (".profile", "1.txt", ".1.txt")
    half = (".tfdistill-12.student.keras", ".vocab.txt.7.tmp")
    deep = ("stages/.tfdistill-7.a.safetensors", "backup/a/.tfdistill-7.b.safetensors")
    for name in (*mine, *half, *deep):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("half")
    with open_workdir(tmp_path):
        assert names(tmp_path) == sorted([*mine, ".lock", "stages", "backup"])
        assert names(tmp_path / "stages") == names(tmp_path / "backup" / "a") == []


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "report.json"
    write_json(path, {"seed": 1})
    with pytest.raises(RuntimeError):
        with written_whole(path) as temporary:
            assert temporary.parent == tmp_path and temporary.suffix == ".json"
            temporary.write_text("{")
            raise RuntimeError("killed")
    assert names(tmp_path) == ["report.json"] and read_json(path) == {"seed": 1}


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(ValueError, match="nowhere/a.json was not written: No such"):
        write_json(tmp_path / "nowhere" / "a.json", {})


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", None])
def test_json_that_is_missing_or_damaged_is_named(content, tmp_path):
    path = tmp_path / "report.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match="report.json cannot be read"):
        read_json(path)


def test_a_full_disk_leaves_no_half_a_file(full_disk):
    folder = full_disk(64)
    with pytest.raises(ValueError, match="big.json was not written: the disk is full"):
        write_json(folder / "big.json", ["word"] * 40_000)
    write_json(folder / "small.json", ["word"])
    assert names(folder) == ["small.json"]
    assert read_json(folder / "small.json") == ["word"]


def test_errors_of_other_libraries_on_a_full_disk_become_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="The disk of .* is full. Make room"):
        with open_workdir(tmp_path):
            raise RuntimeError("(file write failed: 'No space left on device')")
    with pytest.raises(RuntimeError, match="something else"):
        with open_workdir(tmp_path):
            raise RuntimeError("something else")
