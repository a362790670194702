"""Which wordings of an English template would be said, and how politely.

The templates are looser than English ("turn off every lights", "a 1 minutes timer"):
they have to understand people, not to speak for them. Sentences are in tagged form
here, each slot as {slot:value}: "turn off the {area:kitchen} lights".
"""

import random
import re

SLOT = re.compile(r"\{(\w+):([^}]*)\}")

_THE = r"(?:the|my|our)\b"
_PLACE = r"\{(?:area|floor):[^}]*\}"
_OUTDOORS = "patio|porch|deck|terrace|balcony|veranda|landing|driveway|staircase"
_SINGLE = "light|lighting|lamp|fan|switch|lock|garage door|door|window|gate|shutter"
_MANY = "lights|lamps|fans|switches|locks|garage doors|doors|windows|gates|shutters"
_VERB = "(?:set|turn|change|make|increase|decrease|skip|go)"
_EIGHT = r"\{\w+:(?:8|11|18|eight|eleven)"

# None of these is found in a good wording.
_FAULTS = (
    # Determiners: two of them, one where none fits, one in the wrong place.
    rf"\b{_THE} (?:the|my|our|a|an|any|some|all|every|each)\b",
    rf"\b(?:every|single|each|a|an|there) {_THE}",
    rf"\b{_THE} \{{area:\w+'s",
    rf"{_PLACE}(?: floor)? {_THE}",
    r"\bthere (?:all|every|each|\{name|\{area|\{floor|\{state)",
    rf"\b{_THE} \{{state:(?:on|off|open|clos|shut|.*lock|occupied|clear|empty|dete)",
    rf"\ba {_EIGHT}|\ban (?!{_EIGHT})(?!hour)|\ba (?:one|<many>|timer for the)",
    # Prepositions.
    rf"\b(?:at|across) (?:{_THE} )?{_PLACE}",
    rf"\b(?:in|on|of|around|throughout) (?:{_THE} )?\{{floor:(?:up|down)stairs",
    rf"\b(?:across|around|throughout|of|on) (?:{_THE} )?\{{state",
    rf"\bon (?:{_THE} )?\{{area:(?!{_OUTDOORS})[^}}]*\}}(?: to\b| by\b| off\b|$)",
    rf"<(?:one|many)> (?:{_THE} )?\{{area",
    rf"\}} of (?:{_THE} )?\{{area|\bit of\b|<(?:one|many)> \{{floor:(?!up|down)",
    r"\{name:[^}]*\}(?: <\w+>)? (?:throughout|around|across)\b",
    r"(?<!in)(?<!clean)(?<!vacuum)(?<!up) (?:this|the|my|our) (?:room|area|space)\b",
    r"\b(?:the|my|our) (?:area|space)\b",
    r"\boff (?:from|on|in)\b|^(?:complete|delete|remove) off\b",
    # Verbs that do not go with what follows.
    r"^(?:change|bring) .*\b(?:on|off|out)\b",
    r"^(?:turn|make) (?:the )?speed|^turn .*fan mode|^turn .*:(?:increase|decrease)\}",
    rf"^(?:{_THE} )?\{{(?:area|floor|name):[^}}]*\}}(?: floor)? {_VERB}\b",
    r"^make .* to \{|^time is left|^what of\b|^tell me .*like$",
    r"weather .*\b(?:my|our) \{name|\b(?:my|our) \{name:[^}]*\} weather",
    r"^(?:close|lower|shut) up\b",
    r"^(?:increase|turn up) .*:(?:min|lowest)|^(?:decrease|turn down) .*:(?:max|high)",
    # Units.
    r"[a-z](?:\}°|\} ?k\b)|\} [%°]|\}kelvin|\} degree\b",
    r"\ban? (?:hours|minutes)\b|\ba \{\w+:1/2|:(?:half|1/2)\} (?:hour|minute)\b",
    # Two readings: the garage's door or the garage door.
    r"\{area:garage\} <",
)
# Nor these, once nouns have become <one> and <many> and places are left out.
_DISAGREEMENTS = (
    r"\bis\b[^{]*<many>",
    r"\bare\b[^{]*<one>",
    r"<one> are\b|<many> is\b",
    rf"\b(?:all|how many)(?: of)?(?: {_THE})? <one>",
    rf"\b(?:any|some|all|which|what|many) of {_THE} <one>",
    r"\b(?:every|single|each) <many>",
    r"\b(?:every|single|each) (?:room|area|floor)s\b",
    rf"\ball(?: of)?(?: {_THE})? (?:room|area|floor)\b",
)
_FAULT = re.compile("|".join(f"(?:{fault})" for fault in _FAULTS))
_DISAGREEMENT = re.compile("|".join(f"(?:{fault})" for fault in _DISAGREEMENTS))
_NOUN_SLOT = re.compile(r"\{(?:name|device_class):([^}]*)\}")
_SPAN = re.compile(r"(?:\{\w+:[^}]*\}[ -](?:hour|minute|second)s?(?: and)? ?)+(timer)?")
_AMOUNT = re.compile(r"\{\w+:([^}]*)\}([ -])(?:hour|minute|second)(s?)")

# Beginnings of an order that "can you" goes in front of.
_ORDERS = frozenset(
    """
    turn switch set make change increase decrease open close shut lower raise lift lock
    unlock activate deactivate start stop pause resume unpause play skip mute unmute add
    put remove delete check complete cancel create take continue dock return broadcast
    announce vacuum clean adjust press push illuminate run transition replay mow tell
    dim brighten send bring give show wake remind cross mark hold silence extend shorten
    heat cool warm hoover sweep let
    """.split()
)
_QUESTIONS = frozenset(
    "what what's whats how how's hows who where where's wheres which is are do".split()
)
_REQUESTS = ("please", "can you", "could you", "would you", "can you please")
_POLITE = 0.12  # share of sentences with a polite word or two
_PUNCTUATED = 0.12  # share of sentences written with a capital and a final mark


def is_said(tagged: str) -> bool:
    """Whether a wording has no fault that we know of.

    >>> is_said("set a timer for {minutes:5} minute")
    False
    >>> is_said("set a {minutes:5} minute timer")
    True
    """
    if not all(_is_time(span) for span in _SPAN.finditer(tagged)):
        return False
    if _FAULT.search(tagged):
        return False
    counted = _count_nouns(tagged)
    bare = re.sub(rf"{_PLACE}(?: floor)? ", "", counted)
    return not (_FAULT.search(counted) or _DISAGREEMENT.search(bare))


def _count_nouns(tagged: str) -> str:
    def count(match):
        return "<many>" if re.search(r"[^s]s$", match[1]) else "<one>"

    tagged = _NOUN_SLOT.sub(count, tagged)
    tagged = re.sub(rf"\b(?:{_MANY})\b(?![^{{]*\}})", "<many>", tagged)
    return re.sub(rf"\b(?:{_SINGLE})\b(?![^{{]*\}})", "<one>", tagged)


def _is_time(span: re.Match) -> bool:
    """5 minutes, 1 hour and 5 minutes, but a 5 minute timer or a 5-minute timer."""
    amounts = _AMOUNT.findall(span[0])
    if span[1]:
        return not any(plural for _, _, plural in amounts)
    return all(
        mark == " " and bool(plural) == (number not in ("1", "one", "an"))
        for number, mark, plural in amounts
    )


def join_units(tagged: str) -> str:
    """Takes a unit that is glued to a number into the slot: labels go to whole words.

    >>> join_units("set the temperature to {temperature:21}°")
    'set the temperature to {temperature:21°}'
    """
    return re.sub(r"\}(°|k\b)", r"\1}", tagged)


def with_manners(tagged: str, rng: random.Random) -> str:
    """Now and then "please", "can you", a capital letter or a final mark."""
    if rng.random() < _POLITE:
        tagged = _politely(tagged, rng)
    if rng.random() < _PUNCTUATED:
        tagged = _punctuated(tagged)
    return tagged


def _politely(tagged, rng) -> str:
    # At the end it would run into free text ("play Yesterday please").
    if not tagged.endswith("}") and rng.random() < 0.3:
        return f"{tagged} please"
    if tagged.split()[0] in _ORDERS:
        return f"{rng.choice(_REQUESTS)} {tagged}"
    return tagged


def _punctuated(tagged) -> str:
    first = SLOT.sub(r"\2", tagged).split()[0]
    is_question = first in _QUESTIONS or first in ("can", "could", "would")
    start = re.match(r"\{\w+:", tagged)
    start = start.end() if start else 0
    capital = tagged[:start] + tagged[start].upper() + tagged[start + 1 :]
    return capital + ("?" if is_question else ".")
