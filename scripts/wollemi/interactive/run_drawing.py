"""Showing an expression in regions of a run: by sample, by systematic, by region."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from wollemi.analysis.settings import Settings
from wollemi.base.arrays import Floats
from wollemi.base.rounding import percent, significant, with_error
from wollemi.histograms.blinding import noted_mask
from wollemi.histograms.histogram import Histogram, add_all, histogram_name
from wollemi.interactive.event_run import EventRun
from wollemi.interactive.quick_look import NAME
from wollemi.interactive.run_look import RunLook, look_document, look_settings
from wollemi.model.templates import Histograms
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.noted_marks import noted_marks
from wollemi.plots.prefit_stack import make_stack, sample_histogram
from wollemi.plots.shapes import at_unit_area, axis_numbers, draw_shapes
from wollemi.plots.stack_drawing import LABEL_X, draw_band, draw_main_panel, draw_stack
from wollemi.plots.style import COLORS, ratio_panels, tell_absence
from wollemi.results.marks import BLINDED
from wollemi.results.parameter_label import parameter_label

STACK_SECTIONS = (
    *("center_of_mass_tev", "luminosity_ifb", "datasets", "samples", "regions", "variables"),
    *("systematics", "prune_below", "held_parameters", "plots"),
)
MOST = 6  # systematics in a plot


def stack_settings(run: EventRun, look: RunLook, variable: Mapping[str, Any]) -> Settings:
    """Settings of the plot of the expression in its region."""
    document = look_document(run.plan.document, look, variable, alone=False)
    return look_settings(document, STACK_SECTIONS)


def sample_lines(
    settings: Settings, histograms: Histograms, region: str, hidden: bool
) -> Iterator[str]:
    """Events of each sample with the statistics of the simulation.

    Args:
        settings: see `stack_settings`.
        histograms: of the datasets.
        region: its name.
        hidden: whether any bin of the data is.
    """
    for name, sample in settings.samples.items():
        found = sample_histogram(histograms, sample, region, NAME)
        if found is None:
            yield f"  {name:<20} not filled from events"
            continue
        if hidden and sample.role == "data":
            yield f"  {name:<20} {BLINDED}"
            continue
        events = float(found.values(flow=True).sum())
        error = float(np.sqrt(found.variances(flow=True).sum()))
        told = with_error(events, error) if error else significant(events)
        yield f"  {name:<20} {told}"


def data_histogram(settings: Settings, histograms: Histograms, region: str) -> Histogram | None:
    """The sum of the data, None without any."""
    found = [
        item
        for sample in settings.samples.values()
        if sample.role == "data"
        and (item := sample_histogram(histograms, sample, region, NAME)) is not None
    ]
    return add_all(found) if found else None


def is_hidden(settings: Settings, histograms: Histograms, region: str) -> bool:
    """Whether any bin of the data is blinded."""
    data = data_histogram(settings, histograms, region)
    mask = None if data is None else noted_mask([data])
    return mask is not None and bool(mask.any())


def background_histogram(
    settings: Settings, histograms: Histograms, region: str, variation: str = "nominal"
) -> Histogram | None:
    """The sum of the backgrounds that come from events under a variation; those that it does not
    act on are nominal. None without any.
    """
    nominal, varied = (histogram_name(region, NAME, side) for side in ("nominal", variation))
    names = [
        dataset
        for sample in settings.samples.values()
        if sample.role == "background"
        for dataset in sample.datasets
        if nominal in histograms[dataset]
    ]
    if not names:
        return None
    return add_all(
        histograms[name][varied if varied in histograms[name] else nominal] for name in names
    )


def draw_samples(settings: Settings, histograms: Histograms, region: str) -> Figure:
    """The plot that the run would have: stacked backgrounds, signals, data, ratio."""
    return draw_stack(make_stack(settings, histograms, region, NAME))


def largest_systematics(
    settings: Settings, histograms: Histograms, region: str
) -> dict[str, tuple[Floats, Floats]]:
    """Systematics whose histograms differ from the nominal one, the largest change of a bin first.

    Args:
        settings: see `stack_settings`.
        histograms: of the datasets.
        region: its name.

    Returns:
        Systematic → background at ±1σ over the nominal one (bins,), NaN in bins without events.
    """
    nominal = background_histogram(settings, histograms, region)
    if nominal is None:
        return {}
    found = {}
    for name in settings.systematics:
        sides = []
        for side in ("up", "down"):
            varied = background_histogram(settings, histograms, region, f"{name}_{side}")
            assert varied is not None
            empty = np.where(nominal.values() > 0, nominal.values(), np.nan)
            sides.append(varied.values() / empty)
        found[name] = (sides[0], sides[1])
    sizes = {
        name: float(np.nanmax(np.abs(np.subtract(sides, 1)), initial=0.0))
        for name, sides in found.items()
    }
    order = sorted(found, key=lambda name: -sizes[name])
    return {name: found[name] for name in order if sizes[name] > 1e-9}


def systematic_lines(ratios: Mapping[str, tuple[Floats, Floats]]) -> Iterator[str]:
    """The largest changes of a bin by each systematic."""
    for name, sides in ratios.items():
        told = []
        for side, ratio in zip(("up", "down"), sides, strict=True):
            change = ratio - 1
            if np.isfinite(change).any():
                largest = float(change[np.nanargmax(np.abs(change))])
                told.append(f"{side} {percent(largest, sign=True)}")
        yield f"  {name:<20} {', '.join(told)} in the bin that it changes most"


def draw_systematics(
    settings: Settings,
    histograms: Histograms,
    region: str,
    ratios: Mapping[str, tuple[Floats, Floats]],
) -> Figure:
    """The plot that the run would have, and below it the background at ±1σ of the systematics that
    change it most over the nominal one.
    """
    figure, ax, lower = ratio_panels()
    stack = make_stack(settings, histograms, region, NAME)
    nominal = background_histogram(settings, histograms, region)
    draw_main_panel(ax, lower, stack)
    if nominal is None or not ratios:
        tell_absence(lower, "no systematic changes what is filled from events")
        return figure
    edges, events = stack.edges, nominal.values()
    handles, reach = [], 0.02
    for color, (name, sides) in zip(COLORS, list(ratios.items())[:MOST], strict=False):
        for side, line in zip(sides, ("-", "--"), strict=True):
            lower.stairs(side, edges, baseline=None, color=color, linewidth=1.8, linestyle=line)
        reach = max(reach, float(np.nanquantile(np.abs(np.subtract(sides, 1)), 0.95)))
        handles.append(Line2D([], [], color=color, label=parameter_label(name, settings.plots)))
    handles.append(Line2D([], [], color="black", linestyle="--", label="−1σ"))
    lower.axhline(1.0, color="black", linewidth=1.0)
    error = np.sqrt(nominal.variances())
    band = np.divide(error, events, out=np.zeros_like(events), where=events > 0)
    draw_band(lower, edges, 1 - band, 1 + band)
    lower.set_ylim(1 - 1.2 * reach, 1 + 2.0 * reach)
    lower.set_ylabel("±1σ / nominal", loc="center", fontsize=20)
    lower.yaxis.set_label_coords(LABEL_X, 0.5)
    lower.legend(handles=handles, loc="upper left", ncols=len(handles), fontsize=13)
    return figure


def draw_regions(settings: Settings, histograms: Histograms, regions: Sequence[str]) -> Figure:
    """Backgrounds of several regions at unit area."""
    plots = settings.plots
    found = {
        region: item
        for region in regions
        if (item := background_histogram(settings, histograms, region)) is not None
    }
    numbers = {
        "unit_area": [
            {"sample": region, "label": plots.regions.get(region, region), **at_unit_area(item)}
            for region, item in found.items()
            if item.values().sum() > 0
        ],
        **axis_numbers(next(iter(found.values()), None)),
        "title": "background",
        "log_x": False,
        "experiment": plots.experiment,
        "beam": beam_text(settings.center_of_mass_tev, settings.luminosity_ifb),
        "marks": list(noted_marks(list(found.values()))),
    }
    colors = {region: COLORS[number % len(COLORS)] for number, region in enumerate(found)}
    return draw_shapes(numbers, colors)
