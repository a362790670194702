"""A language model reads the training text once; what it expects at each word is kept.

Kept per word: the k likeliest pieces that can begin a word, in half precision, in
shards of which a killed run finds what it made.
"""

import dataclasses
import hashlib
import json
import pathlib
import re
import zlib

import numpy as np
from absl import logging

from tfdistill.keyboard.windows import OVERLAP, SPACE, WINDOW, pack, read_texts
from tfdistill.text.json_text import parse_json
from tfdistill.train.files import written_whole

_WINDOWS_PER_SHARD = 200


class NextPieces:
    """The likeliest pieces at every word of some documents.

    Args:
        folder: path. Shards are kept there; one that is missing or damaged is made.
        states: path of the file of `export_states`.
        teacher: LlamaTeacher. Its tokenizer and token table.
        documents: list of lists of str, in the order in which they are read.
        k: int. Pieces per word.
        num_threads: int.

    Attributes:
        num_shards: int.
        num_positions: int. Words in all documents.

    Raises:
        ValueError: k is larger than the number of pieces that begin words.
    """

    def __init__(self, folder, states, teacher, documents, k=24, num_threads=1):
        self.folder = pathlib.Path(folder)
        self._k, self._threads, self._states = k, num_threads, states
        self._texts = read_texts(documents, teacher.tokenizer)
        self.num_positions = self._texts.num_positions
        self._windows = pack(self._texts.pieces)
        self._heads = _heads(teacher)
        fewest = min(len(names) for _, names in self._heads.values())
        if not 1 <= k <= fewest:
            raise ValueError(
                f"k is from 1 to {fewest}, the pieces that begin words; got {k!r}."
            )
        self.num_shards = -(-len(self._windows) // _WINDOWS_PER_SHARD)
        self.key = self._key(states, teacher)

    def _key(self, states, teacher):
        digest = hashlib.sha256(repr((WINDOW, OVERLAP, self._k)).encode())
        digest.update(pathlib.Path(states).read_bytes())
        for pieces in self._texts.pieces:
            digest.update(np.array(pieces, np.uint32))
        return digest.hexdigest()

    def fill(self, shards=None):
        """Make the shards that are not there or not whole.

        Args:
            shards: iterable of int, or None for all.
        """
        missing = [
            shard
            for shard in (range(self.num_shards) if shards is None else shards)
            if self._load(shard) is None
        ]
        if not missing:
            return
        from ai_edge_litert.interpreter import Interpreter

        self.folder.mkdir(parents=True, exist_ok=True)
        interpreter = Interpreter(str(self._states), num_threads=self._threads)
        run = interpreter.get_signature_runner("states")
        logging.info("The teacher reads %d windows.", len(self._windows))
        for shard in missing:
            self._write(shard, run)
            logging.info("Shard %d of %d is there.", shard + 1, self.num_shards)

    def read(self) -> dict[str, np.ndarray]:
        """Return what the shards that are there hold.

        Returns:
            dict: `positions` int32 (n,), numbers of words, counted over all lines;
            `is_spaced` bool (n,); `pieces` uint16 (n, k); `log_p` float16 (n, k), the
            likeliest first.

        Raises:
            ValueError: there is no shard.
        """
        found = [self._load(shard) for shard in range(self.num_shards)]
        found = [arrays for arrays in found if arrays is not None]
        if not found:
            raise ValueError(f"{self.folder} holds no shard of this text: fill it.")
        return {
            name: np.concatenate([arrays[name] for arrays in found])
            for name in found[0]
        }

    def _write(self, shard, run):
        from safetensors.numpy import save_file

        begin = shard * _WINDOWS_PER_SHARD
        made = [_nothing(self._k)] + [
            part
            for window in self._windows[begin : begin + _WINDOWS_PER_SHARD]
            for part in self._window(window, run)
        ]
        arrays = {
            name: np.ascontiguousarray(np.concatenate([part[name] for part in made]))
            for name in made[0]
        }
        note = {"key": self.key, "checksums": _checksums(arrays)}
        with written_whole(self._path(shard)) as temporary:
            save_file(arrays, temporary, {"tfdistill": json.dumps(note)})

    def _load(self, shard):
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self._path(shard), "np") as file:
                note = parse_json((file.metadata() or {})["tfdistill"])
                arrays = {name: file.get_tensor(name) for name in file.keys()}
            is_ours = note["key"] == self.key
            return (
                arrays if is_ours and note["checksums"] == _checksums(arrays) else None
            )
        except (OSError, ValueError, LookupError, TypeError, SafetensorError):
            return None

    def _path(self, shard):
        return self.folder / f"{self.key[:12]}_{shard:05d}.safetensors"

    def _window(self, window, run):
        """Yield the arrays of the spaced and of the other words of one window."""
        ids = np.zeros((1, WINDOW), np.int32)
        wanted, length = [], 0
        for text, is_new in window:
            pieces = self._texts.pieces[text]
            ids[0, length : length + len(pieces)] = pieces
            if is_new:
                wanted += [
                    dataclasses.replace(each, at=each.at + length)
                    for each in self._texts.wanted[text]
                ]
            length += len(pieces)
        states = run(token_ids=ids)["states"][0]
        for is_spaced, (table, names) in self._heads.items():
            each = [w for w in wanted if w.is_spaced == is_spaced and w.at > 0]
            if each:
                logits = states[[w.at - 1 for w in each]] @ table
                pieces, log_p = _top(logits, names, self._k)
                yield {
                    "positions": np.array([w.position for w in each], np.int32),
                    "is_spaced": np.full(len(each), is_spaced),
                    "pieces": pieces,
                    "log_p": log_p,
                }


def _nothing(k):
    """The arrays of a shard without words."""
    return {
        "positions": np.zeros(0, np.int32),
        "is_spaced": np.zeros(0, bool),
        "pieces": np.zeros((0, k), np.uint16),
        "log_p": np.zeros((0, k), np.float16),
    }


def _heads(teacher):
    """Output tables of the pieces that begin words, after a space or without one."""
    names = [
        teacher.tokenizer.id_to_token(i)
        for i in range(teacher.tokenizer.get_vocab_size())
    ]
    table = np.asarray(teacher.token_table.numpy())
    heads = {}
    for is_spaced in (True, False):
        pattern = re.compile((SPACE if is_spaced else "") + "[A-Za-z].*")
        ids = np.array([i for i, name in enumerate(names) if pattern.fullmatch(name)])
        heads[is_spaced] = np.ascontiguousarray(table[ids].T), ids.astype(np.uint16)
    return heads


def _top(logits, names, k):
    best = np.argpartition(logits, -k, axis=1)[:, -k:]
    values = np.take_along_axis(logits, best, axis=1)
    peak = logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(logits - peak).sum(axis=1, keepdims=True)) + peak
    order = np.argsort(-values, axis=1, kind="stable")
    best = np.take_along_axis(best, order, axis=1)
    values = np.take_along_axis(values, order, axis=1)
    return names[best], (values - total).astype(np.float16)


def _checksums(arrays):
    return {name: zlib.crc32(array) for name, array in sorted(arrays.items())}
