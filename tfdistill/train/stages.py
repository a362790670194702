"""One stage: build the distiller, `fit` it, resume where it was killed."""

import functools
import pathlib
import sys

import keras
from absl import logging
from keras import ops

from tfdistill.data import Encoded, make_dataset, steps_per_epoch
from tfdistill.distill.distiller import Distiller
from tfdistill.distill.layer_map import LayerMap
from tfdistill.text import vocabulary_hash
from tfdistill.train.backup import Backup, fit_from
from tfdistill.train.batches import corpus_batches, lengths_for, training_batches
from tfdistill.train.callbacks import Reseed, StopAtNaN
from tfdistill.train.energy import Energy
from tfdistill.train.evaluate import EVALUATION_BATCH
from tfdistill.train.files import read_json, write_json
from tfdistill.train.history import cut_table, stage_table
from tfdistill.train.precision import products_in
from tfdistill.train.profile import ProfileSteps
from tfdistill.train.recipe import Stage
from tfdistill.train.schedule import make_optimizer
from tfdistill.train.weights import (
    average_weights,
    check_vocabulary,
    load_weights,
    save_weights,
)
from tfdistill.train.workers import ALONE, Workers


def train_stage(
    stage: Stage,
    student,
    teacher,
    train: Encoded,
    chosen: Encoded,
    workdir: pathlib.Path,
    seed: int,
    task_metrics=None,
    make_caches=None,
    tokenizer=None,
    profile: bool = False,
    workers: Workers = ALONE,
    energy_country: str | None = None,
    dtype: str = "float32",
) -> dict:
    """Train `student` in place and leave its weights in the work folder.

    A stage that is already finished is loaded, one that was killed goes on where its
    last backup was taken, with the order of the data and the dropout that it would have
    had.

    Args:
        stage: Stage.
        student: BertEncoder. The model that is trained (a teacher, in its own stages).
        teacher: BertEncoder or None.
        train: Encoded.
        chosen: Encoded. The slice of train that the progress is judged by.
        workdir: path.
        seed: int. Of new weights, of the order of the data and of dropout.
        task_metrics: metrics for `compile`, or None.
        make_caches: callable () -> (TeacherCache or None, the same), of `train` and of
            `chosen`, asked if there is a teacher and something is left to train.
        tokenizer: `tokenizers.Tokenizer` of the model that is trained, or None.
        profile: bool. Trace some steps and log their largest costs.
        workers: Workers. Who trains together; the chief alone writes.
        energy_country: str or None; see `Energy`. The chief's machine is measured.
        dtype: str. In which it multiplies; see `products_in`.

    Returns:
        dict. `minutes`, those of calls that were killed included; `vocabulary`, a hash.

    Raises:
        ValueError: objectives and models that do not fit, a diverged model, or a
            damaged file in the work folder.
    """
    done = stage_weights(workdir, stage)
    log = workdir / "stages" / f"{stage.name}.json"
    if done.is_file() and log.is_file():
        logging.info("Stage %s is finished: its weights are loaded.", stage.name)
        return load_stage(stage, student, workdir, tokenizer)
    keras.utils.set_random_seed(seed)
    _freeze(student, stage.frozen_layers)
    distiller = _compile(stage, student, teacher, train, task_metrics, workers)
    backup = Backup(
        workdir / "backup" / stage.name,
        task_metrics or (),
        is_written=workers.is_chief,
        is_shared=workers.count > 1,
    )
    backup.restore(distiller)
    epochs, steps = backup.position
    if epochs < stage.epochs:
        cached = (None, None)
        if make_caches and teacher:
            cached = make_caches()
            _fill(cached, workers)
        logging.info(
            "Stage %s begins in epoch %d, step %d.", stage.name, epochs + 1, steps + 1
        )

        buckets = lengths_for(student, teacher)

        def batches_after(step):
            if stage.corpus is None:
                make = training_batches(stage, train, step, seed, cached[0], buckets)
            else:
                make = corpus_batches(stage, tokenizer, student, step, seed)
            return workers.distribute(make)

        make_chosen = functools.partial(
            make_dataset,
            chosen,
            EVALUATION_BATCH,
            length_buckets=buckets,
            teacher_cache=cached[1],
        )

        with products_in(dtype):
            fit_from(
                distiller,
                stage.epochs,
                _steps(stage, train),
                backup,
                batches_after,
                validation_data=workers.distribute(make_chosen),
                validation_steps=steps_per_epoch(chosen, EVALUATION_BATCH),
                callbacks=_callbacks(
                    stage, workdir, backup, seed, profile, workers, energy_country
                ),
                shuffle=False,  # the data set has its own order
                # In a file, the bar would be a line for each step.
                verbose=1 if sys.stdout.isatty() else 2,
            )
    _freeze(student, 0)
    check_finite(student, stage)
    if stage.soup:
        others = [workdir / "stages" / f"{name}.safetensors" for name in stage.soup]
        average_weights(student.weights, others)
    result = {"minutes": round(backup.seconds / 60, 2)}
    if tokenizer is not None:
        result["vocabulary"] = vocabulary_hash(tokenizer)
    if not workers.is_chief:
        return result
    save_weights(student.weights, done)
    write_json(log, result)
    backup.remove()
    return result


def stage_weights(workdir: pathlib.Path, stage: Stage) -> pathlib.Path:
    """Return where a finished stage leaves the weights of the model it trained."""
    return workdir / "stages" / f"{stage.name}.safetensors"


def load_stage(stage: Stage, model, workdir: pathlib.Path, tokenizer) -> dict:
    """Load what a finished stage has left into the model that it trained.

    Args:
        stage: Stage.
        model: BertEncoder, changed in place.
        workdir: path.
        tokenizer: `tokenizers.Tokenizer` of the model, or None.

    Returns:
        dict. What `train_stage` returned; empty if nobody has written it.

    Raises:
        ValueError: weights of another vocabulary, or a damaged file.
    """
    path = stage_weights(workdir, stage)
    log = path.with_suffix(".json")
    result = read_json(log) if log.is_file() else {}
    check_vocabulary(result, tokenizer, path)
    load_weights(model.weights, path)
    return result


def check_stage(stage: Stage, student, teacher):
    """Refuse a stage whose objectives do not fit the models, before any training.

    Args:
        stage: Stage.
        student: BertEncoder that the stage trains.
        teacher: BertEncoder or None. It may still read its own vocabulary.

    Raises:
        ValueError: what does not fit, and what would.
    """
    for objective in stage.objectives:
        objective.check(teacher, student)
    if any(objective.needs_layer_map for objective in stage.objectives):
        depths = teacher.config.num_layers, student.config.num_layers
        LayerMap.resolve(stage.layer_map, *depths)


def _freeze(student, count):
    """Train all layers but the first; the embeddings belong to these."""
    student.embeddings.trainable = not count
    for number, block in enumerate(student.blocks, 1):
        block.trainable = number > count


def _compile(stage, student, teacher, train, metrics, workers):
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
        optimizer=make_optimizer(
            stage, _steps(stage, train) * stage.epochs, workers.strategy is not None
        ),
        # Shared batches have rows of weight 0.
        weighted_metrics=metrics if stage.has_labels else None,
        jit_compile=False,
    )
    return distiller


def _steps(stage, train):
    """Steps of one epoch, in the sense of `fit`."""
    if stage.steps_per_epoch is not None:
        return stage.steps_per_epoch
    steps = steps_per_epoch(train, stage.batch_size)
    return max(1, round(steps * stage.epoch_fraction))


def _fill(caches, workers):
    for cache in caches:
        if cache is not None:
            cache.fill(workers.index, workers.count)
    workers.wait()
    for cache in caches:
        if cache is not None and workers.count > 1:
            cache.fill()  # reads what others have made, or makes what they have not


def _callbacks(stage, workdir, backup, seed, profile, workers, country=None):
    if not workers.is_chief:
        return [Reseed(seed), StopAtNaN(stage), backup]
    table = stage_table(workdir, stage)
    table.parent.mkdir(exist_ok=True)
    cut_table(table, backup.position[0])
    traces = workdir / "logs" / stage.name
    return [
        *([ProfileSteps(traces)] if profile else []),
        *([Energy(country, workdir, stage.name)] if country else []),
        Reseed(seed),
        StopAtNaN(stage),
        keras.callbacks.CSVLogger(str(table), append=True),
        keras.callbacks.TensorBoard(str(traces), write_graph=False),
        backup,
    ]


def plain_callbacks(
    stage, workdir: pathlib.Path, backup, seed: int, energy_country=None
) -> list:
    """Return the callbacks of a stage in one process; what the table holds is cut.

    Args:
        stage: Stage, or a Pretraining.
        workdir: path.
        backup: Backup.
        seed: int.
        energy_country: str or None; see `Energy`.
    """
    return _callbacks(stage, workdir, backup, seed, False, ALONE, energy_country)


def check_finite(student, stage):
    """Raise ValueError if a trained model is not finite.

    Args:
        student: keras.Model.
        stage: Stage, or a Pretraining.
    """
    for weight in student.weights:
        if not bool(ops.all(ops.isfinite(weight))):
            raise ValueError(
                f"Stage {stage.name!r} diverged: {weight.path} is not finite. Begin "
                "again in another work folder, below "
                f"learning_rate={stage.learning_rate:g}."
            )
