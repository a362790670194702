"""The teacher cache: equal to the teacher, whole or made again, and never foreign."""

import numpy as np
import pytest

from tfdistill.bert import heads
from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder
from tfdistill.data import cache as module
from tfdistill.data import make_dataset
from tfdistill.data.cache import TeacherCache

OUTPUTS = ("logits", "hidden_states/0", "hidden_states/2", "attention_scores/1")


@pytest.fixture(scope="module")
def teacher():
    config = BertConfig(
        num_layers=2,
        hidden_dim=6,
        num_heads=3,
        intermediate_dim=5,
        vocabulary_size=60,
        max_sequence_length=64,
        has_pooler=False,
    )
    return BertEncoder(config, heads.Classification(2, "mean"))


@pytest.fixture
def small_shards(monkeypatch):
    monkeypatch.setattr(module, "ROWS_PER_SHARD", 20)
    monkeypatch.setattr(module, "_BATCH", 7)


@pytest.fixture
def cache(tmp_path, teacher, rows, small_shards):
    cache = TeacherCache(tmp_path, teacher, rows, OUTPUTS, "float32")
    cache.fill()
    return cache


def files(cache):
    return {path.name: path.read_bytes() for path in cache.folder.iterdir()}


def assert_equals_the_teacher(cache, teacher, rows, bound):
    for batch, _ in make_dataset(rows, 8, seed=1, shuffle=True, teacher_cache=cache):
        kept = batch.pop("teacher")
        live = teacher(batch, training=False)
        mask = batch["padding_mask"].numpy().astype(bool)
        pairs = (mask[:, None, :, None] & mask[:, None, None, :]) * np.ones((3, 1, 1))
        for name, where in (
            ("logits", ...),
            ("hidden_states/2", mask),
            ("attention_scores/1", pairs > 0),
        ):
            key, _, index = name.partition("/")
            wanted = np.array(live[key][int(index)] if index else live[key])
            got = kept[name].numpy()
            assert got.shape == wanted.shape
            np.testing.assert_allclose(got[where], wanted[where], bound, bound)
            if where is not ...:
                assert not got[~where].any()


def test_it_gives_what_the_teacher_gives(cache, teacher, rows):
    assert cache.num_shards == 3
    assert_equals_the_teacher(cache, teacher, rows, 1e-5)


@pytest.mark.parametrize("dtype, bound", [("float16", 2**-10), ("bfloat16", 2**-8)])
def test_half_precisions_round_by_what_they_say(
    dtype, bound, tmp_path, teacher, rows, small_shards
):
    cache = TeacherCache(tmp_path, teacher, rows, OUTPUTS, dtype)
    cache.fill()
    assert_equals_the_teacher(cache, teacher, rows, bound)
    whole = TeacherCache(tmp_path, teacher, rows, OUTPUTS, "float32")
    assert 2 * cache.size_bytes == whole.size_bytes


def test_it_takes_the_room_that_it_says(cache):
    on_disk = sum(len(content) for content in files(cache).values())
    assert 0 <= on_disk - cache.size_bytes < 1000 * cache.num_shards


def test_a_second_process_makes_nothing(cache, tmp_path, teacher, rows, monkeypatch):
    again = TeacherCache(tmp_path, teacher, rows, OUTPUTS, "float32")
    monkeypatch.setattr(again, "_write", None)
    again.fill()
    assert again.key == cache.key


def test_workers_share_the_shards(tmp_path, teacher, rows, cache):
    whole = files(cache)
    parts = [
        TeacherCache(tmp_path / "shared", teacher, rows, OUTPUTS, "float32")
        for _ in range(2)
    ]
    parts[1].fill(1, 2)
    assert sorted(files(parts[0])) == ["00001.safetensors"]
    parts[0].fill(0, 2)
    assert files(parts[0]) == whole


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:-9]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\x55"),
        lambda path: path.write_bytes(b"\xff" * 4000),
    ],
    ids=["missing", "short", "empty", "flipped", "noise"],
)
def test_a_damaged_shard_is_made_again(damage, cache, tmp_path, teacher, rows):
    whole = files(cache)
    damage(cache.folder / "00001.safetensors")
    again = TeacherCache(tmp_path, teacher, rows, OUTPUTS, "float32")
    again.read(np.array([25, 3]), 64)
    assert files(again) == whole


def test_a_foreign_shard_is_not_used(cache, tmp_path, teacher, rows):
    weights = teacher.get_weights()
    teacher.set_weights([weight + 0.25 for weight in weights])
    other = TeacherCache(tmp_path, teacher, rows, OUTPUTS, "float32")
    other.fill()
    whole = files(other)
    assert other.folder != cache.folder
    (other.folder / "00000.safetensors").write_bytes(files(cache)["00000.safetensors"])
    again = TeacherCache(tmp_path, teacher, rows, OUTPUTS, "float32")
    again.fill()
    teacher.set_weights(weights)
    assert files(again) == whole


def test_the_key_is_of_teacher_rows_and_outputs(tmp_path, teacher, rows):
    def key(rows=rows, outputs=OUTPUTS, dtype="float16"):
        return TeacherCache(tmp_path, teacher, rows, outputs, dtype).key

    keys = [
        key(),
        key(rows.take(np.arange(len(rows))[::-1])),
        key(outputs=("logits",)),
        key(dtype="float32"),
    ]
    assert len(set(keys)) == 4 and key() == keys[0]


def test_a_teacher_out_of_range_is_told_and_leaves_nothing(
    tmp_path, teacher, rows, small_shards
):
    weights = teacher.get_weights()
    teacher.set_weights([weight + np.nan for weight in weights])
    cache = TeacherCache(tmp_path, teacher, rows, OUTPUTS)
    with pytest.raises(ValueError, match=r"not finite.* within examples 0 to 19"):
        cache.fill()
    teacher.set_weights(weights)
    assert files(cache) == {}


def test_what_cannot_be_cached_is_refused(tmp_path, teacher, rows):
    with pytest.raises(ValueError, match=r"kB for each of 53 examples.* are allowed"):
        TeacherCache(tmp_path, teacher, rows, OUTPUTS, max_bytes=1000)
    with pytest.raises(ValueError, match=r"no output 'hidden_states/3'"):
        TeacherCache(tmp_path, teacher, rows, ("hidden_states/3",))
    with pytest.raises(ValueError, match="dtype='int8'"):
        TeacherCache(tmp_path, teacher, rows, OUTPUTS, dtype="int8")
