"""The next-word loss by hand, and what a causal student may see."""

import numpy as np
import pytest

from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import MaskedLM
from tfdistill.distill.objectives import StepOutputs
from tfdistill.keyboard.objective import NextWord
from tfdistill.keyboard.train import next_word_config

LOGITS = np.log([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7], [0.6, 0.2, 0.2]])
LABELS = np.array([0, 2, 1])


def term(objective, teacher=None):
    step = StepOutputs(
        teacher, {"logits": LOGITS}, {"logits": LABELS}, None, ((0, 0),), None
    )
    (value,) = objective.terms(step)
    return float(np.mean(np.asarray(value)))


def test_every_word_counts_the_same():
    expected = -(np.log(0.5) + np.log(0.7) + np.log(0.2)) / 3
    assert term(NextWord()) == pytest.approx(expected, rel=1e-5)


def test_the_teacher_is_mixed_in_where_it_spoke():
    ids = np.array([[1, 2], [0, 1], [0, 1]])
    p = np.array([[0.9, 0.1], [0.0, 0.0], [0.25, 0.25]])
    # Its words are others than the one that came, which counts in full.
    one = -np.log(0.5) + 0.4 * -np.log(0.25)
    two = -np.log(0.7)  # nothing said
    three = 0.6 * -np.log(0.2) + 0.4 * -(np.log(0.6) + np.log(0.2)) / 4
    found = term(
        NextWord(teacher_share=0.4), {"next_words:ids": ids, "next_words:p": p}
    )
    assert found == pytest.approx((one + two + three) / 3, rel=1e-5)
    assert term(NextWord(teacher_share=0.4)) == term(NextWord())


def test_in_the_mean_the_target_is_what_teacher_and_text_agree_on():
    """Words by a distribution that the teacher knows: its gradient is that of it."""
    p = np.array([0.5, 0.3, 0.15, 0.05])
    logits = np.log([0.1, 0.2, 0.3, 0.4])
    named = {"next_words:ids": [[0, 1]], "next_words:p": [p[:2]]}
    found = 0.0
    for label, share in enumerate(p):
        step = StepOutputs(
            {name: np.array(each) for name, each in named.items()},
            {"logits": logits[None]},
            {"logits": np.array([label])},
            None,
            ((0, 0),),
            None,
        )
        (value,) = NextWord(teacher_share=0.7).terms(step)
        found += share * float(np.asarray(value)[0])
    assert found == pytest.approx(-(p * logits).sum(), rel=1e-5)


def test_a_teacher_of_all_words_alone_teaches_soft_targets():
    p = np.array([[0.2, 0.5, 0.3], [0.1, 0.8, 0.1], [0.6, 0.3, 0.1]])
    ids = np.tile(np.arange(3), (3, 1))
    found = term(
        NextWord(teacher_share=1.0), {"next_words:ids": ids, "next_words:p": p}
    )
    assert found == pytest.approx(-(p * LOGITS).sum(axis=1).mean(), rel=1e-5)


def test_an_impossible_share_is_refused():
    with pytest.raises(ValueError, match="from 0 to 1"):
        NextWord(teacher_share=1.5)


def test_a_causal_student_does_not_see_what_comes():
    config = next_word_config(
        11, num_layers=2, hidden_dim=8, num_heads=2, intermediate_dim=9
    )
    student = BertEncoder(config, head=MaskedLM())
    ids = np.array([[2, 5, 6, 7, 8, 9, 10]])
    other = ids.copy()
    other[0, 4:] = 3

    def logits(token_ids):
        inputs = {"token_ids": token_ids, "segment_ids": 0 * token_ids}
        inputs["padding_mask"] = np.ones_like(token_ids)
        return np.asarray(student(inputs)["logits"])

    np.testing.assert_allclose(
        logits(ids)[:, :4], logits(other)[:, :4], rtol=0, atol=1e-6
    )
    assert abs(logits(ids)[:, 4:] - logits(other)[:, 4:]).max() > 1e-4
