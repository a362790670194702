"""Runs a recipe with parts left out, at equal steps, with several seeds: what is each
part worth?

    python benchmarks/ablation.py --config=configs/cola_tinybert_4_312.py \\
        --workdir=runs/ablation --seeds=0,1,2 \\
        --without=general --without=augmentation --without=AttentionScoreMSE \\
        --config.source.folder=GLUE_FOLDER

A part is "augmentation", a stage, an objective, several of these joined by "+", or
layer_map=top. Student stages on the task's texts take --steps steps whatever they read.
A finished run is not run again; the teacher's stages and the augmented texts of a seed
are made once, by its whole recipe.
"""

import dataclasses
import json
import pathlib
import shutil
import sys

from absl import app, flags
from spread import mean_and_spread

from tfdistill.tflite.recipe_flags import split_overrides

_CONFIG = flags.DEFINE_string("config", None, "The recipe.", required=True)
_WORKDIR = flags.DEFINE_string("workdir", None, "Folder of all runs.", required=True)
_WITHOUT = flags.DEFINE_multi_string("without", [], "Parts to leave out, a row each.")
_LEAVE_OUT = flags.DEFINE_list("leave_out", [], "Parts that no row has.")
_SEEDS = flags.DEFINE_list("seeds", ["0"], "Seeds of each row.")
_STEPS = flags.DEFINE_integer("steps", 2000, "Steps of each student stage on the task.")
_TINY = flags.DEFINE_bool("tiny", False, "Take get_config(tiny=True), to try it out.")


def main(argv):
    """Run every row with every seed and write the table after each run."""
    changes, _ = split_overrides(_OVERRIDES)
    rows = {}
    for without in ["", *_WITHOUT.value]:
        for seed in _SEEDS.value:
            report = _run(without, changes, seed)
            rows.setdefault(without or "whole recipe", []).append(report)
            _write(rows)
    print((pathlib.Path(_WORKDIR.value) / "ablation.md").read_text())


def _run(without, changes, seed):
    from tfdistill.train.run import run_recipe

    root = pathlib.Path(_WORKDIR.value)
    recipe = _recipe(without, [*changes, ("seed", seed)])
    folder = root / f"{without or 'whole'}_seed_{seed}"
    _take_over(recipe, root / f"whole_seed_{seed}", folder)
    return run_recipe(recipe, folder)


def _take_over(recipe, whole, folder):
    """Copy what the whole recipe has made that this row would make again."""
    if folder == whole or folder.exists():
        return
    (folder / "stages").mkdir(parents=True)
    for stage in recipe.stages:
        if stage.model == "teacher":
            for path in (whole / "stages").glob(f"{stage.name}.*"):
                shutil.copy(path, folder / "stages")
    if recipe.augmentation is not None and (whole / "augmented").is_dir():
        shutil.copytree(whole / "augmented", folder / "augmented")


def _recipe(without, changes):
    from tfdistill.train.config_file import load_config
    from tfdistill.train.recipe import with_changes
    from tfdistill.train.variants import leave_out

    recipe = with_changes(load_config(_CONFIG.value, _TINY.value), changes)
    recipe = leave_out(recipe, *_LEAVE_OUT.value)
    for part in filter(None, without.split("+")):
        name, _, value = part.partition("=")
        if name == "layer_map":
            recipe = _with_layer_map(recipe, value)
        else:
            recipe = leave_out(recipe, name)
    stages = [_with_steps(stage) for stage in recipe.stages]
    return dataclasses.replace(recipe, stages=tuple(stages))


def _with_layer_map(recipe, value):
    stages = [
        dataclasses.replace(stage, layer_map=value)
        if stage.model == "student"
        else stage
        for stage in recipe.stages
    ]
    return dataclasses.replace(recipe, stages=tuple(stages))


def _with_steps(stage):
    if stage.model == "teacher" or stage.corpus is not None:
        return stage
    return dataclasses.replace(stage, epochs=1, steps_per_epoch=_STEPS.value)


def _write(rows):
    first = next(iter(rows.values()))[0]
    names = first["metrics"]
    lines = [
        f"# Ablation of {first['recipe']}: {first['task']}, {first['split']}",
        "",
        f"Mean over seeds ± their spread (half of highest less lowest); "
        f"{_STEPS.value:,} steps in each student stage on the task.",
        "",
        f"| without | seeds | {' | '.join(names)} | minutes |",
        f"|---|---|{'---|' * len(names)}---|",
    ]
    for name, reports in rows.items():
        scores = [report["scores"]["student"] for report in reports]
        cells = [mean_and_spread([100 * each[m] for each in scores]) for m in names]
        minutes = sum(report["minutes"] for report in reports)
        seeds = len(reports)
        lines.append(f"| {name} | {seeds} | {' | '.join(cells)} | {minutes:.1f} |")
    folder = pathlib.Path(_WORKDIR.value)
    (folder / "ablation.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "ablation.json").write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    _OVERRIDES = [item for item in sys.argv if item.startswith("--config.")]
    app.run(main, [item for item in sys.argv if item not in _OVERRIDES])
