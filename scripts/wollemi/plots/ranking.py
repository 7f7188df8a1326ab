"""The ranking plot: impacts of parameters on the parameter of interest, and their pulls."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wollemi.plots.parameters import (
    POINT,
    drawn_errors,
    labeled_poi,
    name_rows,
    name_width,
    named,
    shown_name,
)
from wollemi.plots.style import COLORS, PlotLabels, add_labels, set_margins, use_style
from wollemi.results.fit import FittedParameter, bin_of, is_gamma
from wollemi.results.parameter_label import STATISTICS, factors_label
from wollemi.results.parameter_text import pull_of
from wollemi.results.ranking import Impact, SignalRanking
from wollemi_likelihood.base.arrays import Floats

if TYPE_CHECKING:
    from wollemi.analysis.models.plots import Plots

MOST_SHOWN = 20  # most rows that are readable
UP, DOWN = COLORS[0], COLORS[1]


def ranking_numbers(
    ranking: SignalRanking, parameters: Sequence[FittedParameter], plots: Plots
) -> dict[str, Any]:
    """The numbers of the plot: the parameters with the largest impacts, with their pulls; MC
    statistics are treated according to `plots.ranking_statistics`.

    Args:
        ranking: Ranking of one signal.
        parameters: Parameters of the fit.
        plots: Section `plots`, with the labels.
    """
    fitted = {item.name: item for item in parameters}
    noted: dict[str, Any] = {}
    if ranking.asimov_strength is not None:
        noted["asimov_strength"] = ranking.asimov_strength
    gammas = [row for row in ranking.parameters if is_gamma(fitted[row.name])]
    rows = list(ranking.parameters)
    if plots.ranking_statistics:
        rows = [row for row in rows if row not in gammas]
        noted["ranking_statistics"] = plots.ranking_statistics
    if plots.ranking_statistics == "grouped":
        rows = sorted([*rows, *grouped(gammas)], key=lambda row: (-row.largest, row.name))
    shown = [
        _named(row.name, plots) | {**row.plain(), **_pull(fitted.get(row.name))}
        for row in rows[:MOST_SHOWN]
    ]
    left_out = max(len(rows) - MOST_SHOWN, 0)
    return noted | labeled_poi(ranking.poi, plots) | {"left_out": left_out, "rows": shown}


def grouped(gammas: Sequence[Impact]) -> list[Impact]:
    """Combine the factors of a region's bins: impacts on each side are added in quadrature, since
    bins contain different events. Correlations from the fit enter in `group_uncertainties` only.

    Args:
        gammas: Impacts of factors of bins.
    """
    sets: dict[str, list[Impact]] = {}
    for row in gammas:
        place = bin_of(row.name)
        if place is not None:
            sets.setdefault(place[0], []).append(row)
    return [
        Impact(
            name=name,
            up=_added([(row.up, row.down) for row in rows], 1),
            down=_added([(row.up, row.down) for row in rows], -1),
            prefit_up=_added([(row.prefit_up, row.prefit_down) for row in rows], 1),
            prefit_down=_added([(row.prefit_up, row.prefit_down) for row in rows], -1),
        )
        for name, rows in sets.items()
    ]


def _added(pairs: Sequence[tuple[float | None, float | None]], sign: int) -> float | None:
    """Impacts of one sign in quadrature, the larger of each parameter; None if all fits failed."""
    if all(value is None for pair in pairs for value in pair):
        return None
    sizes = (max([0.0, *(sign * value for value in pair if value is not None)]) for pair in pairs)
    return sign * math.hypot(*sizes)


def _named(name: str, plots: Plots) -> dict[str, Any]:
    """Name and label of a parameter, or of the factors of a region's bins."""
    if bin_of(name) is not None or not name.startswith(STATISTICS):
        return named(name, plots)
    label = factors_label(name, plots)
    return {"name": name} | ({"label": label} if label != name else {})


def _pull(item: FittedParameter | None) -> dict[str, Any]:
    """(θ̂ - θ₀)/Δθ with its error; None for a free parameter, which has no Δθ, and for a group."""
    if item is None or item.constraint == "none" or not item.prefit_error:
        return {"pull": None, "pull_error": None}
    return pull_of(item, "pull_")


def draw_ranking(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw impacts as bars, filled after the fit and outlined before it, with the pulls next to
    them.
    """
    rows = numbers["rows"]
    use_style()
    margin, height = name_width(rows), 0.42 * max(len(rows), 2)
    figure, (impacts, pulls) = plt.subplots(
        1, 2, figsize=(11.0 + margin, height + 1.75), width_ratios=[7, 4], sharey=True
    )
    set_margins(figure, left=margin, top=0.7)
    figure.subplots_adjust(wspace=0.04)
    places = name_rows(impacts, [shown_name(row) for row in rows])
    _draw_impacts(impacts, places, rows)
    poi = numbers.get("poi_label", numbers["poi"])
    impacts.set_xlabel(f"impact on {poi} (outlined: before the fit)", fontsize=19)
    if "asimov_strength" in numbers:
        text = (
            f"impacts: Asimov data of {poi} = {numbers['asimov_strength']:g},\nas "
            "the data have it at a bound"
        )
        impacts.text(0.02, 0.02, text, transform=impacts.transAxes, va="bottom", fontsize=13)
    _draw_pulls(pulls, places, rows)
    for ax in (impacts, pulls):
        ax.tick_params(axis="x", labelsize=16)
        ax.locator_params(axis="x", nbins=5)
        ax.tick_params(axis="y", which="both", length=0)
    add_labels(impacts, labels)
    return figure


def _draw_impacts(ax: Axes, places: Floats, rows: Sequence[Mapping[str, Any]]) -> None:
    for side, color, name in (
        ("up", UP, r"$+\Delta\hat{\theta}$"),
        ("down", DOWN, r"$-\Delta\hat{\theta}$"),
    ):
        before, after = ([row[key] or 0.0 for row in rows] for key in (f"prefit_{side}", side))
        ax.barh(places, before, height=0.8, facecolor="none", edgecolor=color, linewidth=1.4)
        ax.barh(places, after, height=0.8, color=color, alpha=0.75, label=name)
    drawn = [
        row[key]
        for row in rows
        for key in ("up", "down", "prefit_up", "prefit_down")
        if row[key] is not None
    ]
    reach = 1.1 * max(float(np.abs(drawn).max(initial=0.0)), 1e-12)
    ax.set_xlim(-reach, reach)
    ax.axvline(0, color="black", linewidth=0.9)
    ax.legend(loc="lower right", fontsize=16)


def _draw_pulls(ax: Axes, places: Floats, rows: Sequence[Mapping[str, Any]]) -> None:
    pulled = [
        (place, row) for place, row in zip(places, rows, strict=True) if row["pull"] is not None
    ]
    values, errors = (
        [row["pull"] for _, row in pulled],
        drawn_errors([row for _, row in pulled], "pull_"),
    )
    ax.errorbar(values, [place for place, _ in pulled], xerr=errors, **POINT)
    for line in (-1, 0, 1):
        ax.axvline(
            line, color="black", linewidth=0.9, linestyle="-" if line == 0 else ":", zorder=1
        )
    reach = max(
        [
            2.3,
            *(
                abs(value) + error + 0.2
                for value, error in zip(values, errors.max(axis=0), strict=True)
            ),
        ]
    )
    ax.set_xlim(-reach, reach)
    ax.set_xlabel(r"$(\hat{\theta} - \theta_0)\,/\,\Delta\theta$", fontsize=19)
