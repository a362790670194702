"""What encoders share that read other values in the place of their weights."""

import contextlib

import keras

from tfdistill.bert.encoder import BertEncoder


@contextlib.contextmanager
def substituted(model: keras.Model, pairs):
    """Let a model's layers read other values in the place of some weights.

    Args:
        model: keras.Model.
        pairs: sequence of (weight, tensor of its shape).
    """
    replaced = {id(weight) for weight, _ in pairs}
    with keras.StatelessScope(state_mapping=pairs) as scope:
        yield
    # What the layers keep, such as the state of their random numbers.
    for variable in model.non_trainable_variables:
        value = scope.get_current_value(variable)
        if value is not None and id(variable) not in replaced:
            variable.assign(value)


def plain_student(model: BertEncoder, field: str, pairs) -> BertEncoder:
    """Return a `BertEncoder` with a model's weights, some of them replaced.

    Args:
        model: an encoder with `student_weights`.
        field: str. What its config has besides that of a BertEncoder.
        pairs: iterable of (weight of `model`, its value in the student).
    """
    config = model.get_config()
    del config[field]
    student = BertEncoder.from_config(config)
    values = {id(weight): weight for weight in model.student_weights}
    values.update((id(weight), value) for weight, value in pairs)
    for source, target in zip(model.student_weights, student.weights, strict=True):
        target.assign(values[id(source)])
    return student
