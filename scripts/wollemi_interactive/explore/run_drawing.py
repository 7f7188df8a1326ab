"""Showing an expression in regions of a run: by sample, by systematic, by region."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from wollemi.analysis.models.analysis import Sample
from wollemi.analysis.settings import Settings
from wollemi.base.rounding import percent, significant, with_error
from wollemi.finished.event_run import EventRun
from wollemi.finished.stacked import STACK_SECTIONS
from wollemi.histograms.blinding import noted_mask
from wollemi.histograms.histogram import Histogram, add_all, histogram_name
from wollemi.model.templates import (
    Histograms,
    Place,
    Source,
    alternatives,
    sample_systematics,
)
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.noted_marks import noted_marks
from wollemi.plots.prefit_stack import make_stack, sample_histogram
from wollemi.plots.shapes import at_unit_area, axis_numbers, draw_shapes
from wollemi.plots.stack_drawing import draw_band, draw_main_panel, draw_stack
from wollemi.plots.style import COLORS, LABEL_X, note_absence, ratio_panels
from wollemi.results.marks import BLINDED
from wollemi.results.parameter_label import parameter_label
from wollemi_interactive.explore.run_look import RunLook, look_document, look_settings
from wollemi_likelihood.base.arrays import Floats

MOST = 6  # systematics in a plot


def stack_settings(run: EventRun, look: RunLook, variable: Mapping[str, Any]) -> Settings:
    """Settings of the plot of an expression in its region."""
    document = look_document(run.plan.analysis.plain, look, variable, alone=False)
    return look_settings(document, STACK_SECTIONS)


def sample_lines(
    settings: Settings, histograms: Histograms, place: Place, hidden: bool
) -> Iterator[str]:
    """Lines with the events of each sample and the statistical uncertainty of the simulation.

    Args:
        settings: Settings from `stack_settings`.
        histograms: Histograms of the datasets.
        place: Region and variable.
        hidden: Whether any bin of the data is blinded.
    """
    for name, sample in settings.samples.items():
        found = sample_histogram(histograms, sample, *place)
        if found is None:
            yield f"  {name:<20} not filled from events"
            continue
        if hidden and sample.role == "data":
            yield f"  {name:<20} {BLINDED}"
            continue
        events = float(found.values(flow=True).sum())
        error = float(np.sqrt(found.variances(flow=True).sum()))
        text = with_error(events, error) if error else significant(events)
        yield f"  {name:<20} {text}"


def data_histogram(settings: Settings, histograms: Histograms, place: Place) -> Histogram | None:
    """The sum of the data; None without data."""
    found = [
        item
        for sample in settings.samples.values()
        if sample.role == "data"
        and (item := sample_histogram(histograms, sample, *place)) is not None
    ]
    return add_all(found) if found else None


def is_hidden(settings: Settings, histograms: Histograms, place: Place) -> bool:
    """Whether any bin of the data is blinded."""
    data = data_histogram(settings, histograms, place)
    mask = None if data is None else noted_mask([data])
    return mask is not None and bool(mask.any())


def backgrounds(settings: Settings, histograms: Histograms, place: Place) -> dict[str, Sample]:
    """Background samples filled from events."""
    return {
        name: sample
        for name, sample in settings.samples.items()
        if sample.role == "background" and sample_histogram(histograms, sample, *place) is not None
    }


def background_histogram(
    settings: Settings, histograms: Histograms, place: Place
) -> Histogram | None:
    """The sum of the backgrounds filled from events; None without any."""
    found = [
        sample_histogram(histograms, sample, *place)
        for sample in backgrounds(settings, histograms, place).values()
    ]
    return add_all(item for item in found if item is not None) if found else None


def draw_samples(settings: Settings, histograms: Histograms, place: Place) -> Figure:
    """The plot as in the run: stacked backgrounds, signals, data, ratio."""
    return draw_stack(make_stack(settings, histograms, *place))


def largest_systematics(
    settings: Settings, histograms: Histograms, place: Place
) -> dict[str, tuple[Floats, Floats]]:
    """Systematics that change the background, sorted by their largest change of a bin, as they
    enter the model: with factors on yields, other datasets and mirror images.

    Args:
        settings: Settings from `stack_settings`.
        histograms: Histograms of the datasets.
        place: Region and variable.

    Returns:
        Systematic → background at ±1σ / nominal, shape (bins,); NaN in bins without events.
    """
    nominal = background_histogram(settings, histograms, place)
    if nominal is None:
        return {}
    events = np.where(nominal.values() > 0, nominal.values(), np.nan)
    source, changes = Source(histograms, settings.datasets), dict[str, Floats]()
    for sample, item in backgrounds(settings, histograms, place).items():
        own = source.nominal(item, *place).values()
        acting = sample_systematics(settings.systematics, sample, place[0])
        for name, systematic in acting.items():
            others = alternatives(systematic)
            if all(histogram_name(*place) in histograms[other] for other in others):
                up, down = source.varied(name, systematic, item, *place)
                sides = np.stack([up, 2 * own - up if down is None else down]) - own
                changes[name] = changes.get(name, np.zeros_like(sides)) + sides
    ratios = {name: 1 + sides / events for name, sides in changes.items()}
    sizes = {
        name: float(np.nanmax(np.abs(sides - 1), initial=0.0)) for name, sides in ratios.items()
    }
    order = sorted(ratios, key=lambda name: -sizes[name])
    return {name: (ratios[name][0], ratios[name][1]) for name in order if sizes[name] > 1e-9}


def systematic_lines(ratios: Mapping[str, tuple[Floats, Floats]]) -> Iterator[str]:
    """One line per systematic, with its largest change of a bin."""
    for name, sides in ratios.items():
        texts = []
        for side, ratio in zip(("up", "down"), sides, strict=True):
            change = ratio - 1
            if np.isfinite(change).any():
                largest = float(change[np.nanargmax(np.abs(change))])
                texts.append(f"{side} {percent(largest, sign=True)}")
        yield f"  {name:<20} {', '.join(texts)} in the bin that it changes most"


def draw_systematics(
    settings: Settings,
    histograms: Histograms,
    place: Place,
    ratios: Mapping[str, tuple[Floats, Floats]],
) -> Figure:
    """The plot as in the run, and below it the ratio of the background at ±1σ to the nominal
    background for the systematics that change it most.
    """
    figure, ax, lower = ratio_panels()
    stack = make_stack(settings, histograms, *place)
    nominal = background_histogram(settings, histograms, place)
    draw_main_panel(ax, lower, stack)
    if nominal is None or not ratios:
        note_absence(lower, "no systematic changes what is filled from events")
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


def draw_regions(settings: Settings, histograms: Histograms, places: Sequence[Place]) -> Figure:
    """Backgrounds of several regions at unit area."""
    plots = settings.plots
    found = {
        place[0]: item
        for place in places
        if (item := background_histogram(settings, histograms, place)) is not None
    }
    numbers = {
        "unit_area": [
            {"sample": region, "label": plots.regions.get(region, region), **at_unit_area(item)}
            for region, item in found.items()
            if item.values().sum() > 0
        ],
        **axis_numbers(next(iter(found.values()), None)),
        "title": "background",
        "log_x": places[0][1] in plots.log_x,
        "experiment": plots.experiment,
        "beam": beam_text(settings.center_of_mass_tev, settings.luminosity_ifb),
        "marks": list(noted_marks(list(found.values()))),
    }
    colors = {region: COLORS[number % len(COLORS)] for number, region in enumerate(found)}
    return draw_shapes(numbers, colors)
