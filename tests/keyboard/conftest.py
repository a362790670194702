"""A vocabulary of a dozen words, and a language model of two layers."""

import numpy as np
import pytest

from tfdistill.keyboard.vocabulary import SPECIALS, KeyboardVocabulary


@pytest.fixture
def vocabulary():
    signs, read_only = (".", "!", ","), ("hell",)
    proposed = ("the", "I", "I'm", "you", "see", "seen", "Monday", "don't")
    return KeyboardVocabulary((*SPECIALS, *signs, *read_only, *proposed), 8)


ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,!?'0123456789"
SIZES = {"layers": 2, "width": 16, "heads": 4, "kv_heads": 2, "inner": 24}


@pytest.fixture(scope="session")
def gguf_file(tmp_path_factory):
    """A Llama of two layers with random weights, in GGUF's own order of rows."""
    gguf = pytest.importorskip("gguf")
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    random = np.random.default_rng(0)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(SIZES["layers"])
    writer.add_embedding_length(SIZES["width"])
    writer.add_feed_forward_length(SIZES["inner"])
    writer.add_head_count(SIZES["heads"])
    writer.add_head_count_kv(SIZES["kv_heads"])
    writer.add_rope_freq_base(100.0)
    writer.add_layer_norm_rms_eps(1e-5)
    pieces = [*ALPHABET, "\u0120", "\u010a", "\u0120t", "he", "\u0120the", "\u0120I"]
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(pieces)
    writer.add_token_merges(["\u0120 t", "h e", "\u0120t he", "\u0120 I"])
    for name, shape in _shapes(len(pieces)).items():
        value = random.normal(size=shape) * 0.4 + ("norm" in name)
        writer.add_tensor(f"{name}.weight", value.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _shapes(pieces):
    width, inner = SIZES["width"], SIZES["inner"]
    narrow = width * SIZES["kv_heads"] // SIZES["heads"]
    layer = {
        "attn_norm": (width,),
        "attn_q": (width, width),
        "attn_k": (narrow, width),
        "attn_v": (narrow, width),
        "attn_output": (width, width),
        "ffn_norm": (width,),
        "ffn_gate": (inner, width),
        "ffn_up": (inner, width),
        "ffn_down": (width, inner),
    }
    shapes = {"token_embd": (pieces, width), "output_norm": (width,)}
    for index in range(SIZES["layers"]):
        shapes |= {f"blk.{index}.{name}": shape for name, shape in layer.items()}
    return shapes
