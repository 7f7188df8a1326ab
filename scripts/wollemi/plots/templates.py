"""The plot of the templates of a systematic: a panel for each region and sample, with events at
nominal and at ±1σ, as filled and as they enter the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from wollemi.analysis.plain.queries import fitted_regions
from wollemi.analysis.settings import Settings
from wollemi.base.rounding import percent
from wollemi.histograms.histogram import Histogram, bin_edges, categories_of, label_of, unit_of
from wollemi.model.shape_systematics import plotted_model
from wollemi.model.smoothing import is_treated
from wollemi.model.template_decisions import DecidedPlace, decision, filled_sides, nominal_template
from wollemi.model.templates import Source, sample_systematics
from wollemi.plots.named_bins import name_bins
from wollemi.plots.style import PlotLabels, add_labels, note_absence, set_margins, use_style
from wollemi.results.parameter_label import parameter_label
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Sample
    from wollemi.analysis.models.model import Model
    from wollemi.analysis.models.systematics import Systematic

MOST_PANELS = 24  # most panels in a plot
COLUMNS = 3
WIDTH, HEIGHT = 6.6, 6.0  # of a panel with its axes, in inches
COLORS = {"up": "#bd1f01", "down": "#3f90da"}  # up is red, as in TRExFitter
SIDES = {"up": "+1σ", "down": "−1σ"}
STATISTICAL: dict[str, Any] = {"color": "#717581", "alpha": 0.35, "linewidth": 0}
FURTHEST = 1.0  # largest relative change on the axis
ROOM = 1.5  # height of the axis in units of the highest bin, for text above
FEW_LETTERS, SMALLEST = 26, 11  # names of categories: total length side by side, rotated size
SIZES = {"text": 15, "axis": 16, "ticks": 14}


def template_numbers(settings: Settings, source: Source, systematic: str) -> dict[str, Any]:
    """The numbers of the plot of one systematic.

    Args:
        settings: Settings of the analysis.
        source: Source of the templates, in the bins of the fit.
        systematic: Name of the systematic.

    Returns:
        Numbers by key: `panels`, limited to the largest changes, and `left_out`, the number of
        omitted panels. Each panel has `region` and `sample` with labels, `edges`, `nominal` events
        and their statistical `errors` (bins,), `up` and `down` as they enter the model before a
        part is dropped (bins,), and the decision of `lint.json`. `filled`: `up` and `down` before
        smoothing or symmetrization, if any. `refused`: reason why no model can use them.
    """
    panels = list(_panels(settings, source, systematic))
    largest = sorted(panels, key=_size, reverse=True)[:MOST_PANELS]
    label = parameter_label(systematic, settings.plots)
    return {
        "systematic": systematic,
        "label": label,
        "panels": [panel for panel in panels if panel in largest],
        "left_out": len(panels) - len(largest),
    }


def _size(panel: Mapping[str, Any]) -> float:
    """The largest relative change of the yield or of a bin."""
    return float(max(map(abs, (*panel.get("norm", (0.0,)), panel.get("shape", 0.0)))))


def _panels(settings: Settings, source: Source, systematic: str) -> Iterator[dict[str, Any]]:
    """Panels for the requested regions and samples that the systematic acts on."""
    asked = settings.plots.templates
    for region in asked.regions or fitted_regions(settings.declared):
        place = settings.regions[region]
        for name, sample in settings.samples.items():
            acting = sample_systematics(settings.systematics, name, place.derived_from or region)
            left_out = asked.samples and name not in asked.samples
            if systematic not in acting or left_out or sample.estimate is not None:
                continue
            histogram = source.nominal(sample, region, place.variable)
            model = plotted_model(settings.prune_below, settings.keeps_negative_bins)
            where = DecidedPlace(region, name, systematic)
            item = acting[systematic]
            made = _panel(source, where, item, sample, place.variable, histogram, model)
            if made:
                yield _titles(settings, where, histogram) | made


def _titles(settings: Settings, place: DecidedPlace, histogram: Histogram) -> dict[str, Any]:
    plots, variable = settings.plots, settings.regions[place.region].variable
    style, axis = plots.samples.get(place.sample), histogram.axes[0]
    unit = unit_of(axis)
    return {
        "region": place.region,
        "sample": place.sample,
        "region_label": plots.regions.get(place.region, place.region),
        "sample_label": (style.label if style else None) or place.sample,
        "x_label": f"{label_of(axis)} [{unit}]" if unit else label_of(axis),
        **({"categories": names} if (names := categories_of(axis)) else {}),
        "log_x": variable in plots.log_x,
        "log_y": place.region in plots.log_y,
    }


def _panel(
    source: Source,
    place: DecidedPlace,
    item: Systematic,
    sample: Sample,
    variable: str,
    histogram: Histogram,
    model: Model,
) -> dict[str, Any]:
    """Numbers of one panel; empty without nominal events."""
    template = nominal_template(histogram, model)
    if template is None:
        return {}
    nominal, where = histogram.values(), (sample, place.region, variable)
    factors = source.common_factors(item, sample)
    sides: Sequence[Floats | None] = (
        source.varied(place.systematic, item, *where)
        if factors is None
        else [nominal * factors["hi"], nominal * factors["lo"]]
    )
    numbers: dict[str, Any] = {
        "edges": bin_edges(histogram.axes[0]).tolist(),
        "nominal": nominal.tolist(),
        "errors": np.sqrt(histogram.variances()).tolist(),
        **_both(nominal, sides),
    }
    if factors is None and is_treated(item):
        filled = filled_sides(source, place.systematic, item, *where)
        numbers["filled"] = _both(nominal, filled)
    try:
        made = decision(source, place, item, sample, variable, template)
    except WollemiError as error:
        return numbers | {"refused": error.problem}
    keys = ("norm", "shape", "kept", "smoothing", "symmetrization")
    decided = {key: value for key, value in made.plain().items() if key in keys}
    return numbers | decided | {"dropped": made.dropped}


def _both(nominal: Floats, sides: Sequence[Floats | None]) -> dict[str, list[float]]:
    """Events at +1σ and -1σ, mirrored if only one side is known."""
    up, down = (*sides, None)[:2]
    assert up is not None
    mirrored = 2 * nominal - up if down is None else down
    return {"up": up.tolist(), "down": mirrored.tolist()}


def draw_templates(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw a grid of panels, each with the change in percent below it.

    Args:
        numbers: Numbers from `template_numbers`.
        labels: Labels above the plot.
    """
    use_style()
    panels = numbers["panels"]
    columns = min(COLUMNS, max(len(panels), 1))
    rows = max(-(-len(panels) // columns), 1)
    figure = plt.figure(figsize=(WIDTH * columns + 0.3, HEIGHT * rows + 1.3))
    set_margins(figure, left=1.15, right=0.35, bottom=0.9, top=1.4)
    grid = figure.add_gridspec(rows, columns, wspace=0.26, hspace=0.26)
    for place, panel in enumerate(panels):
        cell = grid[divmod(place, columns)].subgridspec(2, 1, height_ratios=(3, 2), hspace=0.06)
        upper = figure.add_subplot(cell[0])
        lower = figure.add_subplot(cell[1], sharex=upper)
        _draw_events(upper, panel)
        _draw_changes(lower, panel)
        if place == 0:
            add_labels(upper, labels)
    if not panels:
        ax = figure.add_subplot(grid[0])
        add_labels(ax, labels)
        note_absence(ax, "it has no templates here")
    _head(figure, numbers)
    return figure


def _head(figure: Figure, numbers: Mapping[str, Any]) -> None:
    """Write the systematic's name and the meaning of the lines above all panels."""
    width, height = figure.get_size_inches()
    more = f" ({numbers['left_out']} smaller ones left out)" if numbers["left_out"] else ""
    top = 1 - 0.12 / height
    left = figure.text(1.15 / width, top, numbers["label"] + more, va="top", fontsize=20)
    left.set_fontweight("bold")
    handles: list[Any] = [
        (Line2D([], [], color="black", linewidth=2.0), Patch(**STATISTICAL)),
        *(Line2D([], [], color=color, linewidth=2.0) for color in COLORS.values()),
    ]
    names = ["nominal, MC stat.", *SIDES.values()]
    if any("filled" in panel for panel in numbers["panels"]):
        handles.append(Line2D([], [], color="black", linewidth=1.4, linestyle=":"))
        names.append("as filled")
    figure.legend(
        handles,
        names,
        loc="upper left",
        bbox_to_anchor=(1.0 / width, 1 - 0.42 / height),
        ncols=len(names),
        fontsize=14,
        columnspacing=1.0,
        handlelength=1.6,
        borderpad=0.1,
    )


def _lines(panel: Mapping[str, Any]) -> Iterator[tuple[Floats, dict[str, Any]]]:
    """Events (bins,) of each line with its style, templates as filled first."""
    for key, style in (
        ("filled", {"linestyle": ":", "linewidth": 1.8}),
        ("", {"linestyle": "-", "linewidth": 2.0}),
    ):
        events = (panel.get(key) or {}) if key else panel
        for side, color in COLORS.items() if events else ():
            yield np.asarray(events[side], np.float64), {"color": color, **style}


def _draw_events(ax: Axes, panel: Mapping[str, Any]) -> None:
    edges, nominal, errors = (
        np.asarray(panel[key], np.float64) for key in ("edges", "nominal", "errors")
    )
    ax.stairs(nominal + errors, edges, baseline=nominal - errors, fill=True, **STATISTICAL)
    ax.stairs(nominal, edges, baseline=None, color="black", linewidth=2.0)
    tops = [nominal + errors]
    for events, style in _lines(panel):
        ax.stairs(events, edges, baseline=None, **style)
        tops.append(events)
    positive = np.concatenate(tops)[np.concatenate(tops) > 0]
    highest = float(positive.max())
    if panel["log_x"]:
        ax.set_xscale("log")
    ax.set_xlim(edges[0], edges[-1])
    if panel["log_y"]:
        lowest = 0.5 * float(nominal[nominal > 0].min())
        ax.set_yscale("log")
        ax.set_ylim(lowest, highest * (highest / lowest) ** (ROOM - 1) * 2)
    else:
        ax.set_ylim(min(0.0, float(nominal.min())), ROOM * highest)
    ax.set_ylabel("events", fontsize=SIZES["axis"])
    ax.tick_params(labelsize=SIZES["ticks"], labelbottom=False)
    ax.text(
        0.05,
        0.95,
        "\n".join(panel_texts(panel)),
        transform=ax.transAxes,
        va="top",
        fontsize=SIZES["text"],
        linespacing=1.25,
    )


def panel_texts(panel: Mapping[str, Any]) -> list[str]:
    """Text in a panel: its region and sample, the changes of the yield and of the shape, and the
    treatment of the templates.

    Args:
        panel: Numbers of the panel.
    """
    place = f"{panel['region_label']}, {panel['sample_label']}"
    if "refused" in panel:
        return [place, f"refused: {panel['refused'][:60]}"]
    up, down = (percent(size, sign=True) for size in panel["norm"])
    texts = [place, f"yield {up}, {down}; shape {percent(panel['shape'])}"]
    done = [panel[key].replace("_", " ") for key in ("smoothing", "symmetrization") if key in panel]
    if panel["dropped"]:
        done.append(f"dropped: {', '.join(panel['dropped'])}")
    return [*texts, ", ".join(done)] if done else texts


def _draw_changes(ax: Axes, panel: Mapping[str, Any]) -> None:
    """Draw changes relative to nominal in percent, except where nominal events are not positive."""
    edges, nominal, errors = (
        np.asarray(panel[key], np.float64) for key in ("edges", "nominal", "errors")
    )
    filled = nominal > 0

    def changes(events: Floats) -> Floats:
        shift = np.full_like(nominal, np.nan)
        return 100 * np.divide(events - nominal, nominal, out=shift, where=filled)

    band = changes(nominal + errors)
    ax.stairs(band, edges, baseline=-band, fill=True, **STATISTICAL)
    ax.axhline(0, color="black", linewidth=1.4)
    reach = [1.0]
    for events, style in _lines(panel):
        drawn = changes(events)
        ax.stairs(drawn, edges, baseline=None, **style)
        reach += np.abs(drawn[filled]).tolist()
    end = min(1.25 * max(reach), 100 * FURTHEST)
    ax.set_ylim(-end, end)
    ax.set_ylabel("change [%]", fontsize=SIZES["axis"])
    ax.set_xlabel(panel["x_label"], fontsize=SIZES["axis"])
    ax.tick_params(labelsize=SIZES["ticks"])
    if panel.get("categories"):
        name_bins(ax, panel["categories"], FEW_LETTERS, (SIZES["ticks"], SMALLEST))
