"""A language model reads the training text once; its state before each word is kept.

Kept per word: the model's last hidden state, in half precision, in shards of which a
killed run finds what it made.
"""

import hashlib
import json
import pathlib
import zlib

import numpy as np
from absl import logging

from tfdistill.keyboard.llama_states import export_states
from tfdistill.keyboard.windows import OVERLAP, WINDOW, pack, read_texts
from tfdistill.text.json_text import parse_json
from tfdistill.train.files import written_whole

_WINDOWS_PER_SHARD = 200


class NextStates:
    """A language model's states before every word of some documents.

    Args:
        folder: path. Shards are kept there; one that is missing or damaged is made.
        states: path of the file of `export_states`.
        teacher: LlamaTeacher. Its tokenizer.
        documents: list of lists of str, in the order in which they are read.
        num_threads: int.

    Attributes:
        num_shards: int.
        num_positions: int. Words in all documents.
    """

    def __init__(self, folder, states, teacher, documents, num_threads=1):
        self.folder = pathlib.Path(folder)
        self._threads, self._states = num_threads, states
        self._texts = read_texts(documents, teacher.tokenizer)
        self.num_positions = self._texts.num_positions
        self._windows = pack(self._texts.pieces)
        self._width = int(teacher.token_table.shape[1])
        self.num_shards = -(-len(self._windows) // _WINDOWS_PER_SHARD)
        self.key = self._key(states)

    def _key(self, states):
        digest = hashlib.sha256(repr((WINDOW, OVERLAP, "states")).encode())
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

    def read(self, shard: int) -> dict[str, np.ndarray]:
        """Return what a shard holds.

        Args:
            shard: int.

        Returns:
            dict: `positions` int32 (n,), numbers of words, counted over all lines;
            `states` float16 (n, hidden_dim), the model's before each of them.

        Raises:
            ValueError: it is not there, or not whole.
        """
        found = self._load(shard)
        if found is None:
            raise ValueError(
                f"{self.folder} does not hold shard {shard} of this text: fill it."
            )
        return found

    def _load(self, shard):
        """The arrays of a shard, or None."""
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

    def _write(self, shard, run):
        from safetensors.numpy import save_file

        begin = shard * _WINDOWS_PER_SHARD
        windows = self._windows[begin : begin + _WINDOWS_PER_SHARD]
        made = [self._window(window, run) for window in windows]
        arrays = {
            "positions": np.concatenate([positions for positions, _ in made]),
            "states": np.concatenate([states for _, states in made]),
        }
        note = {"key": self.key, "checksums": _checksums(arrays)}
        with written_whole(self._path(shard)) as temporary:
            save_file(arrays, temporary, {"tfdistill": json.dumps(note)})

    def _path(self, shard):
        return self.folder / f"{self.key[:12]}_{shard:05d}.safetensors"

    def _window(self, window, run):
        """Return positions and states of the words that a window is first to hold."""
        ids = np.zeros((1, WINDOW), np.int32)
        before, positions, length = [], [], 0
        for text, is_new in window:
            pieces = self._texts.pieces[text]
            ids[0, length : length + len(pieces)] = pieces
            for each in self._texts.wanted[text] if is_new else ():
                # Nothing stands before the first word of all.
                if each.at + length > 0:
                    before.append(each.at + length - 1)
                    positions.append(each.position)
            length += len(pieces)
        if not positions:
            return np.zeros(0, np.int32), np.zeros((0, self._width), np.float16)
        states = run(token_ids=ids)["states"][0]
        return np.array(positions, np.int32), states[before].astype(np.float16)


def open_states(folder, teacher, documents, num_threads=1) -> NextStates:
    """Return a reader whose files are all in one folder, the model's among them.

    Args:
        folder: path. `states.tflite` of `export_states`, which is written if it is not
            there, and `states`, the shards of all texts.
        teacher: LlamaTeacher.
        documents: list of lists of str.
        num_threads: int.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    states = folder / "states.tflite"
    if not states.exists():
        export_states(teacher, states)
    return NextStates(folder / "states", states, teacher, documents, num_threads)


def _checksums(arrays):
    return {name: zlib.crc32(array) for name, array in sorted(arrays.items())}
