"""Heads: shapes, what they read, what they refuse."""

import keras
import numpy as np
import pytest

from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder, build_student
from tfdistill.bert.heads import (
    Classification,
    IntentAndSlots,
    MaskedLM,
    Regression,
    TokenClassification,
)


@pytest.mark.parametrize(
    "head, shapes",
    [
        (Classification(4), {"logits": (2, 4)}),
        (Classification(4, pooling="mean"), {"logits": (2, 4)}),
        (Regression(), {"logits": (2, 1)}),
        (TokenClassification(5), {"logits": (2, 7, 5)}),
        (IntentAndSlots(4, 5), {"logits": (2, 4), "slot_logits": (2, 7, 5)}),
        (MaskedLM(), {"logits": (2, 7, 11)}),
    ],
)
def test_a_head_adds_outputs_of_its_shapes(tiny, batch, head, shapes):
    model = build_student(BertConfig(**tiny), head=head)
    outputs = model(batch)
    assert {name: outputs[name].shape for name in head.output_names} == shapes
    assert ("pooled_output" in outputs) == head.needs_pooler


def test_mean_pooling_reads_real_tokens_alone(make, tiny, batch):
    model = make(tiny, head=Regression(pooling="mean"), has_pooler=False)
    outputs = model(batch)
    mean = np.asarray(outputs["sequence_output"])[1, :4].mean(axis=0)
    expected = model.head.regressor(mean[None])
    np.testing.assert_allclose(outputs["logits"][1:], expected, atol=1e-5)


def test_mean_pooling_of_a_row_without_real_tokens_is_finite(make, tiny, batch):
    model = make(tiny, head=Regression(pooling="mean"), has_pooler=False)
    batch["padding_mask"][1] = 0
    assert np.isfinite(np.asarray(model(batch)["logits"])).all()


def test_cls_pooling_is_the_tanh_pooler(make, tiny, batch):
    model = make(tiny, head=Classification(4))
    outputs = model(batch)
    first = np.asarray(outputs["sequence_output"])[:, 0]
    pooled = np.tanh(first @ model.pooler.kernel.numpy() + model.pooler.bias.numpy())
    np.testing.assert_allclose(outputs["pooled_output"], pooled, atol=1e-5)
    np.testing.assert_allclose(
        outputs["logits"], model.head.classifier(pooled), atol=1e-5
    )


def test_the_masked_lm_is_tied_to_the_token_table(make, tiny, batch):
    model = make(tiny, head=MaskedLM(), has_pooler=False)
    before = np.asarray(model(batch)["logits"])
    assert not [w for w in model.head.weights if w.shape == (11, 6)]
    table = model.embeddings.token.embeddings
    unused = [i for i in range(11) if i not in batch["token_ids"]][0]
    table.assign(keras.ops.scatter_update(table, [[unused]], np.zeros((1, 6))))
    after = np.asarray(model(batch)["logits"])
    bias = float(model.head.bias[unused])
    np.testing.assert_allclose(after[..., unused], bias, atol=1e-6)
    assert np.abs(before[..., unused] - bias).max() > 1e-2


def test_a_narrow_token_table_gets_an_extra_table_beside_it(make, bottleneck, batch):
    model = make(bottleneck, head=MaskedLM())
    assert model.head.extra_table.shape == (11, 1)
    x = model.head.transform(model(batch)["sequence_output"])
    x = np.asarray(model.head.norm(keras.ops.relu(x)))
    table = [np.asarray(model.embeddings.token.embeddings), model.head.extra_table]
    logits = x @ np.concatenate(table, axis=1).T + np.asarray(model.head.bias)
    np.testing.assert_allclose(model(batch)["logits"], logits, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "head, said",
    [
        (lambda: Classification(1), "num_classes must be a whole number of at least 2"),
        (lambda: Classification(2.0), "num_classes must be a whole number"),
        (lambda: TokenClassification(True), "num_labels must be a whole number"),
        (lambda: IntentAndSlots(2, 0), "num_slots must be a whole number"),
        (lambda: Regression(pooling="max"), "pooling must be one of cls, mean"),
    ],
)
def test_impossible_heads_are_refused(head, said):
    with pytest.raises(ValueError, match=said):
        head()


def test_a_cls_head_needs_a_pooler(tiny):
    with pytest.raises(ValueError, match="needs BertConfig.has_pooler=True"):
        BertEncoder(BertConfig(**tiny, has_pooler=False), Classification(2))
