"""Scores models of Home Assistant's intents on what other people say to a home.

    git clone https://github.com/home-assistant/intents
    git clone https://github.com/pswietojanski/slurp
    python benchmarks/spoken_commands.py --intents=intents/tests/en \\
        --slurp=slurp/dataset/slurp/test.jsonl \\
        --model=models/voice_commands/model.tflite

The first are sentences that Home Assistant's contributors test its parser with (CC BY
4.0), of any year: some ask for what a later package does not know. The second are of
SLURP (arXiv 2011.13205, CC BY 4.0), written down by people who were told a situation;
those whose intent is one of Home Assistant's, or either of two or three. Intents alone
are scored, in percent of sentences and as the mean over intents; nobody trains on them.
"""

import collections
import json
import pathlib

import numpy as np
import yaml
from absl import app, flags
from answers import answering

_INTENTS = flags.DEFINE_string("intents", None, "A folder of tests, as tests/en.")
_SLURP = flags.DEFINE_multi_string("slurp", [], "devel.jsonl or test.jsonl.")
_MODELS = flags.DEFINE_multi_string("model", None, "What to score.", required=True)
_MISTAKES = flags.DEFINE_bool("mistakes", False, "Print each of them.")

# What an intent of SLURP is among Home Assistant's.
_SAME = {
    "weather_query": "HassGetWeather",
    "play_music": "HassMediaSearchAndPlay",
    "iot_hue_lightoff": "HassTurnOff",
    "iot_hue_lighton": "HassTurnOn",
    "iot_hue_lightdim": "HassLightSet",
    "iot_hue_lightup": "HassLightSet",
    "iot_hue_lightchange": "HassLightSet",
    "iot_wemo_on": "HassTurnOn",
    "iot_wemo_off": "HassTurnOff",
    "iot_cleaning": "HassVacuumStart HassVacuumCleanArea",
    "audio_volume_up": "HassSetVolumeRelative HassSetVolume",
    "audio_volume_down": "HassSetVolumeRelative HassSetVolume",
    "audio_volume_mute": "HassMediaPlayerMute",
    "datetime_query": "HassGetCurrentTime HassGetCurrentDate",
    "lists_createoradd": "HassListAddItem HassShoppingListAddItem",
    "lists_remove": "HassListRemoveItem HassListCompleteItem "
    "HassShoppingListCompleteItem",
}


def main(argv):
    """Print a row for each model."""
    del argv
    found = {path: _slurp(path) for path in _SLURP.value}
    if _INTENTS.value:
        found = {_INTENTS.value: _tests(_INTENTS.value)} | found
    counts = [f"{len(rows)} of {name}" for name, rows in found.items()]
    print("model", *counts, sep=" | ")
    for path in _MODELS.value:
        for name, answer in answering(path):
            cells = [_score(answer, rows) for rows in found.values()]
            print(name, *cells, sep=" | ", flush=True)


def _tests(folder):
    """(text, its intents, the name to group by) of every sentence of the tests."""
    rows = []
    for path in sorted(pathlib.Path(folder).rglob("*.yaml")):
        for test in yaml.safe_load(path.read_text("utf-8")).get("tests", []):
            if "intent" in test:
                name = test["intent"]["name"]
                rows += [(text, (name,), name) for text in test["sentences"]]
    return rows


def _slurp(path):
    lines = pathlib.Path(path).read_text("utf-8").splitlines()
    rows = {row["sentence"]: row["intent"] for row in map(json.loads, lines)}
    return [
        (text, tuple(_SAME[intent].split()), intent)
        for text, intent in rows.items()
        if intent in _SAME
    ]


def _score(answer, rows) -> str:
    said = answer([text for text, _, _ in rows])
    by_name = collections.defaultdict(list)
    for (text, intents, name), intent in zip(rows, said, strict=True):
        by_name[name].append(intent in intents)
        if _MISTAKES.value and intent not in intents:
            print(f"    {text!r}: {intent}, not {' or '.join(intents)}")
    right = np.mean([each for found in by_name.values() for each in found])
    mean = np.mean([np.mean(found) for found in by_name.values()])
    return f"{100 * right:.2f} ({100 * mean:.2f})"


if __name__ == "__main__":
    app.run(main)
