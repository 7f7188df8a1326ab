"""Plots of profile likelihood scans: −2Δ ln L against one parameter, contours of two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from wollemi.analysis.plain.queries import TOGETHER as ALL_SIGNALS
from wollemi.plots.style import (
    COLORS,
    PlotLabels,
    add_labels,
    axes_box,
    note_absence,
    poi_label,
    single_panel,
    use_style,
)
from wollemi.results.scan_text import asimov_text, estimates_text
from wollemi.results.scans import (
    CONTOURS,
    ONE_SIGMA,
    TWO_SIGMA,
    Profile,
    Scan,
    Scans,
    contour_rise,
)
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import counted

if TYPE_CHECKING:
    from wollemi.analysis.models.plots import Plots

# Higher values are irrelevant: 9 corresponds to three standard deviations of one parameter.
HIGHEST = 9.0
STYLES: dict[str, dict[str, Any]] = {
    "observed": {"color": "black", "linewidth": 2.4, "zorder": 4},
    "expected": {"color": COLORS[0], "linewidth": 2.2, "zorder": 3},
}
# Lines of the contours, the inner one first.
LINES: tuple[Literal["-", "--"], ...] = ("-", "--")
TITLES = {"observed": "Observed", "expected": r"Expected ($\mu$ = 1)"}
TOGETHER = r"Expected (all $\mu$ = 1)"
GRAY = "#555555"


def scan_numbers(content: Scans, scan: str, signal: str, plots: Plots) -> dict[str, Any]:
    """The numbers of the plot of one scan with one signal.

    Args:
        content: Content of `scans.json`.
        scan: Name of the scan.
        signal: Signal of the model.
        plots: Section `plots`.

    Returns:
        Numbers by key: `parameters` (one or two) with their `values`; `observed` (None if blinded)
        and `expected`, each with `estimates` and `rise` (points,), for one parameter `one_sigma`
        and `two_sigma`, for two `contours`: level → lines of points [x, y]; `failed`: number of
        points without a fit; `asimov`: values of the Asimov data if several signals are fitted
        together or values are given; `labels` and `asimov_labels` of the parameters, if available.
        If the model has no such scan, `left_out` is the reason.
    """
    style = plots.samples.get(signal)
    head = {"scan": scan, "signal": signal, "label": (style.label if style else None) or signal}
    found = content.scans[signal].get(scan)
    if found is None:
        return head | {"left_out": content.left_out[signal][scan]}
    drawn = {kind: _profile_numbers(found, profile) for kind, profile in found.profiles.items()}
    head |= {"label": "all signals"} if found.asimov and signal == ALL_SIGNALS else {}
    labels = [poi_label(name, plots) for name in found.parameters]
    labeled = labels != [axis_label(name) for name in found.parameters]
    return head | {
        **({"labels": labels} if labeled else {}),
        "parameters": list(found.parameters),
        "values": [list(values) for values in found.values],
        "observed": None,
        **drawn,
        "levels": [ONE_SIGMA, TWO_SIGMA]
        if len(found.parameters) == 1
        else [contour_rise(level) for level in CONTOURS],
        "failed": found.failed,
        **({"asimov": dict(found.asimov)} if found.asimov else {}),
        **_asimov_labels(found.asimov, plots),
    }


def _asimov_labels(asimov: Mapping[str, float] | None, plots: Plots) -> dict[str, Any]:
    """Labels of the parameters with values in the Asimov data, if any."""
    chosen = {
        name: plots.parameters[name] for name in asimov or ("mu",) if name in plots.parameters
    }
    return {"asimov_labels": chosen} if chosen else {}


def _axis_labels(numbers: Mapping[str, Any]) -> list[str]:
    return list(numbers.get("labels", map(axis_label, numbers["parameters"])))


def _title(numbers: Mapping[str, Any], kind: str) -> str:
    labels = numbers.get("asimov_labels", {})
    if kind != "expected" or "asimov" not in numbers:
        symbol = labels.get("mu") if kind == "expected" else None
        return f"Expected ({symbol} = 1)" if symbol else TITLES[kind]
    values = numbers["asimov"]
    if set(values.values()) == {1.0}:
        return TOGETHER
    return f"Expected ({asimov_text(values, lambda name: str(labels.get(name, name)))})"


def _profile_numbers(scan: Scan, profile: Profile) -> dict[str, Any]:
    if len(scan.parameters) == 1:
        return profile.plain()
    contours = {
        f"{100 * level:g} %": contour_lines(scan, profile, contour_rise(level))
        for level in CONTOURS
    }
    return {"estimates": list(profile.estimates), "rise": list(profile.rise), "contours": contours}


def contour_lines(scan: Scan, profile: Profile, rise: float) -> list[list[list[float]]]:
    """Lines of points [x, y] on which a profile of two parameters has a given rise, by linear
    interpolation between the points of the grid; they end next to points without a fit.

    Args:
        scan: Scan of two parameters.
        profile: Profile of one set of data.
        rise: Rise of -2 ln L.
    """
    x, y = (np.asarray(values, np.float64) for values in scan.values)
    heights = np.ma.masked_invalid(_floats(profile.rise).reshape(len(x), len(y)).T)
    if not heights.count() or not heights.min() < rise < heights.max():
        return []
    use_style()
    figure, ax = plt.subplots()
    try:
        (path,) = ax.contour(x, y, heights, levels=[rise]).get_paths()
    finally:
        plt.close(figure)
    return [np.asarray(line, np.float64).tolist() for line in path.to_polygons(closed_only=False)]


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def draw_scan(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw the profile of one parameter, or the contours of two.

    Args:
        numbers: Numbers from `scan_numbers`.
        labels: Labels above the plot.
    """
    figure, ax = single_panel()
    add_labels(ax, labels)
    if "left_out" in numbers:
        note_absence(ax, f"no scan\n\n{numbers['left_out']}")
        return figure
    kinds = [kind for kind in ("observed", "expected") if numbers[kind] is not None]
    if len(numbers["parameters"]) == 1:
        _draw_profiles(ax, numbers, kinds)
    else:
        _draw_contours(ax, numbers, kinds)
    if numbers["failed"]:
        points = sum(len(numbers[kind]["rise"]) for kind in kinds)
        text = f"{numbers['failed']} of {counted(points, 'point')} have no fit"
        ax.text(0.03, 0.03, text, transform=ax.transAxes, color="#bd1f01", fontsize=17)
    return figure


def axis_label(name: str) -> str:
    """Label of a parameter on an axis."""
    return r"$\mu$" if name == "mu" else name


def _draw_profiles(ax: Axes, numbers: Mapping[str, Any], kinds: Sequence[str]) -> None:
    x = np.asarray(numbers["values"][0], np.float64)
    ax.set_xlim(x[0], x[-1])
    # Room for the legend is above.
    shown = Rectangle((x[0], 0), x[-1] - x[0], HIGHEST, transform=ax.transData)
    for level, text in zip(numbers["levels"], ("1σ", "2σ"), strict=True):
        ax.axhline(level, color=GRAY, linewidth=1.2, linestyle=":", zorder=1)
        place = x[-1] - 0.01 * (x[-1] - x[0])
        ax.text(place, level, text, color=GRAY, fontsize=18, ha="right", va="bottom")
    entries = []
    for kind in kinds:
        found, style = numbers[kind], STYLES[kind]
        dash = LINES[kind == "expected"]
        (curve,) = ax.plot(x, _floats(found["rise"]), **style, linestyle=dash)
        curve.set_clip_path(shown)
        for name, level in zip(("one_sigma", "two_sigma"), numbers["levels"], strict=True):
            ends = [end for end in (found[name] or {}).values() if end is not None]
            ax.vlines(ends, 0, level, **style | {"linewidth": 1.2}, linestyle=":")
        line = Line2D([], [], **style, linestyle=dash)
        text = estimates_text(Profile.model_validate(found))
        entries.append((line, f"{_title(numbers, kind)}: {_axis_labels(numbers)[0]} = {text}"))
    legend = ax.legend(
        *map(list, zip(*entries, strict=True)),
        loc="upper center",
        title=numbers["label"],
        title_fontsize=19,
        borderaxespad=0.8,
    )
    top = np.nanmax([np.nanmax(_floats(numbers[kind]["rise"]), initial=0.0) for kind in kinds])
    ax.set_ylim(0, min(max(1.05 * top, 1.5), HIGHEST) / max(axes_box(ax, legend).y0 - 0.03, 0.2))
    ax.set_xlabel(_axis_labels(numbers)[0])
    ax.set_ylabel(r"$-2\,\Delta\ln L$")


def _draw_contours(ax: Axes, numbers: Mapping[str, Any], kinds: Sequence[str]) -> None:
    x, y = (np.asarray(values, np.float64) for values in numbers["values"])
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    entries = []
    for kind in kinds:
        found, style = numbers[kind], STYLES[kind]
        for (level, lines), dash in zip(found["contours"].items(), LINES, strict=True):
            for line in lines:
                ax.plot(*np.transpose(line), **style, linestyle=dash)
            text = f"{_title(numbers, kind)}, {level} CL"
            entries.append((Line2D([], [], **style, linestyle=dash), text))
        ax.plot(*found["estimates"], **style, marker="+", markersize=14, markeredgewidth=2.4)
    best = Line2D([], [], color=GRAY, marker="+", linestyle="", markersize=14, markeredgewidth=2.4)
    legend = ax.legend(
        *map(list, zip(*entries, (best, "Best fit"), strict=True)),
        loc="upper right",
        title=numbers["label"],
        title_fontsize=19,
        fontsize=16,
        ncols=2,
        borderaxespad=0.8,
    )
    ax.set_ylim(y[0], y[0] + (y[-1] - y[0]) / max(axes_box(ax, legend).y0 - 0.02, 0.2))
    x_label, y_label = _axis_labels(numbers)
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
