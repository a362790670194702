"""The picture of a report: quality against size and against latency."""

import os

# Okabe and Ito's palette, which colour-blind readers can tell apart, and a shape each,
# so that points that fall together can be told apart as well.
_COLORS = ("#444444", "#0072B2", "#009E73", "#D55E00", "#CC79A7", "#E69F00", "#56B4E9")
_MARKERS = "*osD^vP"


def plot_rows(rows, title: str, path: str | os.PathLike) -> None:
    """Draw rows of a report as PNG.

    Args:
        rows: sequence of `tfdistill.export.report.Row`, the teacher first.
        title: str.
        path: where to write.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.6), layout="constrained")
    figure.suptitle(title, fontsize=13, fontweight="bold", x=0.01, ha="left")
    left, right = figure.subplots(1, 2, sharey=True)
    metric = next(iter(rows[0].metrics))
    points = {
        left: [(row, (row.size_bytes or 0) / 1e6) for row in rows],
        right: [(row, row.latency_ms or 0) for row in rows],
    }
    for axis, label in ((left, "size, MB"), (right, "latency of one text, ms")):
        _draw(axis, points[axis], metric)
        _dress(axis, f"{label} (log scale; further left is better)")
    left.set_ylabel(f"{metric}, %")
    figure.legend(
        *left.get_legend_handles_labels(),
        loc="outside lower center",
        ncols=min(len(rows), 4),
        frameon=False,
    )
    figure.savefig(path, dpi=150, format="png")


def _draw(axis, points, metric: str) -> None:
    """Scatter what was measured (x > 0) and write each x beside its point."""
    for index, (row, x) in enumerate(points):
        if not x:
            continue
        color = _COLORS[index % len(_COLORS)]
        marker = _MARKERS[index % len(_MARKERS)]
        y = 100 * row.metrics[metric]
        axis.scatter(
            x,
            y,
            s=260 if marker == "*" else 85,
            color=color,
            marker=marker,
            alpha=0.85,
            edgecolors="white",
            label=row.name,
            zorder=3,
        )
        axis.annotate(
            f"{x:.3g}",
            (x, y),
            xytext=(0, 9 if index % 2 else -16),
            textcoords="offset points",
            ha="center",
            fontsize=9,
            color=color,
        )


def _dress(axis, label: str) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter("{x:g}")
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set_xlabel(label)
    axis.margins(0.12, 0.25)
    axis.grid(alpha=0.3, linewidth=0.5)
    axis.spines[["top", "right"]].set_visible(False)
