"""Example sources by one word, for command lines."""

import pathlib

from tfdistill.data.glue import Glue
from tfdistill.data.tfds import Tfds


def parse_source(text: str) -> Glue | Tfds:
    """Return the source that a word names.

    Args:
        text: str. "tfds:NAME", e.g. "tfds:glue/sst2", or "glue:FOLDER/TASK", e.g.
            "glue:downloads/glue/SST-2".

    Raises:
        ValueError: any other word.

    >>> parse_source("tfds:glue/sst2").name
    'glue/sst2'
    """
    kind, _, rest = text.partition(":")
    if kind == "tfds" and rest:
        return Tfds(rest)
    path = pathlib.Path(rest)
    if kind == "glue" and len(path.parts) > 1:
        return Glue(path.name, str(path.parent))
    raise ValueError(
        "A source is named tfds:NAME or glue:FOLDER/TASK, e.g. tfds:glue/sst2; got "
        f"{text!r}. CSV, JSON lines and slots need a config file, as they have columns."
    )
