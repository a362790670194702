"""The house rules of the code: walls between rooms, a light import, docstrings."""

import ast
import configparser
import itertools
import pathlib
import re
import subprocess
import sys

import pytest

import tfdistill

ROOMS = ("text", "bert", "data", "distill", "quantize", "train", "export", "keyboard")
HEAVY = (
    "keras",
    "matplotlib",
    "sklearn",
    "tensorflow",
    "tensorflow_datasets",
    "tensorflow_model_optimization",
    "tokenizers",
)
CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
LIBRARY = sorted((CHECKOUT / "tfdistill").rglob("*.py"))
PROGRAMS = sorted((CHECKOUT / "tflite").rglob("*.py"))
FILES = [*LIBRARY, *PROGRAMS, *sorted((CHECKOUT / "configs").rglob("*.py"))]
# A folder of somebody's machine, a registry, an address.
PLACE = re.compile(
    r"""(?<![\w.~:/}-])/(home|root|work|tmp|mnt|opt|usr|var|Users)\b
    |pypi\.org|pythonhosted|localhost|\b\d{1,3}(\.\d{1,3}){3}\b""",
    re.VERBOSE,
)


def name(path):
    return str(path.relative_to(CHECKOUT))


def imports(path):
    """Yield the full name of every module that a file imports, lazily or not."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name(path)}:{node.lineno} imports relatively"
            if node.module != "tfdistill":
                yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def allowed_rooms(room):
    above = () if room in ("text", "bert") else ROOMS[: ROOMS.index(room)]
    return {*above, room}


@pytest.mark.parametrize("path", LIBRARY, ids=name)
def test_a_room_imports_only_rooms_above_it(path):
    room = path.relative_to(CHECKOUT).parts[1]
    for module in imports(path):
        top, _, rest = module.partition(".")
        assert top != "tflite" and not module.startswith("tfdistill.tflite")
        if top == "tfdistill":
            assert rest.split(".")[0] in allowed_rooms(room), f"{room} imports {module}"


def test_text_and_bert_know_nobody():
    assert allowed_rooms("bert") == {"bert"} and allowed_rooms("text") == {"text"}
    assert allowed_rooms("distill") == {"text", "bert", "data", "distill"}
    assert {path.relative_to(CHECKOUT).parts[1] for path in LIBRARY} <= {
        "__init__.py",
        *ROOMS,
    }


def modules_after(statement):
    code = f"import sys, tfdistill\n{statement}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return {module.split(".")[0] for module in done.stdout.split()}


def test_importing_the_package_imports_nothing_heavy():
    assert modules_after("dir(tfdistill), tfdistill.__version__").isdisjoint(HEAVY)


def test_the_models_need_neither_data_nor_plots():
    loaded = modules_after("tfdistill.Distiller, tfdistill.build_student")
    assert (loaded - modules_after("import keras")).isdisjoint(HEAVY)


def test_a_file_is_read_without_keras():
    loaded = modules_after("tfdistill.Predictor, tfdistill.TfliteModel")
    assert loaded.isdisjoint({"keras", "tensorflow", "jax", "torch"})


@pytest.mark.parametrize("public", sorted(set(tfdistill.__all__) - {"__version__"}))
def test_every_public_name_is_there_and_explained(public):
    value = getattr(tfdistill, public)
    assert value.__name__ == public and value.__doc__
    assert value.__module__.startswith("tfdistill.") and public in dir(tfdistill)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'load_student_please'"):
        tfdistill.load_student_please  # noqa: B018
    names = [each for names in tfdistill._NAMES.values() for each in names]
    assert len(names) == len(set(names))


def test_one_version_everywhere():
    setup = configparser.ConfigParser()
    setup.read(CHECKOUT / "setup.cfg")
    assert setup["metadata"]["version"] in (
        tfdistill.__version__,
        "attr: tfdistill.__version__",
    )


@pytest.mark.parametrize("path", FILES, ids=name)
def test_modules_and_public_names_have_docstrings(path):
    module = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(module), "the module has none"
    public = [
        node
        for node in module.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"
    ]
    # Methods of a class with bases may be explained where they are first declared.
    plain = [n for n in public if isinstance(n, ast.ClassDef) and not n.bases]
    for node in itertools.chain(public, *(each.body for each in plain)):
        if isinstance(node, ast.FunctionDef) and node.name[0] == "_":
            continue
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            assert ast.get_docstring(node), f"line {node.lineno}: {node.name}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_file_knows_a_machine(path):
    found = PLACE.search(path.read_text(encoding="utf-8"))
    assert not found, f"{found.group()!r}"
