"""What the gate judges by: comparisons with Keras, and what fails a file."""

import dataclasses

import numpy as np

from tfdistill.data import Encoded, Task, score
from tfdistill.export.layers import LayerError

# Mean difference to Keras, as a share of the spread of Keras's outputs, that no scheme
# needs: more is a fault, whatever the metric says.
MAX_SPREAD = 0.25
# Difference between Keras's score and the reported one: the order of sums, no more.
_SAME_SCORE = 0.002


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One runtime on all examples, against Keras.

    Attributes:
        name: str, "keras", "float32" or the scheme that was asked for.
        metrics: dict of metric name to value, as `tfdistill.data.score`.
        max_abs, mean_abs: float, of all outputs at real tokens.
        agreement: float, share of equal top-1 answers, the least of all outputs; None
            for a regression.
    """

    name: str
    metrics: dict[str, float]
    max_abs: float = 0.0
    mean_abs: float = 0.0
    agreement: float | None = None


@dataclasses.dataclass(frozen=True)
class VerificationReport:
    """What the gate saw.

    Attributes:
        task: str.
        num_examples: int.
        budget: float, points that every metric may lose.
        max_abs: float, allowed to the float32 file.
        rows: tuple of Comparison; the first is Keras, the last the file in question.
        failures: tuple of str, one sentence each; empty if the file passed.
        layers: tuple of LayerError, in the order of the model.
    """

    task: str
    num_examples: int
    budget: float
    max_abs: float
    rows: tuple[Comparison, ...]
    failures: tuple[str, ...]
    layers: tuple[LayerError, ...] = ()

    @property
    def has_passed(self) -> bool:
        """Whether nothing is wrong with the file."""
        return not self.failures

    def to_dict(self) -> dict:
        """Return everything as plain values, ready for JSON."""
        return {**dataclasses.asdict(self), "has_passed": self.has_passed}

    def __str__(self):
        lines = [f"{self.task}, {self.num_examples} examples"]
        for row in self.rows:
            scores = "  ".join(f"{k} {100 * v:.2f}" for k, v in row.metrics.items())
            line = f"{row.name:<14}{scores}"
            if row is not self.rows[0]:
                line += f"  max abs {row.max_abs:.2e}  mean abs {row.mean_abs:.2e}"
                if row.agreement is not None:
                    line += f"  agreement {100 * row.agreement:.2f} %"
            lines.append(line)
        lines += [
            f"  {each.name:<26}relative error {each.relative:.1e}, "
            f"adds {each.added:.1e}"
            for each in self.layers
        ]
        return "\n".join([*lines, *self.failures, "passed" * self.has_passed]).strip()


def compare(name, truth, outputs, encoded: Encoded, task: Task) -> Comparison:
    """Compare the outputs of a file with Keras's.

    Args:
        name: str.
        truth, outputs: dict of output name to n float32 arrays.
        encoded: Encoded, with labels.
        task: Task.

    Raises:
        ValueError: the file has other outputs than the model.
    """
    row = differences(name, truth, outputs)
    agreement = None
    if task.kind != "regression":
        agreement = min(_agreement(truth[key], outputs[key]) for key in truth)
    metrics = score(task, outputs, encoded)
    return dataclasses.replace(row, metrics=metrics, agreement=agreement)


def differences(name, truth, outputs) -> Comparison:
    """Compare outputs alone, without labels: no metrics, no agreement.

    Args:
        name: str.
        truth, outputs: dict of output name to n float32 arrays.

    Raises:
        ValueError: the file has other outputs than the model.
    """
    if set(truth) != set(outputs):
        raise ValueError(
            f"The model gives {sorted(truth)}, the file {sorted(outputs)}: the file "
            "was made from another model."
        )
    found = np.concatenate(
        [
            np.abs(a - b).ravel()
            for key in truth
            for a, b in zip(truth[key], outputs[key], strict=True)
        ]
    )
    return Comparison(name, {}, float(found.max()), float(found.mean()))


def _agreement(truth, outputs) -> float:
    pairs = zip(truth, outputs, strict=True)
    equal = [np.ravel(a.argmax(-1) == b.argmax(-1)) for a, b in pairs]
    return float(np.concatenate(equal).mean())


def report_failures(row: Comparison, reported):
    """Yield a sentence for each of Keras's metrics that is not as reported.

    Args:
        row: Comparison of Keras.
        reported: dict of metric name to value, or None.
    """
    for name, value in (reported or {}).items():
        if name in row.metrics and abs(row.metrics[name] - value) > _SAME_SCORE:
            yield (
                f"Keras scores {100 * row.metrics[name]:.2f} {name} where its run "
                f"reported {100 * value:.2f}: the vocabulary, its order or the "
                "examples are not those of the run."
            )


def spread_failures(row: Comparison, truth):
    """Yield a sentence if a file's outputs have little to do with the model's.

    Args:
        row: Comparison of the file.
        truth: dict of output name to n float32 arrays, Keras's.
    """
    spread = max(np.concatenate([np.ravel(x) for x in truth[k]]).std() for k in truth)
    if not row.mean_abs <= MAX_SPREAD * spread:
        yield (
            f"The {row.name} file differs from the model by {row.mean_abs:.2g} on "
            f"average where outputs spread by {spread:.2g}: it computes something else."
        )


def float_failures(row: Comparison, max_abs: float):
    """Yield a sentence if the float32 file is further than `max_abs` from Keras."""
    if not row.max_abs <= max_abs:  # NaN fails too.
        yield (
            f"The {row.name} file differs from Keras by {row.max_abs:.1e}, more than "
            f"{max_abs:.0e}: the conversion is wrong."
        )


def budget_failures(rows, budget: float):
    """Yield a sentence for each metric of the last row that loses too much.

    Args:
        rows: sequence of Comparison, Keras's first.
        budget: float, points (hundredths).
    """
    for name, value in rows[-1].metrics.items():
        loss = 100 * (rows[0].metrics[name] - value)
        if not loss <= budget:
            yield (
                f"{name} falls from {100 * rows[0].metrics[name]:.2f} to "
                f"{100 * value:.2f}, {loss:.2f} points where {budget:.2f} are allowed."
            )
