"""What all programs do alike: flags, exit codes, one sentence for an error."""

import logging
import os
import re
import subprocess
import sys

import pytest
from absl import flags
from absl import logging as absl_logging

from tfdistill.tflite import program

USAGE = "Count words.\n\n    count --words=FILE"


@pytest.fixture
def values():
    values = program.new_flags()
    flags.DEFINE_string("words", None, "File of words.", flag_values=values)
    flags.DEFINE_integer("times", 3, "How often.", flag_values=values)
    return values


def test_flags_are_read_and_the_rest_refused(values):
    assert program.read_flags(values, ["count", "--words=a.txt"], USAGE, ("words",))
    assert (values.words, values.times) == ("a.txt", 3)


@pytest.mark.parametrize(
    "argv, told",
    [
        (["--wrods=a"], "Unknown command line flag 'wrods'. Did you mean: words. See"),
        (["--words=a", "--times=many"], "flag --times=many: .* See --help."),
        (["--words=a", "b.txt"], "Unexpected argument 'b.txt': flags are written --na"),
        (["--times=2"], "--words is missing: File of words. See --help."),
        (["--words="], "--words is missing"),
    ],
)
def test_wrong_flags_are_told_in_a_sentence(argv, told, values):
    with pytest.raises(ValueError, match=told):
        program.read_flags(values, ["count", *argv], USAGE, ("words",))


@pytest.mark.parametrize("argv", [["--help"], ["-h"], ["--times=many", "--help"]])
def test_help_lists_flags_and_defaults(argv, values, capsys):
    assert not program.read_flags(values, ["count", *argv], USAGE, ("words",))
    out = capsys.readouterr().out
    assert out.startswith(USAGE)
    assert "  --times: How often. Default: 3.\n  --words: File of words.\n" in out
    assert max(map(len, out.splitlines())) <= 88


@pytest.mark.parametrize(
    "error, code, told",
    [
        (ValueError("wrong\n  in two lines"), 1, "Error: wrong in two lines\n"),
        (FileNotFoundError(2, "No such file", "a.txt"), 1, "Error: a.txt: No such fil"),
        (OSError("odd"), 1, "Error: odd\n"),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
    ],
)
def test_an_error_is_one_sentence_and_an_exit_code(error, code, told, capsys):
    def main(argv):
        raise error

    assert program.run_program(main, ["count"]) == code
    captured = capsys.readouterr()
    assert captured.err.startswith(told) and captured.err.count("\n") == 1
    assert captured.out == ""


def test_other_errors_are_bugs_and_keep_their_traceback():
    def main(argv):
        return argv[5]

    with pytest.raises(IndexError):
        program.run_program(main, ["count"])


def test_the_log_is_plain_sentences_for_as_long_as_the_program_runs(capsys):
    def main(argv):
        absl_logging.info("%d words.", 3)
        absl_logging.warning("Two are rare.")
        return 2

    logger = logging.getLogger("absl")
    before = logger.level, logger.propagate, list(logger.handlers)
    assert program.run_program(main, ["count"]) == 2
    assert capsys.readouterr().err == "3 words.\nWarning: Two are rare.\n"
    assert (logger.level, logger.propagate, logger.handlers) == before


def test_every_program_has_a_docstring_for_its_help():
    import tfdistill.tflite.train as train

    assert re.search(r"tfdistill-train --config=\S+ --workdir=\S+", train.__doc__)


def test_a_start_leaves_out_what_programs_do_not_use():
    script = (
        "import sys\n"
        "from tfdistill.tflite import program\n"
        "program.start_tensorflow(looks_for_devices=False)\n"
        "assert not set(program._UNUSED) & set(sys.modules), sorted(sys.modules)\n"
        "import matplotlib.pyplot, sklearn.metrics\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)


@pytest.mark.parametrize("told_by", ["environment", "file"])
def test_the_backend_is_not_left_out(told_by, monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    if told_by == "environment":
        monkeypatch.setenv("KERAS_BACKEND", "jax")
    else:
        monkeypatch.delenv("KERAS_BACKEND", raising=False)
        (tmp_path / "keras.json").write_text('{"backend": "jax"}')
    monkeypatch.delitem(sys.modules, "jax", raising=False)
    with program._without(("jax", "logging", "no_such_package")):
        assert "jax" not in sys.modules and sys.modules["logging"] is logging
        assert sys.modules["no_such_package"] is None
    assert "no_such_package" not in sys.modules


def test_without_a_backend_all_are_left_out(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.delitem(sys.modules, "jax", raising=False)
    (tmp_path / "keras.json").write_text("no JSON")
    with program._without(("jax",)):
        assert sys.modules["jax"] is None
