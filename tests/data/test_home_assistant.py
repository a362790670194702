"""The voice-assistant source: its split, its labels and its language."""

import collections
import dataclasses
import os
import random
import re
import subprocess
import sys

import pytest

from tfdistill.data import home_assistant
from tfdistill.data.home_assistant import (
    SPLITS,
    HomeAssistant,
    label_words,
    split_words,
)
from tfdistill.data.home_assistant_english import is_said
from tfdistill.data.home_assistant_lists import DEVICES, PLACES
from tfdistill.data.home_assistant_wording import (
    OPEN_LISTS,
    Template,
    Values,
    Wordings,
    can_fill,
)

SMALL = HomeAssistant(examples_per_template=3)

FINGERPRINT = """
import hashlib
from tfdistill.data.home_assistant import HomeAssistant
source = HomeAssistant(examples_per_template=1)
splits = [source.load(split) for split in ("train", "dev", "test")]
rows = [(split.texts, split.slots, split.labels.tolist()) for split in splits]
print(hashlib.sha256(repr(rows).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def splits():
    return {split: SMALL.load(split) for split in SPLITS}


def spans(words, labels):
    """(slot, words without spaces, lower case) of every span of a sentence."""
    found = []
    for word, label in zip(words, labels, strict=True):
        if label.startswith("B-"):
            found.append([label[2:], word.lower()])
        elif label != "O":
            assert found[-1][0] == label[2:]
            found[-1][1] += word.lower()
    return [tuple(span) for span in found]


def core(text):
    """A sentence without its case, its final mark and its manners."""
    polite = r"^(please|(can|could|would) you( please)?) | please$"
    return re.sub(polite, "", re.sub(r"[.?]$", "", text.lower()))


def all_templates():
    return [template for split in SPLITS for template in SMALL.templates(split)]


def test_each_template_is_dealt_to_one_split():
    dealt = all_templates()
    assert len(dealt) == len(set(dealt)) > 800


def test_larger_intents_have_templates_in_every_split():
    counts = collections.Counter()
    for split in SPLITS:
        counts.update((intent, split) for intent, _ in SMALL.templates(split))
    for intent in SMALL.task().labels:
        total = sum(counts[intent, split] for split in SPLITS)
        assert counts[intent, "train"] > 0
        assert bool(counts[intent, "test"]) == (total > 2)
        assert bool(counts[intent, "dev"]) == (total > 3)


def test_every_intent_is_trained_and_none_swamps_the_others():
    examples = HomeAssistant(examples_per_template=8).load("train")
    counts = collections.Counter(examples.labels.tolist())
    assert set(counts) == set(range(len(SMALL.task().labels)))
    assert max(counts.values()) < 0.1 * len(examples)


def test_no_sentence_of_dev_or_test_is_in_another_split(splits):
    sentences = {split: set(map(core, splits[split].texts)) for split in SPLITS}
    assert not sentences["train"] & sentences["dev"]
    assert not sentences["train"] & sentences["test"]
    assert not sentences["dev"] & sentences["test"]


def test_train_alone_repeats_what_has_no_other_wording(splits):
    counts = {
        split: collections.Counter(map(core, splits[split].texts)) for split in SPLITS
    }
    # 3 for a template of an intent with 20: sqrt(20 / 2) times as many of one with 2.
    assert counts["train"]["never mind"] == counts["train"]["nevermind"] == 10
    assert set(counts["dev"].values()) == set(counts["test"].values()) == {1}
    said = [text for text in splits["train"].texts if core(text) == "never mind"]
    assert len(set(said)) > 1  # with a capital, a mark, a "please"


def test_a_template_for_many_kinds_of_devices_gives_more_to_train(splits):
    examples, intents = splits["train"], SMALL.task().labels
    texts = [
        core(text)
        for text, label in zip(examples.texts, examples.labels, strict=True)
        if intents[label] == "HassGetState"
    ]
    # Of 122 templates each gives 3 * sqrt(20 / 122), nine kinds three times as many.
    where = [text for text in texts if text.startswith("where can i find")]
    how = [text for text in texts if re.match("how('s|s| is| are) ", text)]
    assert (len(where), len(how)) == (2, 4)


def test_wordings_of_our_own_and_numbers_as_spoken_are_for_train_alone(splits):
    templates = home_assistant._read_templates()
    ours = [template for template in templates if template.is_ours]
    assert len(ours) > 250
    published = {(each.intent, each.text) for each in templates if not each.is_ours}
    assert published == set(all_templates())
    assert not published & {(template.intent, template.text) for template in ours}
    wordings = Wordings(home_assistant._load_intents(), Values("train", 0))
    for template in ours:
        rng = random.Random(0)
        assert any(is_said(wordings.draw(template, rng)) for _ in range(50)), template
    texts = {split: set(map(core, splits[split].texts)) for split in SPLITS}
    assert "let there be light" in texts["train"] - texts["dev"] - texts["test"]
    spoken = re.compile(r"\b(twenty|thirty|forty|fifty) (one|two|five|nine)\b")
    assert [s for s in SPLITS if spoken.search(" ".join(texts[s]))] == ["train"]


@pytest.mark.parametrize("split", SPLITS)
def test_labels_are_valid_bio_of_the_task(splits, split):
    known = set(SMALL.task().slot_labels)
    for words, labels in zip(splits[split].words, splits[split].slots, strict=True):
        assert len(words) == len(labels) and set(labels) <= known
        for before, label in zip(["O", *labels], labels, strict=False):
            assert label[0] != "I" or before[2:] == label[2:]


@pytest.mark.parametrize("split", SPLITS)
def test_spans_are_values_of_their_list(splits, split):
    lists = {"area": ["area"], "floor": ["floor", "numbered floor"]}
    lists |= {"message": ["message"], "item": ["shopping item", "chore"]}
    values = {
        slot: {v.lower().replace(" ", "") for name in names for v in OPEN_LISTS[name]}
        for slot, names in lists.items()
    }
    seen = collections.Counter()
    for words, labels in zip(splits[split].words, splits[split].slots, strict=True):
        for slot, value in spans(words, labels):
            seen[slot] += 1
            assert value in values.get(slot, {value})
    assert seen["area"] > 50 and seen["floor"] > 5


@pytest.mark.parametrize("split", SPLITS)
def test_texts_have_no_template_syntax_and_single_spaces(splits, split):
    for text in splits[split].texts:
        assert not re.search(r"[{}<>\[\]|();:_]|\s\s|^\s|\s$", text), text


def test_words_are_what_the_tokenizer_cuts_a_text_into(splits):
    tokenizers = pytest.importorskip("tokenizers")
    cutter = tokenizers.pre_tokenizers.BertPreTokenizer()
    for text, words in zip(splits["train"].texts, splits["train"].words, strict=True):
        assert words == [word for word, _ in cutter.pre_tokenize_str(text)]
        assert words == split_words(text)


def test_hassil_recognizes_the_sentences_with_intent_and_slots(monkeypatch):
    hassil = pytest.importorskip("hassil")
    monkeypatch.setattr(home_assistant, "with_manners", lambda tagged, rng: tagged)
    source = HomeAssistant(examples_per_template=1, seed=5)
    examples, intents = source.load("train"), source.task().labels
    package, lists = home_assistant._load_intents(), home_lists(hassil)
    for row in random.Random(0).sample(range(len(examples)), 60):
        text, intent = examples.texts[row], intents[examples.labels[row]]
        wanted = spans(examples.words[row], examples.slots[row])
        wanted = {(slot, re.sub(r"(?<=\d)[k°]$", "", value)) for slot, value in wanted}
        readings = hassil.recognize_all(
            text, package, slot_lists=lists, intent_context={"area": "den"}
        )
        assert any(
            reading.intent.name == intent and wanted <= entities(reading)
            for reading in readings
        ), text


def home_lists(hassil):
    """Our rooms and devices as hassil's lists, as Home Assistant passes a home's."""
    kinds = {"kind of light": "light", "kin": "person"}
    devices = {**DEVICES, "input_button": DEVICES["button"]}
    devices["weather"] = (*PLACES["city"], *PLACES["region"])
    names = [
        (device, device, {"domain": kinds.get(name, name)})
        for name, values in devices.items()
        for device in values
    ]
    floors = (*PLACES["floor"], *PLACES["numbered floor"])
    return {
        "name": hassil.TextSlotList.from_tuples(names, allow_template=False),
        "area": hassil.TextSlotList.from_strings(PLACES["area"]),
        "floor": hassil.TextSlotList.from_strings(floors),
    }


def entities(reading):
    return {
        (entity.name, entity.text.replace(" ", "").lower())
        for entity in reading.entities_list
    }


def test_some_values_of_test_are_never_trained_on(splits):
    rooms = {split: collections.Counter() for split in SPLITS}
    for split in SPLITS:
        for words, labels in zip(splits[split].words, splits[split].slots, strict=True):
            rooms[split].update(v for s, v in spans(words, labels) if s == "area")
    new = {split: set(rooms[split]) - set(rooms["train"]) for split in ("dev", "test")}
    assert not new["dev"] & new["test"]
    for split, values in new.items():
        share = sum(rooms[split][v] for v in values) / sum(rooms[split].values())
        assert 0.3 < share < 0.7


def test_the_same_seed_gives_the_same_examples_in_another_process():
    prints = [
        subprocess.run(
            [sys.executable, "-c", FINGERPRINT],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert prints[0] == prints[1] and len(prints[0]) == 65


def test_another_seed_deals_other_templates():
    other = HomeAssistant(examples_per_template=3, seed=1)
    assert set(other.templates("test")) != set(SMALL.templates("test"))


def test_no_device_is_named_after_a_room():
    rooms = [room.lower() for room in (*PLACES["area"], *PLACES["floor"])]
    for device in (device for names in DEVICES.values() for device in names):
        assert not any(f"{device.lower()} ".startswith(f"{room} ") for room in rooms)


@pytest.mark.parametrize(
    "good, bad",
    [
        ("turn off all {area:den} lights", "turn off every {area:den} lights"),
        ("is the {name:TV} {state:on}", "are the {name:TV} {state:on}"),
        ("which fans are {state:on}", "which fans is {state:on}"),
        ("an {hours:8} hour timer", "a {hours:8} hour timer"),
        ("timer for {hours:1} hour", "timer for {hours:1} hours"),
        ("set the {area:den} to {brightness:5}%", "set the my {area:den} to 5"),
        ("who is in {state:camp}", "who is around {state:camp}"),
    ],
)
def test_wordings_that_nobody_would_say_are_refused(good, bad):
    assert is_said(good) and not is_said(bad)


def test_labels_begin_anew_with_each_slot():
    words, labels = label_words("{area:den} {name:Nest Hub}, {state:1/2}")
    assert words == ["den", "Nest", "Hub", ",", "1", "/", "2"]
    expected = "B-area B-name I-name O B-state I-state I-state"
    assert labels == expected.split()


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: HomeAssistant(examples_per_template=0), "at least 1, not 0"),
        (lambda: HomeAssistant(language="de"), "language='en'"),
        (lambda: SMALL.load("dev2"), "split must be one of"),
    ],
)
def test_impossible_requests_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_missing_package_is_named_with_its_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "home_assistant_intents", None)
    monkeypatch.setattr(
        home_assistant, "_load_intents", home_assistant._load_intents.__wrapped__
    )
    with pytest.raises(ValueError, match=r"pip install 'tfdistill\[demo\]'"):
        home_assistant._read_templates.__wrapped__()


def test_a_template_with_an_unknown_list_cannot_be_filled():
    package = home_assistant._load_intents()
    known = Template("Wash", "wash {name}", ("switch",), ("name",), ("name",), None)
    assert can_fill(known, package)
    assert not can_fill(dataclasses.replace(known, lists=("detergent",)), package)
    assert not can_fill(dataclasses.replace(known, domains=("submarine",)), package)
    assert not can_fill(dataclasses.replace(known, domains=()), package)


def test_importing_the_source_does_not_import_hassil():
    code = (
        "import sys, tfdistill.data.home_assistant; sys.exit('hassil' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
