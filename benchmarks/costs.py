"""What recipes cost that nobody has run whole: some steps of each stage, times all.

    python benchmarks/costs.py --glue=GLUE_FOLDER --snips=SNIPS_FOLDER \\
        --corpus=TEXT_FILE --vocabulary=VOCAB_TXT --output=costs \\
        configs/sst2_extreme_12_48.py ...

Every argument is a config. Each stage runs for 3 epochs of --steps on a few texts; the
first epoch, which traces, does not count. Seconds of a step are multiplied by the steps
that the recipe asks for, augmented texts included. The teacher is read live where it
may be, so several epochs of a stage cost less than is told. Stages that make the
teacher are left out: rows of a data set share them. Each config adds a line of JSON to
OUTPUT.jsonl, and one that has a line is not measured again; OUTPUT.md is the table.
"""

import dataclasses
import json
import pathlib
import tempfile
import time

import numpy as np
from absl import app, flags

from tfdistill.text import load_tokenizer

_GLUE = flags.DEFINE_string("glue", None, "GLUE folder.", required=True)
_SNIPS = flags.DEFINE_string("snips", None, "SNIPS folder.", required=True)
_CORPUS = flags.DEFINE_string("corpus", None, "Plain text.", required=True)
_VOCABULARY = flags.DEFINE_string(
    "vocabulary", None, "vocab.txt for students that learn one.", required=True
)
_OUTPUT = flags.DEFINE_string("output", None, "Path without ending.", required=True)
_STEPS = flags.DEFINE_integer("steps", 8, "Steps of an epoch.")

_EPOCHS = 3
_EXAMPLES = 2100  # two shards of augmented texts, and a bit


def main(argv):
    """Measure the configs that argv names, and add their lines."""
    output = pathlib.Path(f"{_OUTPUT.value}.jsonl")
    output.touch()
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    for path in map(pathlib.Path, argv[1:]):
        if path.stem not in [row["config"] for row in rows]:
            rows.append({"config": path.stem, **_measure(_read(path))})
            output.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    output.with_suffix(".md").write_text(_page(rows))


def _page(rows):
    lines = [
        "# What rows cost that nobody has run whole",
        "",
        "| recipe | texts of an epoch | minutes on one core | of which |",
        "|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda row: row["config"]):
        parts = ", ".join(f"{k} {v:,.0f}" for k, v in row["minutes"].items() if v >= 1)
        cells = row["config"], f"{row['rows']:,}", f"{row['total']:,}", parts
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _read(path):
    """The recipe of a config, with data where it is on this machine."""
    from tfdistill.train.config_file import load_config

    recipe = load_config(path)
    folder = _SNIPS.value if "snips" in path.stem else _GLUE.value
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

    examples = recipe.source.load("train")
    texts = rows = len(examples)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        run_recipe(_shorten(recipe), folder / "run")
        if recipe.augmentation:
            rows *= _different_texts(recipe, examples, folder / "run/vocab.txt")
        minutes = {}
        for part in (*recipe.pretraining, *recipe.stages):
            if getattr(part, "model", "student") == "student":
                count = rows if getattr(part, "is_augmented", False) else texts
                minutes[part.name] = _step(folder / "run", part) * _steps(part, count)
        each = _seconds_between(folder / "run" / "augmented", "*.jsonl", 1024)
        minutes["augmentation"] = each * texts
        if any(stage.teacher_reads == "teacher" for stage in recipe.stages):
            minutes["teacher's answers"] = _answer(recipe, examples) * rows
    minutes = {name: round(value / 60, 1) for name, value in minutes.items() if value}
    total = round(sum(minutes.values()))
    return {"rows": round(rows), "minutes": minutes, "total": total}


def _shorten(recipe):
    """The same models on few texts; no mean of teachers is taken."""
    changes = {}
    if recipe.vocabulary.size is not None:
        changes["vocabulary"] = dataclasses.replace(
            recipe.vocabulary, texts=(), file=_VOCABULARY.value
        )
    if recipe.augmentation:
        changes["augmentation"] = dataclasses.replace(
            recipe.augmentation, num_samples=2
        )
    return dataclasses.replace(
        recipe,
        stages=tuple(_shorten_part(each) for each in recipe.stages if not each.soup),
        pretraining=tuple(map(_shorten_part, recipe.pretraining)),
        max_examples=_EXAMPLES,
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
    """Seconds for a text, between the first shard of so many and the second."""
    times = sorted(path.stat().st_mtime for path in folder.glob(pattern))
    return (times[1] - times[0]) / rows if len(times) > 1 else 0.0


def _answer(recipe, examples) -> float:
    """Processor seconds of the teacher for a text, once traced for all lengths."""
    from tfdistill.data import encode
    from tfdistill.data.cache import TeacherCache
    from tfdistill.train.models import make_teacher, teacher_vocabulary

    task = recipe.source.task()
    tokenizer = load_tokenizer(teacher_vocabulary(recipe.teacher))
    texts = examples.take(np.linspace(0, len(examples) - 1, 8192).astype(int))
    encoded = encode(texts, task, tokenizer, recipe.max_length)
    with tempfile.TemporaryDirectory() as folder:
        teacher = make_teacher(recipe, task)
        cache = TeacherCache(folder, teacher, encoded, ("logits",))
        cache.fill(0, 2)
        begun = time.process_time()
        cache.fill(1, 2)
    return (time.process_time() - begun) / 4096


def _different_texts(recipe, examples, vocabulary) -> float:
    """How many texts become of one, itself among them, by vectors alone."""
    from tfdistill.data.augmentation import Augmentation, Candidates, augment_rows
    from tfdistill.data.word_vectors import load_word_vectors

    settings = recipe.augmentation
    texts = examples.texts if examples.words is None else examples.words
    rows = [(texts[i],) for i in np.linspace(0, len(texts) - 1, 1000).astype(int)]
    vectors = load_word_vectors(settings.vectors)
    count = settings.num_candidates
    candidates = Candidates(load_tokenizer(vocabulary), vectors, count=count)
    chances = settings.num_samples, settings.replace_probability, count
    drawn = augment_rows(rows, 0, candidates, Augmentation(*chances))
    return sum(map(len, drawn)) / len(rows)


if __name__ == "__main__":
    app.run(main)
