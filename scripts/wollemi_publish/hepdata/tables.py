"""The tables of a HEPData submission by their names, each from the products of a run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import fsum
from typing import Any, TypedDict

from wollemi.analysis.models.plots import Plots
from wollemi.analysis.plain.publication import counted_signals, unfitted_tables
from wollemi.analysis.plain.queries import fitted_regions
from wollemi.analysis.settings import Settings
from wollemi.histograms.blinding import Flags
from wollemi.histograms.histogram import Axis, Histogram
from wollemi.model.binning import region_bins, unfitted_axis
from wollemi.pages.tables import Cutflows, blinding_of
from wollemi.results.cls import Cls
from wollemi.results.confidence_intervals import Intervals
from wollemi.results.correction_maps import measured_maps
from wollemi.results.discovery import Discovery
from wollemi.results.extrapolation import Extrapolation
from wollemi.results.fit import BACKGROUND_ONLY, FitResult, Fits, RegionYields
from wollemi.results.limits import Limits
from wollemi.results.marks import BLINDED, common_marks, data_label, find_marks
from wollemi.results.parameter_label import parameter_label
from wollemi.results.predictions import Prediction, Predictions
from wollemi.results.ranking import Ranking
from wollemi.results.region_limits import RegionLimits
from wollemi.results.scans import Scans
from wollemi.results.significances import Significances
from wollemi.results.toy_goodness import Goodness
from wollemi.results.uncertainties import Uncertainties
from wollemi_publish.hepdata.columns import POI, Column, Content, Number, with_labels
from wollemi_publish.hepdata.correction_tables import correction_table
from wollemi_publish.hepdata.discovery_tables import discovery_table
from wollemi_publish.hepdata.event_tables import (
    acceptance_table,
    bin_columns,
    cutflow_table,
    distribution_table,
    yield_table,
)
from wollemi_publish.hepdata.extrapolation_tables import extrapolation_table
from wollemi_publish.hepdata.interval_tables import interval_table
from wollemi_publish.hepdata.limit_tables import (
    cls_table,
    cross_section_table,
    interpolation_table,
    limit_table,
)
from wollemi_publish.hepdata.region_tables import region_limit_table
from wollemi_publish.hepdata.statistics_tables import (
    goodness_table,
    grid_axes,
    matrix_table,
    parameter_table,
    ranking_table,
    scan_table,
    signal_axis,
    significance_table,
)
from wollemi_publish.hepdata.uncertainty_tables import uncertainty_table

STAGES = ("prefit", "postfit")


class Found(TypedDict, total=False):
    """The statistics products, where they exist."""

    fit: Fits
    ranking: Ranking
    significances: Significances
    limits: Limits
    scans: Scans
    goodness: Goodness
    uncertainties: Uncertainties
    extrapolation: Extrapolation
    predictions: Predictions
    region_limits: RegionLimits
    discovery: Discovery
    intervals: Intervals
    cls: Cls


@dataclass(frozen=True)
class Products:
    """The products of a run used by the tables.

    Args:
        settings: Settings of the analysis.
        cutflows: Cutflow by dataset.
        histograms: Histograms of each data dataset.
        found: Statistics products.
        maps: Content of its file by measured correction.
    """

    settings: Settings
    cutflows: Cutflows
    histograms: Sequence[Mapping[str, Histogram]]
    found: Found
    maps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def marks(self) -> list[str]:
        """Marks that appear on every product; for published models of other authors the
        measurement's marks only.
        """
        known = find_marks(self.settings.samples, self.settings.datasets, self.cutflows)
        names = [self.found["fit"].measurement] if "fit" in self.found else []
        return [*common_marks(names, known)]

    @cached_property
    def labels(self) -> dict[str, str]:
        """Display name by sample; the data also appear as `data`."""
        samples, plots = self.settings.samples, self.plots
        observed = data_label(plots.data_label, self.marks)
        styled = {name: style.label for name, style in plots.samples.items() if style.label}
        regions = self.fit.yields.postfit.values() if "fit" in self.found else ()
        fitted = [name for item in regions for name in item.sample_sums]
        # A published model may have samples that the analysis does not define.
        simulated = {name: styled.get(name, name) for name in [*samples, *fitted]}
        return (
            simulated
            | {name: observed for name, item in samples.items() if item.role == "data"}
            | {"data": observed}
        )

    @property
    def plots(self) -> Plots:
        """Labels of the analysis."""
        return self.settings.plots

    def parameter(self, name: str) -> str:
        """Label of a parameter; its name in an analysis without labels of parameters."""
        return parameter_label(name, self.plots) if self.plots.parameters else name

    @cached_property
    def regions(self) -> dict[str, str]:
        """Display name by region, for regions with tables."""
        chosen = [name for name, region in self.settings.regions.items() if region.without is None]
        chosen += [name for name in fitted_regions(self.settings.declared) if name not in chosen]
        return {name: self.plots.regions.get(name, name) for name in chosen}

    @cached_property
    def fitted(self) -> dict[str, str]:
        """Display name by fitted region."""
        return {name: self.regions[name] for name in fitted_regions(self.settings.declared)}

    @cached_property
    def unfitted(self) -> dict[str, Prediction]:
        """Prediction of its variable by region that the fit predicts."""
        regions, found = self.settings.regions, self.found.get("predictions")
        places = found.places if found else ()
        return {
            region: prediction
            for region, variable, prediction in places
            if variable == regions[region].variable and regions[region].without is None
        }

    @property
    def signals(self) -> list[str]:
        """Signal samples in the order of the analysis."""
        return [name for name, sample in self.settings.samples.items() if sample.role == "signal"]

    @property
    def measured(self) -> list[str]:
        """Names of limits and significances: signals, or parameters of interest of signals that are
        fitted together.
        """
        return self.found["fit"].measured_names(self.signals)

    @property
    def fitted_models(self) -> list[str]:
        """Signals with a model, or the single model of all signals."""
        return [name for name in self.signals if name in self.found["fit"].fits] or list(
            self.found["fit"].signals
        )

    @property
    def limited(self) -> list[str]:
        """Measured names that have a limit, in the same order."""
        return [name for name in self.measured if name in self.found["limits"].limits]

    @cached_property
    def fit(self) -> FitResult:
        """The main fit."""
        return self.found["fit"].main[1]

    @property
    def total(self) -> str:
        """Name of the sum of the main fit."""
        return "Total background" if self.found["fit"].main[0] == BACKGROUND_ONLY else "Total"

    def added_signals(self, stage: str) -> dict[str, Mapping[str, RegionYields]]:
        """Expected events of the fit with each signal, for signals outside the main fit; before the
        fit only.
        """
        if stage != "prefit" or self.total == "Total":
            return {}
        return {name: self.found["fit"].fits[name].yields.prefit for name in self.signals}

    def observed(self, region: str) -> list[Number]:
        """Observed events in each bin of a fitted region; None if hidden."""
        hidden = self.bins(region)[1]
        events = self.fit.observed[region]
        return [
            None if hidden is not None and hidden[place] else value
            for place, value in enumerate(events)
        ]

    def bins(self, region: str) -> tuple[Axis, Flags | None]:
        """The axis of a fitted region, and its hidden bins."""
        number = len(self.fit.observed[region])
        return region_bins(self.settings, self.histograms, region, number)

    def axis(self, signals: Sequence[str]) -> tuple[list[str], list[Any]]:
        """Signals in the order of the rows, and the columns that distinguish them."""
        if self.fit.pois and set(signals) <= {*self.fit.pois}:
            return list(signals), [Column(POI, list(signals))]
        grid = self.settings.contour
        if grid and grid.points and grid.axes and set(signals) <= grid.points.keys():
            return grid_axes(signals, grid.points, grid.axes)
        return signal_axis(signals, self.settings.limits.points or {}, self.plots.limit_x.label)


def table_content(products: Products, table: str) -> Content:
    """The columns of a table.

    Args:
        products: Products of a run.
        table: Name of the table in the analysis file, one of `hepdata_tables` or `unfitted_tables`.
    """
    kind, _, name = table.partition("_")
    content = _TABLES[table](products) if table in _TABLES else _BY_NAME[kind](products, name)
    return with_labels(content, products.parameter)


def _acceptance(products: Products) -> Content:
    samples = products.settings.samples
    signals, axis = products.axis(counted_signals(products.settings.declared))
    return acceptance_table(products.cutflows, samples, signals, axis, products.regions)


def _yields(products: Products, stage: str) -> Content:
    blinding = blinding_of(products.cutflows)
    hidden = blinding["yields"] if blinding else []
    observed = [
        None if region in hidden else fsum(products.fit.observed[region])
        for region in products.fitted
    ]
    unfitted = products.unfitted
    stages = {name: item.at(stage) for name, item in unfitted.items()}
    not_fitted = {name: f"{products.regions[name]} (not fitted)" for name in unfitted}
    return yield_table(
        products.fitted | not_fitted,
        {**products.fit.yields.at(stage), **stages},
        products.added_signals(stage),
        [*observed, *(item.all_observed for item in unfitted.values())],
        products.labels,
        products.total,
    )


def _distribution(products: Products, stage: str, name: str) -> Content:
    place = unfitted_tables(products.settings.declared).get(f"{stage}_{name}")
    if place:
        return _unfitted(products, stage, *place)
    axis, _ = products.bins(name)
    signals = {signal: yields[name] for signal, yields in products.added_signals(stage).items()}
    expected, observed = products.fit.yields.at(stage)[name], products.observed(name)
    return distribution_table(
        bin_columns(axis), expected, signals, observed, products.labels, products.total
    )


def _unfitted(products: Products, stage: str, region: str, variable: str) -> Content:
    """Prediction of the fit in a region or variable that was not fitted."""
    axis = bin_columns(unfitted_axis(products.settings, region, variable))
    found = products.found["predictions"].regions[region][variable]
    expected, observed = found.at(stage), found.observed or [None] * len(found.postfit.total)
    return distribution_table(axis, expected, {}, observed, products.labels, products.total)


def _significances(products: Products) -> Content:
    return significance_table(
        products.found["significances"].significances, *products.axis(products.measured)
    )


def _limits(products: Products) -> Content:
    poi = "the signal strength" if products.fit.pois else products.parameter(products.fit.poi)
    return limit_table(products.found["limits"], *products.axis(products.limited), poi)


def _cross_sections(products: Products) -> Content:
    plots = products.plots
    return cross_section_table(
        products.found["limits"],
        *products.axis(products.limited),
        plots.limit_y.label,
        plots.theory_label,
    )


def _interpolated(products: Products) -> Content:
    limits, poi = products.found["limits"], products.fit.poi
    return interpolation_table(limits, products.settings.plots.limit_x.label, poi)


def _extrapolation(products: Products) -> Content:
    found = products.found["extrapolation"]
    signals = [name for name in products.measured if name in found.signals]
    poi = "the signal strength" if found.scaled else products.parameter(products.fit.poi)
    return extrapolation_table(found, *products.axis(signals), poi)


def _discovery(products: Products) -> Content:
    found = products.found["discovery"]
    return discovery_table(found, products.axis([*found.ordered])[1])


def _scan(products: Products, name: str) -> Content:
    scans = products.found["scans"].scans
    found = {signal: found[name] for signal, found in scans.items() if name in found}
    return scan_table(found, products.parameter)


def _parameters(products: Products) -> Content:
    content = parameter_table(products.fit, BLINDED in products.marks)
    if not products.plots.parameters:
        return content
    # Readers look up a parameter of the published likelihood by its name.
    (names,) = content.independent
    named = Column("Name in the likelihood", names.values)
    return Content(content.independent, [*content.dependent, named])


_TABLES: dict[str, Callable[[Products], Content]] = {
    "acceptance": _acceptance,
    "yields_prefit": lambda products: _yields(products, "prefit"),
    "yields_postfit": lambda products: _yields(products, "postfit"),
    "parameters": _parameters,
    "covariance": lambda products: matrix_table(products.fit, correlations=False),
    "correlations": lambda products: matrix_table(products.fit, correlations=True),
    "ranking": lambda products: ranking_table(
        products.found["ranking"].rankings, products.parameter
    ),
    "significances": _significances,
    "goodness": lambda products: goodness_table(products.found["goodness"]),
    "uncertainties": lambda products: uncertainty_table(
        products.found["uncertainties"].uncertainties
    ),
    "extrapolation": _extrapolation,
    "discovery": _discovery,
    "intervals": lambda products: interval_table(products.found["intervals"]),
    "region_limits": lambda products: region_limit_table(
        products.found["region_limits"], products.plots.regions
    ),
    "limits_mu": _limits,
    "limits_cross_section": _cross_sections,
    "limits_interpolated": _interpolated,
    "cls": lambda products: cls_table(products.found["cls"], *products.axis(products.measured)),
}
_BY_NAME: dict[str, Callable[[Products, str], Content]] = {
    "cutflow": lambda products, region: cutflow_table(
        products.cutflows, products.settings.samples, products.labels, region
    ),
    "prefit": lambda products, region: _distribution(products, "prefit", region),
    "correction": lambda products, name: correction_table(
        products.settings.shown_corrections[name],
        name,
        measured_maps(products.maps[name]),
        products.labels.get("data", products.plots.data_label),
    ),
    "scan": _scan,
    "postfit": lambda products, region: _distribution(products, "postfit", region),
}
