"""Plots that changed between two runs, drawn on common axes, each with a caption."""

import base64
import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from math import fsum
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from wollemi.base.tex import tex_plain
from wollemi.history.opened import OpenedRun
from wollemi.pages.captions import caption
from wollemi.plots.parameters import shown_name
from wollemi.plots.result_overlay import (
    MOST_PULLS,
    draw_limits_of_both,
    draw_pulls_of_both,
    limits_moved,
    moved_pulls,
)
from wollemi.plots.run_overlay import TOTAL, Curve, Overlay, draw_overlay, overlay
from wollemi.plots.style import PlotLabels
from wollemi_likelihood.base.errors import counted

MOST = 24  # most plots of events on a page
_DPI = 80
_SHOWN = 3  # most samples in a caption
Names = tuple[str, str]


class Picture(NamedTuple):
    """A plot on the page.

    Args:
        name: Name of the plot in both runs.
        uri: PNG file as a data URI.
        caption: Caption below the plot.
        alt: Description for readers who cannot see the plot.
    """

    name: str
    uri: str
    caption: str
    alt: str


class Moved(NamedTuple):
    """Changes of plots.

    Args:
        results: Plots of limits and pulls.
        events: Plots of regions, the largest changes first.
        left_out: Names of plots with smaller changes.
        alone: Names of plots in the first run only, and in the second run only.
    """

    results: list[Picture]
    events: list[Picture]
    left_out: list[str]
    alone: tuple[list[str], list[str]]


def moved_plots(runs: tuple[OpenedRun, OpenedRun], names: Names) -> Moved:
    """Draw the plots that changed.

    Args:
        runs: The first and the second run.
        names: Names of the runs.
    """
    then, now = (_plots(run) for run in runs)
    differ = [name for name in now if name in then and then[name] != now[name]]
    pairs = {name: (_numbers(runs[0], name), _numbers(runs[1], name)) for name in differ}
    found = {
        name: item for name, (old, new) in pairs.items() if (item := overlay(old, new)) is not None
    }
    ordered = sorted(found, key=lambda name: (-found[name].size, name))
    return Moved(
        list(_results(pairs, names)),
        [_picture(name, found[name], pairs[name], names) for name in ordered[:MOST]],
        ordered[MOST:],
        (sorted(then.keys() - now.keys()), sorted(now.keys() - then.keys())),
    )


def _plots(run: OpenedRun) -> dict[str, str]:
    """SHA-256 of the numbers by plot."""
    folder = f"{run.archive.run}/plots/"
    return {
        Path(name).stem: digest
        for name, digest in sorted(run.archive.digests.items())
        if name.startswith(folder) and name.endswith(".json")
    }


def _numbers(run: OpenedRun, name: str) -> dict[str, Any]:
    """Numbers of a plot; empty if they are damaged."""
    path = run.archive.root / run.archive.run / "plots" / f"{name}.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _results(
    pairs: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]], names: Names
) -> Iterator[Picture]:
    """Limits and pulls of both runs, if they changed."""
    old, new = pairs.get("limits", ({}, {}))
    if limits_moved(old, new):
        uri = _png(draw_limits_of_both(old, new, names))
        text = "Observed and median expected limits of both runs"
        yield Picture("limits", uri, text, f"{text}; the numbers are in the table above.")
    old, new = pairs.get("pulls", ({}, {}))
    if "pulls" in old and "pulls" in new and (moved := moved_pulls(old, new)):
        marks = tuple(dict.fromkeys([*old["marks"], *new["marks"]]))
        labels = PlotLabels(new.get("experiment", ""), new.get("beam", ""), marks)
        uri = _png(draw_pulls_of_both(moved, names, labels))
        more = f"; {len(moved) - MOST_PULLS} more moved less" if len(moved) > MOST_PULLS else ""
        text = f"Pulls that moved, the largest changes on top{more}"
        rows = [
            f"{tex_plain(shown_name(second))} {first['pull']:+.2f} → {second['pull']:+.2f}"
            for first, second in moved[:MOST_PULLS]
        ]
        yield Picture("pulls", uri, text, f"{text}: {', '.join(rows)}.")


def _png(figure: Figure) -> str:
    content = BytesIO()
    figure.savefig(content, format="png", dpi=_DPI, metadata={"Software": None})
    plt.close(figure)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def _picture(
    name: str, found: Overlay, pair: tuple[Mapping[str, Any], Mapping[str, Any]], names: Names
) -> Picture:
    title = caption(pair[1])
    words = "; ".join(_changes(found, *pair))
    text = f"{title}. {words[:1].upper()}{words[1:]}."
    return Picture(name, _png(draw_overlay(found, names)), text, tex_plain(text))


def _changes(found: Overlay, then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Descriptions of the changes in a plot."""
    if not found.same_bins:
        yield f"{len(found.edges[0]) - 1} → {counted(len(found.edges[1]) - 1, 'bin')}"
    for curve in found.curves:
        if curve.size > 0:
            yield _curve_text(curve) + (_layers_text(then, now) if curve.name == TOTAL else "")
        if curve.name == TOTAL and 0 < curve.size < np.inf:
            yield _largest_bin(found, curve, now["axis"]["unit"])


def _layers_text(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The samples of a stack that changed most."""
    old, new = (
        {item["label"]: fsum(item["events"]) for item in numbers["stacked"]}
        for numbers in (then, now)
    )
    steps = {name: (old.get(name, 0.0), new.get(name, 0.0)) for name in {**old, **new}}
    moved = [name for name in steps if steps[name][0] != steps[name][1]]
    largest = sorted(moved, key=lambda name: -abs(steps[name][1] - steps[name][0]))
    if not largest or len(steps) == 1:
        return ""
    return f", of it {', '.join(_step(name, *steps[name]) for name in largest[:_SHOWN])}"


def _curve_text(curve: Curve) -> str:
    label = "prediction" if curve.name == TOTAL else curve.label
    then, now = (
        None if np.isnan(values).all() else float(np.nansum(values))
        for values in (curve.then, curve.now)
    )
    if then is None or now is None:
        return f"{label} only in the {'second' if then is None else 'first'} run"
    return _step(label, then, now)


def _step(label: str, then: float, now: float) -> str:
    share = f" ({100 * (now - then) / then:+.2g} %)" if then and then != now else ""
    return f"{label} {then:,.5g} → {now:,.5g}{share}".replace("(-", "(−")


def _largest_bin(found: Overlay, total: Curve, unit: str) -> str:
    scale = np.where(found.error > 0, found.error, np.inf)
    moved = np.abs(total.now - total.then) / scale
    place = int(np.argmax(moved))
    low, high = found.edges[0][place : place + 2]
    return (
        f"largest change of a bin {moved[place]:.2g} errors of the prediction, "
        f"from {low:g} to {high:g} {unit}"
    ).rstrip()
