"""A recipe read back from the `recipe.json` of a work folder."""

import pathlib

from tfdistill import data
from tfdistill.bert.config import BertConfig
from tfdistill.data.corpus import Corpus
from tfdistill.distill import layer_objectives, objectives
from tfdistill.text.json_text import parse_json
from tfdistill.train import recipe as recipes
from tfdistill.train.recipe import Recipe

# The classes that a recipe file may name, and no others: the file is only data.
_CLASSES = {
    cls.__name__: cls
    for cls in (
        BertConfig,
        Corpus,
        data.Glue,
        data.HomeAssistant,
        data.SlotFile,
        data.TableFile,
        data.Tfds,
        layer_objectives.AttentionProbabilityKL,
        layer_objectives.FeatureMap,
        layer_objectives.RelationKL,
        objectives.AttentionScoreMSE,
        objectives.EmbeddingMSE,
        objectives.HardLabels,
        objectives.HiddenStateMSE,
        objectives.SoftTargets,
        recipes.AugmentedData,
        recipes.Cache,
        recipes.Export,
        recipes.Pretraining,
        recipes.Recipe,
        recipes.Stage,
        recipes.Teacher,
        recipes.Vocabulary,
    )
}

# What a file can do to the classes: values of another kind, or nested without end.
_REFUSED = OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError


def read_recipe(path) -> Recipe:
    """Read a recipe that `to_json` wrote.

    Args:
        path: str or path of a recipe.json, or of the work folder that holds it.

    Raises:
        ValueError: the file is missing or damaged, or names an unknown class or field.
    """
    path = pathlib.Path(path)
    path = path / "recipe.json" if path.is_dir() else path
    try:
        recipe = _build(parse_json(path.read_text(encoding="utf-8")))
    except _REFUSED as error:
        raise ValueError(f"{path} is no recipe of tfdistill: {error}.") from None
    if not isinstance(recipe, Recipe):
        raise ValueError(f"{path} is no recipe of tfdistill: it holds {type(recipe)}.")
    return recipe


def _build(node):
    if isinstance(node, list):
        return tuple(_build(each) for each in node)
    if not isinstance(node, dict) or "class" not in node:
        return node
    name = node["class"]
    if name not in _CLASSES:
        raise ValueError(f"class {name!r} is unknown")
    fields = {key: _build(value) for key, value in node.items() if key != "class"}
    return _CLASSES[name](**fields)
