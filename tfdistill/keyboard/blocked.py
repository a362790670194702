"""Words that a keyboard reads but never proposes.

Nobody wants a stranger's profanity or slurs offered by a machine. The list holds whole
words in lower case, and stems: a word that begins with a stem is blocked as well. It is
kept short of words that are mostly meant otherwise.
"""

import re

_STEMS = """
fuck motherfuck shit bullshit bitch cunt asshole arsehole bastard wank whore slut faggot
nigger nigga retard twat dickhead cocksuck blowjob handjob jackass dumbass dumbfuck
badass smartass fatass cumshot porn masturbat ejaculat orgasm penis vagina clitoris
dildo rapist raping molest pedophil paedophil spic kike tranny shemale wetback chink
gook jerkoff circlejerk bukkake hentai goddam
""".split()
_WORDS = """
ass asses arse arses cock cocks cum cumming dick dicks fag fags homo homos hoe hoes jizz
knob nude nudes piss pissed pissing prick pricks pussy pussies rape raped rapes sex sexy
sexual sexually tit tits titties boob boobs anal anus crap crappy damn damned dammit
damnit coon coons dyke dykes horny kinky nazi nazis hitler suicide suicidal wtf wth stfu
milf lmfao fml af bs bollocks bugger hell fk fck fuk fuq fuckin fcking sht a55 biatch
beaner paki pakis squaw squaws jap japs assed gypo darkie darkies dago tard tards
crackhead
""".split()
# Words that begin with a stem and mean something else.
_ALLOWED = frozenset(
    "spice spices spicy spicier spiced spicing chinkapin retardant shitake".split()
)


def is_blocked(word: str) -> bool:
    """Whether a lower-case word is never proposed, for itself or for a part of it.

    >>> [is_blocked(word) for word in ("class", "bullshitting", "spicy", "hell")]
    [False, True, False, True]
    >>> [is_blocked(word) for word in ("bull-shit", "hell's", "he'll", "first-class")]
    [True, True, False, False]
    """
    parts = re.split("['’-]", word)
    return any(map(_is_listed, (word, word.replace("-", ""), *parts)))


def is_handle(word: str) -> bool:
    """Whether a lower-case word looks like somebody's name in a chat: four letters or
    more, then two digits or more.

    >>> [is_handle(word) for word in ("jimmy77", "mp3", "20th", "90s", "cs224")]
    [True, False, False, False, False]
    """
    return re.fullmatch(r"[^\W\d_]{4,}\d{2,}", word) is not None


def _is_listed(word):
    if word in _ALLOWED:
        return False
    return word in _BLOCKED or word.startswith(tuple(_STEMS))


_BLOCKED = frozenset(_WORDS)
