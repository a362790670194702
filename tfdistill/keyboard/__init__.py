"""A keyboard's next-word student: its text, teachers, files and suggestions."""

__all__ = ["Suggester"]


def __getattr__(name):
    """Import the Suggester on first use (PEP 562)."""
    if name != "Suggester":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tfdistill.keyboard.suggester import Suggester

    return Suggester
