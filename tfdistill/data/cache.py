"""A teacher's outputs on disk: computed once, read in every later epoch.

The teacher is most of a distillation step. What the objectives ask of it is stored row
by row without padding, in shards of whole rows. A shard is one safetensors file that
carries its key and checksums; one that is missing, damaged, or made by another teacher,
vocabulary or data set is made again and never used.
"""

import hashlib
import json
import os
import pathlib
import zlib

import keras
import numpy as np
from absl import logging

from tfdistill.data.batching import make_batch
from tfdistill.data.encode import Encoded
from tfdistill.data.flat import spans, starts_of
from tfdistill.data.teacher_outputs import compiled, find_fields, named_outputs
from tfdistill.text.json_text import parse_json

ROWS_PER_SHARD = 2048
DTYPES = ("float16", "bfloat16", "float32")
_BATCH = 64


class TeacherCache:
    """The outputs of one teacher on one encoded split.

    Args:
        folder: path. Made if needed; may hold the caches of several teachers.
        teacher: BertEncoder.
        encoded: Encoded. The rows, as the teacher reads them.
        outputs: sequence of str. Keys of the teacher's dictionary; those of lists carry
            the index, e.g. "logits", "hidden_states/3", "attention_scores/0"; see also
            `top_k_names`.
        dtype: "float16", "bfloat16" or "float32". How numbers are stored: rounded by
            at most 1 part in 2,048, 1 in 256, or not at all.
        max_bytes: int or None. The most that the cache may take on disk.

    Attributes:
        size_bytes: int. What the whole cache takes on disk.

    Raises:
        ValueError: an unknown dtype or output, or a cache beyond `max_bytes`.
    """

    def __init__(
        self, folder, teacher, encoded, outputs, dtype="float16", max_bytes=None
    ):
        if dtype not in DTYPES:
            raise ValueError(
                f"A teacher cache stores {', '.join(DTYPES)}; got dtype={dtype!r}."
            )
        self.encoded = encoded
        run = named_outputs(teacher, tuple(sorted(set(outputs))))
        self.fields = find_fields(run, dtype)
        self._run = compiled(run)
        self._starts = {
            name: starts_of(field.counts(encoded.lengths))
            for name, field in self.fields.items()
        }
        self._open: dict[int, dict] = {}
        self.size_bytes = sum(
            int(starts[-1]) * np.dtype(self.fields[name].dtype).itemsize
            for name, starts in self._starts.items()
        )
        if max_bytes is not None and self.size_bytes > max_bytes:
            raise ValueError(
                f"The teacher cache would take {self.size_bytes / 1e9:.3g} GB "
                f"({self._bytes_per_row():.3g} kB for each of {len(encoded)} examples),"
                f" and {max_bytes / 1e9:.3g} GB are allowed. Allow more, or train "
                "without the cache."
            )
        self.key = _key(teacher, encoded, self.fields, dtype)
        self.folder = pathlib.Path(folder) / self.key[:16]

    def _bytes_per_row(self):
        return self.size_bytes / max(len(self.encoded), 1) / 1e3

    # === Writing ===

    @property
    def num_shards(self) -> int:
        """Shards of `ROWS_PER_SHARD` rows; the last may be smaller."""
        return -(-len(self.encoded) // ROWS_PER_SHARD)

    def fill(self, worker: int = 0, num_workers: int = 1):
        """Make every shard that is not there or not whole.

        Args:
            worker: int. Which of `num_workers` this process is; each takes its share.
            num_workers: int.

        Raises:
            ValueError: the teacher gave a number that cannot be stored.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        shards = range(worker, self.num_shards, num_workers)
        missing = [shard for shard in shards if not self._load(shard)]
        if not missing:
            return
        logging.info(
            "The teacher reads %d examples: %.3g kB each, %.3g MB on disk.",
            len(self.encoded),
            self._bytes_per_row(),
            self.size_bytes / 1e6,
        )
        for shard in missing:
            self._write(shard)

    def _write(self, shard):
        from safetensors.numpy import save_file

        rows = self._rows(shard)
        arrays = {
            name: np.empty(
                starts[rows[-1] + 1] - starts[rows[0]], self.fields[name].dtype
            )
            for name, starts in self._starts.items()
        }
        # Rows of similar length share a batch, so that little padding is computed.
        order = rows[np.argsort(self.encoded.lengths[rows], kind="stable")]
        for batch in np.array_split(order, -(-len(order) // _BATCH)):
            self._compute(batch, rows[0], arrays)
        for name, array in arrays.items():
            self._check_finite(name, array, shard)
            arrays[name] = self.fields[name].to_bits(array)
        sums = {name: zlib.crc32(array) for name, array in arrays.items()}
        # One entry, as the library writes several in no fixed order.
        metadata = {"tfdistill": json.dumps({"key": self.key, "checksums": sums})}
        path = self._path(shard)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            save_file(arrays, temporary, metadata)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def _compute(self, batch, first_row, arrays):
        lengths = self.encoded.lengths[batch]
        made = make_batch(self.encoded, batch, int(lengths.max()))
        outputs = self._run(made[0] if isinstance(made, tuple) else made)
        for name, values in outputs.items():
            field, starts = self.fields[name], self._starts[name]
            values = np.asarray(values)
            with np.errstate(over="ignore"):  # told by _check_finite
                values = values.astype(field.dtype)
            flat = [
                row[tuple(slice(n) for n in field.shape(length))].ravel()
                for row, length in zip(values, lengths, strict=True)
            ]
            counts = starts[batch + 1] - starts[batch]
            at = spans(starts[batch] - starts[first_row], counts)
            arrays[name][at] = np.concatenate(flat)

    def _check_finite(self, name, array, shard):
        if not np.isfinite(array).all():
            raise ValueError(
                f"The teacher's {name} is not finite, or too large for {array.dtype}, "
                f"within examples {self._rows(shard)[0]} to {self._rows(shard)[-1]}: "
                "look at the teacher, or store float32."
            )

    # === Reading ===

    def read(self, rows: np.ndarray, sequence_length: int) -> dict[str, np.ndarray]:
        """Return the teacher's outputs on a batch.

        Args:
            rows: int (batch,). Row numbers of `encoded`.
            sequence_length: int. Length that the batch is padded to, with zeros.

        Returns:
            dict of the names in `outputs` to arrays of the cache's dtype (int32 for
            classes), shaped as the teacher gives them. `Distiller` casts them to
            float32: within the step that is several times as fast as here.
        """
        lengths = self.encoded.lengths[rows]
        shards = [self._shard(int(row) // ROWS_PER_SHARD) for row in rows]
        batch = {}
        for name, field in self.fields.items():
            shape = (len(rows), *field.shape(sequence_length))
            out = np.zeros(shape, field.dtype)
            starts = self._starts[name]
            for i, (row, shard) in enumerate(zip(rows, shards, strict=True)):
                first = starts[row - row % ROWS_PER_SHARD]
                bits = shard[name][starts[row] - first : starts[row + 1] - first]
                flat = field.from_bits(bits)
                shape = field.shape(lengths[i])
                out[i][tuple(slice(n) for n in shape)] = flat.reshape(shape)
            batch[name] = out
        return batch

    def _shard(self, shard):
        if shard not in self._open and not self._load(shard):
            logging.warning("%s is missing or damaged: made again.", self._path(shard))
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write(shard)
            self._load(shard)
        return self._open[shard]

    def _load(self, shard) -> bool:
        """Open a shard if it is there, belongs to this cache and is undamaged."""
        from safetensors import SafetensorError, safe_open

        try:
            file = safe_open(self._path(shard), "np")
            written = parse_json((file.metadata() or {})["tfdistill"])
            if written["key"] != self.key:
                return False
            for name in self.fields:
                if zlib.crc32(file.get_tensor(name)) != written["checksums"][name]:
                    return False
        except (OSError, ValueError, LookupError, TypeError, SafetensorError):
            return False
        self._open[shard] = {name: file.get_slice(name) for name in self.fields}
        return True

    def _rows(self, shard):
        first = shard * ROWS_PER_SHARD
        return np.arange(first, min(first + ROWS_PER_SHARD, len(self.encoded)))

    def _path(self, shard):
        return self.folder / f"{shard:05d}.safetensors"


def _key(teacher, encoded: Encoded, fields, dtype) -> str:
    """A sha256 over the teacher's weights, the rows and what is kept of them."""
    head = type(teacher.head).__name__, getattr(teacher.head, "pooling", None)
    what = teacher.config, head, teacher.compute_dtype, fields, dtype
    digest = hashlib.sha256(repr(what).encode())
    rows = encoded.token_ids, encoded.row_starts, encoded.pair_starts
    for array in (*teacher.weights, *rows):
        digest.update(np.ascontiguousarray(keras.ops.convert_to_numpy(array)))
    return digest.hexdigest()
