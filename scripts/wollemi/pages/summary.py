"""All numbers of the summary, from the products of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from wollemi.analysis.settings import Settings
from wollemi.base.rounding import significant, significant_float
from wollemi.pages.certified_tables import aligned_cutflows, certified_rows
from wollemi.pages.headlines import headline, signal_results
from wollemi.pages.region_groups import group_tables
from wollemi.pages.tables import (
    COVARIANCES,
    Cutflows,
    account_table,
    blinding_of,
    dataset_cutflows,
    fit_yields,
    input_rows,
    lost_files,
    region_cutflows,
    selection_yields,
    shared_rows,
    unfitted_yields,
)
from wollemi.plan.registry import PRODUCTS
from wollemi.plots.luminosity_label import beam_text
from wollemi.results.confidence_intervals import BriefIntervals, Intervals
from wollemi.results.discovery import Discovery
from wollemi.results.extrapolation import BriefExtrapolation, Extrapolation
from wollemi.results.fit import Fits, bin_of
from wollemi.results.imported import Imported
from wollemi.results.limits import Limits
from wollemi.results.lint import TemplateLint
from wollemi.results.luminosity import LuminosityFile
from wollemi.results.marks import BLINDED, common_marks, find_marks
from wollemi.results.model_check import ModelCheck
from wollemi.results.predictions import Predictions
from wollemi.results.product import Part
from wollemi.results.region_limits import RegionLimits
from wollemi.results.scans import Scans
from wollemi.results.significances import Significances
from wollemi.results.summary import Comparison, MainFit, ScanRow, Summary, ToyGoodness
from wollemi.results.toy_fits import ToyFits
from wollemi.results.toy_goodness import Goodness
from wollemi.results.uncertainties import Uncertainties

P = TypeVar("P")
# Keys of the summary that rest on fits: rounded in the file, and models on the pages.
OF_FITS = (
    *("results", "exclusion", "extrapolation", "scans", "toy_goodness", "uncertainties"),
    *("region_limits", "interpolation", "discovery", "intervals", "toy_fits", "fit", "yields"),
)


@dataclass(frozen=True)
class Statistics:
    """The statistics products of a run that exist."""

    fit: Fits | None = None
    limits: Limits | None = None
    extrapolation: Extrapolation | None = None
    scans: Scans | None = None
    goodness: Goodness | None = None
    uncertainties: Uncertainties | None = None
    region_limits: RegionLimits | None = None
    discovery: Discovery | None = None
    intervals: Intervals | None = None
    toy_fits: ToyFits | None = None
    significances: Significances | None = None
    predictions: Predictions | None = None
    imported: Imported | None = None
    lint: TemplateLint | None = None
    model_check: ModelCheck | None = None
    luminosity: LuminosityFile | None = None


def make_summary(settings: Settings, cutflows: Cutflows, found: Statistics) -> dict[str, Any]:
    """All numbers of the summary except the plots, by the keys of `Summary`.

    Args:
        settings: Settings of the analysis.
        cutflows: Dataset → cutflow.
        found: Statistics products of the run.
    """
    fits, limits, samples = found.fit, found.limits, settings.samples
    blinding = blinding_of(cutflows)
    hidden = blinding["yields"] if blinding else []
    signals = [name for name, sample in samples.items() if sample.role == "signal"]
    regions = [name for name, region in settings.regions.items() if region.without is None]
    measured = (
        {era: item.plain() for era, item in found.luminosity.eras.items()}
        if found.luminosity
        else {}
    )
    summary: dict[str, Any] = {
        "analysis": settings.name,
        "title": settings.title,
        "description": settings.description,
        "beam": beam_text(settings.center_of_mass_tev, settings.luminosity_ifb),
        "marks": _marks(settings, cutflows, found),
        "blinding": blinding,
        "results": signal_results(signals, fits, limits, found.significances),
        "level": limits.level if limits else None,
        "exclusion": limits.exclusion if limits else None,
        "fit": main_fit(fits) if fits else None,
        "model_check": comparison(found.model_check) if found.model_check else None,
        "yields": yields_of(settings, fits, hidden, found.predictions) if fits else {},
        "selected": selection_yields(cutflows, samples, regions),
        "cutflow": {
            region: region_cutflows(aligned_cutflows(cutflows), samples, region)
            for region in regions
        },
        "datasets": dataset_cutflows(cutflows),
        "account": account_table(cutflows),
        "certified": certified_rows(settings.plain, settings.datasets, cutflows, measured),
        "inputs": input_rows(settings.datasets, cutflows, cutflows),
        "lost_files": lost_files(cutflows),
    } | shared_rows(cutflows)
    summary |= region_sums(settings, cutflows, found)
    between = limits.interpolation if limits else None
    summary |= {"interpolation": between} if between else {}
    summary |= {"left_out": limits.left_out} if limits and limits.left_out else {}
    summary |= {"scans": scan_rows(found.scans)} if found.scans else {}
    asimov = found.significances.asimov if found.significances else None
    summary |= {"asimov": asimov} if asimov else {}
    summary |= {"imported": found.imported} if found.imported else {}
    summary |= {"lint": found.lint} if found.lint else {}
    summary |= {"toy_goodness": brief_goodness(found.goodness)} if found.goodness else {}
    summary |= {"region_limits": found.region_limits} if found.region_limits else {}
    summary |= {"discovery": found.discovery} if found.discovery else {}
    summary |= shown_results(settings, found)
    return summary | {
        "headline": headline(
            summary["analysis"], summary["marks"], summary, settings.plots, samples
        )
    }


def _marks(settings: Settings, cutflows: Cutflows, found: Statistics) -> list[str]:
    """Marks of a run; an imported model has its marks in the measurement only."""
    names = [item.measurement for item in (found.imported, found.fit) if item]
    return [*common_marks(names, find_marks(settings.samples, settings.datasets, cutflows))]


def yields_of(
    settings: Settings,
    fits: Fits,
    hidden: Sequence[str],
    predictions: Predictions | None = None,
) -> dict[str, Any]:
    """Yields of the main fit, and of regions that it predicts, in the order of the analysis.

    Args:
        settings: Settings of the analysis.
        fits: All fits.
        hidden: Regions whose data are hidden.
        predictions: Predictions of the main fit in other regions.
    """
    order, regions = shown_order(settings, fits), shown_regions(settings, fits)
    found = fit_yields(fits.main[1], order, regions, hidden)
    found |= unfitted_yields(predictions, order, settings.regions) if predictions else {}
    return {region: found[region] for region in regions if region in found}


def region_sums(settings: Settings, cutflows: Cutflows, found: Statistics) -> dict[str, Any]:
    """The groups of regions, under their key; empty without groups.

    Args:
        settings: Settings of the analysis.
        cutflows: Dataset → cutflow.
        found: Statistics products of the run.
    """
    order = shown_order(settings, found.fit) if found.fit else []
    groups = group_tables(settings.declared, cutflows, settings.samples, found.predictions, order)
    return {"region_groups": groups} if groups else {}


def shown_order(settings: Settings, fits: Fits) -> list[str]:
    """Samples of the model in the order of legends: the top of the stack first."""
    fitted = [name for item in fits.main[1].yields.postfit.values() for name in item.sample_sums]
    # For a published model, the analysis names the signals only.
    known = dict.fromkeys([*settings.samples, *fitted])
    styled = [name for name in settings.plots.samples if name in known]
    return [*reversed(styled), *(name for name in known if name not in styled)]


def shown_regions(settings: Settings, fits: Fits) -> list[str]:
    """Regions of the analysis, or of a published model."""
    return [*settings.regions] or [*fits.main[1].observed]


def main_fit(fits: Fits) -> MainFit:
    """Status and parameters of the main fit, without factors of bins."""
    name, main = fits.main
    parameters = tuple(item for item in main.parameters if bin_of(item.name) is None)
    shown = MainFit(
        name=name,
        measurement=fits.measurement,
        status=main.status,
        minus_two_log_likelihood=main.minus_two_log_likelihood,
        parameters=parameters,
        factors_of_bins=len(main.parameters) - len(parameters),
    )
    if main.other_minima:
        shown = shown.noting(other_minima=main.other_minima)
    if main.goodness_of_fit is None:
        return shown
    return shown.noting(deviance=main.deviance, goodness_of_fit=main.goodness_of_fit)


def scan_rows(scans: Scans) -> list[ScanRow]:
    """The scans in brief, including scans that a model does not have."""
    rows = []
    for signal, found in scans.scans.items():
        rows += [
            ScanRow(
                signal=signal,
                scan=name,
                parameters=scan.parameters,
                observed=None if scan.observed is None else scan.observed.brief,
                expected=scan.expected.brief,
                failed=scan.failed,
            )
            for name, scan in found.items()
        ]
        empty: dict[str, Any] = {
            "parameters": (),
            "observed": None,
            "expected": None,
            "failed": 0,
        }
        rows += [
            ScanRow(signal=signal, scan=name, left_out=reason, **empty)
            for name, reason in scans.left_out.get(signal, {}).items()
        ]
    return rows


def shown_results(settings: Settings, found: Statistics) -> dict[str, Any]:
    """Results of the signals with separate plots: uncertainties by sources, results at other
    luminosities, fits to toys and intervals.
    """
    shown: dict[str, Any] = {}
    if found.uncertainties:
        shown["uncertainties"] = _shown(settings, found.uncertainties.uncertainties)
    if found.extrapolation:
        fields = BriefExtrapolation.model_fields.keys() & found.extrapolation.model_fields_set
        brief = {name: getattr(found.extrapolation, name) for name in fields}
        signals = _shown(settings, found.extrapolation.signals)
        shown["extrapolation"] = BriefExtrapolation(**brief | {"signals": signals})
    if found.toy_fits:
        shown["toy_fits"] = _shown(settings, found.toy_fits.brief)
    if found.intervals:
        brief_intervals = found.intervals.brief
        shown["intervals"] = BriefIntervals(
            toys=brief_intervals.toys,
            intervals=_shown(settings, brief_intervals.intervals),
            left_out=_shown(settings, brief_intervals.left_out),
        )
    return shown


def result_lines(products: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Signal → its lines of results that have a line in the registry.

    Args:
        products: Name of a product → its content.
    """
    lines: dict[str, list[str]] = {}
    for entry in PRODUCTS:
        for signal, numbers in products.get(entry.name, {}).get(entry.name, {}).items():
            texts = {name: _text(value) for name, value in numbers.items()}
            lines.setdefault(signal, []).append(entry.line.format_map(texts))
    return lines


def _text(value: Any) -> str:
    if value is None:
        return BLINDED
    return significant(value) if isinstance(value, float) else str(value)


def _shown(settings: Settings, signals: Mapping[str, P]) -> dict[str, P]:
    """Signals with separate plots; all of them if signals are fitted together."""
    shown = settings.plots.show_signals or [*signals]
    every = len(signals) == 1 or not settings.samples.keys() & signals
    return {name: item for name, item in signals.items() if every or name in shown}


def brief_goodness(goodness: Goodness) -> ToyGoodness:
    """The goodness of fit without its toys."""
    return ToyGoodness(**{name: getattr(goodness, name) for name in ToyGoodness.model_fields})


def comparison(check: ModelCheck) -> Comparison:
    """Reference that the likelihood was compared with, and the agreement."""
    points = next(iter(check.checks.values()))
    found = Comparison(pyhf=check.pyhf, points=len(points), tolerance=check.relative_tolerance)
    return found.noting(plain_arithmetic=True) if points[0].pyhf is None else found


def rounded(value: Any) -> Any:
    """Values with floats rounded, since the later digits of a fit differ between machines.
    Covariances keep all digits: in their sums the first ones cancel.
    """
    if isinstance(value, float):
        return significant_float(value)
    if isinstance(value, Part):
        return type(value).model_validate(rounded(value.plain()))
    if isinstance(value, Mapping):
        return {key: item if key == COVARIANCES else rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list | tuple) else value


def page_content(summary: Summary) -> dict[str, Any]:
    """A summary for the pages: its results unchanged, everything else as plain values."""
    models = {*OF_FITS, "imported", "lint"} - {"yields"}
    return summary.plain() | {name: getattr(summary, name) for name in models}
