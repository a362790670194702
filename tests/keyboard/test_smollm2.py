"""A GGUF file in Keras, against a forward pass of our own in float64."""

import json
import struct

import numpy as np
import pytest

from tfdistill.keyboard.packages import fetch_smollm2
from tfdistill.keyboard.smollm2 import load_llama

from ..conftest import LLAMA_SIZES as SIZES


def weights_of(path):
    import gguf

    reader = gguf.GGUFReader(path)
    return {
        tensor.name.removesuffix(".weight"): np.array(tensor.data, np.float64)
        for tensor in reader.tensors
    }


def rotate(x):
    """Rotary positions on GGUF's interleaved pairs: x float (heads, sequence, dim)."""
    _, sequence, dim = x.shape
    angles = np.outer(np.arange(sequence), 100.0 ** (-np.arange(0, dim, 2) / dim))
    a, b = x[..., ::2], x[..., 1::2]
    y = np.empty_like(x)
    y[..., ::2] = a * np.cos(angles) - b * np.sin(angles)
    y[..., 1::2] = a * np.sin(angles) + b * np.cos(angles)
    return y


def norm(x, scale):
    return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-5) * scale


def attend(x, w):
    def heads(name, count):
        return (x @ w[name].T).reshape(len(x), count, -1).transpose(1, 0, 2)

    query = rotate(heads("attn_q", SIZES["heads"]))
    repeat = SIZES["heads"] // SIZES["kv_heads"]
    key = rotate(heads("attn_k", SIZES["kv_heads"])).repeat(repeat, axis=0)
    value = heads("attn_v", SIZES["kv_heads"]).repeat(repeat, axis=0)
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1])
    scores = np.where(np.tri(len(x)) > 0, scores, -np.inf)
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    return (p @ value).transpose(1, 0, 2).reshape(len(x), -1) @ w["attn_output"].T


def forward(ids, weights):
    x = weights["token_embd"][ids]
    for index in range(SIZES["layers"]):
        prefix = f"blk.{index}."
        w = {k.removeprefix(prefix): v for k, v in weights.items()}
        x = x + attend(norm(x, w["attn_norm"]), w)
        y = norm(x, w["ffn_norm"])
        gate = y @ w["ffn_gate"].T
        x = x + (gate / (1 + np.exp(-gate)) * (y @ w["ffn_up"].T)) @ w["ffn_down"].T
    return norm(x, weights["output_norm"])


def states(teacher, ids):
    ids = np.array([ids])
    inputs = {"token_ids": ids, "padding_mask": np.ones_like(ids)}
    return np.asarray(teacher.backbone(inputs))[0]


def test_it_computes_what_the_file_says(gguf_file):
    teacher = load_llama(gguf_file)
    ids = teacher.tokenizer.encode("the Ithe the9").ids
    expected = forward(ids, weights_of(gguf_file))
    np.testing.assert_allclose(states(teacher, ids), expected, rtol=0, atol=2e-5)


def test_the_tokenizer_cuts_as_bpe_does(gguf_file):
    tokenizer = load_llama(gguf_file).tokenizer
    names = [tokenizer.id_to_token(i) for i in tokenizer.encode("the the 42 I").ids]
    assert names == ["t", "he", "\u0120the", "\u0120", "4", "2", "\u0120I"]


def test_a_file_that_is_not_whole_is_refused(gguf_file, tmp_path):
    content = gguf_file.read_bytes()
    for name, part in (("cut", content[:2000]), ("other", b"GGML" + content[4:])):
        (tmp_path / name).write_bytes(part)
        with pytest.raises(ValueError, match=name):
            load_llama(tmp_path / name)


def test_smollm2_says_what_two_other_programs_said(shared):
    try:
        path = fetch_smollm2()
    except ValueError as error:
        pytest.skip(str(error))
    golden = json.loads((shared / "golden" / "smollm2_next_token.json").read_text())
    teacher = load_llama(path)
    table = teacher.token_table.numpy()
    for case in golden["cases"]:
        ids = teacher.tokenizer.encode(case["text"]).ids
        assert ids == case["token_ids"]
        logits = table @ states(teacher, ids)[-1]
        log_p = logits - logits.max()
        log_p -= np.log(np.exp(log_p).sum())
        for _, piece, expected in case["top5"]:
            assert abs(log_p[piece] - expected) <= golden["tolerance"]


def test_an_array_that_never_ends_is_refused(tmp_path):
    path = tmp_path / "endless.gguf"
    key, uint8_array = b"tokenizer.ggml.tokens", struct.pack("<IIQ", 9, 0, 1 << 60)
    head = struct.pack("<4sIQQQ", b"GGUF", 3, 0, 1, len(key))
    path.write_bytes(head + key + uint8_array + bytes(16))
    with pytest.raises(ValueError, match=r"endless\.gguf.*ends inside a field"):
        load_llama(path)


def test_sizes_that_its_matrices_do_not_have_are_refused(gguf_file, tmp_path):
    content = gguf_file.read_bytes()
    name = b"llama.embedding_length"
    at = content.index(name) + len(name) + 4
    path = tmp_path / "huge.gguf"
    path.write_bytes(content[:at] + struct.pack("<I", 1 << 30) + content[at + 4 :])
    with pytest.raises(ValueError, match=r"huge\.gguf.*embedding_length is 1073741824"):
        load_llama(path)
