"""What is kept of chats and mails."""

import io
import json
import tarfile

import pytest

from tfdistill.keyboard.corpora import (
    clean,
    is_held_out,
    is_prose,
    own_words,
    read_chitchat,
    read_conversations,
    read_mails,
    shuffled,
)

MAIL = """From someone
Subject: x
Content-Type: text/plain; charset=us-ascii

Well, this works.
I wrote it. Did you?

On Monday someone wrote:
> Does it work?
Yes.
--\x20
Somebody's signature
"""


@pytest.mark.parametrize(
    "text",
    [
        "see www.example.com",
        "a@b.org",
        "hi @name",
        "call 555-123-4567",
        "ha ha ha",
        "42",
    ],
)
def test_what_could_be_personal_is_left_out(text):
    assert clean(text) is None


def test_a_line_is_one_line():
    assert clean(" It\u2019s &lt;3 \n ok ") == "It's <3 ok"


def test_own_words_of_a_mail():
    assert own_words(MAIL) == ["Well, this works. I wrote it. Did you?", "Yes."]
    assert own_words(MAIL.replace("text/plain", "text/html")) == []
    assert own_words("Content-Transfer-Encoding: base64\n\nQUJD\n") == []


def test_the_files_are_read_in_place(tmp_path):
    names = [str(i) for i in range(40)]
    chats = {
        n: {"messages": [[{"text": f"hello {n} x"}, {"text": "7"}]]} for n in names
    }
    (tmp_path / "chat.json").write_text(json.dumps(chats))
    train = read_chitchat(tmp_path / "chat.json")
    held_out = read_chitchat(tmp_path / "chat.json", held_out=True)
    assert held_out == [[f"hello {n} x"] for n in names if is_held_out(n)] != []
    assert len(train) + len(held_out) == 40
    assert shuffled(train) == shuffled(train[::-1])
    with tarfile.open(tmp_path / "mails.tgz", "w:gz") as archive:
        for name in ("package/data/easy-ham-1/1.json", "package/data/spam-1/2.json"):
            content = json.dumps({"text": MAIL}).encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    assert read_mails(tmp_path / "mails.tgz") == [
        ["Well, this works.", "I wrote it.", "Did you?", "Yes."]
    ]


def test_conversations_of_ones_own_are_cleaned_like_all_others(tmp_path):
    file = tmp_path / "mine.txt"
    file.write_text("hi\u2019 there\nmail me: a@b.org\n\n\nwww.x.com\n\nyes &amp; no\n")
    assert read_conversations([file]) == [["hi' there"], ["yes & no"]]
    file.write_text("one line\nanother\n")
    assert read_conversations([file, file]) == [["one line"], ["another"]] * 2
    assert read_conversations([]) == []
    file.write_text("a@b.org\n\n42\n")
    with pytest.raises(ValueError, match="mine.txt has no line of text"):
        read_conversations([file])


@pytest.mark.parametrize("read", [read_chitchat, read_mails])
def test_another_file_is_refused_by_name(tmp_path, read):
    (tmp_path / "other").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(ValueError, match="other is not"):
        read(tmp_path / "other")


def test_prose_is_told_from_code():
    assert is_prose("Well, this works fine.")
    assert not is_prose("if (a == b) { x += 1; }") and not is_prose("Hi")
