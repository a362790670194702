"""A recipe out of a Python file: `configs/NAME.py` with `get_config(tiny=False)`."""

import importlib.util
import pathlib
import sys
import traceback


def load_config(path, tiny: bool = False):
    """Run a config file and return the Recipe that its `get_config` makes.

    Args:
        path: str or path of a Python file.
        tiny: bool. Whether to ask for `get_config(tiny=True)`.

    Returns:
        Recipe.

    Raises:
        ValueError: the file is missing, fails (with its line), or has no `get_config`
            that returns a Recipe.
    """
    from tfdistill.train.recipe import Recipe

    check_path(path)
    name = f"tfdistill_config_{pathlib.Path(path).stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses of the file look up their names
    try:
        spec.loader.exec_module(module)
        if not callable(getattr(module, "get_config", None)):
            raise ValueError("it has no function get_config(tiny=False)")
        recipe = module.get_config(tiny=True) if tiny else module.get_config()
    except Exception as error:  # the user's file may raise anything
        raise ValueError(f"{path}{_line(error, path)}: {_reason(error)}.") from error
    if not isinstance(recipe, Recipe):
        raise ValueError(
            f"{path}: get_config must return a Recipe; got {type(recipe).__name__}."
        )
    return recipe


def check_path(path):
    """Refuse what is no Python file; needs no TensorFlow.

    Raises:
        ValueError: with the Python files that are in the same folder.
    """
    path = pathlib.Path(path)
    if path.is_file() and path.suffix == ".py":
        return
    found = "is not one" if path.exists() else "does not exist"
    near = ", ".join(sorted(each.name for each in path.parent.glob("*.py")))
    hint = f" {path.parent} has {near}." if near else ""
    raise ValueError(f"A config is a Python file; {path} {found}.{hint}")


def _line(error, path):
    """Where in the user's file an error came up, as ", line 7"."""
    if isinstance(error, SyntaxError):
        return f", line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [each.lineno for each in frames if each.filename == str(path)]
    return f", line {lines[-1]}" if lines else ""


def _reason(error):
    if isinstance(error, SyntaxError):
        return error.msg
    kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
    return f"{kind}{error}".rstrip(".")
