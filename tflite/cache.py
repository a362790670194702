"""Make the teacher cache of a work folder ahead of its student stages.

    tfdistill-train --config=configs/NAME.py --workdir=runs/NAME --until=LAST_TEACHER
    tfdistill-cache --config=configs/NAME.py --workdir=runs/NAME
    tfdistill-train --config=configs/NAME.py --workdir=runs/NAME

LAST_TEACHER is the last stage that trains the teacher: teacher_adopts where a recipe
has one. Several processes share the work, each with --worker=0, 1, ... and the same
--num_workers; what is there and whole is not made again, so a process that was killed
is started again by the same command. Values of the recipe are given as for
tfdistill-train.
"""

import sys

from absl import flags

from tfdistill.tflite import program
from tfdistill.tflite.recipe_flags import new_recipe_flags, read_recipe_flags


def main(argv) -> int:
    """Run the program.

    Args:
        argv: list of str, the program's name first.

    Returns:
        int. 0.

    Raises:
        ValueError: what is wrong with the flags, the recipe or the work folder.
    """
    values = _flags()
    recipe = read_recipe_flags(values, argv, __doc__)
    if recipe is None:
        return 0
    from tfdistill.train.ahead import cache_ahead

    size = cache_ahead(recipe, values.workdir, values.worker, values.num_workers)
    print(f"The teacher caches of {values.workdir} take {size / 1e6:.3g} MB.")
    return 0


def run():
    """Console entry: exit with `main`'s code, errors as sentences."""
    sys.exit(program.run_program(main))


def _flags():
    values = new_recipe_flags(
        "Folder of the run, in which the teacher's stages are finished."
    )
    flags.DEFINE_integer("worker", 0, "Which worker this is.", flag_values=values)
    flags.DEFINE_integer("num_workers", 1, "How many there are.", flag_values=values)
    return values


if __name__ == "__main__":
    run()
