"""Two processes train together: the weights of one, one writer, a loss that is told."""

import dataclasses
import json
import os
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
from safetensors.numpy import load_file

from tfdistill.data.share import Share
from tfdistill.train.recipe import Teacher, to_json
from tfdistill.train.run import run_recipe
from tfdistill.train.workers import open_workers, read_cluster

PROGRAM = """
import sys
import time
from tfdistill.train.recipe_file import read_recipe
from tfdistill.train.run import run_recipe
try:
    run_recipe(read_recipe(sys.argv[1]), sys.argv[2], distribution=sys.argv[3])
except ValueError as error:
    sys.exit(str(error))
"""


@pytest.fixture(scope="module")
def steady(recipe):
    """Twenty steps of the student in odd batches, and no dropout."""
    stages = list(recipe.stages)
    stages[0] = dataclasses.replace(stages[0], batch_size=7)
    stages[1] = dataclasses.replace(stages[1], epochs=5)
    student = recipe.student.replace(dropout=0.0, attention_dropout=0.0)
    teacher = Teacher(recipe.teacher.source, dropout=0.0)
    return dataclasses.replace(
        recipe, stages=tuple(stages), student=student, teacher=teacher
    )


@pytest.fixture
def start_pair():
    """Return a function that starts two workers on this machine."""
    started = []

    def start(recipe_folder, workdir):
        cluster = {"worker": [f"localhost:{port}" for port in free_ports(2)]}
        pair = []
        for index in range(2):
            task = {"type": "worker", "index": index}
            config = json.dumps({"cluster": cluster, "task": task})
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, recipe_folder, workdir, "multi_worker"],
                env={**os.environ, "TF_CONFIG": config},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            pair.append(process)
        started.extend(pair)
        return pair, cluster["worker"]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("localhost", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def test_two_workers_train_as_one_process_does(steady, tmp_path, start_pair):
    (tmp_path / "recipe.json").write_text(to_json(steady))
    pair, _ = start_pair(tmp_path, tmp_path / "two")
    run_recipe(steady, tmp_path / "one")
    said = [process.communicate(timeout=900)[0] for process in pair]
    assert [process.returncode for process in pair] == [0, 0], said[0][-2000:]
    for stage in steady.stages:
        one, two = (
            load_file(tmp_path / name / "stages" / f"{stage.name}.safetensors")
            for name in ("one", "two")
        )
        for name, weight in one.items():
            np.testing.assert_allclose(two[name], weight, atol=1e-5, err_msg=name)
    reports = [
        json.loads((tmp_path / name / "report.json").read_text())
        for name in ("one", "two")
    ]
    assert reports[0]["scores"] == reports[1]["scores"]
    columns = {"skip_header": 1, "delimiter": ","}
    histories = [
        np.genfromtxt(tmp_path / name / "stages" / "student.csv", **columns)
        for name in ("one", "two")
    ]
    # Means over an epoch: rows of an odd batch weigh a little more in two halves.
    np.testing.assert_allclose(*histories, rtol=5e-3)


def test_a_worker_that_is_lost_is_named_and_all_go_on(steady, tmp_path, start_pair):
    long = dataclasses.replace(steady.stages[1], epochs=60)
    steady = dataclasses.replace(steady, stages=(steady.stages[0], long))
    (tmp_path / "recipe.json").write_text(to_json(steady))
    workdir = tmp_path / "run"
    (chief, lost), addresses = start_pair(tmp_path, workdir)
    backups, deadline = workdir / "backup" / "student", time.monotonic() + 900
    while not list(backups.glob("epoch_*")):
        assert chief.poll() is None, chief.communicate()[0][-2000:]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    lost.kill()
    said = chief.communicate(timeout=300)[0]
    assert chief.returncode == 1, said[-2000:]
    last = said.strip().splitlines()[-1]
    assert last.startswith(f"Worker 1 ({addresses[1]}) does not answer any more")
    assert not (workdir / "student.keras").exists() and list(backups.glob("epoch_*"))
    again, _ = start_pair(tmp_path, workdir)
    said = [process.communicate(timeout=900)[0] for process in again]
    assert [process.returncode for process in again] == [0, 0], said[0][-2000:]
    assert "Epoch 1/60" not in said[0] and (workdir / "student.keras").exists()


@pytest.mark.parametrize("size", [1, 3, 4, 7, 8])
@pytest.mark.parametrize("total", [1, 2, 4])
def test_the_mean_over_shares_is_the_mean_over_the_batch(size, total):
    rows, values = np.arange(10, 10 + size), np.random.default_rng(size).normal(size=20)
    means = []
    for first in range(total):
        ((part, weights),) = Share(first, 1, total).parts(rows)
        assert len(part) == len(weights) == -(-size // total)
        means.append(np.mean(values[part] * weights))
    assert np.mean(means) == pytest.approx(values[rows].mean())
    ((joined, weights),) = Share(0, total, total, is_joined=True).parts(rows)
    assert len(joined) % total == 0
    assert np.mean(values[joined] * weights) == pytest.approx(values[rows].mean())


@pytest.mark.parametrize(
    "text",
    [
        None,
        "{",
        "[]",
        '{"cluster": {"worker": ["a:1"]}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "ps", "index": 0}}',
    ],
)
def test_a_cluster_that_is_not_described_is_refused(text):
    with pytest.raises(ValueError, match="reads the environment variable TF_CONFIG"):
        read_cluster(text)


def test_a_chief_comes_before_the_workers():
    cluster = {"worker": ["b:1", "c:1"], "chief": ["a:1"]}
    task = {"type": "worker", "index": 1}
    found = read_cluster(json.dumps({"cluster": cluster, "task": task}))
    assert found == (2, ("a:1", "b:1", "c:1"))


def test_another_distribution_or_backend_is_refused():
    with pytest.raises(ValueError, match="one of none, mirrored.*got 'both'"):
        open_workers("both").__enter__()
    with pytest.raises(ValueError, match="needs Keras on jax.*KERAS_BACKEND=jax"):
        open_workers("data_parallel").__enter__()
