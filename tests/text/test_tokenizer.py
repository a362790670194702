"""The tokenizer against published ids, and what it makes of odd texts."""

import json
import subprocess
import sys
import time

import pytest

from tfdistill.text import SPECIAL_TOKENS, load_tokenizer


def test_ids_equal_the_published_tokenizers_on_300_texts(shared, uncased_vocabulary):
    lines = (shared / "golden/wordpiece_uncased.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    tokenizer = load_tokenizer(uncased_vocabulary)
    got = tokenizer.encode_batch(
        [row["text"] for row in rows], add_special_tokens=False
    )
    assert len(rows) == 300
    assert [encoding.ids for encoding in got] == [row["token_ids"] for row in rows]


def test_a_pair_has_the_published_form(small_tokenizer):
    encoding = small_tokenizer.encode("a ab", "mask")
    assert encoding.tokens == ["[CLS]", "a", "a", "##b", "[SEP]", "mask", "[SEP]"]
    assert encoding.type_ids == [0, 0, 0, 0, 0, 1, 1]


def test_special_tokens_that_are_typed_stay_text(small_tokenizer):
    encoding = small_tokenizer.encode("[MASK]", add_special_tokens=False)
    assert encoding.tokens == ["[", "mask", "[UNK]"]


def test_decoding_leaves_out_special_tokens(small_tokenizer):
    assert small_tokenizer.decode(small_tokenizer.encode("ab mask").ids) == "ab mask"


def test_words_over_100_characters_are_unknown(small_tokenizer):
    encode = small_tokenizer.encode
    assert len(encode("a" + 99 * "b", add_special_tokens=False).ids) == 100
    assert encode("a" + 100 * "b", add_special_tokens=False).tokens == ["[UNK]"]


@pytest.mark.parametrize("text", ["a" * 100_000, "ab " * 33_334])
def test_a_text_of_100_000_characters_is_quick(small_tokenizer, text):
    start = time.perf_counter()
    small_tokenizer.encode(text)
    assert time.perf_counter() - start < 5


def test_a_cased_tokenizer_keeps_case_and_accents(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join([*SPECIAL_TOKENS, "É", "e"]), encoding="utf-8")
    cased, uncased = load_tokenizer(path, lowercase=False), load_tokenizer(path)
    assert cased.encode("É", add_special_tokens=False).ids == [5]
    assert uncased.encode("É", add_special_tokens=False).ids == [6]


def test_importing_text_and_data_loads_no_heavy_library():
    heavy = "{'tensorflow', 'keras', 'tokenizers', 'sklearn', 'tensorflow_datasets'}"
    code = "import sys, tfdistill.text, tfdistill.data;"
    code += f"print({heavy} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.strip() == "set()", run.stderr
