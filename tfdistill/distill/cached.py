"""What objectives read of a teacher, by the names under which it can be cached."""

import keras
from keras import ops

from tfdistill.bert.heads import PooledHead
from tfdistill.distill.checks import as_objective, can_agree
from tfdistill.distill.layer_map import LayerMap


def resolve_pairs(teacher, student, objectives, layer_map) -> tuple:
    """Return the (student layer, teacher layer) pairs that objectives compare.

    Args:
        teacher: BertEncoder or None.
        student: BertEncoder.
        objectives: sequence of Objective.
        layer_map: see `Distiller`.

    Raises:
        ValueError: a map that these depths do not allow.
    """
    if not any(objective.needs_layer_map for objective in objectives):
        return ((0, 0),)
    depths = teacher.config.num_layers, student.config.num_layers
    return LayerMap.resolve(layer_map, *depths).pairs


def teacher_outputs(teacher, student, objectives, layer_map="uniform") -> tuple:
    """Return the names of all that a step of `Distiller` reads of its teacher.

    This is what a `TeacherCache` has to hold.

    Args:
        teacher: BertEncoder.
        student: BertEncoder.
        objectives: sequence of Objective.
        layer_map: see `Distiller`.

    Raises:
        ValueError: an objective does not say what it reads, or the map is impossible.
    """
    objectives = [as_objective(each) for each in objectives]
    pairs = resolve_pairs(teacher, student, objectives, layer_map)
    names = {name for each in objectives for name in each.teacher_outputs(pairs)}
    if can_agree(teacher, student) and not any(map(is_top_choice, names)):
        names.add("logits")  # for the metric
    return tuple(sorted(names))


def reads_alike(teacher, student) -> bool:
    """Tell whether a teacher (or None) can read the token ids of a student's batch."""
    if teacher is None:
        return True
    return teacher.config.vocabulary_size == student.config.vocabulary_size


def check_vocabularies(teacher, student, objectives, layer_map="uniform"):
    """Refuse to compare the tokens of two segmentations.

    A teacher of another vocabulary can still teach what it says of a whole text, such
    as its class; it reads its own encoding of the texts, so `TeacherCache` has to bring
    its outputs.

    Args:
        teacher: BertEncoder or None.
        student: BertEncoder.
        objectives: sequence of Objective.
        layer_map: see `Distiller`.

    Raises:
        ValueError: the vocabularies differ in size, and an objective reads something
            that the teacher has for each token.
    """
    if reads_alike(teacher, student):
        return
    names = teacher_outputs(teacher, student, objectives, layer_map)
    by_token = [name for name in names if not _is_of_whole_text(teacher, name)]
    if by_token:
        ours, theirs = student.config.vocabulary_size, teacher.config.vocabulary_size
        raise ValueError(
            f"The objectives compare {', '.join(by_token)} token by token, but the "
            f"teacher's vocabulary has {theirs} pieces and the student's {ours}. Give "
            "the teacher the student's vocabulary with adopt_vocabulary, then "
            "fine-tune it; or compare whole texts, as SoftTargets does."
        )


def _is_of_whole_text(teacher, name):
    is_logits = name == "logits" or name.startswith("logits:")
    return is_logits and isinstance(teacher.head, PooledHead)


def teacher_choice(outputs: dict):
    """Return the teacher's likeliest class, int (batch,) or (batch, sequence).

    Args:
        outputs: dict. A teacher's outputs, live or from a cache.
    """
    if "logits" in outputs:
        return ops.argmax(outputs["logits"], axis=-1)
    (name, *_) = filter(is_top_choice, outputs)
    return outputs[name][..., 0]


def is_top_choice(name: str) -> bool:
    """Tell whether a cached output begins with the likeliest class of the logits."""
    return name.startswith("logits:top") and name.endswith(":ids")


def unflatten(cached: dict) -> dict:
    """Bring cached outputs into the contract's form.

    Args:
        cached: dict of tensors, e.g. "logits", "hidden_states/0", "hidden_states/3".

    Returns:
        dict, e.g. of "logits" to a tensor and of "hidden_states" to {0: a tensor, 3:
        another}; floats, which a cache has in half precision, are float32.
    """
    outputs = {}
    for name, values in cached.items():
        if keras.backend.is_float_dtype(values.dtype):
            values = ops.cast(values, "float32")
        key, _, index = name.partition("/")
        if index:
            outputs.setdefault(key, {})[int(index)] = values
        else:
            outputs[name] = values
    return outputs
