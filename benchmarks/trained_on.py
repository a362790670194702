"""A finished student trained on for some steps, and its file scored."""

import pathlib
import tempfile
from typing import NamedTuple


class FileScore(NamedTuple):
    """What a file scores, and the file itself."""

    score: float
    content: bytes


def train_on(
    student,
    rows,
    objectives,
    steps,
    rate,
    batch_size,
    seed,
    *,
    callbacks=(),
    teacher=None,
    teacher_cache=None,
):
    """Train a student as the stages of a recipe do, at a rate that falls to 0.

    Args:
        student: BertEncoder, or a model in its place.
        rows: Encoded, with labels.
        objectives: sequence of Objective.
        steps: int.
        rate: float. The peak of the learning rate.
        batch_size: int.
        seed: int. Of the order of the rows.
        callbacks: sequence of keras.callbacks.Callback.
        teacher: BertEncoder or None.
        teacher_cache: TeacherCache of the rows, or None.
    """
    import tfdistill as td
    from tfdistill.distill.adamw import AdamWInOnePass
    from tfdistill.train.schedule import WarmupThenDecay

    distiller = td.Distiller(teacher, student, objectives)
    schedule = WarmupThenDecay(rate, steps, steps // 10)
    distiller.compile(optimizer=AdamWInOnePass(schedule, weight_decay=0.01))
    data = td.make_dataset(
        rows,
        batch_size,
        seed,
        shuffle=True,
        repeat=True,
        teacher_cache=teacher_cache,
    )
    distiller.fit(data, steps_per_epoch=steps, verbose=2, callbacks=[*callbacks])


def score_file(
    student, scheme, sequence_length, task, judged, calibration=None
) -> FileScore:
    """Export a student and score its file on examples.

    Args:
        student: as `export_tflite`.
        scheme: str, of `schemes.SCHEMES`.
        sequence_length: int.
        task: Task.
        judged: Encoded, with labels.
        calibration: as `export_tflite`.
    """
    from tfdistill.data import score
    from tfdistill.export.runtime import TfliteModel
    from tfdistill.export.to_tflite import export_tflite
    from tfdistill.train.evaluate import collect_outputs

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.tflite"
        export_tflite(student, path, scheme, sequence_length, calibration)
        file = TfliteModel(path)
        outputs = collect_outputs(judged, file, file.sequence_lengths)
        (value,) = score(task, outputs, judged).values()
        return FileScore(value, path.read_bytes())
