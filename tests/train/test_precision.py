"""Products in bfloat16 while a recipe trains."""

import dataclasses
import pathlib

import numpy as np
import pytest

from tfdistill.bert.onednn import has_onednn
from tfdistill.train import precision, stages
from tfdistill.train.precision import products_in
from tfdistill.train.run import run_recipe

needs_onednn = pytest.mark.skipif(not has_onednn(), reason="TensorFlow has no oneDNN")


def _is_on():
    import tensorflow as tf

    name = "auto_mixed_precision_onednn_bfloat16"
    return tf.config.optimizer.get_experimental_options().get(name, False)


@needs_onednn
def test_it_holds_inside_alone():
    with products_in("bfloat16"):
        assert _is_on()
        with products_in("float32"):
            assert not _is_on()
        assert _is_on()
    assert not _is_on()


def _multiplies_bfloat16():
    path = pathlib.Path("/proc/cpuinfo")
    flags = path.read_text() if has_onednn() and path.is_file() else ""
    return "avx512_bf16" in flags or "amx_bf16" in flags


@pytest.mark.skipif(
    not _multiplies_bfloat16(), reason="the processor does not multiply bfloat16"
)
def test_products_are_rounded_and_nothing_else_is():
    import tensorflow as tf

    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 256, 256)).astype(np.float32)
    exact = a @ b
    made = {}
    for dtype in precision.COMPUTE_DTYPES:
        with products_in(dtype):
            product = tf.function(lambda x, y: tf.matmul(x, y) + 0.0)(a, b)
        assert product.dtype == tf.float32
        made[dtype] = np.abs(product - exact).max() / np.abs(exact).max()
    assert made["float32"] < 1e-6 < 1e-4 < made["bfloat16"] < 1e-2


@needs_onednn
def test_a_recipe_leaves_float32_files(
    recipe, finished, tmp_path, weights, monkeypatch
):
    seen, fit_from = [], stages.fit_from

    def watched(*args, **arguments):
        seen.append(_is_on())
        return fit_from(*args, **arguments)

    monkeypatch.setattr(stages, "fit_from", watched)
    report = run_recipe(dataclasses.replace(recipe, dtype="bfloat16"), tmp_path)
    assert set(report["scores"]) == {"teacher", "student"}
    assert seen == [True, True] and not _is_on()
    for made, exact in zip(weights(tmp_path), weights(finished), strict=True):
        assert made.dtype == exact.dtype == np.float32
        np.testing.assert_allclose(made, exact, atol=2e-3)


def test_what_cannot_multiply_it_is_refused(recipe, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"Recipe\.dtype must be one of float32"):
        dataclasses.replace(recipe, dtype="float16")
    monkeypatch.setattr(precision, "has_onednn", lambda: False)
    with pytest.raises(ValueError, match=r"needs TensorFlow with oneDNN"):
        run_recipe(dataclasses.replace(recipe, dtype="bfloat16"), tmp_path / "run")
    assert not (tmp_path / "run").exists()
