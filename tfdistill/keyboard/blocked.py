"""Words that a keyboard reads but never proposes.

Nobody wants a stranger's profanity or slurs offered by a machine. The list holds whole
words in lower case, and stems: a word that begins with a stem is blocked as well. It is
kept short of words that are mostly meant otherwise.
"""

_STEMS = """
fuck motherfuck shit bullshit bitch cunt asshole arsehole bastard wank whore slut faggot
nigger nigga retard twat dickhead cocksuck blowjob handjob jackass dumbass dumbfuck
badass smartass fatass porn masturbat ejaculat orgasm penis vagina clitoris dildo rapist
raping molest pedophil paedophil spic kike tranny shemale wetback chink gook jerkoff
circlejerk bukkake hentai goddam
""".split()
_WORDS = """
ass asses arse arses cock cocks cum cumming dick dicks fag fags homo homos hoe hoes jizz
knob nude nudes piss pissed pissing prick pricks pussy pussies rape raped rapes sex sexy
sexual sexually tit tits titties boob boobs anal anus crap crappy damn damned dammit
damnit coon coons dyke dykes horny kinky nazi nazis hitler suicide suicidal wtf wth stfu
milf lmfao fml af bs bollocks bugger hell fk fck fuk fuq fuckin fcking sht a55 biatch
beaner paki pakis gypo darkie darkies dago tard tards crackhead
""".split()
# Words that begin with a stem and mean something else.
_ALLOWED = frozenset(
    "spice spices spicy spicier spiced spicing chinkapin retardant".split()
)


def is_blocked(word: str) -> bool:
    """Whether a lower-case word is never proposed.

    >>> [is_blocked(word) for word in ("class", "bullshitting", "spicy", "hell")]
    [False, True, False, True]
    """
    if word in _ALLOWED:
        return False
    return word in _BLOCKED or word.startswith(tuple(_STEMS))


_BLOCKED = frozenset(_WORDS)
