"""Learning a vocabulary, and the errors of reading and writing one."""

import collections
import os
import random
import re
import subprocess
import sys

import pytest

from tfdistill.text import (
    SPECIAL_TOKENS,
    learn_vocabulary,
    load_tokenizer,
    read_vocabulary,
    write_vocabulary,
)

# Many pairs of letters occur equally often, so that ties decide.
TIES = ["ab ba cd dc ef fe", "gh hg ij ji kl lk", "xy yx zw wz abc cba"] * 2


def test_specials_come_first_then_characters_then_merges():
    pieces = learn_vocabulary(["ab, ab", "abc c,"], size=13)
    assert tuple(pieces[:5]) == SPECIAL_TOKENS
    assert pieces[5:9] == [",", "a", "b", "c"]
    assert pieces[9:] == ["##a", "##b", "##c", "ab"]


def test_equal_texts_give_equal_ids_in_any_process():
    code = f"from tfdistill.text import *; print(learn_vocabulary({TIES}, 60))"
    printed = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", code]
        printed.add(subprocess.check_output(command, env=environment, text=True))
    assert printed == {f"{learn_vocabulary(TIES, 60)}\n"}


def test_the_order_of_the_texts_does_not_matter():
    shuffled = random.Random(5).sample(TIES, len(TIES))
    assert learn_vocabulary(shuffled, 60) == learn_vocabulary(iter(TIES), 60)


def merges_by_recounting(words, count):
    """The definition: count all pairs anew, join the most frequent, start over."""
    spelled = {word: [word[0], *(f"##{c}" for c in word[1:])] for word in words}
    found = []
    while len(found) < count:
        pairs = collections.Counter()
        for word, symbols in spelled.items():
            for pair in zip(symbols, symbols[1:], strict=False):
                pairs[pair] += words[word]
        pair = min(pairs, key=lambda pair: (-pairs[pair], pair))
        piece = pair[0] + pair[1].removeprefix("##")
        found += [piece] if piece not in found else []
        for symbols in spelled.values():
            for at in reversed(range(len(symbols) - 1)):
                if tuple(symbols[at : at + 2]) == pair and pair[0] != pair[1]:
                    symbols[at : at + 2] = [piece]
    return found


def test_merges_are_those_of_counting_anew_each_time():
    pattern = random.Random(7)
    words = [
        "".join(pattern.choices("abcdefg", k=pattern.randint(1, 9))) for _ in range(200)
    ]
    # Doubled symbols can be joined from either end; they are tested on their own.
    words = {
        word: 3 if word[0] in "ace" else 1
        for word in words
        if not re.search(r"(.+)\1", word)
    }
    texts = [word for word, count in words.items() for _ in range(count)]
    got = learn_vocabulary(texts, 79, min_frequency=1)
    assert got[19:] == merges_by_recounting(words, 60)


def test_doubled_letters_are_joined_from_the_left():
    # "b ##a ##a ##a" counts two pairs, and the first one is joined.
    assert learn_vocabulary(["baaa baaa"], 12)[9:] == ["##aa", "##aaa", "baaa"]


def test_text_gets_as_short_as_with_the_tokenizers_trainer(shared, tmp_path):
    import tokenizers

    lines = (shared / "data/glue/SST-2/dev.tsv").read_text("utf-8").splitlines()
    learn_vocabulary(lines, 1000, tmp_path / "vocab.txt")
    library = tokenizers.BertWordPieceTokenizer()
    library.train_from_iterator(lines, vocab_size=1000, show_progress=False)
    ours, theirs = (
        sum(len(tokenizer.encode(line, add_special_tokens=False).ids) for line in lines)
        for tokenizer in (load_tokenizer(tmp_path / "vocab.txt"), library)
    )
    assert ours < 1.01 * theirs


def test_every_word_of_the_texts_can_be_written_in_pieces(tmp_path):
    path = tmp_path / "vocab.txt"
    learn_vocabulary(TIES, 45, path)
    tokenizer = load_tokenizer(path)
    for text in [*TIES, "zzz acegikxzw"]:
        assert "[UNK]" not in tokenizer.encode(text).tokens


def test_rare_characters_and_the_words_with_them_are_left_out():
    pieces = learn_vocabulary(["ab ab qab"], 30)
    assert "q" not in pieces and "ab" in pieces
    assert "q" in learn_vocabulary(["ab ab qab"], 30, min_character_frequency=1)


def test_merges_need_min_frequency():
    assert "ab" not in learn_vocabulary(["ab ab"], 30, min_frequency=3)[5:]
    assert "ab" in learn_vocabulary(["ab ab"], 30, min_frequency=2)


def test_case_is_kept_on_request():
    assert "Ä" in learn_vocabulary(["Ä Ä"], 9, lowercase=False)
    assert "a" in learn_vocabulary(["Ä Ä"], 9)


def test_a_size_below_the_characters_is_refused():
    with pytest.raises(ValueError, match="give at least 11"):
        learn_vocabulary(["abc cab"], 10)


def test_texts_without_words_are_refused():
    with pytest.raises(ValueError, match="no words"):
        learn_vocabulary(["", " \t"], 10)


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        (["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a"], r"lacks \[MASK\]"),
        ([*SPECIAL_TOKENS, "a", "b", "a"], "'a' twice, in the lines 6 and 8"),
        ([*SPECIAL_TOKENS, "", "a"], "no piece in line 6"),
        ([""], "is empty"),
    ],
)
def test_an_unusable_vocabulary_is_refused_by_name(tmp_path, pieces, message):
    path = tmp_path / "words.txt"
    path.write_text("\n".join(pieces), encoding="utf-8")
    with pytest.raises(ValueError, match=f"words.txt.*{message}"):
        load_tokenizer(path)


def test_unreadable_vocabularies_are_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match="none.txt.*No such file"):
        read_vocabulary(tmp_path / "none.txt")
    (tmp_path / "bytes.txt").write_bytes(b"[PAD]\n\xff\n")
    with pytest.raises(ValueError, match="bytes.txt is not UTF-8"):
        read_vocabulary(tmp_path / "bytes.txt")


def test_line_ends_of_windows_and_a_byte_order_mark_are_read_over(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_bytes(("\ufeff" + "\r\n".join([*SPECIAL_TOKENS, "a", ""])).encode())
    assert read_vocabulary(path) == [*SPECIAL_TOKENS, "a"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "vocab.txt"
    write_vocabulary(SPECIAL_TOKENS, path)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(ValueError, match="Cannot write .*vocab.txt: No space left"):
        write_vocabulary([*SPECIAL_TOKENS, "a"], path)
    assert read_vocabulary(path) == list(SPECIAL_TOKENS)
    assert os.listdir(tmp_path) == ["vocab.txt"]
