"""Write a folder with the keyboard's five files around a random model, and its logits.

    python small_model.py FOLDER

The files have the form of docs/keyboard.md; nothing was trained. logits.jsonl holds
what Python's interpreter answers, for the Java side to be compared with.
"""

import hashlib
import json
import pathlib
import struct
import sys

import numpy as np

SIZE, WIDTH, LENGTHS = 200, 12, (8, 16, 32)
SIGNS = (".", ",", "!", "?", "'")
FIRST = 4 + len(SIGNS)
WORDS = ("the", "you", "I", "I'm", "don't", "café", "Monday", "e-mail", "été", "straße")


class Model:
    """Answer with the mean of the tokens up to the position, through one layer."""

    def __init__(self, seed=3):
        import tensorflow as tf

        random = np.random.default_rng(seed)
        self.table = tf.constant(random.normal(size=(SIZE, WIDTH)), tf.float32)
        self.kernel = tf.constant(random.normal(size=(WIDTH, SIZE)), tf.float32)

    def signature(self, length):
        """Return the function of the signature for "length" tokens."""
        import tensorflow as tf

        def answer(token_ids, position):
            rows = tf.nn.embedding_lookup(self.table, token_ids[0])
            is_read = tf.cast(tf.range(length) <= position[0], tf.float32)[:, None]
            mean = tf.reduce_sum(rows * is_read, 0) / tf.reduce_sum(is_read)
            return {"logits": tf.tanh(mean)[None] @ self.kernel}

        specs = [
            tf.TensorSpec((1, length), tf.int32, name="token_ids"),
            tf.TensorSpec((1,), tf.int32, name="position"),
        ]
        return tf.function(answer, input_signature=specs)


def convert(folder):
    """Return the bytes of a .tflite with a signature for each length."""
    import tensorflow as tf

    module, model = tf.Module(), Model()
    signatures = {}
    for length in LENGTHS:
        function = model.signature(length)
        setattr(module, f"tokens_{length}", function)
        signatures[f"tokens_{length}"] = function.get_concrete_function()
    tf.saved_model.save(module, str(folder / "saved"), signatures)
    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(folder / "saved"), signature_keys=list(signatures)
    )
    return converter.convert()


def hashed(ids):
    """Return the 32 bits that docs/keyboard.md makes of a context."""
    most, value = 2**32 - 1, 0
    for id_ in ids:
        value = (value + id_ + 1) * 0x9E3779B1 & most
        value ^= value >> 15
    value = (value ^ value >> 16) * 0x85EBCA6B & most
    value = (value ^ value >> 13) * 0xC2B2AE35 & most
    return value ^ value >> 16


def table(rows, buckets=256, levels=(1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 30.0)):
    """Return the bytes of ngrams.bin for rows of (ids of a context, entries)."""
    kept = {}
    for ids, entries in rows:
        value = hashed(ids)
        kept[value * buckets >> 32, value & 0xFFFF] = entries
    counts = [0] * buckets
    for bucket, _ in kept:
        counts[bucket] += 1
    kept = dict(sorted(kept.items()))
    flat = [entry for entries in kept.values() for entry in entries]
    return b"".join(
        (
            b"TFNG" + struct.pack("<4I8f", 3, buckets, len(kept), len(flat), *levels),
            bytes(counts),
            struct.pack(f"<{len(kept)}H", *(sign for _, sign in kept)),
            bytes(map(len, kept.values())),
            struct.pack(f"<{len(flat)}H", *flat),
        )
    )


def contexts(seed=5):
    """Yield (ids, entries): every id alone, some pairs and threes; 1 to 3 words."""
    random = np.random.default_rng(seed)
    drawn = [(id_,) for id_ in range(SIZE)]
    drawn += [(2, id_) for id_ in range(3, SIZE)]
    drawn += [tuple(random.integers(3, SIZE, 2).tolist()) for _ in range(4000)]
    drawn += [(2, *random.integers(3, SIZE, 2).tolist()) for _ in range(4000)]
    for ids in drawn:
        count = random.integers(1, 4)
        words = random.choice(np.arange(FIRST, SIZE), count, replace=False)
        yield ids, (random.integers(0, 8, count) << 13 | words).tolist()


def describe(folder):
    """Write model.json about the other four files."""
    files = {}
    for name in ("model.tflite", "vocab.txt", "words.txt", "ngrams.bin"):
        data = (folder / name).read_bytes()
        sum_ = hashlib.sha256(data).hexdigest()
        files[name] = {"bytes": len(data), "sha256": sum_}
    description = {
        "format": 2,
        "name": "random",
        "version": "1",
        "licence": "Apache-2.0",
        "vocabulary_size": SIZE,
        "first_suggestion": FIRST,
        "lengths": list(LENGTHS),
        "inputs": ["token_ids", "position"],
        "output": "logits",
        "files": files,
    }
    (folder / "model.json").write_text(json.dumps(description))


def write_logits(folder):
    """Write some inputs and Python's answers, one JSON object a line."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(folder / "model.tflite"), num_threads=1)
    random = np.random.default_rng(4)
    lines = []
    for length in LENGTHS:
        run = interpreter.get_signature_runner(f"tokens_{length}")
        for position in (0, length // 2, length - 1):
            ids = random.integers(0, SIZE, (1, length), dtype=np.int32)
            answer = run(token_ids=ids, position=np.array([position], np.int32))
            row = {
                "token_ids": ids[0].tolist(),
                "position": position,
                "logits": answer["logits"][0].astype(float).tolist(),
            }
            lines.append(json.dumps(row) + "\n")
    (folder / "logits.jsonl").write_text("".join(lines))


def write(folder: pathlib.Path):
    """Write the five files of a model, and logits.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.tflite").write_bytes(convert(folder))
    words = [*WORDS, *(f"word{id_}" for id_ in range(FIRST + len(WORDS), SIZE))]
    entries = ["[PAD]", "[UNK]", "[START]", "[NUMBER]", *SIGNS, *words]
    (folder / "vocab.txt").write_text("\n".join(entries) + "\n", "utf-8")
    more = "".join(f"{chr(48 + number)}0work{number}\n" for number in range(30))
    (folder / "words.txt").write_text(more)
    (folder / "ngrams.bin").write_bytes(table(contexts()))
    describe(folder)
    write_logits(folder)


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
