"""The folder that ships: a file, what it needs, and the proof that it works."""

import os
import pathlib
import shutil

from tfdistill.export.metadata import CARD, LABELS, SLOT_LABELS, VOCABULARY, Card
from tfdistill.train.files import write_json, write_text, written_whole


def write_model_folder(
    folder: str | os.PathLike,
    path: str | os.PathLike,
    card: Card,
    report,
    workdir: str | os.PathLike | None = None,
) -> pathlib.Path:
    """Write model.tflite, vocab.txt, labels.txt, recipe.json, card.md and the proof.

    Args:
        folder: made if needed, such as models/NAME.
        path: the `.tflite` file, copied.
        card: Card. Labels and vocabulary that it lacks are left out.
        report: VerificationReport of the file.
        workdir: work folder whose recipe.json and slot_labels.txt, if it has one, are
            copied; None leaves them out.

    Returns:
        path of the folder.

    Raises:
        ValueError: a file cannot be written.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    copies = {"model.tflite": pathlib.Path(path)}
    if workdir is not None:
        copies["recipe.json"] = pathlib.Path(workdir) / "recipe.json"
        slots = pathlib.Path(workdir) / SLOT_LABELS
        if slots.exists():
            copies[SLOT_LABELS] = slots
    for name, source in copies.items():
        with written_whole(folder / name) as temporary:
            shutil.copyfile(source, temporary)
    if card.vocabulary is not None:
        write_text(folder / VOCABULARY, card.vocabulary)
    if card.labels:
        write_text(folder / LABELS, "\n".join(card.labels) + "\n")
    write_json(folder / "verification.json", report.to_dict())
    size = (folder / "model.tflite").stat().st_size
    write_text(folder / "card.md", to_markdown(card, report, size))
    return folder


def to_markdown(card: Card, report, size_bytes: int) -> str:
    """Return the card as a page: what it is, what it scored, how to run it."""
    head, file = report.rows[0], report.rows[-1]
    lines = [
        f"# {card.name}",
        "",
        card.description or f"A student for {card.task}, made with tfdistill.",
        "",
        f"- version {card.version}, licence: {card.license or 'not stated'}",
        f"- task: {card.task}; labels: {', '.join(card.labels) or 'none'}",
        f"- {size_bytes / 1e6:.2f} MB, scheme {file.name}",
        f"- tokenizer: {', '.join(f'{k} {v}' for k, v in card.tokenizer.items())}",
        "",
        f"Measured on {report.num_examples} examples of {report.task}, in percent:",
        "",
        "| | " + " | ".join(head.metrics) + " | max abs | mean abs | agreement |",
        "|" + "---|" * (len(head.metrics) + 4),
    ]
    for row in report.rows:
        cells = [f"{100 * value:.2f}" for value in row.metrics.values()]
        cells += [f"{row.max_abs:.1e}", f"{row.mean_abs:.1e}"]
        cells.append("" if row.agreement is None else f"{100 * row.agreement:.2f}")
        lines.append(f"| {row.name} | " + " | ".join(cells) + " |")
    verdict = "The file passed." if report.has_passed else "The file did NOT pass."
    lines += ["", f"Budget: {report.budget} points. {verdict}", *report.failures]
    lines += [
        "",
        '    tfdistill-predict --tflite=model.tflite --text="..."',
        "",
        f"The same facts are inside the file, in {CARD}.",
    ]
    return "\n".join(lines) + "\n"
