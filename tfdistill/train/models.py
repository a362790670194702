"""The two models of a recipe, and the vocabularies that they read."""

import pathlib

from tfdistill.bert import heads
from tfdistill.bert.adopt import adopt_vocabulary
from tfdistill.bert.checkpoint import load_teacher, with_head
from tfdistill.bert.encoder import BertEncoder, build_student
from tfdistill.bert.minilm import fetch_minilm
from tfdistill.data import Task
from tfdistill.text import learn_vocabulary, read_vocabulary, write_vocabulary
from tfdistill.text.spelling import spell_pieces
from tfdistill.train.recipe import Recipe, Teacher


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
    try:
        return load_teacher(source, heads.MaskedLM(), **still)
    except ValueError:  # it has none; what else is wrong comes up again
        return with_head(load_teacher(source), heads.MaskedLM(), **still)


def make_student(recipe: Recipe, task: Task, vocabulary_path) -> BertEncoder:
    """Build the recipe's student with random weights for the vocabulary at a path."""
    head = make_head(task, recipe.pooling, recipe.student.dropout)
    return build_student(recipe.student, vocabulary=vocabulary_path, head=head)


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


def write_student_vocabulary(recipe: Recipe, examples, paths: dict):
    """Learn the student's vocabulary, or copy the teacher's, unless it is there.

    Args:
        recipe: Recipe.
        examples: Examples. The training texts, and nothing else.
        paths: dict of "teacher" and "student" to the path of a vocab.txt.
    """
    if paths["student"].is_file():
        return
    if recipe.vocabulary.size is None:
        write_vocabulary(read_vocabulary(paths["teacher"]), paths["student"])
        return
    learn_vocabulary(
        [*examples.texts, *(examples.pairs or [])],
        recipe.vocabulary.size,
        paths["student"],
        min_frequency=recipe.vocabulary.min_frequency,
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
