"""One stage: build the distiller, `fit` it, resume where it was killed."""

import pathlib
import time

import keras
from absl import logging
from keras import ops

from tfdistill.data import Encoded, make_dataset, steps_per_epoch
from tfdistill.distill.distiller import Distiller
from tfdistill.train.files import read_json, write_json, written_whole
from tfdistill.train.recipe import Stage
from tfdistill.train.schedule import make_optimizer

EVALUATION_BATCH = 64


def train_stage(
    stage: Stage,
    student,
    teacher,
    train: Encoded,
    chosen: Encoded,
    workdir: pathlib.Path,
    seed: int,
    task_metrics=None,
) -> dict:
    """Train `student` in place and leave its weights in the work folder.

    A stage that is already finished is loaded, one that was killed goes on at the epoch
    that it was in, with the data in the order that it would have had.

    Args:
        stage: Stage.
        student: BertEncoder. The model that is trained (a teacher, in its own stages).
        teacher: BertEncoder or None.
        train: Encoded.
        chosen: Encoded. The slice of train that the progress is judged by.
        workdir: path.
        seed: int. Of the order of the data and of dropout.
        task_metrics: metrics for `compile`, or None.

    Returns:
        dict. `minutes`, of the call that finished the stage.

    Raises:
        ValueError: objectives and models that do not fit, or a diverged model.
    """
    done = workdir / "stages" / f"{stage.name}.weights.h5"
    log = workdir / "stages" / f"{stage.name}.json"
    if done.is_file() and log.is_file():
        logging.info("Stage %s is finished: its weights are loaded.", stage.name)
        student.load_weights(done)
        return read_json(log)
    done.parent.mkdir(exist_ok=True)
    backup = workdir / "backup" / stage.name
    start_epoch = _saved_epoch(backup)
    steps = steps_per_epoch(train, stage.batch_size)
    keras.utils.set_random_seed(seed)
    distiller = _compile(stage, student, teacher, steps, task_metrics)
    started = time.monotonic()
    distiller.fit(
        make_dataset(
            train,
            stage.batch_size,
            seed=seed,
            shuffle=True,
            start_epoch=start_epoch,
            repeat=True,
        ),
        steps_per_epoch=steps,
        epochs=stage.epochs,
        validation_data=make_dataset(chosen, EVALUATION_BATCH),
        callbacks=_callbacks(stage, workdir, backup),
        shuffle=False,  # the data set has its own order
        verbose=1,
    )
    _check_finite(student, stage)
    result = {"minutes": round((time.monotonic() - started) / 60, 2)}
    with written_whole(done) as temporary:
        student.save_weights(temporary)
    write_json(log, result)
    return result


def _compile(stage, student, teacher, steps, metrics):
    distiller = Distiller(
        teacher,
        student,
        stage.objectives,
        layer_map=stage.layer_map,
        projection=stage.projection,
        name=stage.name,
    )
    # XLA is off: with length buckets it compiles once per length, which costs more than
    # it saves on a small machine (docs/decisions.md).
    distiller.compile(
        optimizer=make_optimizer(stage, steps * stage.epochs),
        metrics=metrics,
        jit_compile=False,
    )
    return distiller


def _callbacks(stage, workdir, backup):
    return [
        keras.callbacks.BackupAndRestore(str(backup)),
        keras.callbacks.CSVLogger(
            str(workdir / "stages" / f"{stage.name}.csv"), append=True
        ),
        keras.callbacks.TensorBoard(str(workdir / "logs" / stage.name)),
        keras.callbacks.TerminateOnNaN(),
    ]


def _saved_epoch(backup: pathlib.Path) -> int:
    """Epoch that `BackupAndRestore` will go on with, so that the data goes on there."""
    saved = backup / "training_metadata.json"
    return read_json(saved)["epoch"] if saved.is_file() else 0


def _check_finite(student, stage):
    for weight in student.weights:
        if not bool(ops.all(ops.isfinite(weight))):
            raise ValueError(
                f"Stage {stage.name!r} diverged: {weight.path} is not finite. Lower the "
                f"stage's learning_rate ({stage.learning_rate}) and run again."
            )
