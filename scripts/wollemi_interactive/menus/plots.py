"""Plots of a trigger: turn-ons with their fits, and rates as a function of a threshold."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wollemi.base.rounding import significant_float, with_decimals, with_error, with_errors
from wollemi.histograms.efficiency_intervals import (
    effective_number,
    efficiency,
    wilson_interval,
)
from wollemi.plots.stack import plain
from wollemi.plots.style import COLORS, note_absence, single_panel
from wollemi_interactive.menus.turn_on_fit import (
    PARAMETERS,
    TurnOnFit,
    fit_turn_on,
    turn_on,
    turn_on_band,
)
from wollemi_likelihood.base.arrays import Floats

POINTS = 300  # on a curve
NO_EVENT = "No event: below, at 68 %"
_SYMBOLS = {"plateau": "plateau", "threshold": "$x_0$", "width": r"$\sigma$"}


def turn_on_numbers(
    title: str, label: str, edges: Floats, sums: Floats, means: Floats
) -> dict[str, Any]:
    """The numbers of a turn-on: efficiencies with the ends of their 68 % Wilson intervals, and the
    fit, None if it is impossible. Negative weights can push an efficiency outside 0 to 1; such bins
    are left out of the fit and counted.

    Args:
        title: Title, one line.
        label: Label of the axis.
        edges: Edges of the bins, shape (bins + 1,).
        sums: Σw and Σw² of failing and of passing entries, shape (2, 2 or more, bins).
        means: Mean of the quantity in each bin, shape (bins,).
    """
    failed, passed = sums[0, :2], sums[1, :2]
    found = efficiency(passed, failed)
    number = effective_number(found, passed, failed)
    some = passed[0] + failed[0] > 0
    inside = some & (found >= 0) & (found <= 1)
    low, high = (np.full(found.shape, np.nan) for _ in range(2))
    low[inside], high[inside] = wilson_interval(found[inside], number[inside])
    counted = np.where(inside, number, 0.0)
    fit = fit_turn_on(means, np.where(inside, found, 0.0) * counted, counted)
    return {
        "title": title,
        "x_label": label,
        "edges": plain(edges),
        "mean": plain(means),
        "efficiency": plain(found),
        "low": plain(low),
        "high": plain(high),
        "entries": plain(counted),
        "left_out": int(np.count_nonzero((passed[1] + failed[1] > 0) & ~inside)),
        "fit": None if fit is None else _fit_numbers(fit, edges),
    }


def _fit_numbers(fit: TurnOnFit, edges: Floats) -> dict[str, Any]:
    """The fit rounded to six digits: later digits differ between machines."""
    x = np.linspace(edges[0], edges[-1], POINTS)
    curve, band = turn_on(x, *fit.values), turn_on_band(fit, x)

    def rounded(values: Floats) -> list[float | None]:
        return [significant_float(value) if np.isfinite(value) else None for value in values]

    parameters = {
        name: {
            "value": significant_float(float(value)),
            "up": None if error.upper is None else significant_float(error.upper, 4),
            "down": None if error.lower is None else significant_float(error.lower, 4),
        }
        for name, value, error in zip(PARAMETERS, fit.values, fit.errors, strict=True)
    }
    return {
        "parameters": parameters,
        "converged": fit.converged,
        "chi2": significant_float(fit.chi2, 4),
        "bins": fit.bins,
        "x": rounded(x),
        "curve": rounded(curve),
        "band": rounded(band),
    }


def parameter_text(item: Mapping[str, Any]) -> str:
    """A parameter with its errors: `0.953 +0.004 −0.005`; errors beyond a bound are left out."""
    value, up, down = item["value"], item["up"], item["down"]
    if up is not None and down is not None:
        return with_errors(value, up, -down)
    if up is None and down is None:
        return with_decimals(value, 4)
    return f"{with_error(value, up if up is not None else -down)} (one-sided)"


def left_out_text(numbers: Mapping[str, Any]) -> str:
    """Number of bins that are not fitted, with the reason; empty for none."""
    number = numbers["left_out"]
    bins = "bin" if number == 1 else "bins"
    return f"{number} {bins} left out (negative weights)" if number else ""


def draw_turn_on(numbers: Mapping[str, Any]) -> Figure:
    """Draw efficiencies, the fitted curve with its 1σ band, and the parameters.

    Args:
        numbers: Result of `turn_on_numbers`.
    """
    figure, ax = single_panel()
    edges = np.asarray(numbers["edges"])
    values, low, high = (np.array(numbers[key], float) for key in ("efficiency", "low", "high"))
    if not np.isfinite(values).any():
        note_absence(ax, "nothing was counted")
        return figure
    ax.set_xlim(edges[0], edges[-1])
    means = np.asarray(numbers["mean"])
    errors = np.clip([values - low, high - values], 0, None)
    ends = [means - edges[:-1], edges[1:] - means]
    style: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 6}
    ax.errorbar(means, values, errors, ends, color="black", label="Efficiency", zorder=4, **style)
    ax.axhline(1.0, color="#717581", linewidth=1.0, linestyle=":")
    fit = numbers["fit"]
    if fit is not None:
        _draw_fit(ax, fit, left_out_text(numbers))
    ax.set_ylim(0.0, 1.65)
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.set_ylabel("Efficiency")
    ax.set_xlabel(numbers["x_label"])
    ax.set_title(_plain_text(numbers["title"]), loc="left", fontsize=20)
    ax.legend(loc="upper right", fontsize=18)
    return figure


def _draw_fit(ax: Axes, fit: Mapping[str, Any], left_out: str) -> None:
    x, curve, band = (np.array(fit[key], float) for key in ("x", "curve", "band"))
    ax.plot(x, curve, color=COLORS[0], linewidth=2, label="Fit")
    around: dict[str, Any] = {"color": COLORS[0], "alpha": 0.3, "linewidth": 0}
    ax.fill_between(x, np.clip(curve - band, 0, 1), np.clip(curve + band, 0, 1), **around)
    lines = [
        f"{_SYMBOLS[name]} = {parameter_text(item)}" for name, item in fit["parameters"].items()
    ]
    lines.append(f"$\\chi^2$ = {fit['chi2']:.1f} in {fit['bins']} bins")
    lines += [*([] if fit["converged"] else ["fit not converged"]), *filter(None, [left_out])]
    ax.text(0.04, 0.97, "\n".join(lines), transform=ax.transAxes, va="top", fontsize=18)


def scan_numbers(title: str, threshold: str, scan: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of rates as a function of a threshold.

    Args:
        title: Title, one line.
        threshold: Name of the threshold.
        scan: Values of the threshold, and the rates of its paths and in total.
    """
    has_rates = all(value is not None for value in scan["total"]["rate_hz"])
    key = "rate_hz" if has_rates else "fraction"
    error, upper = (
        ("rate_error_hz", "rate_upper_hz") if has_rates else ("fraction_error", "fraction_upper")
    )
    curves = {**scan["paths"], "total": scan["total"]}
    return {
        "title": title,
        "x_label": threshold,
        "y_label": "Rate (Hz)" if has_rates else "Fraction of events",
        "x": scan["values"],
        "curves": {
            name: {"values": curve[key], "errors": curve[error], "upper": curve[upper]}
            for name, curve in curves.items()
        },
    }


def draw_scan(numbers: Mapping[str, Any]) -> Figure:
    """Draw rates as a function of a threshold; the total is dashed.

    Args:
        numbers: Result of `scan_numbers`.
    """
    figure, ax = single_panel()
    shown: list[float] = []
    for place, (name, curve) in enumerate(numbers["curves"].items()):
        color = "black" if name == "total" else COLORS[place % len(COLORS)]
        shown += _draw_curve(ax, numbers["x"], name, curve, color)
    if not shown:
        note_absence(ax, "no event is selected")
        return figure
    ax.set_yscale("log")
    entries = list(zip(*ax.get_legend_handles_labels(), strict=True))
    entries.sort(key=lambda entry: entry[1] == NO_EVENT)  # last
    room = 0.1 + 0.07 * len(entries)  # for the legend
    reach = max(max(shown) / min(shown), 10.0)
    ax.set_ylim(min(shown) / 2, max(shown) * reach**room)
    ax.set_xlabel(_plain_text(numbers["x_label"]))
    ax.set_ylabel(numbers["y_label"])
    ax.set_title(_plain_text(numbers["title"]), loc="left", fontsize=20)
    handles, names = zip(*entries, strict=True)
    ax.legend(handles, names, loc="upper right", fontsize=18)
    return figure


def _draw_curve(
    ax: Axes, x: Sequence[float], name: str, curve: Mapping[str, Any], color: str
) -> list[float]:
    """Draw the rates of a path with errors, and a triangle at the upper end if no event is kept;
    return the drawn numbers.
    """
    values, upper = (np.array(curve[key], float) for key in ("values", "upper"))
    values = np.where(values > 0, values, np.nan)
    error = np.array(curve["errors"], float)
    above = np.where(np.isnan(upper), error, upper - values)
    style = "--" if name == "total" else "-"
    more: dict[str, Any] = {"linestyle": style, "marker": "o", "markersize": 5}
    ax.errorbar(x, values, [error, above], color=color, label=name, **more)
    ends = np.where(np.isnan(values), upper, np.nan)
    if np.isfinite(ends).any():
        _, known = ax.get_legend_handles_labels()
        label = None if NO_EVENT in known else NO_EVENT
        hollow: dict[str, Any] = {"marker": "v", "markersize": 9, "fillstyle": "none"}
        ax.plot(x, ends, color=color, linestyle="none", label=label, **hollow)
    drawn = np.concatenate([values, ends])
    return [float(value) for value in drawn[np.isfinite(drawn)]]


def _plain_text(text: str) -> str:
    return text.replace("$", r"\$")
