"""Layer maps: which teacher layer a student layer follows, and what is impossible."""

import numpy as np
import pytest

from tfdistill.distill.layer_map import LayerMap
from tfdistill.distill.objectives import AttentionScoreMSE, HiddenStateMSE, StepOutputs


@pytest.mark.parametrize(
    ("sizes", "layers"),
    [
        ((12, 4), (0, 3, 6, 9, 12)),
        ((12, 6), (0, 2, 4, 6, 8, 10, 12)),
        ((5, 5), (0, 1, 2, 3, 4, 5)),
    ],
)
def test_a_uniform_map_skips_equally(sizes, layers):
    assert LayerMap.uniform(*sizes).layers == layers


def test_top_and_bottom_follow_one_end():
    assert LayerMap.top(12, 4).layers == (0, 9, 10, 11, 12)
    assert LayerMap.bottom(12, 4).layers == (0, 1, 2, 3, 4)


def test_tinybert_compares_attention_2_5_8_11_and_hidden_states_3_6_9_12():
    def layers(count, rank):
        return [np.full((1,) * rank, i, "float32") for i in range(count)]

    step = StepOutputs(
        teacher={"attention_scores": layers(12, 4), "hidden_states": layers(13, 3)},
        student={"attention_scores": [0.0] * 4, "hidden_states": [0.0] * 5},
        labels={},
        padding_mask=None,
        layer_pairs=LayerMap.uniform(12, 4).pairs,
        project=lambda layer, states: states,
    )
    # The student is 0 and teacher layer i is i, so that each loss is i squared.
    for objective, expected in (
        (AttentionScoreMSE(), [2, 5, 8, 11]),
        (HiddenStateMSE(), [3, 6, 9, 12]),
    ):
        assert [float(x[0]) ** 0.5 for x in objective.terms(step)] == expected


def test_an_uneven_uniform_map_names_both_numbers_and_one_that_works():
    with pytest.raises(ValueError, match="12 teacher and 5 student") as error:
        LayerMap.uniform(12, 5)
    suggestion = str(error.value).split("layer_map=")[1].rstrip(".")
    assert suggestion == "[0, 2, 4, 7, 9, 12]"
    assert LayerMap.resolve([0, 2, 4, 7, 9, 12], 12, 5).layers[-1] == 12


def test_a_deeper_student_is_told_of_pairs():
    for kind in ("uniform", "top", "bottom"):
        with pytest.raises(ValueError, match=r"pairs layer_map=\[\(0, 0\), \(2, 1\)"):
            LayerMap.resolve(kind, 3, 7)
    pairs = LayerMap.resolve([(0, 0), (2, 1), (4, 2), (7, 3)], 3, 7).pairs
    assert pairs[-1] == (7, 3)


@pytest.mark.parametrize("layers", [[], [1, 2], [0, 2, 2], [0, 3, 1], [(0, 0), (2, 0)]])
def test_a_map_starts_at_the_embedding_and_increases(layers):
    with pytest.raises(ValueError, match="starts at 0 .* strictly increases"):
        LayerMap(layers)


@pytest.mark.parametrize("layers", [[0, 1], [0, 1, 5], [0, 1, 2, 3], [(0, 0), (3, 4)]])
def test_a_map_names_layers_that_both_models_have(layers):
    with pytest.raises(ValueError, match="does not fit a teacher of 4 and .* of 2"):
        LayerMap.resolve(layers, 4, 2)


def test_names_lists_and_maps_are_all_accepted():
    expected = LayerMap((0, 2, 4))
    for value in ("uniform", [0, 2, 4], (0, 2, 4), expected):
        assert LayerMap.resolve(value, 4, 2) == expected
    with pytest.raises(ValueError, match="uniform, top, bottom.*got 'middle'"):
        LayerMap.resolve("middle", 4, 2)
