"""Pulls and limits of two runs on one axis, from the numbers saved with their plots."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from wollemi.plots.parameters import (
    POINT,
    drawn_errors,
    name_rows,
    name_width,
    pull_bands,
    pull_reach,
    shown_name,
)
from wollemi.plots.run_overlay import NOW, THEN, shown_run
from wollemi.plots.style import (
    PlotLabels,
    add_labels,
    axes_box,
    make_room,
    set_margins,
    single_panel,
    use_style,
)

MOST_PULLS = 30  # most rows that are readable
SAME = 1e-3  # in prefit errors: smaller differences are invisible
Pair = tuple[Mapping[str, Any], Mapping[str, Any]]


def moved_pulls(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Pair]:
    """Pulls that differ in value or error between two runs, the largest changes first.

    Args:
        then: Numbers of the plot `pulls` in the first run.
        now: Numbers of the plot `pulls` in the second run.
    """
    old = {item["name"]: item for item in then["pulls"]}
    pairs = [(old[item["name"]], item) for item in now["pulls"] if item["name"] in old]
    found = [pair for pair in pairs if _moved(pair) > SAME]
    return sorted(found, key=lambda pair: -_moved(pair))


def _moved(pair: Pair) -> float:
    first, second = (np.append(item["pull"], drawn_errors([item])) for item in pair)
    return float(np.abs(second - first).max())


def draw_pulls_of_both(pairs: Sequence[Pair], names: tuple[str, str], labels: PlotLabels) -> Figure:
    """Draw the pulls of two runs, one row per parameter.

    Args:
        pairs: Pairs from `moved_pulls`; the first `MOST_PULLS` are drawn.
        names: Names of the runs.
        labels: Labels above the plot.
    """
    pairs = pairs[:MOST_PULLS]
    use_style()
    figure, ax = plt.subplots(figsize=(10.0, 0.55 * len(pairs) + 2.6))
    set_margins(figure, left=name_width([now for _, now in pairs]), bottom=0.95, top=1.0)
    add_labels(ax, labels)
    pull_bands(ax, "x")
    rows = name_rows(ax, [shown_name(now) for _, now in pairs])
    for place, (name, color, shift) in enumerate(
        zip(names, (THEN, NOW), (-0.15, 0.15), strict=True)
    ):
        items = [pair[place] for pair in pairs]
        style = POINT | {"color": color, "marker": "os"[place], "label": shown_run(name)}
        pulls = [item["pull"] for item in items]
        ax.errorbar(pulls, rows + shift, xerr=drawn_errors(items), **style)
    reach = pull_reach([item for pair in pairs for item in pair])
    ax.set_xlim(-reach, reach)
    ax.set_ylim(len(pairs) - 0.4, -1.4)
    ax.set_xlabel(r"$(\hat{\theta} - \theta_0)\,/\,\Delta\theta$", fontsize=20)
    ax.tick_params(axis="x", labelsize=17)
    ax.legend(loc="upper left", ncols=2, fontsize=16, borderaxespad=0.3)
    return figure


def limits_moved(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether limits differ visibly between two runs and can share an axis.

    Args:
        then: Numbers of the plot `limits` in the first run.
        now: Numbers of the plot `limits` in the second run.
    """
    # For one signal the plot shows CLs against the strength, without ticks.
    same_axes = all("ticks" in plot and plot["ticks"] is None for plot in (then, now))
    if not same_axes or (then["x_label"], then["unit"]) != (now["x_label"], now["unit"]):
        return False
    return then["x"] != now["x"] or any(
        not np.allclose(first, second, rtol=SAME)
        for first, second in (
            (then["expected"][2], now["expected"][2]),
            (then["observed"] or [], now["observed"] or []),
        )
        if len(first) == len(second)
    )


def draw_limits_of_both(
    then: Mapping[str, Any], now: Mapping[str, Any], names: tuple[str, str]
) -> Figure:
    """Draw observed and median expected limits of two runs, and the prediction of the second.

    Args:
        then: Numbers of the plot `limits` in the first run.
        now: Numbers of the plot `limits` in the second run.
        names: Names of the runs.
    """
    figure, ax = single_panel()
    marks = tuple(dict.fromkeys([*then["marks"], *now["marks"]]))
    add_labels(ax, PlotLabels(now.get("experiment", ""), now["beam"], marks))
    ax.set_yscale("log")
    everything = []
    for numbers, name, color in ((then, names[0], THEN), (now, names[1], NOW)):
        lines = {"observed": ("-", numbers["observed"]), "expected": ("--", numbers["expected"][2])}
        for kind, (line, values) in lines.items():
            if values is not None:
                label = f"{kind.capitalize()}, {shown_run(name)}"
                ax.plot(numbers["x"], values, line, color=color, linewidth=2.2, label=label)
                everything.append(np.interp(now["x"], numbers["x"], values))
    ax.plot(now["x"], now["theory"], color="#555555", linewidth=1.6, label="Prediction")
    everything.append(np.asarray(now["theory"]))
    ax.set_xlim(min(then["x"] + now["x"]), max(then["x"] + now["x"]))
    ax.set_xlabel(now["x_label"])
    ax.set_ylabel(now["y_label"])
    legend = ax.legend(loc="upper right")
    tops = np.max(everything, axis=0)
    bottom = 0.4 * float(np.min(everything))
    x = np.asarray(now["x"], np.float64)
    make_room(ax, x, np.maximum(tops[1:], tops[:-1]), [axes_box(ax, legend)], bottom)
    return figure
