"""Trees of frozen dataclasses: values replaced by dotted names; the tree as JSON."""

import ast
import dataclasses
import json
import os
import types
import typing


def override(tree, path: str, text: str):
    """Return a copy of a dataclass tree with one value replaced.

    Args:
        tree: dataclass instance.
        path: str. Dotted: "student.hidden_dim", "stages.2.epochs", or, as stages have
            names, "stages.prediction.epochs".
        text: str. A Python literal; for a field of type str, the text itself.

    Raises:
        ValueError: a field that does not exist, with those that do; a value that the
            field's type does not allow, or that the dataclass refuses.
    """
    return override_all(tree, [(path, text)])


def override_all(tree, changes):
    """Return a copy with several values replaced at once.

    At once, so that values that must fit each other can change together, such as
    hidden_dim and num_heads. Of two changes of one value the last one holds.

    Args:
        tree: dataclass instance.
        changes: sequence of (path, text), as for `override`.

    Raises:
        ValueError: as `override`.
    """
    if not changes:
        return tree
    return _change(tree, [(path.split("."), text) for path, text in changes], "")


def to_json(tree) -> str:
    """Return the tree as JSON, each dataclass with its class name under "class"."""
    return json.dumps(_plain(tree), indent=2) + "\n"


def find_differences(old, new, path: str = "") -> list[str]:
    """Return a line for each value that differs between two trees of plain values.

    >>> find_differences({"seed": 0, "stages": [1]}, {"seed": 3, "stages": [1]})
    ['seed is 3 and was 0']
    """
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        old, new = dict(enumerate(old)), dict(enumerate(new))
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        pairs = [(f"{path}.{key}".lstrip("."), old[key], new[key]) for key in old]
        return [line for key, a, b in pairs for line in find_differences(a, b, key)]
    return (
        []
        if old == new
        else [f"{path or 'all'} is {_short(new)} and was {_short(old)}"]
    )


# === Changing ===


def _change(node, changes, prefix):
    """Replace below a node; `changes` is a list of (steps, text), steps not empty."""
    if _is_row(node):
        items = list(node)
        for step, below in _by_first_step(changes).items():
            index = _find_in(node, step, prefix)
            items[index] = _replace(items[index], below, None, f"{prefix}{step}")
        return tuple(items)
    known = _types(node)
    values = {}
    for step, below in _by_first_step(changes).items():
        if step not in known:
            raise ValueError(
                f"The recipe has no value {prefix + step!r}: {type(node).__name__} has "
                f"{', '.join(known) or 'no fields'}."
            )
        old = getattr(node, step)
        values[step] = _replace(old, below, known[step], f"{prefix}{step}")
    return dataclasses.replace(node, **values)


def _replace(old, changes, kind, path):
    """Replace a value itself, or what is below it."""
    texts = [text for steps, text in changes if not steps]
    if not texts:
        return _change(old, changes, f"{path}.")
    if dataclasses.is_dataclass(old) or _is_row(old):
        inner = "NAME.FIELD" if _is_row(old) else "FIELD"
        raise ValueError(
            f"{path} cannot be replaced whole: set its values, as {path}.{inner}=VALUE."
        )
    return _fit(texts[-1], kind, path)


def _by_first_step(changes):
    groups = {}
    for steps, text in changes:
        groups.setdefault(steps[0], []).append((steps[1:], text))
    return groups


def _is_row(node):
    return isinstance(node, tuple) and bool(node) and dataclasses.is_dataclass(node[0])


def _find_in(nodes, step, prefix):
    names = [getattr(node, "name", str(i)) for i, node in enumerate(nodes)]
    if step in names:
        return names.index(step)
    if step.isdigit() and int(step) < len(nodes):
        return int(step)
    raise ValueError(
        f"The recipe has no value {prefix + step!r}: choose from {', '.join(names)}."
    )


def _types(node) -> dict:
    if not dataclasses.is_dataclass(node):
        return {}
    try:
        hints = typing.get_type_hints(type(node))
    except NameError:  # names that only a type checker imports
        hints = {}
    return {
        field.name: hints.get(field.name, typing.Any)
        for field in dataclasses.fields(node)
    }


def _fit(text, kind, path):
    """Read `text` as a value that the annotation `kind` allows, or refuse."""
    is_union = typing.get_origin(kind) in (typing.Union, types.UnionType)
    kinds = typing.get_args(kind) if is_union else (kind,)
    kinds = tuple(typing.get_origin(each) or each for each in kinds)
    value = _literal(text)
    if value is None and type(None) in kinds:
        return None
    if str in kinds:
        return value if isinstance(value, str) else text
    if float in kinds and type(value) is int:
        value = float(value)
    # True is an int to Python, not to a reader.
    if typing.Any not in kinds and type(value) not in kinds:
        raise ValueError(f"{path} is of type {_name(kind)}; got {text!r}.")
    return value


def _literal(text):
    """Read a Python literal, lists as tuples; anything else is a string."""
    try:
        return _with_tuples(ast.literal_eval(text))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def _with_tuples(value):
    if isinstance(value, list | tuple):
        return tuple(_with_tuples(each) for each in value)
    return value


def _name(kind):
    return kind.__name__ if isinstance(kind, type) else str(kind)


# === JSON ===


def _plain(node):
    if dataclasses.is_dataclass(node):
        names = [field.name for field in dataclasses.fields(node)]
        return _with_class(node, {name: getattr(node, name) for name in names})
    if isinstance(node, list | tuple):
        return [_plain(each) for each in node]
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, str | int | float | bool) or node is None:
        return node
    if isinstance(node, os.PathLike):
        return os.fspath(node)
    # Losses of Keras and the like. str() would hold an address, new in each process.
    return _with_class(node, node.get_config() if hasattr(node, "get_config") else {})


def _with_class(node, values):
    return {"class": type(node).__name__, **_plain(values)}


def _short(value):
    text = json.dumps(value)
    return text if len(text) < 60 else f"{text[:57]}..."
