"""Masked words of two vocabularies, and a teacher whose new rows are affine."""

import itertools

import keras
import numpy as np
import pytest

from tfdistill.bert.adopt import extend_vocabulary
from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import MaskedLM
from tfdistill.data.corpus import Corpus
from tfdistill.data.masked_text import make_masked_dataset, masked_batch
from tfdistill.distill.masked_lm import AffineVocabularyTrainer, MaskedLMTrainer
from tfdistill.distill.mixed import mixed_masked_lm
from tfdistill.text import SPECIAL_TOKENS, load_tokenizer, write_vocabulary
from tfdistill.text.mixed import MixedSegmenter

TEXTS = ["a warm film", "the cast is dull", "a fine plot", "the score is grim"] * 4


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "corpus.txt"
    path.write_text("".join(f"{text}\n" for text in TEXTS))
    return Corpus((path,), max_length=12)


@pytest.fixture(scope="module")
def segmenter(tmp_path_factory):
    """Whole words for the teacher, letters for the student."""
    folder = tmp_path_factory.mktemp("vocabularies")
    words = sorted({word for text in TEXTS for word in text.split()})
    letters = sorted({letter for word in words for letter in word})
    pieces = {"teacher": words, "student": [*letters, *(f"##{x}" for x in letters)]}
    for role, own in pieces.items():
        write_vocabulary([*SPECIAL_TOKENS, *own], folder / role)
    return MixedSegmenter(
        *(load_tokenizer(folder / role) for role in pieces), max_length=24
    )


@pytest.mark.parametrize(("p_dual", "is_teachers"), [(0.0, True), (1.0, False)])
def test_the_ends_of_the_ramp_are_one_vocabulary(segmenter, p_dual, is_teachers):
    random = np.random.default_rng(1)
    inputs, labels = masked_batch(TEXTS, segmenter, p_dual, random)
    asked = labels["teacher"][labels["teacher"] >= 0]
    assert len(asked) >= len(TEXTS)
    assert ((asked < segmenter.teacher_size) == is_teachers).all()
    assert labels["student"].max() < segmenter.student_size
    for role in ("teacher", "student"):
        padded = inputs[role]["padding_mask"] == 0
        assert (labels[role][padded] == -1).all()
        assert inputs[role]["token_ids"].shape == labels[role].shape
    is_hidden = labels["teacher"] >= 0
    hidden = inputs["teacher"]["token_ids"][is_hidden]
    assert 0.5 < np.mean(hidden == segmenter.mask_ids["teacher"]) <= 1


def test_batches_go_on_where_they_were_stopped(corpus, segmenter):
    def batches(start):
        return make_masked_dataset(corpus, segmenter, 4, 7, lambda step: 0.5, start)

    later = list(itertools.islice(batches(0), 6))[4:]
    for (x, y), (u, v) in zip(later, batches(4).take(2), strict=True):
        for role in ("teacher", "student"):
            np.testing.assert_array_equal(x[role]["token_ids"], u[role]["token_ids"])
            np.testing.assert_array_equal(y[role], v[role])


@pytest.fixture
def bodies(segmenter):
    keras.utils.set_random_seed(1)
    sizes = dict(num_layers=1, num_heads=2, intermediate_dim=10, has_pooler=False)
    sizes |= dict(max_sequence_length=24, dropout=0.0, attention_dropout=0.0)
    teacher = BertConfig(hidden_dim=14, vocabulary_size=segmenter.teacher_size, **sizes)
    student = BertConfig(hidden_dim=6, vocabulary_size=segmenter.student_size, **sizes)
    rows = [[number % 5] for number in range(segmenter.student_size)]
    teacher = extend_vocabulary(BertEncoder(teacher, MaskedLM()), rows)
    return teacher, BertEncoder(student, MaskedLM())


def test_stage_one_trains_the_students_table_through_an_affine_map(bodies, segmenter):
    teacher, student = bodies
    trainer = AffineVocabularyTrainer(teacher, student)
    trainer.compile(keras.optimizers.Adam(0.02), jit_compile=False)
    batch = masked_batch(TEXTS, segmenter, 0.5, np.random.default_rng(2))
    before = [np.array(weight) for weight in student.weights]
    affine = np.array(trainer.affine.kernel), np.array(trainer.affine.bias)
    losses = [float(trainer.train_on_batch(*batch)) for _ in range(9)]
    assert losses[-1] < losses[0]
    moved = [
        np.abs(np.array(weight) - old).max() > 0
        for weight, old in zip(student.weights, before, strict=True)
    ]
    assert moved == [
        weight is student.embeddings.token.embeddings for weight in student.weights
    ]
    assert np.abs(trainer.affine.kernel - affine[0]).max() > 0
    assert np.abs(trainer.affine.bias - affine[1]).max() > 0
    assert trainer.affine.count_params() == 6 * 14 + 14
    logits = trainer(batch[0])
    trainer.write_table()  # the teacher alone says the same
    np.testing.assert_allclose(
        teacher(batch[0]["teacher"])["logits"], logits, atol=1e-5
    )
    loss = mixed_masked_lm(batch[1]["teacher"], logits, segmenter.teacher_size)
    assert np.isfinite(float(loss))


def test_stage_two_has_no_weight_of_the_teachers_width(bodies):
    teacher, student = bodies
    trainer = MaskedLMTrainer(student)
    assert not any(14 in weight.shape for weight in trainer.weights)
    assert any(
        14 in weight.shape for weight in AffineVocabularyTrainer(*bodies).weights
    )
    assert trainer.student.embeddings.token is student.embeddings.token
