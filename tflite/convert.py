"""Convert a student into a .tflite file that is proved before it is written.

    tfdistill-convert --student=runs/NAME --scheme=dynamic_int8 --output=student.tflite

The student is a work folder or its student.keras. Keras, the float file and the file
in question are run on the held-out examples of the work folder; a file that computes
something else or loses more than the budget is not written: the exit code is 1, the
layers that lose most are named, and so is a scheme that would pass. --noverify leaves
the proof out, --allow_degraded writes the file with its failure inside.

Schemes, by what is stored and how it is multiplied:

SCHEMES
With --sequence_lengths=16,32,64,128 the file has a signature per length over one copy
of the weights; a caller takes the least that fits. --flagfile=FILE reads flags from a
file, one a line.
"""

import dataclasses
import pathlib
import sys

from absl import flags

from tfdistill.export.compatibility import COMPATIBILITIES
from tfdistill.export.schemes import SCHEMES
from tfdistill.text.json_text import parse_json
from tfdistill.tflite import program


def main(argv) -> int:
    """Run the program.

    Args:
        argv: list of str, the program's name first.

    Returns:
        int. 0.

    Raises:
        ValueError: what is wrong with the flags, the student or the file.
    """
    values = _flags()
    listed = "".join(f"  {name:<18}{text}\n" for name, text in SCHEMES.items())
    usage = __doc__.replace("SCHEMES\n", listed + "\n")
    if not program.read_flags(values, argv, usage, ("student", "output")):
        return 0
    lengths = _lengths(values.sequence_lengths)
    _check_flags(values)
    program.start_tensorflow()
    from tfdistill.bert.saved import load_student
    from tfdistill.export import held_out

    model = load_student(held_out.student_file(values.student))
    workdir = held_out.find_workdir(values.student, values.workdir)
    lengths = lengths or (_length(model, workdir),)
    options = {"card": _card(model, values, workdir)}
    options["calibration"] = _calibration(model, values, workdir)
    if values.verify:
        result, report = _export_verified(model, values, workdir, lengths, options)
        print(report)
        if values.report:
            _write_report(values.report, report, result.path)
        if values.card:
            _write_folder(values, workdir, result, report, options["card"])
    else:
        result = _export(model, values, lengths, options)
        print("Not verified, as --noverify asks.")
    print(f"{result.path}: {result.size_bytes / 1e6:.2f} MB, {result.scheme}")
    return 0


def run():
    """Console entry: exit with `main`'s code, errors as sentences."""
    sys.exit(program.run_program(main))


def _export(model, values, lengths, options):
    from tfdistill.export.metadata import write_card
    from tfdistill.export.to_tflite import export_tflite
    from tfdistill.train.files import written_whole

    with written_whole(values.output) as temporary:
        result = export_tflite(
            model,
            temporary,
            values.scheme,
            lengths,
            options["calibration"],
            values.task,
            values.compatibility,
        )
        if options["card"] is not None:
            write_card(temporary, options["card"])
        size = temporary.stat().st_size
    path = pathlib.Path(values.output)
    return dataclasses.replace(result, path=path, size_bytes=size)


def _export_verified(model, values, workdir, lengths, options):
    from tfdistill.export import held_out
    from tfdistill.export.verify import VerificationError, export_verified

    if workdir is None:
        raise ValueError(
            f"{values.student} lies in no work folder, so there are no examples to "
            "verify with: give --workdir, or --noverify."
        )
    task, examples = held_out.load_held_out(workdir, values.vocabulary)
    student = held_out.student_file(values.student)
    try:
        return export_verified(
            model,
            values.output,
            examples,
            task,
            values.scheme,
            lengths,
            values.budget,
            interface=values.task,
            reported=held_out.reported_scores(workdir, student),
            allow_degraded=values.allow_degraded,
            compatibility=values.compatibility,
            **options,
        )
    except VerificationError as error:
        print(error.report)
        if values.report:
            _write_report(values.report, error.report)
        raise


def _lengths(texts) -> tuple[int, ...]:
    try:
        return tuple(int(text) for text in texts)
    except ValueError:
        raise ValueError(
            f"--sequence_lengths takes whole numbers; got {','.join(texts)}."
        ) from None


def _check_flags(values):
    """Refuse flags that would do nothing."""
    if not values.verify:
        for name in ("card", "report", "allow_degraded"):
            if getattr(values, name):
                raise ValueError(
                    f"--{name} belongs to the proof, which --noverify leaves out: give "
                    "one of the two."
                )
    if values.calibration and values.scheme != "static_int8":
        raise ValueError(
            f"--calibration is for --scheme=static_int8; got {values.scheme}."
        )


def _length(model, workdir) -> int:
    """As long as the texts of the student's run; 128 where nobody knows."""
    from tfdistill.train.recipe_file import read_recipe

    longest = 128 if workdir is None else read_recipe(workdir).max_length
    return min(longest, model.config.max_sequence_length)


def _calibration(model, values, workdir):
    """Return ranges, examples or None, as --calibration and the scheme ask."""
    from tfdistill.export.calibrate import read_ranges
    from tfdistill.export.held_out import load_training
    from tfdistill.quantize.encoder import QuantizedEncoder

    if isinstance(model, QuantizedEncoder):
        if values.calibration:
            raise ValueError(
                f"{values.student} has learned its ranges: leave --calibration out."
            )
        return None
    if values.calibration and values.calibration.endswith(".json"):
        return read_ranges(values.calibration)
    folder = values.calibration or workdir
    if values.scheme != "static_int8" or folder is None:
        return None
    own = None if workdir is None else pathlib.Path(workdir) / "vocab.txt"
    longest = model.config.max_sequence_length
    return load_training(folder, values.vocabulary or own, longest)


def _card(model, values, workdir):
    """Return the Card of the file, or None where nothing is known to put into it."""
    from tfdistill.export import held_out

    files = values.vocabulary, values.labels
    is_bare = workdir is None and not all(files)
    if values.task is not None and is_bare:
        raise ValueError(
            f"A {values.task} file holds its vocabulary and labels: give --workdir, or "
            "--vocabulary and --labels."
        )
    if workdir is None and values.metadata is None and not any(files):
        return None
    vocabulary = values.vocabulary
    if vocabulary is None and workdir is not None:
        vocabulary = pathlib.Path(workdir) / "vocab.txt"
    if vocabulary is not None:
        held_out.check_vocabulary_size(model, vocabulary)
    given = {}
    if values.metadata:
        try:
            given = parse_json(pathlib.Path(values.metadata).read_text("utf-8"))
        except ValueError as error:
            raise ValueError(f"{values.metadata} is no JSON ({error}).") from None
    card = held_out.new_card(workdir, given, *files)
    held_out.check_label_counts(model, card)
    return card


def _write_report(path, report, file=None):
    """Write the proof, and how a file that passed stores its weights."""
    from tfdistill.export.storage import read_storage
    from tfdistill.train.files import write_json

    content = report.to_dict()
    if file is not None:
        storage = read_storage(file)
        print("\n".join(storage.lines()))
        content["storage"] = storage.to_dict()
    write_json(path, content)


def _write_folder(values, workdir, result, report, card):
    from tfdistill.export.model_card import write_model_folder

    write_model_folder(values.card, result.path, card, report, workdir)


def _flags():
    values = program.new_flags()
    for name, default, text in (
        ("student", None, "Work folder, or a .keras file."),
        ("output", None, "The .tflite file to write."),
        ("workdir", None, "Work folder with the examples, if --student is elsewhere."),
        (
            "calibration",
            None,
            "For static_int8: work folder whose training texts give the ranges of "
            "activations, or a .json file of ranges; without it the student's folder.",
        ),
        (
            "metadata",
            None,
            "JSON file with the name, version, license and description of the model.",
        ),
        ("vocabulary", None, "vocab.txt, if it is not the work folder's."),
        ("labels", None, "labels.txt, if it is not the work folder's."),
        ("report", None, "JSON file to write the proof and the storage to."),
        ("card", None, "Folder to write the model with its card and proof to."),
    ):
        flags.DEFINE_string(name, default, text, flag_values=values)
    for name, default, choices, text in (
        ("scheme", "dynamic_int8", list(SCHEMES), "What is stored, see above."),
        (
            "task",
            None,
            ["text_classifier"],
            "text_classifier: a file for MediaPipe's Text Classifier.",
        ),
        (
            "compatibility",
            "2.14",
            COMPATIBILITIES,
            "The oldest runtime that has to run the file.",
        ),
    ):
        flags.DEFINE_enum(name, default, choices, text, flag_values=values)
    flags.DEFINE_list(
        "sequence_lengths",
        [],
        "Tokens of a text, ascending; without it those of the student's run, or 128.",
        flag_values=values,
    )
    flags.DEFINE_float(
        "budget", 0.5, "Points that each metric may lose.", flag_values=values
    )
    flags.DEFINE_bool("verify", True, "Prove the file first.", flag_values=values)
    flags.DEFINE_bool(
        "allow_degraded",
        False,
        "Write a file that fails, with the failure in its card.",
        flag_values=values,
    )
    return values


if __name__ == "__main__":
    run()
