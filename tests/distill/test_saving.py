"""A saved student is only the student; a distiller's weights hold no teacher."""

import h5py
import keras
import numpy as np
import pytest

from tfdistill.bert.checkpoint import load_student
from tfdistill.bert.encoder import build_student
from tfdistill.bert.heads import Classification
from tfdistill.distill.distiller import Distiller
from tfdistill.distill.objectives import SoftTargets


@pytest.fixture
def trained(pair, batch, labels, all_objectives, compiled):
    """Return a distiller after one step with everything that it may own."""
    distiller = compiled(Distiller(*pair, all_objectives), metrics=["accuracy"])
    distiller.train_on_batch(batch, labels)
    return distiller


def test_the_saved_student_is_only_the_student(trained, batch, tmp_path):
    trained.student.save(tmp_path / "student.keras")
    loaded = load_student(tmp_path / "student.keras")
    fresh = build_student(trained.student.config, head=Classification(4, dropout=0.0))
    assert len(loaded.variables) == len(fresh.variables)
    assert loaded.count_params() == fresh.count_params()
    assert not [v.path for v in loaded.variables if "distill" in v.path]
    before, after = trained.student(batch), loaded(batch)
    keras.tree.map_structure(np.testing.assert_array_equal, before, after)


def groups(path):
    """Return the number of values under each top-level group of a weights file."""
    sizes = {}

    def visit(name, node):
        if isinstance(node, h5py.Dataset):
            top = name.split("/")[0]
            sizes[top] = sizes.get(top, 0) + node.size

    with h5py.File(path) as file:
        file.visititems(visit)
    return sizes


def test_weights_hold_projections_and_never_the_teacher(trained, tmp_path):
    path = tmp_path / "distiller.weights.h5"
    trained.save_weights(path)
    sizes = groups(path)
    assert sizes.pop("layers") == trained.student.count_params() + 9 * 6 + 6
    # What is left is the step, the rate and the sums of the metrics.
    assert sum(sizes.values()) < 40 < trained.frozen_teacher.model.count_params()


def test_weights_come_back_with_the_projections(
    trained, make_teacher, make_student, all_objectives, tmp_path
):
    trained.save_weights(tmp_path / "distiller.weights.h5")
    heads = [Classification(4, dropout=0.0) for _ in range(2)]
    teacher = make_teacher(heads[0], seed=8)
    other = Distiller(teacher, make_student(heads[1], seed=9), all_objectives)
    before = [np.array(w.numpy()) for w in teacher.weights]
    other.load_weights(tmp_path / "distiller.weights.h5")
    for name in ("student", "projections"):
        ours, theirs = getattr(trained, name), getattr(other, name)
        pairs = zip(*(keras.tree.flatten(x) for x in (ours, theirs)), strict=True)
        for a, b in pairs:
            for x, y in zip(a.weights, b.weights, strict=True):
                np.testing.assert_array_equal(x.numpy(), y.numpy())
    for kept, weight in zip(before, teacher.weights, strict=True):
        np.testing.assert_array_equal(kept, weight.numpy())


def test_a_distiller_is_neither_saved_whole_nor_exported(pair, tmp_path):
    distiller = Distiller(*pair, [SoftTargets()])
    with pytest.raises(ValueError, match="save distiller.student, or use save_weights"):
        distiller.save(tmp_path / "all.keras")
    with pytest.raises(ValueError, match="export distiller.student"):
        distiller.export(tmp_path / "all")
    assert not list(tmp_path.iterdir())
