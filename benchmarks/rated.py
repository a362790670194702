"""Sentences that people rated, out of vaderSentiment's source archive (MIT)."""

import io
import pathlib
import tarfile

FILES = {
    "products": "amazonReviewSnippets_GroundTruth.txt",
    "tweets": "tweets_GroundTruth.txt",
}


def read_rated(package) -> dict[str, list[tuple[float, str]]]:
    """Return (mean rating from -4 to 4, text) of product reviews and of tweets.

    Args:
        package: path of vaderSentiment-3.3.2.tar.gz.
    """
    with tarfile.open(package) as outer:
        (inner,) = [name for name in outer.getnames() if name.endswith("2014.tar.gz")]
        data = outer.extractfile(inner).read()
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        names = {pathlib.PurePath(name).name: name for name in archive.getnames()}
        files = {key: archive.extractfile(names[FILES[key]]).read() for key in FILES}
    return {
        key: _rows(content.decode("utf-8", "replace")) for key, content in files.items()
    }


def _rows(text):
    rows = [line.strip().split("\t") for line in text.split("\n")]
    return [(float(row[1]), row[2]) for row in rows if len(row) > 2]
