"""What was won: teacher, student and files side by side, as table, JSON and picture.

Every number stands with the split and the metric that it belongs to; rows of different
splits never share a table (dev and test are different sets).
"""

import dataclasses
import os

from tfdistill.export.plot import plot_rows
from tfdistill.train.files import read_json, write_json, write_text, written_whole


@dataclasses.dataclass(frozen=True)
class Row:
    """One system of a report.

    Attributes:
        name: str.
        split: str, "dev" or "test", that the metrics were measured on.
        metrics: dict of metric name to value; the first is the main one.
        parameters: int, or None where it does not apply.
        size_bytes: int or None, of the `.tflite` file.
        latency_ms: float or None, median of one text on one thread.
        sequence_length: int or None, tokens of that text.
        device: str or None, that the latency was measured on.

    Raises:
        ValueError: no metric, or a latency without a device or a length.
    """

    name: str
    split: str
    metrics: dict[str, float]
    parameters: int | None = None
    size_bytes: int | None = None
    latency_ms: float | None = None
    sequence_length: int | None = None
    device: str | None = None

    def __post_init__(self):
        if not self.metrics or not all(isinstance(name, str) for name in self.metrics):
            raise ValueError(
                f"Row {self.name!r} needs metrics by name; got {self.metrics!r}."
            )
        if self.latency_ms is not None and not (self.device and self.sequence_length):
            raise ValueError(
                f"Row {self.name!r} has a latency, which means nothing without the "
                "device and the sequence length it was measured with."
            )


class Report:
    """Rows with one split and the same metrics, the first being the reference.

    Args:
        title: str.
        rows: sequence of Row. The others are compared with the first, the teacher.

    Raises:
        ValueError: no row, or rows of different splits or metrics.
    """

    def __init__(self, title: str, rows):
        self.title, self.rows = title, tuple(rows)
        if not self.rows:
            raise ValueError(f"The report {title!r} has no row; expected at least one.")
        kinds = {(row.split, tuple(row.metrics)) for row in self.rows}
        if len(kinds) > 1:
            raise ValueError(
                "Rows of one table must have the same split and the same metrics; got "
                f"{sorted(kinds)}."
            )

    def to_dict(self) -> dict:
        """Return the rows as plain values, with their ratios to the first row."""
        return {
            "title": self.title,
            "rows": [
                {**dataclasses.asdict(row), **self._ratios(row)} for row in self.rows
            ],
        }

    @classmethod
    def read(cls, folder: str | os.PathLike) -> "Report":
        """Read back what `write` left in a folder.

        Raises:
            ValueError: table.json is missing or damaged.
        """
        values = read_json(os.path.join(folder, "table.json"))
        fields = [field.name for field in dataclasses.fields(Row)]
        rows = [Row(**{name: row[name] for name in fields}) for row in values["rows"]]
        return cls(values["title"], rows)

    def to_markdown(self) -> str:
        """Return the table in Markdown, readable as plain text too."""
        head = ["", "parameters", "MB", "ms", "x smaller", "x faster"]
        head += [*self.rows[0].metrics, "% of teacher"]
        cells = [head, *(self._cells(row) for row in self.rows)]
        widths = [max(len(line[i]) for line in cells) for i in range(len(head))]
        lines = [
            "| "
            + " | ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            + " |"
            for line in cells
        ]
        rule = [":" + "-" * (widths[0] + 1), *("-" * (w + 1) + ":" for w in widths[1:])]
        lines.insert(1, "|" + "|".join(rule) + "|")
        return "\n".join(
            [f"{self.title} ({self.rows[0].split})", "", *lines, *self._foot()]
        )

    def write(self, folder: str | os.PathLike):
        """Write table.md, table.json and table.png into a folder, each whole or not.

        Raises:
            ValueError: the folder cannot be written.
        """
        write_text(os.path.join(folder, "table.md"), self.to_markdown() + "\n")
        write_json(os.path.join(folder, "table.json"), self.to_dict())
        with written_whole(os.path.join(folder, "table.png")) as temporary:
            self.plot(temporary)

    def plot(self, path: str | os.PathLike):
        """Draw quality against size and against latency, as PNG."""
        plot_rows(self.rows, f"{self.title} ({self.rows[0].split})", path)

    # === Cells ===

    def _ratios(self, row):
        first = self.rows[0]
        main = next(iter(row.metrics))
        return {
            "times_smaller": _ratio(first.size_bytes, row.size_bytes),
            "times_faster": _ratio(first.latency_ms, row.latency_ms),
            "share_kept": _ratio(row.metrics[main], first.metrics[main]),
        }

    def _cells(self, row):
        ratios = self._ratios(row)
        return [
            row.name,
            _show(row.parameters, "{:,}"),
            _show(row.size_bytes, "{:.2f}", 1e-6),
            _show(row.latency_ms, "{:.2f}"),
            _show(ratios["times_smaller"], "{:.1f}"),
            _show(ratios["times_faster"], "{:.1f}"),
            *(_show(value, "{:.2f}", 100) for value in row.metrics.values()),
            _show(ratios["share_kept"], "{:.1f}", 100),
        ]

    def _foot(self):
        measured = [row for row in self.rows if row.latency_ms is not None]
        if not measured:
            return []
        lengths = sorted({row.sequence_length for row in measured})
        devices = sorted({row.device for row in measured})
        return [
            "",
            f"ms: median for one text of {', '.join(map(str, lengths))} tokens, 1 "
            f"thread, {'; '.join(devices)}. Metrics in percent.",
        ]


def _ratio(numerator, denominator):
    return numerator / denominator if numerator and denominator else None


def _show(value, form, factor=1):
    return "" if value is None else form.format(value * factor)
