"""What lets a killed stage go on exactly: seeds, backups, tables."""

import keras
import numpy as np
import pytest

from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import Classification
from tfdistill.distill.distiller import Distiller
from tfdistill.distill.objectives import HardLabels
from tfdistill.train.backup import Backup
from tfdistill.train.callbacks import Reseed, StopAtNaN
from tfdistill.train.history import cut_table
from tfdistill.train.recipe import Stage

CONFIG = BertConfig(1, 6, 3, 10, 11, dropout=0.5, attention_dropout=0.5)
BATCH = {
    name: np.ones((2, 5), "int32")
    for name in ("token_ids", "segment_ids", "padding_mask")
}


@pytest.fixture
def distiller():
    student = BertEncoder(CONFIG, Classification(2))
    distiller = Distiller(None, student, [HardLabels()])
    distiller.compile("adam")
    return distiller


def masks(distiller, seed, epoch):
    callback = Reseed(seed)
    callback.set_model(distiller)
    callback.on_epoch_begin(epoch)
    runs = [distiller.student(BATCH, training=True)["logits"] for _ in range(2)]
    return np.stack([keras.ops.convert_to_numpy(each) for each in runs])


def test_dropout_is_a_function_of_seed_and_epoch_alone(distiller):
    first = masks(distiller, seed=1, epoch=0)
    assert not np.array_equal(first[0], first[1])  # it moves from step to step
    assert not np.array_equal(first, masks(distiller, seed=1, epoch=1))
    assert not np.array_equal(first, masks(distiller, seed=2, epoch=0))
    assert np.array_equal(first, masks(distiller, seed=1, epoch=0))


def test_every_source_of_randomness_is_seeded_differently(distiller):
    masks(distiller, seed=1, epoch=0)
    weights = {id(weight) for weight in distiller.student.weights}
    seeds = [v for v in distiller.student.variables if id(v) not in weights]
    assert len(seeds) == 5  # embeddings, attention, its output, feed-forward, head
    assert len({int(keras.ops.convert_to_numpy(seed)[0]) for seed in seeds}) == 5


def backup_of(distiller, folder):
    backup = Backup(folder)
    backup.set_model(distiller)
    return backup


def test_one_backup_is_kept_with_the_optimizer(distiller, tmp_path):
    distiller.optimizer.build(distiller.trainable_variables)
    backup = backup_of(distiller, tmp_path / "backup" / "one")
    assert backup.position == (0, 0)
    for epoch in range(3):
        distiller.optimizer.iterations.assign(10 * (epoch + 1))
        backup.on_epoch_end(epoch)
    assert [path.name for path in backup.folder.iterdir()] == [
        "epoch_00003.safetensors"
    ]
    distiller.optimizer.iterations.assign(0)
    backup = backup_of(distiller, backup.folder)
    backup.restore(distiller)
    assert backup.position == (3, 0) and int(distiller.optimizer.iterations) == 30
    backup.remove()
    assert list(tmp_path.iterdir()) == [] and backup.position == (0, 0)
    backup_of(distiller, backup.folder).restore(distiller)  # nothing is there


def test_a_damaged_backup_is_named(distiller, tmp_path):
    backup = backup_of(distiller, tmp_path)
    backup.on_epoch_end(1)
    path = tmp_path / "epoch_00002.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(
        ValueError, match="epoch_00002.safetensors is missing or damaged"
    ):
        backup_of(distiller, tmp_path).restore(distiller)


def test_a_diverged_stage_is_stopped_by_name():
    callback = StopAtNaN(Stage("one", (HardLabels(),), learning_rate=0.5))
    callback.on_epoch_begin(1)
    callback.on_train_batch_end(6, {"loss": 0.1, "mse": np.float32(2)})
    with pytest.raises(
        ValueError, match="'one' diverged in epoch 2, step 8: loss, mse"
    ):
        callback.on_train_batch_end(7, {"mse": float("inf"), "ok": 1, "loss": np.nan})


@pytest.mark.parametrize(
    "rows, epochs, kept",
    [
        (["epoch,loss", "0,0.5", "1,0.4"], 1, ["epoch,loss", "0,0.5"]),
        (["epoch,loss", "0,0.5", "1,0.4"], 2, ["epoch,loss", "0,0.5", "1,0.4"]),
        (["epoch,loss", "0,0.5", "1"], 2, ["epoch,loss", "0,0.5"]),
        (["epoch,loss", "0,0.5"], 0, []),
        (["epo"], 1, []),
        ([], 1, []),
    ],
)
def test_a_table_loses_the_epochs_that_are_run_again(rows, epochs, kept, tmp_path):
    path = tmp_path / "one.csv"
    cut_table(path, epochs)
    assert not path.exists()
    path.write_text("\n".join(rows))
    cut_table(path, epochs)
    assert path.read_text().split() == kept


def test_keras_still_leaves_seeds_out_of_saved_weights(distiller, tmp_path):
    # The reason for Reseed. If this fails, Keras has learnt to save them.
    distiller.save_weights(tmp_path / "a.weights.h5")
    before = masks(distiller, seed=1, epoch=0)
    distiller.load_weights(tmp_path / "a.weights.h5")
    again = keras.ops.convert_to_numpy(
        distiller.student(BATCH, training=True)["logits"]
    )
    assert not any(np.array_equal(again, each) for each in before)


@pytest.mark.parametrize("is_shared", [False, True])
def test_workers_take_backups_between_epochs_alone(distiller, tmp_path, is_shared):
    """Within one, metrics of several workers can be read by all together only."""
    backup = Backup(tmp_path / "b", minutes=0, is_shared=is_shared)
    backup.set_model(distiller)
    seen, stops = [], []

    class Look(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(sorted(path.stem for path in backup.folder.glob("*")))
            backup.stop = lambda: stops.append(len(seen))

    labels = np.zeros(2, "int32")
    rows = {name: np.repeat(value, 3, 0) for name, value in BATCH.items()}
    distiller.fit(
        rows, np.repeat(labels, 3), batch_size=2, verbose=0, callbacks=[backup, Look()]
    )
    within = [["epoch_00000_step_00000001"], ["epoch_00000_step_00000002"]]
    assert seen[:2] == ([[], []] if is_shared else within)
    assert stops[-1] == 3 and len(stops) == (1 if is_shared else 2)
    assert [path.stem for path in backup.folder.glob("*")] == ["epoch_00001"]
