"""Copy the shipped model into the app and write golden vectors with the Python library.

    python android_demo/make_assets.py [--model=models/keyboard]

Needs tfdistill installed. Writes app/src/main/assets/keyboard (not in git)
for Android Studio, and golden/tokens.jsonl and golden/suggestions.jsonl, which Java and
Python both have to meet.
"""

import argparse
import json
import pathlib
import random
import unicodedata

FOLDER = pathlib.Path(__file__).resolve().parent
FILES = ("model.tflite", "vocab.txt", "words.txt", "ngrams.bin", "model.json")
TEXTS, CONTEXTS, SEED = 2000, 500, 20240501

SCRIPTS = (
    (0x20, 0x7E),  # ASCII
    (0xA0, 0x17F),  # Latin with accents
    (0x300, 0x345),  # accents on their own
    (0x391, 0x3C9),  # Greek
    (0x400, 0x45F),  # Cyrillic
    (0x5D0, 0x5EA),  # Hebrew
    (0x621, 0x64A),  # Arabic
    (0x900, 0x94D),  # Devanagari
    (0xE01, 0xE3A),  # Thai
    (0x1E00, 0x1EF9),  # more Latin
    (0x2000, 0x206F),  # spaces, quotes, format characters
    (0x2150, 0x218F),  # fractions, Roman numbers
    (0x2460, 0x24FF),  # circled letters
    (0x3041, 0x30FE),  # kana
    (0x4E00, 0x4FFF),  # Chinese
    (0xAC00, 0xACFF),  # Korean
    (0xFB00, 0xFB06),  # ligatures
    (0xFF01, 0xFF5E),  # full width
)
EMOJI = ("😀", "😂", "❤️", "👍🏽", "👩‍👩‍👧", "🇫🇷", "☺", "🎉")
CURIOUS = ("\n", "\r\n", "\t", *"İßẞΣςﬁ’‘ʼ…“”")
LONE = ("\ud83d", "\ude00")


def is_old(sign):
    """Tell whether a sign kept its category since Unicode 3.2, so on every phone."""
    old = unicodedata.ucd_3_2_0.category(sign)
    return old == unicodedata.category(sign) and old != "Cn"


def signs():
    """Return the code points that texts are made of, besides words."""
    points = (point for first, last in SCRIPTS for point in range(first, last + 1))
    return [chr(point) for point in points if is_old(chr(point))]


def spelled(draw, word):
    """Return a word in some spelling: capitals, a curly apostrophe, loose accents."""
    change = draw.randrange(8)
    if change < 3:
        return (word.upper(), word.capitalize(), word.replace("'", "’"))[change]
    return unicodedata.normalize("NFD", word) if change == 3 else word


def part(draw, words, others):
    """Return a word, a sign, a number or something curious."""
    kind = draw.randrange(20)
    if kind < 12:
        return spelled(draw, draw.choice(words))
    if kind < 15:
        return draw.choice(".,!?'\"-:;()") * draw.randrange(1, 4)
    if kind < 17:
        return "".join(draw.choice(others) for _ in range(draw.randrange(1, 6)))
    if kind == 17:
        return str(draw.randrange(10**6))
    return draw.choice(EMOJI if kind == 18 else CURIOUS + LONE)


def text(draw, words, others, most):
    """Return a text of at most "most" parts, some of them without a space between."""
    return "".join(
        part(draw, words, others) + ("" if draw.randrange(6) == 0 else " ")
        for _ in range(draw.randrange(most + 1))
    )


def texts(words):
    """Return the texts whose ids are golden: hard ones first, then 2,000 in all."""
    draw = random.Random(SEED)
    others = signs()
    known = ["", " ", "a" * 300, words[0] * 100, "é " * 300, *EMOJI, *CURIOUS, *LONE]
    drawn = [
        text(draw, words, others, 60 if number % 40 == 0 else 8)
        for number in range(TEXTS - len(known))
    ]
    return known + drawn


def contexts(words):
    """Return (context, prefix) of the golden suggestions, half inside a word."""
    draw = random.Random(SEED + 1)
    others = signs()
    rows = []
    for number in range(CONTEXTS):
        plain = " ".join([*draw.choices(words[:2000], k=5), ""])
        before = plain if number % 2 else text(draw, words, others, 6)
        word = spelled(draw, draw.choice(words))
        prefix = word[: draw.randrange(1, len(word) + 1)] if number % 4 > 1 else ""
        rows.append((before, prefix))
    return rows


def write_lines(path, rows):
    """Write rows as lines of JSON, ASCII alone, under a temporary name first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text("".join(json.dumps(row) + "\n" for row in rows), "ascii")
    temporary.replace(path)


def write_golden(model, folder):
    """Write what the Python library says of the texts and contexts."""
    from tfdistill.keyboard.suggester import Suggester
    from tfdistill.keyboard.vocabulary import KeyboardVocabulary

    entries = (model / "vocab.txt").read_text(encoding="utf-8").split("\n")[4:-1]
    words = [entry for entry in entries if any(map(str.isalpha, entry))]
    ids, suggest = KeyboardVocabulary.read(model).ids, Suggester(model).suggest
    tokens = [{"text": each, "ids": list(ids(each))} for each in texts(words)]
    suggestions = [
        dict(context=before, prefix=typed, suggestions=list(suggest(before, typed)))
        for before, typed in contexts(words)
    ]
    write_lines(folder / "tokens.jsonl", tokens)
    write_lines(folder / "suggestions.jsonl", suggestions)


def copy(model, assets):
    """Copy the model's five files, each under a temporary name first."""
    assets.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        temporary = assets / (name + ".tmp")
        temporary.write_bytes((model / name).read_bytes())
        temporary.replace(assets / name)


def main():
    """Copy the files and write the golden vectors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    shipped = FOLDER.parent / "models" / "keyboard"
    parser.add_argument("--model", type=pathlib.Path, default=shipped)
    model = parser.parse_args().model
    missing = [name for name in FILES if not (model / name).is_file()]
    if missing:
        raise SystemExit(f"expected the keyboard's files in {model}, no {missing[0]}")
    copy(model, FOLDER / "app" / "src" / "main" / "assets" / "keyboard")
    write_golden(model, FOLDER / "golden")


if __name__ == "__main__":
    main()
