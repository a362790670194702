"""What recipes cost that nobody has run whole: some steps of each stage, times all.

    python benchmarks/costs.py --glue=GLUE_FOLDER --snips=SNIPS_FOLDER \\
        --corpus=TEXT_FILE --vocabulary=VOCAB_TXT --output=costs.jsonl \\
        configs/sst2_extreme_12_48.py ...

Every argument is a config. Each stage runs for 3 epochs of --steps on 2,100 texts; the
first epoch, which traces, does not count. Seconds of a step are multiplied by the steps
that the recipe asks for, augmented texts included. The teacher is read live where it
may be, so several epochs of a stage cost less than is told. Stages that make the
teacher are left out: rows of a data set share them. Each config adds a line of JSON to
--output; one that has a line is not measured again.
"""

import dataclasses
import importlib.util
import json
import pathlib
import tempfile

import numpy as np
from absl import app, flags

_GLUE = flags.DEFINE_string("glue", None, "GLUE folder.", required=True)
_SNIPS = flags.DEFINE_string("snips", None, "SNIPS folder.", required=True)
_CORPUS = flags.DEFINE_string("corpus", None, "Plain text.", required=True)
_VOCABULARY = flags.DEFINE_string(
    "vocabulary", None, "vocab.txt for students that learn one.", required=True
)
_OUTPUT = flags.DEFINE_string("output", None, "File of the lines.", required=True)
_STEPS = flags.DEFINE_integer("steps", 8, "Steps of an epoch.")

_EPOCHS = 3
_EXAMPLES = 2100  # of which augmented texts fill two shards, and a bit


def main(argv):
    """Measure the configs that argv names, and add their lines."""
    output = pathlib.Path(_OUTPUT.value)
    output.touch()
    done = {json.loads(line)["config"] for line in output.read_text().splitlines()}
    for path in map(pathlib.Path, argv[1:]):
        if path.stem not in done:
            line = json.dumps({"config": path.stem, **_measure(_read(path))})
            with output.open("a") as file:
                file.write(f"{line}\n")
            print(line)


def _read(path):
    """The recipe of a config, with data where it is on this machine."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    recipe = module.get_config()
    is_snips = "snips" in path.stem
    folder = _SNIPS.value if is_snips else _GLUE.value
    return dataclasses.replace(
        recipe,
        source=dataclasses.replace(recipe.source, folder=folder),
        stages=tuple(map(_with_corpus, recipe.stages)),
        pretraining=tuple(map(_with_corpus, recipe.pretraining)),
    )


def _with_corpus(part):
    if part.corpus is None:
        return part
    corpus = dataclasses.replace(part.corpus, files=(_CORPUS.value,))
    return dataclasses.replace(part, corpus=corpus)


def _measure(recipe) -> dict:
    from tfdistill.train.run import run_recipe

    texts = len(recipe.source.load("train"))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        run_recipe(_shorten(recipe, folder), folder / "run")
        rows = texts
        if recipe.augmentation:
            rows *= 1 + _new_texts(recipe, folder / "run")
        minutes = {}
        for part in (*recipe.pretraining, *recipe.stages):
            if getattr(part, "model", "student") == "student":
                count = rows if getattr(part, "is_augmented", False) else texts
                minutes[part.name] = _step(folder / "run", part) * _steps(part, count)
        each = _seconds_between(folder / "run" / "augmented", "*.jsonl", 1024)
        minutes["augmentation"] = each * texts
        each = _seconds_between(folder / "teacher", "*/*.safetensors", 2048)
        minutes["teacher's answers"] = each * rows
    minutes = {name: round(value / 60, 1) for name, value in minutes.items() if value}
    total = round(sum(minutes.values()))
    return {"rows": round(rows), "minutes": minutes, "total": total}


def _shorten(recipe, folder):
    """The same models on few texts; of the teacher's stages, the last one alone."""
    stages = [_shorten_part(stage) for stage in recipe.stages]
    needed = [s for s in stages if s.model == "student" or not s.soup]
    changes = {}
    if recipe.vocabulary.size is not None:
        changes["vocabulary"] = dataclasses.replace(
            recipe.vocabulary, file=_VOCABULARY.value
        )
    if recipe.augmentation:
        changes["augmentation"] = dataclasses.replace(
            recipe.augmentation, num_samples=2
        )
    return dataclasses.replace(
        recipe,
        stages=tuple(needed),
        pretraining=tuple(map(_shorten_part, recipe.pretraining)),
        max_examples=_EXAMPLES,
        cache=dataclasses.replace(recipe.cache, folder=str(folder / "teacher")),
        **changes,
    )


def _shorten_part(part):
    if getattr(part, "model", "student") == "teacher":
        return dataclasses.replace(part, epochs=1, steps_per_epoch=1)
    return dataclasses.replace(part, epochs=_EPOCHS, steps_per_epoch=_STEPS.value)


def _step(folder, part) -> float:
    """Seconds of a step, from when TensorBoard's file got each epoch's loss."""
    from tensorflow.compat.v1.train import summary_iterator

    paths = list((folder / "logs" / part.name / "train").glob("events*"))
    times = [
        event.wall_time
        for path in paths
        for event in summary_iterator(str(path))
        if any(value.tag == "epoch_loss" for value in event.summary.value)
    ]
    return (max(times) - min(times)) / (len(times) - 1) / _STEPS.value


def _steps(part, rows) -> float:
    steps = part.steps_per_epoch
    if steps is None:
        steps = rows / part.batch_size * part.epoch_fraction
    return steps * part.epochs


def _seconds_between(folder, pattern, rows) -> float:
    """Seconds for a row, between the first shard of so many rows and the second."""
    times = sorted(path.stat().st_mtime for path in folder.glob(pattern))
    return (times[1] - times[0]) / rows if len(times) > 1 else 0.0


def _new_texts(recipe, folder) -> float:
    """How many different texts are drawn from a text, on average, by vectors alone."""
    from tfdistill.data.augmentation import Augmentation, Candidates, augment_rows
    from tfdistill.data.word_vectors import load_word_vectors
    from tfdistill.text import load_tokenizer

    settings, examples = recipe.augmentation, recipe.source.load("train")
    texts = examples.texts if examples.words is None else examples.words
    rows = [(texts[i],) for i in np.linspace(0, len(texts) - 1, 1000).astype(int)]
    vectors = load_word_vectors(settings.vectors)
    count = settings.num_candidates
    candidates = Candidates(load_tokenizer(folder / "vocab.txt"), vectors, count=count)
    chances = settings.num_samples, settings.replace_probability, count
    drawn = augment_rows(rows, 0, candidates, Augmentation(*chances))
    return sum(map(len, drawn)) / len(rows) - 1


if __name__ == "__main__":
    app.run(main)
