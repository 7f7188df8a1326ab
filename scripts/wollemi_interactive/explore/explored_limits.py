"""Expected limits of a run whose region has moved cuts.

They use the expected background before the fit instead of the data: a cut that the data prefer
would bias the observed result.
"""

from collections.abc import Mapping
from typing import Any

from wollemi.analysis.models.analysis import Sample
from wollemi.analysis.plain.queries import fitted_regions, model_names
from wollemi.base.rounding import significant
from wollemi.base.tex import tex_html
from wollemi.histograms.histogram import Histogram, scaled
from wollemi.histograms.normalization import era_luminosity
from wollemi.model.workspace import WorkspaceBuilder
from wollemi.results.extrapolation import ExpectedPoint
from wollemi.results.limit_text import expected_text
from wollemi_engine.expressions.selections import selection_terms
from wollemi_interactive.explore.cut_bounds import moved, with_texts
from wollemi_interactive.explore.explored_region import ExpectedPoints, ExploredRun, passing
from wollemi_interactive.explore.run_look import look_settings
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.extrapolation import expected_point
from wollemi_likelihood.workspaces import Workspace, measured, model_of

SECTIONS = (
    *("name", "datasets", "samples", "regions", "systematics", "model"),
    *("limits", "asimov", "luminosity_ifb"),
)
Datasets = dict[str, dict[str, Histogram]]


def limits_content(
    explored: ExploredRun, region: str, numbers: Mapping[int, str]
) -> dict[str, Any]:
    """Rows of a table: each signal, its expected limits and significances with the moved cuts and
    with the cuts of the file; no row without a model.

    Args:
        explored: Explored run.
        region: Name of the region.
        numbers: Place of a bound → its number.

    Raises:
        WollemiError: See `limits_with_cuts`.
    """
    if region not in explored.unmoved_limits:
        explored.unmoved_limits[region] = limits_with_cuts(explored, region, {})
    before = explored.unmoved_limits[region]
    now = limits_with_cuts(explored, region, numbers) if numbers else before
    styles = explored.run.analysis.plots.samples
    labels = {name: item.label for name, item in styles.items() if item.label}
    return {
        "rows": [
            {
                "label": tex_html(labels.get(name, name)),
                "limits": [expected_text(found[name]) for found in (now, before)],
                "significances": [
                    f"{significant(found[name].significance)} σ" for found in (now, before)
                ],
            }
            for name in now
        ]
    }


def limits_with_cuts(
    explored: ExploredRun, region: str, numbers: Mapping[int, str]
) -> ExpectedPoints:
    """Expected limits and significance of each signal, or of each parameter of interest, by
    asymptotic formulae; signals that enter as histograms are left out.

    Args:
        explored: Explored run.
        region: Name of the region with moved cuts.
        numbers: Place of a bound → its number.

    Raises:
        WollemiError: A number is not a number, a moved cut is outside the region's selection, the
            region shares events with another fitted region only with these numbers, a background
            is not filled from events, or the model cannot be built.
    """
    run = explored.run
    if not run.plan.product("limits") or run.plan.is_published:
        return {}
    histograms = _fitted(explored, region, numbers)
    samples = run.analysis.samples
    for name, sample in samples.items():
        if sample.role == "background":
            for dataset in _missing(sample, histograms):
                problem = f"{dataset} is not filled from events: its bins do not follow a cut"
                raise WollemiError(name, problem, "run the analysis")
    settings = look_settings(run.plan.analysis.plain, SECTIONS)
    builder = WorkspaceBuilder(settings, _without_data(histograms, samples))
    found: list[Workspace] = []
    for name in model_names(run.analysis):
        if name not in samples or not _missing(samples[name], histograms):
            found.append(model_of(name, builder.build(name), settings.asimov))
    today = era_luminosity(settings.luminosity_ifb, None)
    return {
        item.signal: ExpectedPoint.of(
            expected_point(item.likelihood, item.samples, today, settings.limits.level)
        )
        for item in measured(found)
    }


def _fitted(explored: ExploredRun, region: str, numbers: Mapping[int, str]) -> Datasets:
    """Simulated dataset → normalized histograms of the variables of all fitted regions."""
    analysis, plain = explored.run.analysis, explored.run.plan.analysis.plain
    document = with_texts(plain, moved(explored.texts(region), numbers))
    if explored.is_other(document):
        problem = "a moved cut of an object, a column or the skim needs the events again"
        raise WollemiError(region, problem, "run the analysis")
    names, events = fitted_regions(analysis), explored.simulated
    cuts, before = (
        {name: selection_terms(item["regions"][name]["selection"]) for name in {*names, region}}
        for item in (document, plain)
    )
    for other in set(names) - {region} if region in names else ():
        own = passing(events, [*before[region], *before[other]])
        if not own and passing(events, [*cuts[region], *cuts[other]]):
            problem = f"would share events with {other}, which the model has as well"
            raise WollemiError(region, problem, "keep the two regions apart")
    filled: Datasets = {name: {} for name in events}
    for name in names:
        place = name, analysis.regions[name].variable
        for dataset, item in events.items():
            filled[dataset] |= explored.filled(item, dataset, place, cuts[name], "")[0]
    return filled


def _missing(sample: Sample, histograms: Datasets) -> list[str]:
    return [name for name in sample.datasets if not histograms.get(name)]


def _without_data(histograms: Datasets, samples: Mapping[str, Sample]) -> Datasets:
    """The histograms, and data without events."""
    data = [name for item in samples.values() if item.role == "data" for name in item.datasets]
    empty = {
        name: scaled(item, 0.0)
        for filled in histograms.values()
        for name, item in filled.items()
        if name.endswith("/nominal")
    }
    return {**histograms, **dict.fromkeys(data, empty)}
