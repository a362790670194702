"""What is fuzzed: every reader of a file that may come from outside.

Each target writes damaged bytes under the name that its reader expects and reads them.
"""

import dataclasses
import io
import json
import pathlib
from collections.abc import Callable

import numpy as np
import pytest


@dataclasses.dataclass(frozen=True)
class Target:
    """A reader and a file that it likes.

    Attributes:
        name: str. The file's name within a folder; told in every refusal.
        valid: bytes. A whole file.
        read: callable (folder). Reads that file, or raises ValueError.
        cost: int. How many times a read of a line of text.
    """

    name: str
    valid: bytes
    read: Callable
    cost: int = 1


def _tsv():
    from tfdistill.data import Glue

    return Target(
        "SST-2/train.tsv",
        b"sentence\tlabel\na fine film\t1\na grim film \t0\n\xc3\xa9t\xc3\xa9\t1\n",
        lambda folder: Glue("SST-2", str(folder)).load("train"),
    )


def _pairs():
    from tfdistill.data import Glue

    head = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\t"
    rows = head + "sentence1\tsentence2\tscore\n"
    rows += "0\tnews\tf\t2012\t1\ts\ts\tA man sings.\tA man is singing.\t4.800\n"
    return Target(
        "STS-B/train.tsv",
        rows.encode(),
        lambda folder: Glue("STS-B", str(folder)).load("train"),
    )


def _table(suffix, text):
    from tfdistill.data import TableFile

    name = f"table{suffix}"
    return Target(
        name,
        text.encode(),
        lambda folder: TableFile(folder / name).load("train"),
    )


def _slots():
    from tfdistill.data import SlotFile

    row = {"tokens": ["play", "jazz"], "slots": ["O", "B-genre"], "intent": "Play"}
    return Target(
        "slots.jsonl",
        (json.dumps(row) + "\n").encode() * 3,
        lambda folder: SlotFile(folder / "slots.jsonl").load("train"),
    )


def _vocabulary():
    from tfdistill.text import SPECIAL_TOKENS, read_vocabulary

    return Target(
        "vocab.txt",
        "\n".join([*SPECIAL_TOKENS, "a", "##b", "\u00e9", ""]).encode(),
        lambda folder: read_vocabulary(folder / "vocab.txt"),
    )


def _recipe():
    from tfdistill.bert.config import BertConfig
    from tfdistill.data import Glue
    from tfdistill.distill.objectives import HardLabels
    from tfdistill.train.recipe import Recipe, Stage, to_json
    from tfdistill.train.recipe_file import read_recipe

    recipe = Recipe(
        "letters",
        Glue("SST-2", "glue"),
        BertConfig(2, 6, 3, 10),
        (Stage("labels", (HardLabels(),)),),
    )
    return Target(
        "recipe.json",
        to_json(recipe).encode(),
        lambda folder: read_recipe(folder / "recipe.json"),
    )


def _config():
    from tfdistill.bert.sources import open_hugging_face

    values = {
        "model_type": "bert",
        "num_hidden_layers": 2,
        "hidden_size": 6,
        "num_attention_heads": 3,
        "intermediate_size": 10,
        "vocab_size": 20,
        "hidden_act": "gelu",
        "architectures": ["BertModel"],
    }

    def read(folder):
        from safetensors.numpy import save_file

        save_file({"a": np.zeros(2)}, folder / "model.safetensors")
        open_hugging_face(folder)

    return Target("config.json", json.dumps(values).encode(), read, cost=2)


def _published_weights():
    from safetensors.numpy import save

    from tfdistill.bert.sources import open_hugging_face

    config = _config().valid
    tensors = {
        "embeddings.word_embeddings.weight": np.ones((20, 6), np.float32),
        "encoder.layer.0.output.dense.bias": np.ones(6, np.float16),
    }

    def read(folder):
        (folder / "config.json").write_bytes(config)
        source = open_hugging_face(folder)
        for name in source.names:
            source.read(name)

    return Target("model.safetensors", save(tensors), read, cost=2)


def _stage_weights():
    import keras
    from safetensors.numpy import save

    from tfdistill.train.weights import load_weights

    variables = [keras.Variable(np.zeros((3, 2), np.float32), name="kernel")]
    return Target(
        "stage.safetensors",
        save({"00000 kernel": np.ones((3, 2), np.float32)}),
        lambda folder: load_weights(variables, folder / "stage.safetensors"),
        cost=2,
    )


def _array():
    from tfdistill.data.word_vectors import load_word_vectors

    file = io.BytesIO()
    np.save(file, np.eye(3, 4, dtype=np.float32))

    def read(folder):
        (folder / "vectors.txt").write_text("a\nb\nc\n")
        load_word_vectors(folder / "vectors.npy")

    return Target("vectors.npy", file.getvalue(), read)


def _vectors():
    from tfdistill.data.word_vectors import load_word_vectors

    return Target(
        "glove.txt",
        b"the 0.1 0.2 -0.3\n\xc3\xa9t\xc3\xa9 1e-3 2 3\n, 4 5 6\n",
        lambda folder: load_word_vectors(folder / "glove.txt"),
    )


def _ngrams():
    from tfdistill.keyboard.ngram_table import NGramTable

    contexts = [(2,), (5, 6), (4, 5, 6), (2, 7), (9,)]
    words = [[5], [6, 7], [8], [9, 5, 6], [7]]
    weights = [[0.5], [0.1, 2.0], [3.0], [0.3, 0.2, 0.1], [9.0]]
    return Target(
        "ngrams.bin",
        NGramTable.build(contexts, words, weights).to_bytes(),
        lambda folder: NGramTable.read(folder / "ngrams.bin", 4, 10),
    )


def _words():
    from tfdistill.keyboard.word_list import WordList

    return Target(
        "words.txt",
        "@0tea\nC3m\nB0\u00e9t\u00e9\n~2\u00e9s\n".encode(),
        lambda folder: WordList.read(folder / "words.txt"),
    )


def _word_counts():
    from tfdistill.keyboard.more_words import read_word_counts

    return Target(
        "en.txt",
        "you 28787591\n's 9628970\n\u00e9t\u00e9 41\n".encode(),
        lambda folder: read_word_counts(folder / "en.txt"),
    )


def _gguf(path):
    from tfdistill.keyboard.smollm2 import load_llama

    return Target(
        "model.gguf",
        path.read_bytes(),
        lambda folder: load_llama(folder / "model.gguf"),
        cost=40,
    )


def _archive(folder: pathlib.Path):
    from tfdistill.bert.config import BertConfig
    from tfdistill.bert.encoder import BertEncoder
    from tfdistill.bert.saved import load_student

    path = folder / "valid.keras"
    BertEncoder(BertConfig(1, 4, 2, 5, vocabulary_size=9)).save(path)
    return Target(
        "student.keras",
        path.read_bytes(),
        lambda folder: load_student(folder / "student.keras"),
        cost=40,
    )


@pytest.fixture
def make_target(tmp_path, request):
    """Return a function from a name of `test_fuzz.NAMES` to its Target."""
    builders = {
        "SST-2": _tsv,
        "STS-B": _pairs,
        "csv": lambda: _table(".csv", 'text,label\n"a fine, long film",1\nb,0\n'),
        "tsv": lambda: _table(".tsv", "text\tlabel\na\tyes\nb\tno\n"),
        "jsonl": lambda: _table(".jsonl", '{"text": "a", "label": 1}\n' * 2),
        "slots": _slots,
        "vocabulary": _vocabulary,
        "recipe": _recipe,
        "config": _config,
        "published_weights": _published_weights,
        "stage_weights": _stage_weights,
        "array": _array,
        "vectors": _vectors,
        "ngrams": _ngrams,
        "words": _words,
        "word_counts": _word_counts,
        "gguf": lambda: _gguf(request.getfixturevalue("gguf_file")),
        "archive": lambda: _archive(tmp_path),
    }
    return lambda name: builders[name]()
