"""The two models of a recipe, and the vocabularies that they read."""

import dataclasses
import pathlib
import shutil

from tfdistill.bert import heads
from tfdistill.bert.adopt import adopt_vocabulary
from tfdistill.bert.checkpoint import load_teacher, with_head
from tfdistill.bert.encoder import BertEncoder, build_student
from tfdistill.bert.minilm import fetch_minilm
from tfdistill.bert.saved import copy_body, load_student
from tfdistill.data import Task
from tfdistill.data.corpus import Corpus
from tfdistill.text import learn_vocabulary, read_vocabulary, write_vocabulary
from tfdistill.text.spelling import spell_pieces
from tfdistill.train.files import written_whole
from tfdistill.train.recipe import Recipe, Teacher

BEGINNING = "beginning.keras"

# What a student may have otherwise than the one it begins with.
_FREE = (
    "max_sequence_length",
    "dropout",
    "attention_dropout",
    "initializer_range",
    "has_pooler",
)


def make_head(task: Task, pooling: str, dropout: float):
    """Return the head that answers a task.

    Args:
        task: Task.
        pooling: "mean" or "cls".
        dropout: float in [0, 1).
    """
    if task.kind == "regression":
        return heads.Regression(pooling, dropout)
    if task.kind == "intent_slots":
        return heads.IntentAndSlots(
            len(task.labels), len(task.slot_labels), pooling, dropout
        )
    return heads.Classification(len(task.labels), pooling, dropout)


def make_teacher(recipe: Recipe, task: Task) -> BertEncoder:
    """Load the recipe's teacher under the task's head.

    A teacher that already answers this task, as the student of a finished work folder
    does, keeps its own head; any other gets a new one.

    Raises:
        ValueError: as `load_teacher`.
    """
    teacher = recipe.teacher
    head = make_head(task, teacher.pooling, teacher.dropout)
    source = _find_source(teacher)
    if source.endswith(".keras"):
        model = load_teacher(source)
        if _answers_alike(model.head, head):
            return model
    return load_teacher(
        source, head=head, dropout=teacher.dropout, attention_dropout=teacher.dropout
    )


def load_masked_lm_teacher(recipe: Recipe) -> BertEncoder:
    """Load the recipe's teacher under a masked-LM head, its own if it has one.

    Raises:
        ValueError: as `load_teacher`.
    """
    source, still = _find_source(recipe.teacher), {"dropout": 0.0}
    still["attention_dropout"] = 0.0
    if source.endswith(".keras"):
        own = load_teacher(source)
        model = with_head(own, heads.MaskedLM(), **still)
        if isinstance(own.head, heads.MaskedLM):
            for weight, value in zip(model.head.weights, own.head.weights, strict=True):
                weight.assign(value)
        return model
    try:
        return load_teacher(source, heads.MaskedLM(), **still)
    except ValueError:  # it has none; what else is wrong comes up again
        return with_head(load_teacher(source), heads.MaskedLM(), **still)


def make_student(recipe: Recipe, task: Task, vocabulary_path) -> BertEncoder:
    """Build the recipe's student for the vocabulary at a path.

    Its weights are random, or, below a new head, those of the student that the recipe
    begins with, of which `prepare` has put a copy beside the vocabulary.

    Raises:
        ValueError: as `load_student`, or that student is another model.
    """
    head = make_head(task, recipe.pooling, recipe.student.dropout)
    student = build_student(recipe.student, vocabulary=vocabulary_path, head=head)
    if recipe.beginning is not None:
        beginning = load_student(pathlib.Path(vocabulary_path).parent / BEGINNING)
        _check_beginning(recipe, beginning.config, student.config)
        copy_body(beginning, student)
    return student


def adopt(teacher: BertEncoder, vocabulary_path, teacher_vocabulary_path):
    """Return the teacher with the pieces of another vocab.txt as its token table.

    It is the teacher itself if it reads these very pieces.
    """
    pieces = read_vocabulary(vocabulary_path)
    old = read_vocabulary(teacher_vocabulary_path)
    if pieces == old and len(pieces) == teacher.config.vocabulary_size:
        return teacher
    return adopt_vocabulary(teacher, spell_pieces(pieces, old))


def teacher_vocabulary(teacher: Teacher) -> pathlib.Path:
    """Return the path of the vocab.txt that the teacher was trained with.

    Raises:
        ValueError: there is none.
    """
    if teacher.vocabulary is not None:
        return pathlib.Path(teacher.vocabulary)
    source = pathlib.Path(_find_source(teacher))
    path = (source.parent if source.suffix == ".keras" else source) / "vocab.txt"
    if not path.is_file():
        raise ValueError(
            f"The teacher's vocabulary is missing: {path} does not exist. Correct "
            f"teacher.source={teacher.source!r}, or set teacher.vocabulary to the path "
            "of its vocab.txt."
        )
    return path


def check_given(recipe: Recipe, folder: pathlib.Path, paths: dict):
    """Refuse files that a run would begin with and cannot; writes nothing.

    What the work folder has is its own: then the files are not asked for again.

    Args:
        recipe: Recipe.
        folder: path of the work folder.
        paths: dict of "teacher" and "student" to the path of a vocab.txt.

    Raises:
        ValueError: a file is missing or damaged, or holds another vocabulary than the
            recipe's.
    """
    for path in map(pathlib.Path, recipe.vocabulary.texts):
        if not path.is_file() and not paths["student"].is_file():
            raise ValueError(f"{path} of vocabulary.texts does not exist.")
    if paths["student"].is_file():
        return
    source = _given_vocabulary(recipe)
    if source is None:
        return
    pieces, size = read_vocabulary(source), recipe.vocabulary.size
    if size is None and pieces != read_vocabulary(paths["teacher"]):
        raise ValueError(
            f"{source} is not the teacher's vocabulary, which vocabulary.size=None "
            f"asks for: set vocabulary.size={len(pieces)}."
        )
    if size is not None and len(pieces) > size:
        raise ValueError(
            f"{source} has {len(pieces)} pieces, the recipe vocabulary.size={size}: "
            "set it to what the file has."
        )
    if recipe.beginning is not None and not pathlib.Path(recipe.beginning).is_file():
        raise ValueError(
            f"beginning={recipe.beginning!r} does not exist: name the .keras file of a "
            "student, which --until=STAGE and a finished run leave in a work folder."
        )


def _given_vocabulary(recipe):
    """Path of the vocab.txt of a student that does not learn it, or None."""
    if recipe.beginning is not None:
        return pathlib.Path(recipe.beginning).parent / "vocab.txt"
    return recipe.vocabulary.file


def write_student_vocabulary(recipe: Recipe, examples, paths: dict):
    """Learn the student's vocabulary, or copy it, unless it is there.

    A student to begin with is copied as well, so that what happens to that file later
    changes nothing here.

    Args:
        recipe: Recipe. Its vocabulary may be learned on other texts than the task's, or
            be given, as it is where the student begins with another run's.
        examples: Examples. The training texts, and nothing else.
        paths: dict of "teacher" and "student" to the path of a vocab.txt.

    Raises:
        ValueError: texts or a vocab.txt that cannot be read.
    """
    if paths["student"].is_file():
        return
    settings, given = recipe.vocabulary, _given_vocabulary(recipe)
    if recipe.beginning is not None:
        with written_whole(paths["student"].parent / BEGINNING) as temporary:
            shutil.copyfile(recipe.beginning, temporary)
    if given is not None:
        write_vocabulary(read_vocabulary(given), paths["student"])
        return
    if settings.size is None:
        write_vocabulary(read_vocabulary(paths["teacher"]), paths["student"])
        return
    texts = [*examples.texts, *(examples.pairs or [])]
    if settings.texts:
        texts = Corpus(settings.texts).lines()
    learn_vocabulary(
        texts,
        settings.size,
        paths["student"],
        min_frequency=settings.min_frequency,
        min_character_frequency=settings.min_character_frequency,
    )


def _check_beginning(recipe, old, new):
    """Refuse a body that is not the recipe's student's; it may read longer texts."""
    fields = [
        field.name
        for field in dataclasses.fields(old)
        if field.name not in _FREE
        and getattr(old, field.name) != getattr(new, field.name)
    ]
    if old.max_sequence_length < new.max_sequence_length:
        fields.append("max_sequence_length")
    if fields:
        told = ", ".join(
            f"{f}={getattr(old, f)}, not {getattr(new, f)}" for f in fields
        )
        raise ValueError(
            f"The student in beginning={recipe.beginning!r} has {told}: begin with "
            "another, or set these in this recipe's student."
        )


def _find_source(teacher: Teacher) -> str:
    """What `load_teacher` reads."""
    if teacher.source == "minilm":
        return fetch_minilm()
    own = pathlib.Path(teacher.source) / "student.keras"
    return str(own) if own.is_file() else teacher.source


def _answers_alike(head, other) -> bool:
    sizes = ("num_classes", "num_intents", "num_slots")
    return type(head) is type(other) and all(
        getattr(head, name, None) == getattr(other, name, None) for name in sizes
    )
