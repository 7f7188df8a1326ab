"""Plots of a fit's parameters: pulls, free parameters, correlations."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wollemi.base.rounding import with_decimals, with_error
from wollemi.base.tex import tex_plain
from wollemi.plots.style import PlotLabels, add_labels, set_margins, single_panel, use_style
from wollemi.results.fit import FitResult, FittedParameter, bin_of, is_gamma
from wollemi.results.parameter_label import parameter_label
from wollemi.results.parameter_text import (
    free_text,
    profile_sizes,
    pull_of,
    regime_in,
    regime_keys,
)
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.matrices import correlation_matrix

if TYPE_CHECKING:
    from wollemi.analysis.models.plots import Plots

Pulls = Sequence[Mapping[str, Any]]
GREEN, YELLOW = "#7fc97f", "#ffe680"
SIDES = ("down", "up")
MOST_GAMMAS = 40  # most that are readable in one panel
GAMMA_CHARACTERS = 54  # characters across that panel, for the labels of sets
CORRELATED = 0.05  # a parameter is shown if one of its correlations exceeds this
CORRELATED_GAMMA = 0.5  # the threshold for the factor of a bin
MOST_CORRELATIONS = 25  # most rows that are readable
POINT: dict[str, Any] = {
    "color": "black",
    "marker": "o",
    "markersize": 6,
    "linestyle": "none",
    "elinewidth": 1.6,
    "zorder": 5,
}


def named(name: str, plots: Plots) -> dict[str, Any]:
    """Name of a parameter in the numbers of a plot, and its label if that differs."""
    label = parameter_label(name, plots)
    return {"name": name} | ({"label": label} if label != name else {})


def labeled_poi(name: str, plots: Plots) -> dict[str, str]:
    """Name of a parameter of interest in the numbers of a plot, and its label if that differs."""
    label = parameter_label(name, plots)
    return {"poi": name} | ({"poi_label": label} if label != name else {})


def shown_name(item: Mapping[str, Any]) -> str:
    """Name shown in a plot, see `named`."""
    return str(item.get("label", item["name"]))


def pull_numbers(
    parameters: Sequence[FittedParameter], plots: Plots
) -> dict[str, list[dict[str, Any]]]:
    """The numbers of the pull plot.

    Args:
        parameters: Parameters of a fit.
        plots: Section `plots`, with the labels.

    Returns:
        Numbers by key: `pulls`: (θ̂ - θ₀)/Δθ and its error in units of Δθ, the prefit uncertainty;
            `free`: values of unconstrained parameters, except free factors of single bins;
            `gammas`: pulls of the factors of bins.
    """
    moving = [item for item in parameters if not item.fixed]
    constrained = [item for item in moving if item.constraint != "none" and not is_gamma(item)]
    gammas = [item for item in moving if is_gamma(item) and item.prefit_error]
    return {
        "pulls": [named(item.name, plots) | pull_of(item) for item in constrained],
        "free": [
            named(item.name, plots) | _free(item)
            for item in moving
            if item.constraint == "none" and bin_of(item.name) is None
        ],
        "gammas": [named(item.name, plots) | pull_of(item) for item in gammas],
    }


def drawn_errors(items: Pulls, key: str = "") -> Floats:
    """Errors of pulls downward and upward (2, items); 0 on the side of a bound."""
    sides = (
        [
            item[f"{key}error"] if f"{key}{side}" not in item else item[f"{key}{side}"]
            for item in items
        ]
        for side in SIDES
    )
    return np.array([[size or 0.0 for size in side] for side in sides], np.float64)


def _free(item: FittedParameter) -> dict[str, Any]:
    """Value with MINOS errors where available; a side is None where a bound comes first."""
    down, up = profile_sizes(item)
    asymmetric = item.error_up is not None or item.error_down is not None
    free = {"value": item.value, "up": up, "down": down, "asymmetric": asymmetric}
    return free | regime_keys(item)


def draw_pulls(numbers: Mapping[str, list[dict[str, Any]]], labels: PlotLabels) -> Figure:
    """Draw pulls, free parameters and the factors of bins, each in a separate panel if present."""
    gammas = numbers["gammas"] if len(numbers["gammas"]) <= MOST_GAMMAS else []
    rows = {
        "pulls": len(numbers["pulls"]),
        "free": len(numbers["free"]),
        "gammas": 4 if gammas else 0,
    }
    shown = [kind for kind, count in rows.items() if count]
    if not shown:
        return _empty_plot("no free parameter to show", labels)
    heights = [max(0.42 * rows[kind], 0.6) + 0.25 for kind in shown]
    use_style()
    figure, grid = plt.subplots(
        len(shown),
        1,
        figsize=(10.0, sum(heights) + 1.1 * len(shown) + 0.6),
        height_ratios=heights,
        squeeze=False,
    )
    panels = dict(zip(shown, grid[:, 0], strict=True))
    set_margins(figure, left=name_width([*numbers["pulls"], *numbers["free"]]), bottom=0.95)
    figure.subplots_adjust(hspace=1.1 / (sum(heights) / len(shown)))
    add_labels(grid[0, 0], labels)
    if "pulls" in panels:
        _draw_pull_panel(panels["pulls"], numbers["pulls"])
    if "free" in panels:
        _draw_free_panel(panels["free"], numbers["free"])
    if "gammas" in panels:
        _draw_gamma_panel(panels["gammas"], gammas)
    return figure


def _free_text(item: Mapping[str, Any]) -> str:
    if item["asymmetric"] or regime_in(item):
        return free_text(item["value"], item["down"], item["up"], regime_in(item))
    return with_error(item["value"], item["up"])


def _empty_plot(text: str, labels: PlotLabels) -> Figure:
    """The plot of a fit without free parameters."""
    figure, ax = single_panel(height=3.0)
    add_labels(ax, labels)
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center")
    ax.set_axis_off()
    return figure


def name_width(items: Sequence[Mapping[str, Any]]) -> float:
    """Room for the longest name, in inches."""
    return 0.5 + 0.135 * max((len(tex_plain(shown_name(item))) for item in items), default=8)


def name_rows(ax: Axes, names: Sequence[str]) -> Floats:
    """Label one row per name, the first on top; returns the heights of the rows (names,)."""
    rows = np.arange(len(names), dtype=np.float64)
    ax.set_yticks(rows, labels=list(names), fontsize=17)
    ax.tick_params(axis="y", which="both", length=0)
    ax.set_ylim(len(names) - 0.4, -0.6)
    return rows


def pull_bands(ax: Axes, axis: str) -> None:
    """Draw bands of ±1σ and ±2σ around the value before the fit, along an axis."""
    span, line = (ax.axvspan, ax.axvline) if axis == "x" else (ax.axhspan, ax.axhline)
    span(-2, 2, color=YELLOW, zorder=0, linewidth=0)
    span(-1, 1, color=GREEN, zorder=0, linewidth=0)
    line(0, color="black", linewidth=1.0, zorder=1)


def pull_reach(items: Sequence[Mapping[str, Any]]) -> float:
    """End of an axis that contains all pulls with their errors."""
    errors = drawn_errors(items).max(axis=0, initial=0.0)
    return max(
        3.0,
        *(
            float(abs(item["pull"]) + error + 0.3)
            for item, error in zip(items, errors, strict=True)
        ),
    )


def _draw_pull_panel(ax: Axes, pulls: Sequence[Mapping[str, Any]]) -> None:
    pull_bands(ax, "x")
    rows = name_rows(ax, [shown_name(item) for item in pulls])
    ax.errorbar([item["pull"] for item in pulls], rows, xerr=drawn_errors(pulls), **POINT)
    ax.set_xlim(-pull_reach(pulls), pull_reach(pulls))
    ax.set_xlabel(r"$(\hat{\theta} - \theta_0)\,/\,\Delta\theta$", fontsize=20)
    ax.tick_params(axis="x", labelsize=17)


def _draw_free_panel(ax: Axes, free: Sequence[Mapping[str, Any]]) -> None:
    rows = name_rows(ax, [shown_name(item) for item in free])
    values = np.array([item["value"] for item in free])
    errors = np.array([[item[side] or 0.0 for item in free] for side in SIDES])
    ax.axvline(1, color="black", linewidth=1.0, linestyle="--")
    ax.errorbar(values, rows, xerr=errors, **POINT)
    low, high = (
        min(0.0, float((values - errors[0]).min())),
        max(2.0, float((values + errors[1]).max())),
    )
    ax.set_xlim(low, high + 0.45 * (high - low))
    for row, item in zip(rows, free, strict=True):
        ax.text(
            0.98,
            row,
            _free_text(item),
            transform=ax.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=17,
        )
    ax.set_xlabel("value of a free parameter", fontsize=20)
    ax.tick_params(axis="x", labelsize=17)


def _draw_gamma_panel(ax: Axes, gammas: Sequence[Mapping[str, Any]]) -> None:
    """Draw pulls of the factors of bins side by side, with lines between the sets of parameters."""
    pull_bands(ax, "y")
    places = np.arange(len(gammas))
    ax.errorbar(
        places, [g["pull"] for g in gammas], yerr=drawn_errors(gammas), **{**POINT, "markersize": 4}
    )
    sets = [(bin_of(item["name"]) or (item["name"], 0))[0] for item in gammas]
    lines = 1
    for name in dict.fromkeys(sets):
        first = sets.index(name)
        label = gammas[first].get("label", "").rpartition(",")[0] or name
        label = wrapped(label, GAMMA_CHARACTERS * sets.count(name) // len(sets))
        lines = max(lines, 1 + label.count("\n"))
        ax.axvline(first - 0.5, color="black", linewidth=0.8)
        ax.text(first - 0.3, 0.95, label, transform=ax.get_xaxis_transform(), va="top", fontsize=14)
    indices = [(bin_of(item["name"]) or ("", 0))[1] for item in gammas]
    labeled = [place for place in places if indices[place] % (5 if len(gammas) > 15 else 1) == 0]
    ax.set_xticks(labeled, labels=[str(indices[place]) for place in labeled], fontsize=15)
    ax.tick_params(axis="x", which="minor", length=0)
    ax.tick_params(axis="y", labelsize=17)
    ax.set_xlim(-0.5, len(gammas) - 0.5)
    ax.set_ylim(-pull_reach(gammas), pull_reach(gammas) + 0.8 + 0.9 * (lines - 1))
    ax.set_ylabel("pull", fontsize=20)
    ax.set_xlabel("factor of a bin (statistics of the simulation)", fontsize=20)


def wrapped(label: str, width: int) -> str:
    """A label in lines, broken at spaces outside TeX.

    Args:
        label: Text with TeX between dollar signs.
        width: Characters per line; a longer word gets a separate line.
    """
    lines: list[str] = []
    for word in re.findall(r"(?:\$[^$]*\$|[^\s$])+", label):
        if lines and len(tex_plain(f"{lines[-1]} {word}")) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)


def correlation_numbers(
    parameters: Sequence[FittedParameter], covariance: Floats, plots: Plots
) -> dict[str, Any]:
    """Names and correlations of the parameters worth showing.

    Args:
        parameters: Parameters of a fit.
        covariance: Covariance matrix, shape (parameters, parameters).
        plots: Section `plots`, with the labels.

    Returns:
        Dictionary with `names` and `correlations`, in the order of the fit; `labels` if any differ.
    """
    matrix = correlation_matrix(covariance)
    others = np.abs(matrix - np.diag(matrix.diagonal()))
    gamma = np.array([bin_of(item.name) is not None for item in parameters])
    moving = np.array([not item.fixed and item.error is not None for item in parameters])
    # The factor of a bin counts only through its correlations with other kinds of parameters.
    largest = np.where(
        gamma, others[:, ~gamma].max(axis=1, initial=0.0), others.max(axis=1, initial=0.0)
    )
    chosen = np.flatnonzero(moving & (largest > np.where(gamma, CORRELATED_GAMMA, CORRELATED)))
    if chosen.size < 2:
        chosen = np.flatnonzero(moving & ~gamma)
    strongest = chosen[np.argsort(-largest[chosen], kind="stable")[:MOST_CORRELATIONS]]
    kept = np.sort(strongest)
    names = [parameters[place].name for place in kept]
    labels = [parameter_label(name, plots) for name in names]
    return {"names": names, "correlations": matrix[np.ix_(kept, kept)].tolist()} | (
        {"labels": labels} if labels != names else {}
    )


def draw_correlations(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw the correlation matrix with its numbers in percent."""
    names, matrix = numbers.get("labels", numbers["names"]), np.array(numbers["correlations"])
    if not names:
        return _empty_plot("no free parameter to show", labels)
    size = max(6.5, 0.62 * len(names))
    margin = name_width([{"name": name} for name in names])
    use_style()
    figure, ax = plt.subplots(figsize=(size + margin + 1.6, size + margin + 0.8))
    set_margins(figure, left=margin, right=1.6, bottom=margin)
    add_labels(ax, labels)
    image = ax.imshow(matrix, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    for row, column in np.ndindex(matrix.shape):
        shade = "white" if abs(matrix[row, column]) > 0.6 else "black"
        text = with_decimals(100 * float(matrix[row, column]), 0)
        ax.text(column, row, text, ha="center", va="center", fontsize=13, color=shade)
    places = np.arange(len(names))
    ax.set_xticks(places, labels=names, rotation=90, fontsize=16)
    ax.set_yticks(places, labels=names, fontsize=16)
    ax.tick_params(which="both", length=0)
    unit = min(1.0, 8.3 / size)  # a color bar that grew with the matrix would leave the figure
    bar = figure.colorbar(image, cax=ax.inset_axes((1 + 0.03 * unit, 0.0, 0.045 * unit, 1.0)))
    bar.set_label("correlation (numbers in %)", fontsize=18)
    bar.ax.tick_params(labelsize=16)
    return figure


# Name of a plot of the main fit → its numbers, and their drawing. Numbers with keys `caption` and
# `texts` need no words elsewhere.
FIT_PLOTS: dict[
    str,
    tuple[Callable[[FitResult, Plots], dict[str, Any]], Callable[[Any, PlotLabels], Figure]],
] = {
    "pulls": (lambda fit, plots: pull_numbers(fit.parameters, plots), draw_pulls),
    "correlations": (
        lambda fit, plots: correlation_numbers(fit.parameters, np.asarray(fit.covariance), plots),
        draw_correlations,
    ),
}
