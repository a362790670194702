"""A recipe of two stages for the world of `tests/conftest.py`, and its finished run."""

import pytest


@pytest.fixture(scope="session")
def recipe(world):
    """A teacher stage and a student stage of three epochs, with dropout."""
    from tfdistill.bert.config import BertConfig
    from tfdistill.data import Glue
    from tfdistill.distill.objectives import HardLabels, HiddenStateMSE, SoftTargets
    from tfdistill.train.recipe import Recipe, Stage, Teacher, Vocabulary

    return Recipe(
        name="world",
        source=Glue("SST-2", str(world / "glue")),
        student=BertConfig(1, 6, 3, 10, max_sequence_length=16, dropout=0.2),
        teacher=Teacher(str(world / "teacher")),
        vocabulary=Vocabulary(size=60),
        stages=(
            Stage("teacher", (HardLabels(),), "teacher", "teacher", epochs=1),
            Stage("student", (SoftTargets(), HiddenStateMSE()), batch_size=13),
        ),
        max_length=16,
        choose_fraction=0.2,
    )


@pytest.fixture(scope="session")
def finished(recipe, tmp_path_factory):
    """Work folder of that recipe, run without a disturbance."""
    from tfdistill.train.run import run_recipe

    folder = tmp_path_factory.mktemp("finished")
    run_recipe(recipe, folder)
    return folder


@pytest.fixture
def weights():
    """Return a function that reads a student.keras as a list of arrays."""
    import keras

    from tfdistill.bert.checkpoint import load_student

    def weights(folder):
        return [
            keras.ops.convert_to_numpy(weight)
            for weight in load_student(folder / "student.keras").weights
        ]

    return weights
