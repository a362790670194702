"""What the programs share that read a recipe: its flags and its overrides."""

import re

from absl import flags

from tfdistill.tflite import program
from tfdistill.train import config_file

OVERRIDE = re.compile(r"--?config\.(?P<path>[^=]+)(=(?P<text>.*))?", re.DOTALL)


def new_recipe_flags(workdir_help: str) -> flags.FlagValues:
    """Return a table of flags with --config, --workdir, --tiny and --help in it."""
    values = program.new_flags()
    for name, text in (
        ("config", "Python file with get_config(tiny=False) -> Recipe."),
        ("workdir", workdir_help),
    ):
        flags.DEFINE_string(name, None, text, flag_values=values)
    flags.DEFINE_bool(
        "tiny",
        False,
        "Take get_config(tiny=True), a matter of seconds, to try it out.",
        flag_values=values,
    )
    flags.DEFINE_bool(
        "undistilled",
        False,
        "Train the recipe's student on labels alone, on the same rows as often; the "
        "stage is called labels.",
        flag_values=values,
    )
    flags.DEFINE_list(
        "leave_out",
        [],
        "Parts that the recipe goes without: augmentation, unlabelled, beginning, "
        "stages, objectives.",
        flag_values=values,
    )
    return values


def read_recipe_flags(values: flags.FlagValues, argv, usage: str, start=None):
    """Parse `argv` into `values`, start TensorFlow and make the recipe.

    Args:
        values: FlagValues of `new_recipe_flags`.
        argv: list of str, the program's name first.
        usage: str. The program's docstring.
        start: callable (FlagValues). Starts TensorFlow in a way of its own.

    Returns:
        Recipe, with the overrides of the command line, without what is left out, and
        as its twin if that is asked for; None if the help was asked for.

    Raises:
        ValueError: what is wrong with the flags or the recipe.
    """
    changes, rest = split_overrides(argv)
    if not program.read_flags(values, rest, usage, ("config", "workdir")):
        return None
    config_file.check_path(values.config)
    if start is None:
        program.start_tensorflow()
    else:
        start(values)
    from tfdistill.train.recipe import with_changes
    from tfdistill.train.variants import leave_out, undistilled

    def vary(recipe):
        recipe = leave_out(recipe, *values.leave_out)
        return undistilled(recipe) if values.undistilled else recipe

    begun = [each for each in changes if each[0] == "beginning"]
    if begun:  # which excludes a vocabulary of the config's own
        begun += [each for each in changes if each[0].startswith("vocabulary.")]
    rest = [each for each in changes if each not in begun]
    recipe = config_file.load_config(values.config, values.tiny)
    recipe = with_changes(recipe, begun)
    # A twin's epochs, for one, come from stages that it does not have.
    kept = {stage.name for stage in vary(recipe).stages}
    gone = [each for each in rest if _names_other_stage(each[0], kept)]
    rest = [each for each in rest if each not in gone]
    return with_changes(vary(with_changes(recipe, gone)), rest)


def _names_other_stage(path, kept):
    first, _, below = path.partition(".")
    name = below.partition(".")[0]
    return first == "stages" and not name.isdigit() and name not in kept


def split_overrides(argv) -> tuple[list[tuple[str, str]], list[str]]:
    """Take the overrides out of a command line.

    Args:
        argv: list of str.

    Returns:
        (list of (dotted name, text), the other arguments), both in their order.

    Raises:
        ValueError: an override without a value.

    >>> split_overrides(["train", "--config.seed=1", "--tiny"])
    ([('seed', '1')], ['train', '--tiny'])
    """
    changes, rest = [], []
    for item in argv:
        found = OVERRIDE.fullmatch(item)
        if found is None:
            rest.append(item)
            continue
        if found["text"] is None:
            raise ValueError(f"{item} needs a value: write {item}=VALUE.")
        changes.append((found["path"], found["text"]))
    return changes, rest
