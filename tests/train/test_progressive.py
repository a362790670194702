"""Progressive knowledge transfer: each stage moves its own layers and no later ones."""

import keras
import numpy as np
import pytest

from tfdistill.bert.config import BertConfig
from tfdistill.bert.encoder import BertEncoder
from tfdistill.distill.distiller import Distiller
from tfdistill.distill.layer_objectives import AttentionProbabilityKL, FeatureMap
from tfdistill.distill.objectives import HiddenStateMSE
from tfdistill.train.progressive import progressive_stages
from tfdistill.train.schedule import make_optimizer
from tfdistill.train.stage import Stage
from tfdistill.train.stages import _freeze

STAGE = Stage("layer", (FeatureMap(), AttentionProbabilityKL(weight=3.0)), epochs=1)


def test_each_stage_looks_at_one_layer():
    stages = progressive_stages(STAGE, 3)
    assert [stage.name for stage in stages] == ["layer_1", "layer_2", "layer_3"]
    pairs = ((0, 0), (1, 2), (2, 4), (3, 6))
    features, attention = stages[1].objectives
    assert features.term_names(pairs, None) == ["feature_map_2_4"]
    assert attention.term_names(pairs, None) == ["attention_prob_kl_2_4"]
    assert (features.weight, attention.weight) == (0.5, 1.5)
    assert features.teacher_outputs(pairs) == ["hidden_states/4"]
    assert [s.frozen_layers for s in progressive_stages(STAGE, 3, True)] == [0, 1, 2]


def test_other_objectives_are_refused():
    stage = Stage("layer", (HiddenStateMSE(),))
    with pytest.raises(ValueError, match="asked of one layer; got HiddenStateMSE"):
        progressive_stages(stage, 2)
    with pytest.raises(ValueError, match="student_layer=5 is not in the layer map"):
        FeatureMap(student_layer=5).term_names(((0, 0), (1, 1)), None)


@pytest.mark.parametrize("is_frozen", [False, True])
def test_a_stage_leaves_later_layers_as_they_are(is_frozen):
    keras.utils.set_random_seed(2)
    size = dict(num_heads=2, intermediate_dim=6, vocabulary_size=11)
    teacher, student = (
        BertEncoder(BertConfig(num_layers=3, hidden_dim=8, **size)) for _ in range(2)
    )
    stage = progressive_stages(STAGE, 3, is_frozen)[1]
    _freeze(student, stage.frozen_layers)
    distiller = Distiller(teacher, student, stage.objectives)
    distiller.compile(make_optimizer(stage, 4), run_eagerly=True)
    before = [[np.array(w) for w in block.weights] for block in student.blocks]
    ids = np.arange(1, 11, dtype="int32").reshape(2, 5)
    ones = np.ones_like(ids)
    distiller.train_on_batch(
        {"token_ids": ids, "segment_ids": 0 * ids, "padding_mask": ones}
    )
    moved = [
        any(
            np.abs(np.array(w) - o).max() > 0
            for w, o in zip(b.weights, old, strict=True)
        )
        for b, old in zip(student.blocks, before, strict=True)
    ]
    assert moved == [not is_frozen, True, False]
