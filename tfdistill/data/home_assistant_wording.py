"""Random wordings of hassil's sentence templates that remember where the slots lie.

`hassil` parses the templates; its own sampler lists every wording in turn and returns
bare text, so the parsed tree is walked here instead. A wording is in tagged form, each
slot as {slot:value}: "turn off the {area:kitchen} lights".
"""

import dataclasses
import random
import re

from tfdistill.data.home_assistant_lists import DEVICES, PLACES
from tfdistill.data.home_assistant_texts import FREE_TEXT, ITEMS, MEDIA

OPEN_LISTS = PLACES | DEVICES | ITEMS | MEDIA | FREE_TEXT

ARTICLE = re.compile(r"\b(?:the|my|our) $")
PREPOSITION = re.compile(r"\b(?:in|on|at|of|across|around|throughout) $")
LIGHT = re.compile(r" (?:lights?|lamps?|lighting)\b")

# Numbers that people say; the package's ranges hold more.
NUMBERS = {
    "timer_hours": [*range(1, 13), 1, 1, 2, 2, 24],
    "timer_minutes": [*range(1, 61), *range(5, 65, 5), 1, 10, 15, 90],
    "timer_seconds": [*range(5, 65, 5), 1, 12, 30, 45, 75, 90],
    "temperature": [*range(10, 31), *range(60, 81), 18.5, 19.5, 20.5, 21.5, 22.5],
    "color_temperature": [*range(2000, 6600, 100), 2700, 4000, 6500],
}
_PERCENT = [*range(5, 105, 5), *range(10, 110, 10), *range(1, 101)]
_IN_WORDS = 0.2  # share of whole numbers spelled out
_UNHYPHENATED = 0.5  # share of train's "thirty-five" that are "thirty five", as spoken
_KEPT = 0.5  # share of optional parts that are said
_LINKS = frozenset("in on of to by for".split())
_LINKS_KEPT = 0.9  # the same where it is one of these words, which is seldom left out
# Lists of the templates that several of ours fill, depending on the sentence.
_CHOSEN_LISTS = frozenset(
    "name zone search_query shopping_list_item todo_list_item".split()
)
_HELD_OUT = 0.1  # share of a list's values for dev alone, and again for test alone
_OWN = 0.5  # share of the values said in dev and test that come from those


@dataclasses.dataclass(frozen=True)
class Template:
    """One sentence template.

    Args:
        intent: str.
        text: str, the template as the package has it. Two templates of an intent may
            share it and ask for different devices.
        domains: tuple of str, the kinds of devices that {name} may stand for.
        lists: tuple of str, the lists that fill it.
        slots: tuple of str, the slots that they fill.
        expression: what hassil parsed.
        is_ours: bool, whether it is one that the package lacks.
    """

    intent: str
    text: str
    domains: tuple[str, ...]
    lists: tuple[str, ...]
    slots: tuple[str, ...]
    expression: object = dataclasses.field(repr=False, compare=False)
    is_ours: bool = dataclasses.field(default=False, repr=False)


class Values:
    """The part of every open list that a split draws from.

    Args:
        split: "train", "dev" or "test".
        seed: int.
    """

    def __init__(self, split: str, seed: int):
        self.is_train = split == "train"
        self._shared, self._own = {}, {}
        for name, values in OPEN_LISTS.items():
            values = random.Random(f"{seed} {name}").sample(values, len(values))
            count = max(1, round(_HELD_OUT * len(values)))
            self._shared[name] = values[2 * count :]
            own = {"dev": values[:count], "test": values[count : 2 * count]}
            self._own[name] = own.get(split, [])

    def draw(self, name: str, rng: random.Random) -> str:
        """A value of the list `name`."""
        own = self._own[name]
        return rng.choice(own if own and rng.random() < _OWN else self._shared[name])


class Wordings:
    """Draws wordings of templates with the values of one split.

    Args:
        intents: `hassil.Intents`, the package's templates, rules and lists.
        values: `Values` for the lists that the package leaves open.
    """

    def __init__(self, intents, values: Values):
        self._rules = intents.expansion_rules
        self._lists = intents.slot_lists
        self._language = intents.language
        self._values = values

    def draw(self, template: Template, rng: random.Random) -> str:
        """One wording in tagged form, with single spaces."""
        pieces = self._spell(template.expression, rng)
        # Closed lists first: which title fits depends on the kind of media.
        for index, piece in enumerate(pieces):
            if not (isinstance(piece, str) or _is_open(self._known(piece))):
                pieces[index] = _tag(piece, self._closed_value(piece, rng))
        for index, piece in enumerate(pieces):
            if not isinstance(piece, str):
                before, after = _text(pieces[:index]), _text(pieces[index + 1 :])
                name = _list_name(piece.list_name, template, before, after, rng)
                pieces[index] = _tag(piece, self._values.draw(name, rng))
        return " ".join("".join(pieces).split())

    def _known(self, reference):
        return self._lists.get(reference.list_name)

    def _spell(self, expression, rng) -> list:
        """Text and list references of one walk down the tree, in order."""
        import hassil

        if isinstance(expression, hassil.TextChunk):
            return [expression.original_text]
        if isinstance(expression, hassil.ListReference):
            return [expression]
        if isinstance(expression, hassil.RuleReference):
            rule = self._rules[expression.rule_name]
            return self._spell(rule.expression, rng)
        items = expression.items
        if isinstance(expression, hassil.Alternative):
            items = [_choose(expression, rng)]
        elif isinstance(expression, hassil.Permutation):
            items = rng.sample(items, len(items))
        return [piece for item in items for piece in self._spell(item, rng)]

    def _closed_value(self, reference, rng) -> str:
        import hassil

        known = self._known(reference)
        if isinstance(known, hassil.RangeSlotList):
            number = _number(known, self._language, rng)
            # Dev and test stay what they were.
            if self._values.is_train and "-" in number and rng.random() < _UNHYPHENATED:
                return number.replace("-", " ")
            return number
        value = "".join(self._spell(rng.choice(known.values).text_in, rng))
        return " ".join(value.split())


def can_fill(template: Template, intents) -> bool:
    """Whether the package's lists or ours have values for all slots of a template."""
    lists = set(template.lists) - {
        name for name, known in intents.slot_lists.items() if not _is_open(known)
    }
    devices = {_device_list(domain, False, "") for domain in template.domains}
    if "name" in lists and not (devices and devices <= set(OPEN_LISTS)):
        return False
    return lists <= set(OPEN_LISTS) | _CHOSEN_LISTS


def _is_open(known) -> bool:
    import hassil

    return not isinstance(known, hassil.TextSlotList | hassil.RangeSlotList)


def _choose(alternative, rng):
    """An item of [..] or (..|..); the templates name the usual wording first."""
    items = alternative.items
    if alternative.is_optional:
        if rng.random() >= (_LINKS_KEPT if _is_link(items[0]) else _KEPT):
            return items[-1]
        items = items[:-1]
    weights = [1 / (rank + 1) for rank in range(len(items))]
    return rng.choices(items, weights)[0]


def _is_link(item) -> bool:
    """Whether an item is a preposition, as it stands or as the rule <in>."""
    while getattr(item, "items", None):
        if len(item.items) > 1:
            return False
        item = item.items[0]
    word = getattr(item, "rule_name", "") or getattr(item, "text", "")
    return word.strip() in _LINKS


def _tag(reference, value) -> str:
    return f"{{{reference.slot_name}:{value}}}"


def _text(pieces) -> str:
    tagged = "".join(piece if isinstance(piece, str) else "" for piece in pieces)
    return re.sub(r"\s+", " ", re.sub(r"\{\w+:([^}]*)\}", r"\1", tagged))


def _number(numbers, language, rng) -> str:
    from hassil.numbers import get_rbnf_engine

    usual = NUMBERS.get(numbers.name, _PERCENT)
    number = rng.choice([n for n in usual if numbers.start <= n <= numbers.stop])
    if isinstance(number, int) and rng.random() < _IN_WORDS:
        return get_rbnf_engine(language).format_number(number).text
    return str(number)


def _list_name(list_name, template, before, after, rng) -> str:
    """Which of our lists fills `list_name` between the texts `before` and `after`."""
    has_article = bool(ARTICLE.search(before))
    if list_name == "floor":
        return "numbered floor" if after.startswith(" floor") else "floor"
    if list_name == "zone":
        if has_article:
            return "place"
        return "institution" if PREPOSITION.search(before) else "whereabouts"
    if list_name == "search_query":
        return _media_list(before + after, rng)
    if list_name == "shopping_list_item":
        return "shopping item"
    if list_name == "todo_list_item":
        return rng.choice(("shopping item", "chore"))
    if list_name == "name":
        return _device_list(rng.choice(template.domains), has_article, after)
    return list_name


def _media_list(context, rng) -> str:
    aliases = {"song": "track", "show": "tv_show"}
    words = [aliases.get(word, word) for word in context.split()]
    named = [word for word in words if word in MEDIA]
    return named[0] if named else rng.choice(list(MEDIA))


def _device_list(domain, has_article, after) -> str:
    if domain == "light" and LIGHT.match(after):
        return "kind of light"
    if domain == "person" and has_article:
        return "kin"
    if domain == "weather":
        return "region" if has_article else "city"
    return {"input_button": "button"}.get(domain, domain)
