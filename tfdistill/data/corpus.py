"""Plain text of any size: lines out of files, shuffled in bounded memory, resumable."""

import dataclasses
import gzip
import io
import itertools
import pathlib
from collections.abc import Iterator

import numpy as np

from tfdistill.data.batching import epoch_batches, make_batch
from tfdistill.data.encode import encode, join_rows
from tfdistill.data.share import Share
from tfdistill.data.stream import stream
from tfdistill.data.tasks import Examples, Task

_LONGEST_LINE = 1_000_000  # bytes; the rest of a longer line counts as lines of its own
_POOL_BATCHES = 64  # batches whose lines are sorted by length together
_TEXT = Task("text", "regression", metrics=("pearson",))
_PAIR = dataclasses.replace(_TEXT, is_pair=True)


@dataclasses.dataclass(frozen=True)
class Corpus:
    """Passages of text, one a line, from files that may be larger than memory.

    Files are UTF-8, plain or compressed (`.gz`, `.zst`); blank lines are left out.

    Args:
        files: tuple of str or path.
        shuffle_buffer: int. Lines that wait to be drawn at random; more mixes better
            and takes more memory.
        max_length: int. Tokens of a line in a training stage; the rest is cut.
        is_paired: bool. A line with a tab holds two texts, which a training stage reads
            as a pair (a pretraining as one text); other lines are single texts.

    Raises:
        ValueError: no file, or a buffer below 1.
    """

    files: tuple
    shuffle_buffer: int = 20_000
    max_length: int = 128
    is_paired: bool = False

    def __post_init__(self):
        if isinstance(self.files, str | pathlib.Path) or not self.files:
            raise ValueError(
                "Corpus.files must be a tuple of at least one path; got "
                f"{self.files!r}."
            )
        object.__setattr__(self, "files", tuple(str(file) for file in self.files))
        if self.shuffle_buffer < 1:
            raise ValueError(
                f"Corpus.shuffle_buffer must be 1 or more; got {self.shuffle_buffer!r}."
            )

    def lines(self, seed: int | None = None, epoch: int = 0) -> Iterator[str]:
        """Yield every line of one epoch.

        Args:
            seed: int, or None for the files' own order.
            epoch: int. The order is a function of (seed, epoch) alone.

        Raises:
            ValueError: a file that is missing, damaged or not UTF-8, by name and line.
        """
        if seed is None:
            yield from itertools.chain.from_iterable(map(_read, self.files))
            return
        random = np.random.default_rng((seed, epoch))
        order = random.permutation(len(self.files))
        found = itertools.chain.from_iterable(_read(self.files[i]) for i in order)
        buffer = list(itertools.islice(found, self.shuffle_buffer))
        # Numbers are drawn by the thousand: one at a time costs more than the reading.
        draws = iter(())
        for line in found:
            index = next(draws, None)
            if index is None:
                draws = iter(random.integers(len(buffer), size=1000).tolist())
                index = next(draws)
            yield buffer[index]
            buffer[index] = line
        for index in random.permutation(len(buffer)):
            yield buffer[index]

    def documents(self) -> Iterator[list[str]]:
        """Yield the documents of the files, in their order.

        A document is the lines between two blank ones; in a file that has but one,
        every line is a document.

        Raises:
            ValueError: as `lines`.
        """
        for file in self.files:
            groups = itertools.groupby(_read(file, with_blank=True), bool)
            found = (list(lines) for is_text, lines in groups if is_text)
            first, second = next(found, []), next(found, None)
            if second is None:
                yield from ([line] for line in first)
            else:
                yield from itertools.chain((first, second), found)


def make_text_dataset(
    corpus: Corpus,
    tokenizer,
    batch_size: int,
    max_length: int,
    seed: int,
    start_step: int = 0,
    share: Share | None = None,
):
    """Make an endless `tf.data.Dataset` of unlabelled batches, epoch after epoch.

    Lines of similar length meet in a batch, as in `make_dataset`. The order is a
    function of the seed alone, and a run that was stopped goes on with `start_step` as
    if it had not been: lines before it are read, but neither cut nor encoded.

    Args:
        corpus: Corpus.
        tokenizer: a `tokenizers.Tokenizer` of `load_tokenizer`.
        batch_size: int.
        max_length: int. Tokens of a line, [CLS] and [SEP] among them; the rest is cut.
        seed: int.
        start_step: int. Batches to leave out.
        share: Share or None. Part of each batch to make.

    Returns:
        A dataset of dict of int32 (batch, sequence): token_ids, segment_ids,
        padding_mask. Every batch is full.

    Raises:
        ValueError: as `Corpus.lines`; also files without any line, or a batch that
            cannot be shared.
    """
    import tensorflow as tf

    share = share or Share()
    if batch_size % share.total:
        raise ValueError(
            f"Batches of plain text are shared in {share.total} equal parts; "
            f"batch_size={batch_size} is no multiple of that."
        )

    rows = tf.TensorSpec((None, None), tf.int32)
    inputs = ("token_ids", "segment_ids", "padding_mask")

    def batches():
        yield from _batches(
            corpus,
            tokenizer,
            batch_size,
            max_length,
            seed,
            start_step,
            share or Share(),
        )

    return stream(batches, dict.fromkeys(inputs, rows))


def _batches(corpus, tokenizer, batch_size, max_length, seed, start_step, share):
    pool_size = _POOL_BATCHES * batch_size
    first_pool, skip = divmod(start_step, _POOL_BATCHES)
    lines = endless_lines(corpus, seed)
    next(itertools.islice(lines, first_pool * pool_size, first_pool * pool_size), None)
    for pool in itertools.count(first_pool):
        texts = list(itertools.islice(lines, pool_size))
        # The first lines tell what is cut of all.
        logs_cuts = pool == first_pool
        encoded = _encode(corpus, texts, tokenizer, max_length, logs_cuts)
        rows_of_batches = epoch_batches(encoded, batch_size, (seed, pool))
        for rows in itertools.islice(rows_of_batches, skip, None):
            longest = int(encoded.lengths[rows].max())
            for part, _ in share.parts(rows):
                length = min(-(-longest // 8) * 8, max_length)
                yield make_batch(encoded, part, length)
        skip = 0


def _encode(corpus, lines, tokenizer, max_length, logs_cuts):
    how = tokenizer, max_length, logs_cuts
    pairs, singles = cut_pairs(lines) if corpus.is_paired else ([], lines)
    if not pairs:
        return encode(Examples(singles), _TEXT, *how)
    firsts, seconds = map(list, zip(*pairs, strict=True))
    encoded = encode(Examples(firsts, seconds), _PAIR, *how)
    if not singles:
        return encoded
    return join_rows(encoded, encode(Examples(singles), _TEXT, *how))


def cut_pairs(lines) -> tuple[list[tuple[str, str]], list[str]]:
    """Return (the two texts of each line with a tab between them, the other lines).

    Args:
        lines: iterable of str, as `Corpus.lines` yields them.
    """
    cut = [line.partition("\t")[::2] for line in lines]
    pairs = [(first, second) for first, second in cut if second]
    return pairs, [first for first, second in cut if not second]


def endless_lines(corpus: Corpus, seed: int) -> Iterator[str]:
    """Yield the lines of epoch after epoch.

    Raises:
        ValueError: as `Corpus.lines`; also files without any line.
    """
    for epoch in itertools.count():
        count = 0
        for line in corpus.lines(seed, epoch):
            count += 1
            yield line
        if not count:
            raise ValueError(f"There is no line of text in {', '.join(corpus.files)}.")


def _read(path, with_blank=False):
    """Yield the lines of a file, without spaces around; blank ones if asked for."""
    number, encoding, rest = 1, "utf-8-sig", b""
    try:
        with _open(path) as file:
            while line := file.readline(_LONGEST_LINE):
                line, is_end = rest + line, line.endswith(b"\n")
                cut = len(line) if is_end else _last_character(line)
                if not is_end and not file.peek(1):
                    cut = len(line)
                text, rest = line[:cut].decode(encoding).strip(), line[cut:]
                encoding, number = "utf-8", number + is_end
                if text or with_blank:
                    yield text
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}, line {number}, is not UTF-8: {error}.") from None
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist.") from None
    except (OSError, EOFError) as error:  # gzip's errors are among them
        raise ValueError(
            f"{path} is damaged or cannot be read after line {number} ({error})."
        ) from error


def _last_character(line: bytes) -> int:
    """Where a character begins that the end of the bytes may have cut."""
    begin = max(len(line) - 4, 0)
    lead = [i for i in range(begin, len(line)) if line[i] >= 0xC0]
    return lead[-1] if lead else len(line)


def _open(path):
    if path.endswith(".gz"):
        return gzip.open(path)
    if not path.endswith(".zst"):
        return open(path, "rb")
    try:
        import zstandard
    except ImportError:
        raise ValueError(
            f"{path} is compressed by zstd: install the package zstandard to read it."
        ) from None
    file = open(path, "rb")  # noqa: SIM115, closed with the reader
    return io.BufferedReader(
        zstandard.ZstdDecompressor().stream_reader(file, closefd=True)
    )
