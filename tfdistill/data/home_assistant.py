"""Voice-assistant commands as a joint intent and slot task, made from templates.

The package `home-assistant-intents` (Apache-2.0) holds the sentence templates of Home
Assistant's voice control, in the language of the library `hassil`. Sentences are drawn
from them at random, with rooms, devices and free text from lists written for the demo.
The split goes by template, so that dev and test ask for wordings never trained on.
"""

import collections
import dataclasses
import functools
import hashlib
import itertools
import math
import pathlib
import random
import re

import numpy as np
from absl import logging

from tfdistill.data.home_assistant_english import (
    SLOT,
    is_said,
    join_units,
    with_manners,
)
from tfdistill.data.home_assistant_wording import Template, Values, Wordings, can_fill
from tfdistill.data.tasks import Examples, Task

_SAYINGS = pathlib.Path(__file__).with_name("home_assistant_sayings.yaml")
SPLITS = ("train", "dev", "test")
_HELD_OUT = 0.15  # share of an intent's templates in dev, and again in test
_TYPICAL = 20  # templates of an intent that gets examples_per_template from each
_EVALUATED = 0.7  # sentences per template of dev and test, for one of train
_OURS = 0.6  # sentences per template that the package lacks, for one that it has
_PATIENCE = 50  # wordings drawn in vain before a template counts as used up


@dataclasses.dataclass(frozen=True)
class HomeAssistant:
    """A source of sentences with an intent and BIO slot labels.

    An intent's templates are dealt out by hash: 15 % to dev and 15 % to test, at least
    one each where there are four. Of three templates one goes to test; one or two stay
    in train. Of every open list 10 % of the values are for dev alone and 10 % for test
    alone, and half of the open slots of dev and test are filled from those. No sentence
    is in two splits.

    Train alone is filled up: a template with fewer wordings than it should give ("never
    mind") repeats them, one that asks for several kinds of devices gives more, and
    `home_assistant_sayings.yaml` adds what the package's templates do not say.

    Args:
        examples_per_template: int, sentences drawn from each template of an intent with
            20 of them; four times the templates get half as many each, and so on.
        seed: int, of the split, the lists and the sentences.
        language: str, "en", the language that the lists are written in.

    Raises:
        ValueError: a number below 1 or another language; in `task` and `load`, a
            package that is missing, an unknown split.
    """

    examples_per_template: int = 28
    seed: int = 0
    language: str = "en"

    def __post_init__(self):
        if self.examples_per_template < 1:
            raise ValueError(
                "examples_per_template must be at least 1, "
                f"not {self.examples_per_template}."
            )
        if self.language != "en":
            raise ValueError(
                f"The lists are written in English: use language='en', "
                f"not {self.language!r}."
            )

    def task(self) -> Task:
        """Intents in alphabetical order; "O", then B- and I- of each slot."""
        slots = sorted({slot for t in _read_templates() for slot in t.slots})
        slot_labels = ["O", *(f"{mark}-{slot}" for slot in slots for mark in "BI")]
        return Task("Home Assistant", "intent_slots", _intents(), tuple(slot_labels))

    def load(self, split: str) -> Examples:
        """Examples of "train", "dev" or "test", in random order."""
        _check_split(split)
        rows = _generate(self)[split]
        ids = {intent: index for index, intent in enumerate(_intents())}
        words, slots = zip(*(label_words(tagged) for _, tagged in rows), strict=True)
        labels = np.array([ids[intent] for intent, _ in rows], np.int32)
        texts = [SLOT.sub(r"\2", tagged) for _, tagged in rows]
        return Examples(texts, None, labels, list(words), list(slots))

    def templates(self, split: str) -> list[tuple[str, str]]:
        """Intent and text of each published template that `split` is drawn from."""
        _check_split(split)
        places = _deal(self.seed)
        return [key for key, place in places.items() if place == split]


def split_words(text: str) -> list[str]:
    """Words and single punctuation marks, as BERT's tokenizer first cuts a text.

    >>> split_words("Set it to 40%, today's the day")
    ['Set', 'it', 'to', '40', '%', ',', 'today', "'", 's', 'the', 'day']
    """
    return re.findall(r"[!-/:-@\[-`{-~]|[^\s!-/:-@\[-`{-~]+", text)


def label_words(tagged: str) -> tuple[list[str], list[str]]:
    """Words and BIO labels of a sentence in tagged form.

    >>> label_words("fans in {area:living room} off")
    (['fans', 'in', 'living', 'room', 'off'], ['O', 'O', 'B-area', 'I-area', 'O'])
    """
    words, labels = [], []
    # Text, slot and value take turns: text, slot, value, text, slot, value, text.
    parts = SLOT.split(tagged)
    for index, part in enumerate(parts):
        if index % 3 == 1:
            continue
        found = split_words(part)
        words += found
        if index % 3 == 0:
            labels += ["O"] * len(found)
        else:
            slot = parts[index - 1]
            labels += [f"{'I' if rank else 'B'}-{slot}" for rank in range(len(found))]
    return words, labels


def _check_split(split):
    if split not in SPLITS:
        raise ValueError(f"split must be one of {list(SPLITS)}, not {split!r}.")


@functools.lru_cache(maxsize=2)
def _generate(source: HomeAssistant) -> dict[str, list[tuple[str, str]]]:
    """Intent and tagged sentence of every example, by split; train chooses first."""
    places, published = _deal(source.seed), _published()
    counts = collections.Counter(template.intent for template in published)
    seen, splits = set(), {}
    for split in SPLITS:
        shares = []
        for template in published:
            if places[template.intent, template.text] == split:
                share = _EVALUATED
                if split == "train":  # "what is {name}" asks for nine kinds of devices
                    share = math.sqrt(max(1, len(template.domains)))
                shares.append((template, share * _share(template, counts)))
        key = f"{source.seed} {split}"
        splits[split] = _rows(source, split, key, shares, seen, split == "train")
    # Last, so that they take no sentence from dev or test.
    counts = collections.Counter(template.intent for template in _read_templates())
    ours = [
        (template, _OURS * _share(template, counts))
        for template in _read_templates()
        if template.is_ours
    ]
    splits["train"] += _rows(source, "train", f"{source.seed}", ours, seen, False)
    for split, rows in splits.items():
        random.Random(f"{source.seed} {split}").shuffle(rows)
    return splits


def _share(template, num_templates) -> float:
    # Square root: an intent with many templates has more to show, but less than
    # proportionally, so that it does not swamp the others.
    return math.sqrt(_TYPICAL / num_templates[template.intent])


def _rows(source, split, key, shares, seen, is_filled_up) -> list[tuple[str, str]]:
    """Intent and tagged sentence of all that (template, share) of `shares` give."""
    wordings = Wordings(_load_intents(), Values(split, source.seed))
    rows = []
    for template, share in shares:
        count = math.ceil(source.examples_per_template * share)
        rng = random.Random(f"{key} {template}")
        drawn = _draw(wordings, template, count, seen, rng, is_filled_up)
        rows += [(template.intent, tagged) for tagged in drawn]
    return rows


def _draw(wordings, template, count, seen, rng, is_filled_up) -> list[str]:
    """At most `count` wordings that are not in `seen`, which they join.

    Where `is_filled_up`, a template with fewer repeats them, with other manners.
    """
    bare, drawn, failures = [], [], 0
    while len(drawn) < count and failures < _PATIENCE:
        tagged = wordings.draw(template, rng)
        text = SLOT.sub(r"\2", tagged).lower()
        if text in seen or not is_said(tagged):
            failures += 1
            continue
        failures = 0
        seen.add(text)
        bare.append(join_units(tagged))
        drawn.append(with_manners(bare[-1], rng))
    if is_filled_up:
        again = itertools.islice(itertools.cycle(bare), count - len(bare))
        drawn += [with_manners(each, rng) for each in again]
    return drawn


@functools.lru_cache(maxsize=4)
def _deal(seed: int) -> dict[tuple[str, str], str]:
    """Split of every (intent, template text), by the hash of both and the seed."""
    by_intent = collections.defaultdict(set)
    for template in _published():
        by_intent[template.intent].add(template.text)
    places = {}
    for intent, texts in by_intent.items():
        order = sorted(texts, key=lambda text: _digest(f"{seed} {intent} {text}"))
        num_test = max(len(order) > 2, round(_HELD_OUT * len(order)))
        num_dev = max(len(order) > 3, round(_HELD_OUT * len(order)))
        parts = ["test"] * num_test + ["dev"] * num_dev
        parts += ["train"] * (len(order) - len(parts))
        places |= {
            (intent, text): part for text, part in zip(order, parts, strict=True)
        }
    return places


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _intents() -> tuple[str, ...]:
    return tuple(sorted({template.intent for template in _read_templates()}))


def _published() -> list[Template]:
    """The package's own templates."""
    return [template for template in _read_templates() if not template.is_ours]


@functools.cache
def _read_templates() -> tuple[Template, ...]:
    """Every template whose lists can be filled."""
    package = _load_intents()
    templates = []
    for name, intent in package.intents.items():
        blocks = [(block, each) for block in intent.data for each in block.sentences]
        found = [_template(name, *pair, package) for pair in blocks]
        fitting = [template for template in found if can_fill(template, package)]
        if not fitting:
            logging.info("Skipped intent %s: no template of it can be filled.", name)
        templates += fitting
    return tuple(templates)


def _template(intent, block, sentence, package) -> Template:
    rules = package.expansion_rules
    references = list(sentence.expression.list_references(rules))
    return Template(
        intent,
        sentence.text,
        tuple(block.requires_context.get("domain", ())),
        tuple(sorted({reference.list_name for reference in references})),
        tuple(sorted({reference.slot_name for reference in references})),
        sentence.expression,
        bool(block.metadata and block.metadata.get("is_ours")),
    )


@functools.cache
def _load_intents():
    """The package's English templates, rules and lists as `hassil.Intents`."""
    try:
        import hassil
        import home_assistant_intents
        import yaml
    except ImportError as error:
        raise ValueError(
            f"The voice-assistant data needs the package {error.name!r}: "
            "run pip install 'tfdistill[demo]'."
        ) from error
    templates = home_assistant_intents.get_intents("en")
    ours = yaml.safe_load(_SAYINGS.read_text(encoding="utf-8"))
    for intent in ours["intents"].values():
        for block in intent["data"]:
            block["metadata"] = {"is_ours": True}
    hassil.util.merge_dict(templates, ours)
    return hassil.Intents.from_dict(templates)
