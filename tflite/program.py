"""What the command-line programs share: flags, readable errors, a quiet start.

Each program has flags of its own (no global table, so that several can be imported into
one process) and imports TensorFlow only after its flags are known to be right.
"""

import contextlib
import json
import logging
import os
import pathlib
import signal
import sys
import textwrap
import threading

from absl import flags

# For data frames, images, plots and estimators in Keras, and for converting from JAX.
# Ours are imported when they are asked for.
_UNUSED = ("PIL", "jax", "matplotlib", "pandas", "scipy", "sklearn")


def new_flags() -> flags.FlagValues:
    """Return an empty table of flags, with --help alone in it."""
    values = flags.FlagValues()
    flags.DEFINE_bool("help", False, "Show this text.", flag_values=values)
    return values


def read_flags(values: flags.FlagValues, argv, usage: str, required=()) -> bool:
    """Parse `argv` into `values`, or print the help.

    Args:
        values: FlagValues of `new_flags`, made for this call.
        argv: list of str, the program's name first.
        usage: str. The program's docstring, which the help begins with.
        required: sequence of str. Flags that must be given.

    Returns:
        bool. False if the help was asked for and printed: nothing is left to do.

    Raises:
        ValueError: an unknown flag, a wrong or missing value, or a stray argument.
    """
    if any(item in ("-h", "--help") for item in argv[1:]):
        print(_help(values, usage))
        return False
    try:
        rest = values(list(argv))[1:]
    except flags.Error as error:
        message = " ".join(str(error).split()).rstrip(".? ")
        raise ValueError(f"{message}. See --help.") from None
    if rest:
        raise ValueError(
            f"Unexpected argument {rest[0]!r}: flags are written --name=value. See "
            "--help."
        )
    for name in required:
        if not values[name].value:
            raise ValueError(f"--{name} is missing: {values[name].help} See --help.")
    return True


def run_program(main, argv=None) -> int:
    """Run `main(argv)` and return the exit code of the process.

    A refusal (ValueError, or a file that cannot be read or written) becomes one
    sentence on stderr and 1, an interruption from the keyboard 130, SIGTERM 143.

    Args:
        main: callable (argv) -> int or None.
        argv: list of str, the program's name first; None takes the process's.
    """
    with _log_to_stderr(), _heard_sigterm():
        try:
            return main(sys.argv if argv is None else argv) or 0
        except ValueError as error:
            print(f"Error: {_one_line(error)}", file=sys.stderr)
            return 1
        except OSError as error:
            print(f"Error: {_one_line(_told(error))}", file=sys.stderr)
            return 1
        except Terminated:
            print("Terminated.", file=sys.stderr)
            return 128 + signal.SIGTERM
        except KeyboardInterrupt:
            print("Interrupted.", file=sys.stderr)
            return 128 + signal.SIGINT


class Terminated(KeyboardInterrupt):
    """SIGTERM, as a cluster sends it: files are closed and temporary ones removed."""


@contextlib.contextmanager
def _heard_sigterm():
    """Raise `Terminated` where SIGTERM would end the process without a word."""

    def stop(number, frame):
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        yield  # signals belong to the main thread
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def start_tensorflow(looks_for_devices: bool = True):
    """Import TensorFlow and Keras without what the programs have no use for.

    That is the lines of their C++ code, which name devices and instruction sets of the
    machine (TF_CPP_MIN_LOG_LEVEL=0 in the environment shows them), and the packages
    that they look for and do without if there are none: a quarter of a gigabyte. Where
    tcmalloc is preloaded, oneDNN takes its memory from there.

    Args:
        looks_for_devices: bool. Whether GPUs are looked for now and not at first use.
    """
    if "tensorflow" in sys.modules:
        return
    level = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if "tcmalloc" in os.environ.get("LD_PRELOAD", ""):
        # oneDNN's pool on top of tcmalloc's holds memory twice and is no faster.
        os.environ.setdefault("TF_ONEDNN_USE_SYSTEM_ALLOCATOR", "1")
    is_quiet = level not in ("0", "1")
    muted = _muted_stderr() if is_quiet else contextlib.nullcontext()
    with muted, _without(_UNUSED):
        import keras  # noqa: F401
        import tensorflow as tf

        if looks_for_devices:
            tf.config.list_logical_devices()


@contextlib.contextmanager
def _without(names):
    """Let imports of packages fail that have not been imported yet."""
    needed = {*sys.modules, _backend()}
    hidden = [name for name in names if name not in needed]
    sys.modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def _backend():
    """The backend that Keras is told to use, as it finds it; None if by nobody."""
    if "KERAS_BACKEND" in os.environ:
        return os.environ["KERAS_BACKEND"]
    home = os.environ.get("KERAS_HOME", pathlib.Path.home() / ".keras")
    try:
        return json.loads(pathlib.Path(home, "keras.json").read_text()).get("backend")
    except (OSError, ValueError, AttributeError):
        return None


def _told(error):
    if error.filename is None or error.strerror is None:
        return error
    return f"{error.filename}: {error.strerror}."


def _one_line(error):
    return " ".join(str(error).split()) or type(error).__name__


def _help(values, usage):
    lines = [usage.strip(), "", "Flags:"]
    for name in sorted(set(values)):
        flag = values[name]
        text = " ".join((flag.help or "").split())
        if flag.default not in (None, False, []):
            text += f" Default: {flag.default_as_str.strip(chr(39))}."
        lines += textwrap.wrap(
            f"--{flag.name}: {text}",
            88,
            initial_indent="  ",
            subsequent_indent="      ",
        )
    return "\n".join(lines)


@contextlib.contextmanager
def _log_to_stderr():
    """Send absl's log to stderr as plain sentences, without date and process number."""
    logger = logging.getLogger("absl")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Plain())
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


class _Plain(logging.Formatter):
    def format(self, record):
        is_loud = record.levelno >= logging.WARNING
        mark = f"{record.levelname.capitalize()}: " if is_loud else ""
        return mark + record.getMessage()


@contextlib.contextmanager
def _muted_stderr():
    """Let file descriptor 2 lead nowhere; Python's exceptions are still shown."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
