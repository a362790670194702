"""What two heads answer, and how a loss on one of their outputs is called."""


def name_of(name: str, output: str) -> str:
    """Name a term for the output that it is measured on.

    >>> name_of("soft_target_kl", "slot_logits")
    'soft_target_kl_slot'
    """
    return name if output == "logits" else f"{name}_{output.removesuffix('_logits')}"


def answer_alike(teacher_head, student_head) -> bool:
    """Tell whether two heads give the same outputs, of the same sizes."""
    return _answer(teacher_head) == _answer(student_head)


def _answer(head):
    """What a head answers with, e.g. `Classification(num_classes=3)`."""
    sizes = ("num_classes", "num_labels", "num_intents", "num_slots")
    found = [f"{name}={getattr(head, name)}" for name in sizes if hasattr(head, name)]
    return f"{type(head).__name__}({', '.join(found)})"


def check_equal_heads(teacher_head, student_head):
    """Raise ValueError if two heads do not `answer_alike`, naming both."""
    if not answer_alike(teacher_head, student_head):
        raise ValueError(
            "Teacher and student answer different questions: the teacher has "
            f"{_answer(teacher_head)}, the student {_answer(student_head)}. Give both "
            "the same head."
        )
