"""The plot of an uncertainty by groups of sources: bars of both methods, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wollemi.plots.parameters import labeled_poi, name_rows, name_width, named, shown_name
from wollemi.plots.style import COLORS, PlotLabels, add_labels, set_margins, use_style
from wollemi.results.parameter_label import parameter_label
from wollemi.results.uncertainties import SignalUncertainties
from wollemi.results.uncertainty_text import data_text, total_text

if TYPE_CHECKING:
    from wollemi.analysis.models.plots import Plots

MOST_SHOWN = 20  # most rows that are readable
HEIGHT = 0.36  # height of a bar, in rows
GRAY = "#555555"
TITLES = {
    "shifted": "shifted data and auxiliary data",
    "frozen": "parameters held",
}


def uncertainty_numbers(found: SignalUncertainties, plots: Plots) -> dict[str, Any]:
    """The numbers of the plot.

    Args:
        found: Uncertainties with one signal.
        plots: Section `plots`, with the labels.

    Returns:
        Numbers by key: `contributions`: rows of `name`, and `shifted` and `frozen`, each the size
        downward and upward or None; `error`: the total error in the same form; `fitted` and `text`:
        the data fitted, and the result in words; `left_out`: number of rows omitted.
    """
    rows = [
        {
            **named(name, plots),
            "shifted": None if item.shifted is None else [item.shifted, item.shifted],
            "frozen": _sides(item.frozen, item.frozen_down, item.frozen_up),
        }
        for name, item in found.rows.items()
    ]
    label = partial(parameter_label, plots=plots)
    return labeled_poi(found.poi, plots) | {
        "contributions": rows[:MOST_SHOWN],
        "left_out": max(len(rows) - MOST_SHOWN, 0),
        "error": _sides(
            None if found.poi in found.without_error else found.error,
            found.error_down,
            found.error_up,
        ),
        "fitted": data_text(found, label),
        "text": total_text(found, label),
    }


def _sides(both: float | None, down: float | None, up: float | None) -> list[float | None]:
    return [both, both] if down is None and up is None else [down, up]


def draw_uncertainties(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw a row of two bars for each source, and the total error as lines.

    Args:
        numbers: Numbers from `uncertainty_numbers`.
        labels: Labels above the plot.
    """
    rows = numbers["contributions"]
    use_style()
    margin = name_width(rows)
    figure, ax = plt.subplots(figsize=(8.5 + margin, 0.6 * max(len(rows), 3) + 2.9))
    set_margins(figure, left=margin, top=0.7)
    places = name_rows(ax, [shown_name(row) for row in rows])
    ax.set_ylim(len(rows) + 1.6, -0.7)  # the legend is below the rows
    for kind, shift, color in (
        ("shifted", -HEIGHT / 2, COLORS[0]),
        ("frozen", HEIGHT / 2, COLORS[1]),
    ):
        _draw_bars(ax, places + shift, [row[kind] for row in rows], color, TITLES[kind])
    down, up = numbers["error"]
    rows_end = (-0.7, len(rows) - 0.4)
    for sign, size in ((-1, down), (1, up)):
        if size is not None:
            line = [sign * size] * 2
            ax.plot(line, rows_end, color=GRAY, linewidth=1.4, linestyle="--")
    ax.plot([0, 0], rows_end, color="black", linewidth=0.9)
    ends = [
        down or 0.0,
        up or 0.0,
        *(size or 0.0 for row in rows for kind in TITLES for size in row[kind] or ()),
    ]
    reach = 1.15 * max(*ends, 1e-12)
    ax.set_xlim(-reach, reach)
    poi = numbers.get("poi_label", numbers["poi"])
    ax.set_xlabel(f"contribution to the uncertainty of {poi} (dashed: all)", fontsize=19)
    ax.tick_params(axis="x", labelsize=16)
    said = f"{numbers['text']}\n{numbers['fitted']}"
    if numbers["left_out"]:
        said += f"\n{numbers['left_out']} more, smaller"
    ax.text(0.02, 0.02, said, transform=ax.transAxes, va="bottom", fontsize=15)
    ax.legend(loc="lower right", fontsize=15)
    add_labels(ax, labels)
    return figure


def _draw_bars(
    ax: Axes, places: Any, sizes: Sequence[Sequence[float | None] | None], color: str, title: str
) -> None:
    ends = [[size or 0.0 for size in pair or (0.0, 0.0)] for pair in sizes]
    ax.barh(
        places,
        [down + up for down, up in ends],
        left=[-down for down, _ in ends],
        height=HEIGHT,
        color=color,
        alpha=0.85,
        label=title,
    )
