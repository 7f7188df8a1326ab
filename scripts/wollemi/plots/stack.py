"""The content of a stack plot: layers, data with intervals, uncertainty and ratio, also as plain
values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import CSS4_COLORS, is_color_like
from numpy.typing import NDArray

from wollemi.histograms.histogram import Axis, bin_edges, categories_of, label_of, unit_of
from wollemi.plots.blocks import block_numbers
from wollemi.plots.cut_edges import CutEdge
from wollemi.plots.style import COLORS, SIGNAL_COLORS, PlotLabels
from wollemi.results.intervals import poisson_interval
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Sample
    from wollemi.analysis.models.plots import Plots

SMALLEST_SHOWN = 0.05  # events: no axis needs to reach below this expectation


@dataclass(frozen=True)
class Layer:
    """One sample in a plot: its events (bins,)."""

    sample: str
    label: str
    color: str
    events: Floats


@dataclass(frozen=True)
class Stack:
    """Everything that a stack plot shows.

    Args:
        axis: Axis with the bins.
        layers: Filled layers, the lowest first.
        lines: Samples drawn as lines, not stacked.
        uncertainty: Symmetric uncertainty of the sum of the layers in events, shape (bins,); None
            without simulation.
        uncertainty_label: Name of the uncertainty in the legend.
        observed: Events of the data, shape (bins,); None without data.
        observed_label: Name of the data in the legend.
        title: Title of the region.
        stage: Stage: `Pre-fit`, `Post-fit` or nothing.
        labels: Labels above the plot.
        log_x: Whether the x axis is logarithmic.
        log_y: Whether the y axis is logarithmic.
        annotations: Text → position on the x axis.
        note: Additional line below the title, or nothing.
        cuts: Edges of an omitted cut on the x axis.
        blinded: Flags of bins whose data are hidden, shape (bins,); None if no data are hidden.
        statistical: Part of the uncertainty from the number of events, shape (bins,); None if
            unknown.
    """

    axis: Axis
    layers: tuple[Layer, ...]
    lines: tuple[Layer, ...]
    uncertainty: Floats | None
    uncertainty_label: str
    observed: Floats | None
    observed_label: str
    title: str
    stage: str
    labels: PlotLabels
    log_x: bool = False
    log_y: bool = False
    annotations: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    cuts: tuple[CutEdge, ...] = ()
    blinded: NDArray[np.bool_] | None = None
    statistical: Floats | None = None

    @cached_property
    def edges(self) -> Floats:
        """Bin edges (bins + 1,)."""
        return bin_edges(self.axis)

    @cached_property
    def divided(self) -> bool:
        """Whether bin contents are divided by the bin width: if bins are unequal."""
        widths = np.diff(self.edges)
        return not np.allclose(widths, widths[0], rtol=1e-6)

    @cached_property
    def divisor(self) -> Floats:
        """Factor that divides events to give the drawn values (bins,)."""
        return np.diff(self.edges) if self.divided else np.ones(self.axis.size)

    @cached_property
    def total(self) -> Floats | None:
        """Sum of the layers in events (bins,); None without simulation."""
        return np.sum([layer.events for layer in self.layers], axis=0) if self.layers else None

    @cached_property
    def interval(self) -> tuple[Floats, Floats] | None:
        """68.3 % interval of the data in events, lower and upper end (bins,); NaN in blinded
        bins.
        """
        if self.observed is None:
            return None
        low, high = poisson_interval(np.nan_to_num(self.observed))
        return np.where(np.isnan(self.observed), np.nan, low), np.where(
            np.isnan(self.observed), np.nan, high
        )

    @property
    def x_label(self) -> str:
        """Label of the x axis."""
        label, unit = label_of(self.axis), unit_of(self.axis)
        return f"{label} [{unit}]" if unit else label

    @property
    def y_label(self) -> str:
        """Label of the y axis: events per bin of a given width, or per unit of the x axis."""
        unit = unit_of(self.axis)
        if categories_of(self.axis):
            return "Events"
        if self.divided:
            return f"Events / {unit or 'bin width'}"
        width = float(f"{self.edges[1] - self.edges[0]:.3g}")
        if not unit:
            return "Events" if width == 1 else f"Events / {width:g}"
        return f"Events / {width:g} {unit}" if width != 1 else f"Events / {unit}"


@dataclass(frozen=True)
class Ratio:
    """Data over prediction with its interval (bins,), NaN without prediction or data events, and
    the uncertainty band.
    """

    values: Floats
    low: Floats
    high: Floats
    band: Floats


def ratio(stack: Stack) -> Ratio | None:
    """The ratio panel of a stack; None without simulation, or without data that may be shown."""
    if stack.total is None or stack.uncertainty is None:
        return None
    if stack.observed is None or stack.interval is None or np.isnan(stack.observed).all():
        return None
    expected = np.where(stack.total > 0, stack.total, np.nan)
    band = stack.uncertainty / expected
    expected = np.where(stack.observed > 0, expected, np.nan)
    low, high = stack.interval
    return Ratio(stack.observed / expected, low / expected, high / expected, band)


def without_blinded(events: Floats, blinded: NDArray[np.bool_] | None) -> Floats:
    """Events of the data (bins,), NaN in blinded bins."""
    return events if blinded is None else np.where(blinded, np.nan, events)


def ordered(samples: Sequence[str], plots: Plots) -> list[str]:
    """Samples from the bottom of the stack to its top: first those in `plots.samples` in its order,
    then the others.
    """
    styled = [name for name in plots.samples if name in samples]
    return [*styled, *(name for name in samples if name not in styled)]


def sample_colors(samples: Mapping[str, Sample], plots: Plots) -> dict[str, str]:
    """A color for each simulated sample: from the analysis file, or from a palette for its role.

    Raises:
        WollemiError: A color is unknown to matplotlib.
    """
    named = {f"samples.{name}": style.color for name, style in plots.samples.items()}
    named |= {f"groups.{name}": group.color for name, group in (plots.groups or {}).items()}
    for place, color in named.items():
        if color and not is_color_like(color):
            problem = f"'{color}' is not a color{did_you_mean(color, CSS4_COLORS)}"
            raise WollemiError(
                f"plots.{place}.color", problem, "take a name of matplotlib, or such as '#3f90da'"
            )
    backgrounds = [name for name, sample in samples.items() if sample.role == "background"]
    signals = [name for name, sample in samples.items() if sample.role == "signal"]
    shown = [*plots.show_signals, *(name for name in signals if name not in plots.show_signals)]
    chosen = dict(zip(backgrounds, cycle(COLORS), strict=False)) | dict(
        zip(shown, cycle(SIGNAL_COLORS), strict=False)
    )
    return chosen | {name: style.color for name, style in plots.samples.items() if style.color}


def make_layer(sample: str, events: Floats, plots: Plots, color: str) -> Layer:
    """A layer with its label from the analysis file.

    Args:
        sample: Name of the sample.
        events: Events, shape (bins,).
        plots: Section `plots`.
        color: Color from `sample_colors`.
    """
    style = plots.samples.get(sample)
    return Layer(sample, (style.label if style else None) or sample, color, events)


def grouped(layers: Sequence[Layer], plots: Plots) -> tuple[Layer, ...]:
    """Merge layers of one group at the position of the lowest of them.

    Args:
        layers: Layers, the lowest first.
        plots: Section `plots`.
    """
    groups = plots.groups or {}
    group_of = {sample: name for name, group in groups.items() for sample in group.samples}
    found: dict[str, list[Layer]] = {}
    for layer in layers:
        found.setdefault(group_of.get(layer.sample, layer.sample), []).append(layer)
    return tuple(
        Layer(
            name,
            groups[name].label or name,
            groups[name].color or min(members, key=_place_in(groups[name].samples)).color,
            np.sum([item.events for item in members], axis=0),
        )
        if name in groups
        else members[0]
        for name, members in found.items()
    )


def _place_in(names: Sequence[str]) -> Callable[[Layer], int]:
    return lambda layer: names.index(layer.sample)


def visible(line: Layer, total: Floats | None) -> bool:
    """Whether a line would be visible: nonzero, and above 1 % of the stack somewhere."""
    stacked = np.zeros_like(line.events) if total is None else total
    return bool(np.any((line.events > SMALLEST_SHOWN / 10) & (line.events > 0.01 * stacked)))


def stack_numbers(stack: Stack) -> dict[str, Any]:
    """Every number that a stack plot shows; `drawn` contains the values on the y axis, null where
    nothing is drawn.
    """
    shown = ratio(stack)
    return {
        "axis": {
            "name": stack.axis.name,
            "label": stack.x_label,
            "unit": unit_of(stack.axis),
            "edges": stack.edges.tolist(),
            **({"categories": names} if (names := categories_of(stack.axis)) else {}),
            **block_numbers(stack.axis),
        },
        "y_label": stack.y_label,
        "divided_by_bin_width": stack.divided,
        "title": stack.title,
        "stage": stack.stage,
        "experiment": stack.labels.experiment,
        "beam": stack.labels.beam,
        "marks": list(stack.labels.marks),
        "annotations": dict(stack.annotations),
        **(
            {"note": stack.note, "cuts": [asdict(edge) for edge in stack.cuts]}
            if stack.note
            else {}
        ),
        "stacked": [_layer_numbers(layer, stack.divisor) for layer in stack.layers],
        "lines": [_layer_numbers(layer, stack.divisor) for layer in stack.lines],
        "total": _total_numbers(stack),
        "data": _data_numbers(stack),
        "ratio": None
        if shown is None
        else {key: plain(getattr(shown, key)) for key in ("values", "low", "high", "band")},
    }


def plain(values: Floats) -> list[float | None]:
    """An array for JSON, with null for NaN."""
    return [None if np.isnan(value) else value for value in values.tolist()]


def _layer_numbers(layer: Layer, divisor: Floats) -> dict[str, Any]:
    return {
        "sample": layer.sample,
        "label": layer.label,
        "events": layer.events.tolist(),
        "drawn": (layer.events / divisor).tolist(),
    }


def _total_numbers(stack: Stack) -> dict[str, Any] | None:
    if stack.total is None or stack.uncertainty is None:
        return None
    both = {"events": stack.total, "uncertainty": stack.uncertainty}
    both |= {} if stack.statistical is None else {"statistical_uncertainty": stack.statistical}
    drawn = {
        "drawn": stack.total / stack.divisor,
        "drawn_uncertainty": stack.uncertainty / stack.divisor,
    }
    return {"label": stack.uncertainty_label} | {
        key: value.tolist() for key, value in (both | drawn).items()
    }


def _data_numbers(stack: Stack) -> dict[str, Any] | None:
    if stack.observed is None or stack.interval is None:
        return None
    low, high = stack.interval
    numbers = {
        "events": stack.observed,
        "low": low,
        "high": high,
        "drawn": stack.observed / stack.divisor,
        "drawn_low": low / stack.divisor,
        "drawn_high": high / stack.divisor,
    }
    noted = {} if stack.blinded is None else {"blinded": stack.blinded.tolist()}
    return (
        {"label": stack.observed_label}
        | noted
        | {key: plain(value) for key, value in numbers.items()}
    )
