"""A damaged or hostile file is read, or refused by a ValueError that names it.

TFDISTILL_FUZZ_CASES sets the number of cases for each kind of file; the default keeps
this to seconds. benchmarks/results/fuzzing.md has the counts of a long run.
"""

import os
import pathlib
import tempfile

import hypothesis
import pytest
from hypothesis import strategies as st

CASES = int(os.environ.get("TFDISTILL_FUZZ_CASES", "60"))
TOKENS = [
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\n",
    b"\r",
    b"\t",
    b'"',
    b"{",
    b"[",
    b"[" * 3000,
    b'{"a":' * 3000,
    b"null",
    b"NaN",
    b"-1",
    b"1e999",
    b"9" * 5000,
    b"9" * 18,
    b"\\ud800",
    b"../../x",
    b"true",
    b'"class"',
    b"\xff" * 8,
    b"\x7f\xff\xff\xff\xff\xff\xff\xff",
]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "replace", "cut", "repeat", "flip"]),
        st.floats(0, 1),
        st.integers(1, 40),
        st.one_of(st.sampled_from(TOKENS), st.binary(min_size=1, max_size=9)),
    ),
    min_size=1,
    max_size=5,
)
NAMES = [
    "SST-2",
    "STS-B",
    "csv",
    "tsv",
    "jsonl",
    "slots",
    "vocabulary",
    "recipe",
    "config",
    "published_weights",
    "stage_weights",
    "array",
    "vectors",
    "ngrams",
    "words",
    "word_counts",
    "gguf",
    "archive",
]


def damage(content: bytes, edits) -> bytes:
    """Apply edits, each at a share of the length of what the last one left."""
    for kind, share, count, token in edits:
        at = int(share * len(content))
        before, after = content[:at], content[at:]
        if kind == "insert":
            content = before + token + after
        elif kind == "replace":
            content = before + token + after[len(token) :]
        elif kind == "cut":
            content = before + after[count:] if count < 30 else before
        elif kind == "repeat":
            content = before + after[:count] * count + after
        elif after:
            content = before + bytes([after[0] ^ (1 << count % 8)]) + after[1:]
    return content


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_is_read_or_refused_by_name(name, make_target):
    target = make_target(name)

    @hypothesis.settings(
        max_examples=max(1, CASES // target.cost),
        deadline=None,
        database=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    @hypothesis.seed(1)
    @hypothesis.given(EDITS)
    def refuses(edits):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            path = folder / target.name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(damage(target.valid, edits))
            try:
                target.read(folder)
            except ValueError as error:
                assert path.name in str(error), error

    with tempfile.TemporaryDirectory() as valid:
        path = pathlib.Path(valid) / target.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(target.valid)
        target.read(pathlib.Path(valid))
    refuses()
