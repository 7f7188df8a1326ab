"""The plot of a confidence interval: the test statistic of the data against a parameter, with
critical values from toys and asymptotic ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from wollemi.analysis.plain.queries import TOGETHER as ALL_SIGNALS
from wollemi.plots.scans import GRAY, HIGHEST, STYLES
from wollemi.plots.style import (
    COLORS,
    PlotLabels,
    add_labels,
    axes_box,
    note_absence,
    poi_label,
    sample_label,
    single_panel,
)
from wollemi.results.confidence_interval_text import confidence_text
from wollemi.results.confidence_intervals import RISES, Belt, ConfidenceInterval, Intervals

if TYPE_CHECKING:
    from wollemi.analysis.models.plots import Plots

CRITICAL = {"68": COLORS[4], "95": "#832db6"}
TITLES = {"observed": "Observed", "expected": "Expected"}


def interval_numbers(
    content: Intervals, signal: str, parameter: str, plots: Plots
) -> dict[str, Any]:
    """The numbers of the plot of one parameter of one model.

    Args:
        content: Content of `intervals.json`.
        signal: Signal of the model.
        parameter: Name of the parameter.
        plots: Section `plots`, with the labels of the signals.

    Returns:
        Numbers by key: `values` (points,); `observed` (None if blinded) and `expected`, each with
        its `statistics` and `intervals`; `critical` and `critical_errors`: level → (points,);
        `rises`: level → asymptotic value. If the model has no interval, `left_out` is the reason.
    """
    label = "all signals" if signal == ALL_SIGNALS else sample_label(signal, plots)
    head = {
        "tested": parameter,
        "axis": poi_label(parameter, plots),
        "signal": signal,
        "label": label,
    }
    reason = content.pairs[signal, parameter]
    if reason is not None:
        return head | {"left_out": reason}
    belt = content.intervals[signal][parameter]
    points = belt.points
    return head | {
        "toys": content.toys,
        "values": [point.value for point in points],
        "observed": None,
        **{kind: _numbers(belt, kind) for kind in belt.outcomes},
        "critical": {key: [point.critical[key] for point in points] for key in RISES},
        "critical_errors": {key: [point.critical_errors[key] for point in points] for key in RISES},
        "rises": dict(RISES),
    }


def _numbers(belt: Belt, kind: str) -> dict[str, Any]:
    return belt.outcomes[kind].plain() | {
        "statistics": [getattr(point, kind).statistic for point in belt.points]
    }


def draw_intervals(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw the test statistics and their critical values.

    Args:
        numbers: Numbers from `interval_numbers`.
        labels: Labels above the plot.
    """
    figure, ax = single_panel()
    add_labels(ax, labels)
    if "left_out" in numbers:
        note_absence(ax, f"no interval\n\n{numbers['left_out']}")
        return figure
    x = np.asarray(numbers["values"], np.float64)
    for level, color in CRITICAL.items():
        ax.axhline(numbers["rises"][level], color=GRAY, linewidth=1.2, linestyle=":", zorder=1)
        ax.errorbar(
            x,
            numbers["critical"][level],
            numbers["critical_errors"][level],
            color=color,
            marker="o",
            markersize=5,
            linewidth=1.4,
            label=f"{level} % CL, toys",
        )
    ax.plot([], [], color=GRAY, linewidth=1.2, linestyle=":", label="asymptotic: 1, 3.84")
    highest = min(max(map(max, [*numbers["critical"].values(), [4.5]])) * 1.3, HIGHEST)
    # Room for the legend is above.
    shown = Rectangle((x[0], 0), x[-1] - x[0], highest, transform=ax.transData)
    for kind in ("observed", "expected"):
        if numbers[kind] is not None:
            _draw_data(ax, x, numbers, kind).set_clip_path(shown)
    ax.set_xlim(x[0], x[-1])
    legend = ax.legend(loc="upper center", title=numbers["label"], fontsize=14, title_fontsize=18)
    ax.set_ylim(0, highest / max(axes_box(ax, legend).y0 - 0.03, 0.2))
    ax.set_xlabel(numbers["axis"])
    ax.set_ylabel(r"$-2\,\Delta\ln L$")
    return figure


def _draw_data(ax: Axes, x: np.ndarray, numbers: Mapping[str, Any], kind: str) -> Line2D:
    """Draw the statistic of one set of data, and lines from it to the ends of its intervals."""
    found, style = numbers[kind], STYLES[kind]
    dash = "--" if kind == "expected" else "-"
    texts = []
    for level, item in found["intervals"].items():
        interval = ConfidenceInterval.model_validate(item)
        texts.append(f"{level} % {confidence_text(interval)}")
        ends = [end for end in (interval.lower, interval.upper) if end is not None]
        heights = np.interp(ends, x, found["statistics"])
        ax.vlines(ends, 0, heights, **style | {"linewidth": 1.2}, linestyle=":")
    label = f"{TITLES[kind]}: {', '.join(texts)}"
    (curve,) = ax.plot(x, found["statistics"], **style, linestyle=dash, label=label)
    return curve
