"""Fixtures that several rooms use: reference data, a tiny task, a full disk."""

import itertools
import os
import pathlib
import subprocess

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> pathlib.Path:
    """Folder of golden files and measuring data, or a skip that says where it goes."""
    default = CHECKOUT.parent / "shared"
    folder = pathlib.Path(os.environ.get("TFDISTILL_SHARED", default))
    if not folder.is_dir():
        pytest.skip(f"no reference data: set TFDISTILL_SHARED or put it at {default}")
    return folder


# A task of two dozen words: praise and blame.
GOOD = ("fine", "lovely", "warm", "bright")
BAD = ("dull", "grim", "stale", "cold")
THINGS = ("film", "cast", "plot", "score", "scene")


def sentences():
    """Return (text, label) of every kind of praise and blame, 80 in all."""
    rows = []
    for thing, (label, words) in itertools.product(THINGS, enumerate((BAD, GOOD))):
        rows += [(f"a {word} {thing}", label) for word in words]
        rows += [(f"the {thing} is {word}", label) for word in words]
    return rows


def write_glue(folder: pathlib.Path, train, dev):
    """Write an SST-2 folder as the official download has it."""
    (folder / "SST-2").mkdir(parents=True)
    for name, rows in (("train", train), ("dev", dev)):
        lines = [f"{text}\t{label}\n" for text, label in rows]
        (folder / "SST-2" / f"{name}.tsv").write_text(
            "sentence\tlabel\n" + "".join(lines)
        )
    return folder


def save_teacher(folder: pathlib.Path, texts, **changes):
    """Save a random teacher of 12 heads and its vocabulary, as a work folder has them.

    "changes" are fields of its BertConfig.
    """
    from tfdistill.bert.config import BertConfig
    from tfdistill.bert.encoder import BertEncoder
    from tfdistill.text import learn_vocabulary

    folder.mkdir(parents=True)
    pieces = learn_vocabulary(texts, 70, folder / "vocab.txt")
    fields = dict(
        num_layers=2,
        hidden_dim=24,
        num_heads=12,
        intermediate_dim=20,
        vocabulary_size=len(pieces),
        max_sequence_length=16,
    )
    BertEncoder(BertConfig(**{**fields, **changes})).save(folder / "student.keras")
    return folder


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Folder with glue/SST-2 (60 training and 20 dev sentences) and teacher/."""
    import keras

    folder = tmp_path_factory.mktemp("world")
    rows = sentences()
    order = np.random.default_rng(5).permutation(len(rows))
    rows = [rows[index] for index in order]
    write_glue(folder / "glue", rows[:60], rows[60:])
    keras.utils.set_random_seed(4)
    save_teacher(folder / "teacher", [text for text, _ in rows])
    return folder


@pytest.fixture
def full_disk(tmp_path):
    """Return a function that gives a folder on a file system of some kB, or skips."""
    mounted = []

    def full_disk(kilobytes):
        folder = tmp_path / f"disk_of_{kilobytes}k"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none"]
        done = subprocess.run(
            [*command, str(folder)], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            pytest.skip(f"no small file system here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield full_disk
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


# A language model of two layers.
ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,!?'0123456789"
LLAMA_SIZES = {"layers": 2, "width": 16, "heads": 4, "kv_heads": 2, "inner": 24}


@pytest.fixture(scope="session")
def gguf_file(tmp_path_factory):
    """A Llama of two layers with random weights, in GGUF's own order of rows."""
    gguf = pytest.importorskip("gguf")
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    random = np.random.default_rng(0)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(LLAMA_SIZES["layers"])
    writer.add_embedding_length(LLAMA_SIZES["width"])
    writer.add_feed_forward_length(LLAMA_SIZES["inner"])
    writer.add_head_count(LLAMA_SIZES["heads"])
    writer.add_head_count_kv(LLAMA_SIZES["kv_heads"])
    writer.add_rope_freq_base(100.0)
    writer.add_layer_norm_rms_eps(1e-5)
    pieces = [*ALPHABET, "\u0120", "\u010a", "\u0120t", "he", "\u0120the", "\u0120I"]
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(pieces)
    writer.add_token_merges(["\u0120 t", "h e", "\u0120t he", "\u0120 I"])
    for name, shape in _shapes(len(pieces)).items():
        value = random.normal(size=shape) * 0.4 + ("norm" in name)
        writer.add_tensor(f"{name}.weight", value.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _shapes(pieces):
    width, inner = LLAMA_SIZES["width"], LLAMA_SIZES["inner"]
    narrow = width * LLAMA_SIZES["kv_heads"] // LLAMA_SIZES["heads"]
    layer = {
        "attn_norm": (width,),
        "attn_q": (width, width),
        "attn_k": (narrow, width),
        "attn_v": (narrow, width),
        "attn_output": (width, width),
        "ffn_norm": (width,),
        "ffn_gate": (inner, width),
        "ffn_up": (inner, width),
        "ffn_down": (width, inner),
    }
    shapes = {"token_embd": (pieces, width), "output_norm": (width,)}
    for index in range(LLAMA_SIZES["layers"]):
        shapes |= {f"blk.{index}.{name}": shape for name, shape in layer.items()}
    return shapes
