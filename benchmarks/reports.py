"""What a finished work folder tells of its run."""

import json
import pathlib
import sys


def read_report(folder) -> dict:
    """Return the content of a folder's report.json; ends the program if there is none.

    Args:
        folder: path of a work folder.
    """
    path = pathlib.Path(folder) / "report.json"
    if not path.is_file():
        sys.exit(f"Expected a finished work folder; {path} does not exist.")
    return json.loads(path.read_text())
