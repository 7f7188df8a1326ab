"""A region of a run with moved cuts: histograms of all samples, cutflow, expected signals."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from wollemi.analysis.models.blinding import Hidden
from wollemi.analysis.settings import Settings
from wollemi.analysis.view import view_of
from wollemi.check.quick_look import choose_edges
from wollemi.events.cutflow import Line, add_lines
from wollemi.finished.event_run import EventRun, check_names
from wollemi.finished.stacked import STACK_SECTIONS
from wollemi.histograms.blinding import (
    hidden_bins,
    hide_counts,
    hide_histograms,
    wholly_hidden,
)
from wollemi.histograms.histogram import Histogram, axes_of, normalized
from wollemi.histograms.merging import with_member_sides
from wollemi.histograms.unrolling import axes_of_variable, unrolled
from wollemi.histograms.varied import separated
from wollemi.model.binning import in_plot_bins
from wollemi.model.templates import Histograms
from wollemi.results.extrapolation import ExpectedPoint
from wollemi_engine.expressions.selections import selection_terms
from wollemi_interactive.explore.cut_bounds import (
    Bound,
    Document,
    Texts,
    cut_texts,
    find_bounds,
    moved,
    with_texts,
)
from wollemi_interactive.explore.loaded_events import LoadedEvents, Terms, load_events
from wollemi_interactive.explore.run_look import RunLook, look_document, look_settings, looked_at
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.expressions.syntax import split_conjunction

MASK_SECTIONS = ("hidden", "regions", "variables")
STEPS = 200  # of a slider
ExpectedPoints = Mapping[str, ExpectedPoint]  # signal → its expected limits and significance
EVENT_SECTIONS = ("objects", "columns", "skim")  # an edit of them changes the events
OTHER_EVENTS = "others"  # hides the data where these differ from the file


@dataclass(frozen=True)
class Slider:
    """A bound of a cut with the range of its slider.

    Args:
        bound: Bound in the selection.
        low: Lower end of the slider.
        high: Upper end of the slider.
        step: Step of the slider.
    """

    bound: Bound
    low: float
    high: float
    step: float


@dataclass(frozen=True)
class MovedRegion:
    """A region of the run with moved cuts.

    Args:
        place: Names of the region and the variable.
        settings: Settings of its plot.
        histograms: Dataset → name → histogram, normalized, under all variations.
        lines: Dataset → its normalized cutflow, with None for blinded numbers.
        shared: Blinded region, or part of a variable, that shares simulated events with the region;
            `OTHER_EVENTS` if that cannot be known, empty for none.
    """

    place: tuple[str, str]
    settings: Settings
    histograms: Histograms
    lines: Mapping[str, list[Line]]
    shared: str


@dataclass
class ExploredRun:
    """The events of a run in memory, read dataset by dataset when needed.

    Args:
        run: Finished run.
        most: Maximum number of events to read from each simulated dataset; None for all.
        unmoved_limits: Region → expected limits with the cuts of the file, as far as computed.
    """

    run: EventRun
    most: int | None
    unmoved_limits: dict[str, ExpectedPoints] = field(default_factory=dict)
    _loaded: dict[str, LoadedEvents | None] = field(default_factory=dict)
    _settings: dict[tuple[str, ...], Settings] = field(default_factory=dict)
    _edited: tuple[str, Mapping[str, LoadedEvents]] = ("", MappingProxyType({}))

    def variables(self, region: str) -> list[str]:
        """Variables that can be shown: first the region's own, then those in other regions."""
        regions = self.run.analysis.regions
        others = [item for name, item in regions.items() if name != region]
        return list(
            dict.fromkeys(
                name
                for item in (regions[region], *others)
                for name in (item.variable, *item.monitor)
            )
        )

    @property
    def to_load(self) -> list[str]:
        """Datasets whose events have not been read yet."""
        return [name for name in looked_at(self.run) if name not in self._loaded]

    def load(self, dataset: str) -> None:
        """Read the events of a dataset."""
        self._loaded[dataset] = load_events(self.run, dataset, self.most)

    @property
    def loaded(self) -> dict[str, LoadedEvents]:
        """Dataset → its events."""
        for name in self.to_load:
            self.load(name)
        return {name: item for name, item in self._loaded.items() if item is not None}

    @property
    def simulated(self) -> dict[str, LoadedEvents]:
        """Simulated dataset → its events."""
        return {name: item for name, item in self.loaded.items() if not item.settings.is_data}

    @property
    def event_sections(self) -> dict[str, Any]:
        """Sections of the analysis on which the events in memory depend."""
        return {key: self.run.plan.analysis.plain.get(key) for key in EVENT_SECTIONS}

    def texts(self, region: str) -> Texts:
        """Conditions with movable numbers; see `cut_texts`.

        Raises:
            WollemiError: The region is unknown.
        """
        check_names("region", [region], self.run.analysis.regions)
        return cut_texts(self.run.plan.analysis.plain, region)

    def sliders(self, region: str) -> list[Slider]:
        """The bounds of a region's cuts, with ranges from the simulated events: for a cut of the
        region, those that pass all its other cuts.

        Raises:
            WollemiError: The region is unknown.
        """
        bounds = find_bounds(self.texts(region))
        terms = selection_terms(self.run.plan.analysis.plain["regions"][region]["selection"])
        return [self._slider(bound, terms) for bound in bounds]

    def conditions(self, region: str) -> list[str]:
        """Conditions of a region without a movable bound."""
        selection = self.run.plan.analysis.plain["regions"][region]["selection"]
        return [
            text
            for _, cut in selection_terms(selection)
            for text in split_conjunction(cut)
            if not find_bounds({(): text})
        ]

    def _slider(self, bound: Bound, terms: Terms) -> Slider:
        found = [_values(item, bound, terms) for item in self.simulated.values()]
        values = np.concatenate([*found, [bound.value]])
        bins, low, high = choose_edges(values, STEPS)
        step = float(f"{(high - low) / bins:.6g}")
        # Whole numbers are centered in their bins, from half below to half above.
        whole = step == 1 and low % 1 == 0.5
        low, high = (low + 0.5, high - 0.5) if whole else (low, high)
        if low == high:  # other cuts leave one value, such as the skim for `count(muon) == 2`
            low, high = low - step, high + step
        low = first_stop(low, bound.value, step, positive=values.min() >= 0)
        return Slider(bound, low, max(high, bound.value), step)

    def moved(self, region: str, variable: str, numbers: Mapping[int, str]) -> MovedRegion:
        """The region with other numbers in its cuts.

        Args:
            region: Name of the region.
            variable: Name of the variable to fill.
            numbers: Place of a bound → its number.

        Raises:
            WollemiError: A name is unknown, or a number or a weight is not a number.
        """
        texts = self.texts(region)
        check_names("variable", [variable], self.variables(region))
        document = with_texts(self.run.plan.analysis.plain, moved(texts, numbers))
        terms, place = selection_terms(document["regions"][region]["selection"]), (region, variable)
        shared = self._shared(region, terms, self.is_other(document))
        filled: dict[str, dict[str, Histogram]] = {name: {} for name in document["datasets"]}
        lines: dict[str, list[Line]] = {}
        for dataset, events in self._events(document).items():
            filled[dataset], lines[dataset] = self.filled(events, dataset, place, terms, shared)
        settings = self._settings_of(*place)
        shown = {region: settings.regions[region]}
        filled = in_plot_bins(filled, shown, settings.plots.edges or {})
        return MovedRegion(place, settings, filled, lines, shared)

    def is_other(self, document: Document) -> bool:
        """Whether the events in memory lack what a changed analysis needs."""
        return {key: document.get(key) for key in EVENT_SECTIONS} != self.event_sections

    def _events(self, document: Document) -> Mapping[str, LoadedEvents]:
        """Dataset → its events. With other objects, columns or skim they are read as in a run with
        these sections; the last ones are kept.
        """
        if not self.is_other(document):
            return self.loaded
        changes = {key: document.get(key) for key in EVENT_SECTIONS}
        key = json.dumps(changes)
        if self._edited[0] != key:
            analysis = view_of({**self.run.plan.analysis.plain, **changes})
            run = replace(self.run, plan=replace(self.run.plan, analysis=analysis))
            self._edited = key, ExploredRun(run, self.most).loaded
        return self._edited[1]

    def filled(
        self,
        events: LoadedEvents,
        dataset: str,
        place: tuple[str, str],
        terms: Terms,
        shared: str,
    ) -> tuple[dict[str, Histogram], list[Line]]:
        """Normalized histograms and cutflow of a dataset, without blinded content.

        Args:
            events: Its events.
            dataset: Name of the dataset.
            place: Names of the region and the variable.
            terms: Cuts of the region.
            shared: See `MovedRegion`.
        """
        region, variable = place
        histograms = {f"{region}/{variable}": events.histogram(region, terms, variable)}
        counts: dict[str, Any] = {"regions": {region: events.lines(terms)}}
        mask = self._settings_of(*place, dataset)
        hidden = _with_shared(mask, region, shared)
        if hidden is not None:
            own = mask.regions[region].variable
            axes = {own: axes_of_variable(own, mask.variables)}
            histograms = hide_histograms(hidden, mask.regions, histograms)
            counts = hide_counts(hidden, mask.regions, axes, counts)
        marks: dict[str, Any] = {"preview": events.part or events.cutflow["preview"]}
        if events.settings.is_generated_data:
            marks["pseudo_data"] = True
        found = separated(normalized(histograms, events.factor, dataset=dataset, **marks))
        systematics = events.settings.weight_set_systematics
        merged, members = with_member_sides(found, systematics, events.cutflow)
        flat = {name: unrolled(variable, item) for name, item in (merged | members).items()}
        return flat, [_scaled(line, events.factor) for line in counts["regions"][region]]

    def _shared(self, region: str, terms: Terms, is_other: bool) -> str:
        """Blinded region or window that shares simulated events with the moved region: another
        region, or a window that only the moved cuts reach; empty for none.
        With other objects the hidden regions of the file cannot be recognized. It is determined
        from simulation, as nothing may depend on hidden data.
        """
        data = (item.settings.hidden for item in self.loaded.values())
        hidden = next((item for item in data if item is not None), None)
        if hidden is None:
            return ""
        if is_other:
            return OTHER_EVENTS
        selections = {
            name: selection_terms(item["selection"])
            for name, item in self.run.plan.analysis.plain["regions"].items()
        }
        for name in wholly_hidden(hidden):
            if name != region and passing(self.simulated, [*terms, *selections[name]]):
                return name
        item = self.run.analysis.regions[region]
        for name, ends in hidden.windows.items():
            if name not in self.variables(region) or name in (item.variable, *item.monitor):
                continue
            moved_in, was_in = (
                self._reaches(name, ends, cuts) for cuts in (terms, selections[region])
            )
            if moved_in and not was_in:
                return f"part of {name}"
        return ""

    def _reaches(self, variable: str, window: tuple[float, float], terms: Terms) -> bool:
        """Whether simulated events that pass some cuts have a value in a window."""
        for item in self.simulated.values():
            found = item.histogram("", terms, variable)
            inside = hidden_bins(axes_of(found)[0], window)
            if found.variances(flow=True)[0][inside].any():
                return True
        return False

    def _settings_of(self, region: str, variable: str, dataset: str | None = None) -> Settings:
        """Settings of the plot of a variable in a region, or of the blinding of a dataset there,
        for the region with the cuts of the file.
        """
        key = (region, variable, dataset or "")
        if key not in self._settings:
            document = self.run.plan.analysis.plain
            look = RunLook(variable, region, variable=variable)
            whole = look_document(document, look, document["variables"][variable], alone=False)
            sections = MASK_SECTIONS if dataset else STACK_SECTIONS
            self._settings[key] = look_settings(whole, sections, dataset)
        return self._settings[key]


def passing(events: Mapping[str, LoadedEvents], terms: Terms) -> bool:
    """Whether any event passes all terms."""
    return any(item.lines(terms)[-1]["events"] for item in events.values())


def first_stop(low: float, value: float, step: float, *, positive: bool) -> float:
    """Lower end of a slider, whole steps below the number of its cut: browsers move a number that
    is between two stops.

    Args:
        low: Lowest value to reach.
        value: Number of the cut.
        step: Step of the slider.
        positive: Whether no value is negative, such as counts.
    """
    stops = max(0, math.ceil((value - low) / step - 1e-6))
    if positive:
        stops = min(stops, math.floor(value / step + 1e-6))
    return float(f"{value - stops * step:.6g}")


def _values(events: LoadedEvents, bound: Bound, terms: Terms) -> Floats:
    """Finite values of a bound's operand: for a cut of the region, in the events that pass all cuts
    on other operands; for a cut of an object, before its cuts.
    """
    section, name, *_ = bound.keys
    kept = np.ones(len(events.batch), bool)
    if section == "objects":
        return events.field_values(name, bound.operand)
    for _, text in terms if section == "regions" else ():
        if not any(other.operand == bound.operand for other in find_bounds({(): text})):
            kept &= events.passes(text)
    return events.spread(bound.operand, kept)


def _with_shared(mask: Settings, region: str, shared: str) -> Hidden | None:
    """Blinding of a dataset; the entire region, if it shares events with a blinded region."""
    if mask.hidden is None or not shared:
        return mask.hidden
    return mask.hidden.replace(regions=[*mask.hidden.regions, region])


def _scaled(line: Line, factor: float) -> Line:
    """A cutflow line with normalized sums; None stays None."""
    powers = {"sum_of_weights": factor, "sum_of_weights_squared": factor**2}
    sums = {key: None if line[key] is None else line[key] * power for key, power in powers.items()}
    return {**line, **sums}


def sample_lines(found: MovedRegion) -> Iterator[tuple[str, list[Line]]]:
    """Each sample whose datasets are all filled from events, with its cutflow."""
    for name, sample in found.settings.samples.items():
        if all(dataset in found.lines for dataset in sample.datasets):
            yield name, add_lines(found.lines[dataset] for dataset in sample.datasets)
