"""Another vocabulary for a pretrained encoder: its table changes, nothing else does."""

import keras
import numpy as np
import pytest

from tfdistill.bert.adopt import adopt_vocabulary
from tfdistill.bert.heads import Classification, IntentAndSlots, MaskedLM

ROWS = [[3], [0], [10, 2, 2], [5, 6]]


def arrays(model):
    return [np.array(weight.numpy()) for weight in model.weights]


def test_new_rows_are_the_mean_of_the_rows_that_spell_them(make, tiny):
    model = make(tiny, head=Classification(4))
    old = np.array(model.embeddings.token.embeddings.numpy())
    adopted = adopt_vocabulary(model, ROWS)
    new = np.array(adopted.embeddings.token.embeddings.numpy())
    assert adopted.config == model.config.replace(vocabulary_size=4)
    np.testing.assert_array_equal(new[:2], old[[3, 0]])
    np.testing.assert_allclose(new[2], (old[10] + 2 * old[2]) / 3, rtol=1e-6)
    np.testing.assert_allclose(new[3], (old[5] + old[6]) / 2, rtol=1e-6)


@pytest.mark.parametrize(
    "rows", [ROWS, [tuple(row) for row in ROWS], np.array([[1], [2]])]
)
def test_all_other_weights_stay_and_the_model_is_left_alone(make, tiny, rows):
    model = make(tiny, head=IntentAndSlots(4, 5, dropout=0.25))
    before = arrays(model)
    adopted = adopt_vocabulary(model, rows)
    table = adopted.embeddings.token.embeddings
    for old, weight, new in zip(before, model.weights, adopted.weights, strict=True):
        np.testing.assert_array_equal(old, np.array(weight.numpy()))
        if new is table:
            assert new.shape == (len(rows), 6) and old.shape == (11, 6)
        else:
            np.testing.assert_array_equal(old, new.numpy())


@pytest.mark.parametrize("kind", ["tiny", "bottleneck"])
def test_a_renumbered_vocabulary_reads_the_same_text_alike(make, request, batch, kind):
    model = make(request.getfixturevalue(kind), head=Classification(4, pooling="mean"))
    order = np.random.default_rng(1).permutation(11)
    adopted = adopt_vocabulary(model, [[int(old)] for old in order])
    moved = {
        **batch,
        "token_ids": np.argsort(order)[batch["token_ids"]].astype("int32"),
    }
    keras.tree.map_structure(
        lambda a, b: np.testing.assert_array_equal(np.asarray(a), np.asarray(b)),
        model(batch),
        adopted(moved),
    )


def test_the_head_keeps_its_settings(make, tiny):
    model = make(tiny, head=IntentAndSlots(4, 5, pooling="cls", dropout=0.25))
    head = adopt_vocabulary(model, ROWS).head
    assert head is not model.head
    assert head.get_config() == model.head.get_config()
    assert adopt_vocabulary(make(tiny), ROWS).head is None


def test_a_masked_lm_head_is_refused(make, tiny):
    with pytest.raises(ValueError, match="adopt the vocabulary before the head"):
        adopt_vocabulary(make(tiny, head=MaskedLM()), ROWS)


@pytest.mark.parametrize("row", [[], [11], [2, -1]])
def test_rows_must_name_old_pieces(make, tiny, row):
    with pytest.raises(ValueError, match=r"New piece 1 .*\(0 to 10\); got"):
        adopt_vocabulary(make(tiny), [[0], row])


def test_an_empty_vocabulary_is_refused(make, tiny):
    with pytest.raises(
        ValueError, match="vocabulary_size must be .* at least 1; got 0"
    ):
        adopt_vocabulary(make(tiny), [])
