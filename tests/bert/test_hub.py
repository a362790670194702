"""KerasHub's BERT: equal outputs, presets by name and by folder, refusals."""

import numpy as np
import pytest

from tfdistill.bert.checkpoint import load_teacher
from tfdistill.bert.heads import Classification, MaskedLM

keras_hub = pytest.importorskip("keras_hub")


@pytest.fixture
def backbone():
    """Return a backbone of two layers with large random weights."""
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=11,
        num_layers=2,
        num_heads=3,
        hidden_dim=6,
        intermediate_dim=10,
        max_sequence_length=9,
        dropout=0.2,
    )
    random = np.random.default_rng(4)
    for weight in backbone.weights:
        weight.assign(weight + 0.5 * random.normal(size=weight.shape))
    return backbone


def test_a_backbone_computes_the_same(backbone, batch):
    expected, found = backbone(batch), load_teacher(backbone)(batch)
    for name in ("sequence_output", "pooled_output"):
        np.testing.assert_allclose(expected[name], found[name], atol=1e-5)


def test_a_backbone_of_a_real_size_computes_the_same():
    backbone = keras_hub.models.BertBackbone(500, 3, 4, 128, 512)
    random = np.random.default_rng(0)
    ids = random.integers(0, 500, (3, 40)).astype("int32")
    mask = (np.arange(40) < np.array([[40], [17], [5]])).astype("int32")
    inputs = {"token_ids": ids, "segment_ids": ids % 2, "padding_mask": mask}
    expected, found = backbone(inputs), load_teacher(backbone)(inputs)
    difference = np.abs(expected["sequence_output"] - found["sequence_output"])
    assert np.max(difference * mask[..., None]) <= 1e-5


def test_the_settings_come_along(backbone):
    config = load_teacher(backbone, head=Classification(2, "mean")).config
    assert (config.dropout, config.attention_dropout) == (0.2, 0.2)
    assert (config.activation, config.layer_norm_epsilon) == ("gelu_tanh", 1e-12)
    assert not config.has_pooler


def test_the_old_name_of_the_library_works(batch):
    keras_nlp = pytest.importorskip("keras_nlp")
    backbone = keras_nlp.models.BertBackbone(11, 1, 3, 6, 10, max_sequence_length=9)
    found = load_teacher(backbone)(batch)["pooled_output"]
    np.testing.assert_allclose(backbone(batch)["pooled_output"], found, atol=1e-5)


def test_a_saved_preset_folder_is_read(backbone, batch, tmp_path):
    backbone.save_to_preset(str(tmp_path / "preset"))
    found = load_teacher(tmp_path / "preset")(batch)["pooled_output"]
    np.testing.assert_allclose(backbone(batch)["pooled_output"], found, atol=1e-5)


def test_a_preset_that_cannot_be_fetched_is_one_sentence(monkeypatch):
    def fail(name):
        raise OSError("no route\nto host")

    monkeypatch.setattr(keras_hub.models.BertBackbone, "from_preset", fail)
    with pytest.raises(ValueError, match="'bert_tiny_en_uncased': no route$"):
        load_teacher("bert_tiny_en_uncased")


@pytest.mark.parametrize(
    "source, said",
    [
        ("bert_tiny_en_uncase", "Did you mean bert_tiny_en_uncased or"),
        ("no/such/folder", "nor a KerasHub preset. Check the path"),
        (7, "a teacher is a folder.*got int"),
        (None, "a teacher is a folder.*got NoneType"),
    ],
)
def test_other_sources_are_refused(source, said):
    with pytest.raises(ValueError, match="(?i)" + said):
        load_teacher(source)


def test_a_backbone_has_no_masked_lm(backbone):
    with pytest.raises(ValueError, match="has no masked-LM head; for a new one use"):
        load_teacher(backbone, head=MaskedLM())
