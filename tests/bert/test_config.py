"""BertConfig: what it refuses, and the parameter counts of the published sizes."""

import keras
import pytest

from tfdistill.bert.config import SIZES, BertConfig
from tfdistill.bert.encoder import BertEncoder, build_student


@pytest.mark.parametrize(
    "change, said",
    [
        (dict(hidden_dims=6), "Did you mean 'hidden_dim'"),
        (dict(num_layers=0), "num_layers must be a whole number"),
        (dict(num_layers=2.0), "num_layers must be a whole number"),
        (dict(num_layers=True), "num_layers must be a whole number"),
        (dict(embedding_dim=-1), "embedding_dim must be a whole number"),
        (dict(num_heads=4), "Head counts that work: [1, 2, 3, 6]"),
        (dict(bottleneck_dim=8), "divide bottleneck_dim=8"),
        (dict(dropout=1.0), "dropout must be in [0, 1)"),
        (dict(dropout=float("nan")), "dropout must be in [0, 1)"),
        (dict(attention_dropout=-0.1), "attention_dropout must be in [0, 1)"),
        (dict(layer_norm_epsilon=0), "layer_norm_epsilon must be above 0"),
        (dict(activation="swish"), "activation must be one of gelu, gelu_tanh, relu"),
        (dict(attention="left"), "attention must be one of"),
        (dict(normalization="batch"), "normalization must be one of"),
        (dict(num_feed_forward=2), "give bottleneck_dim as well"),
        (dict(has_shared_key_query=True), "give bottleneck_dim as well"),
        (dict(has_trigram_input=True, attention="causal"), "shows each token the next"),
    ],
)
def test_impossible_configs_are_refused_with_a_sentence(tiny, change, said):
    with pytest.raises(ValueError) as error:
        BertConfig.from_dict({**tiny, **change})
    assert said in str(error.value)


def test_missing_fields_are_named(tiny):
    del tiny["num_heads"]
    with pytest.raises(ValueError, match="needs num_heads"):
        BertConfig.from_dict(tiny)


def test_unknown_sizes_are_refused_with_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'tinybert_4_312'"):
        BertConfig.named("tinybert_4_321")


def test_a_config_survives_the_way_through_plain_values(bottleneck):
    config = BertConfig(**bottleneck)
    assert BertConfig.from_dict(config.to_dict()) == config


def test_every_named_size_is_a_valid_config():
    for name in SIZES:
        assert BertConfig.named(name).num_layers >= 2


# METHODS.md, sections 3, 4.7 and 5; without a pooler for MobileBERT.
COUNTS = [
    ("bert_base", {}, 109_482_240),
    ("bert_2_128", {}, 4_385_920),
    ("tinybert_4_312", {}, 14_350_248),
    ("tinybert_6_768", {}, 66_955_008),
    ("extreme_12_48", dict(vocabulary_size=4928), 602_928),
    ("small_6_96", dict(vocabulary_size=4928), 1_202_976),
    ("extreme_12_96", dict(vocabulary_size=4928), 1_874_016),
    ("bert_12_128", dict(vocabulary_size=4928), 3_092_608),
    ("bert_6_256", dict(vocabulary_size=4928), 6_198_016),
    ("tinybert_4_312", dict(vocabulary_size=4928), 6_364_920),
    ("extreme_12_192", dict(vocabulary_size=4928), 6_420_672),
    ("bert_12_256", dict(vocabulary_size=4928), 10_936_576),
    ("minilm_6_384", {}, 22_713_216),
    ("mobilebert", {}, 24_581_888),
    ("mobilebert_tiny", {}, 15_485_696),
    ("mobilebert_tiny", dict(vocabulary_size=4928), 12_209_664),
    ("mobilebert_tiny", dict(vocabulary_size=4928, num_layers=12), 6_650_880),
    ("mobilebert_tiny", dict(vocabulary_size=4928, num_layers=6), 3_871_488),
]


@pytest.fixture
def zeros(monkeypatch):
    """Start large models at zero, which is much faster than drawing their weights."""

    def call(self, shape, dtype=None, **kwargs):
        return keras.ops.zeros(shape, dtype)

    monkeypatch.setattr(keras.initializers.TruncatedNormal, "__call__", call)


@pytest.mark.parametrize("size, changes, count", COUNTS)
def test_the_parameter_count_is_the_published_one(zeros, size, changes, count):
    assert build_student(size, **changes).count_params() == count


@pytest.mark.parametrize(
    "size, count", [("mobilebert", 842_240), ("mobilebert_tiny", 463_232)]
)
def test_a_mobilebert_block_has_the_published_count(size, count):
    config = BertConfig.named(size, num_layers=1, vocabulary_size=11)
    assert BertEncoder(config).blocks[0].count_params() == count


def test_a_vocabulary_sets_the_size_of_the_token_table(tiny, tmp_path):
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\nthe\n", encoding="utf-8")
    config = BertConfig(**tiny)
    from_file = build_student(config, vocabulary=tmp_path / "vocab.txt")
    from_list = build_student(config, vocabulary=["[PAD]", "[UNK]", "the", "a"])
    assert from_file.config.vocabulary_size == 3
    assert from_list.config.vocabulary_size == 4
