"""Tables of a run for a paper or a talk: numbers as CSV, also rounded as Markdown and LaTeX."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import pandas as pd

from wollemi.base.rounding import significant, with_error
from wollemi.results.confidence_interval_text import METHOD as INTERVAL_METHOD
from wollemi.results.confidence_interval_text import interval_rows, outcome_texts
from wollemi.results.confidence_intervals import BriefIntervals
from wollemi.results.fit import FittedParameter
from wollemi.results.frames import (
    ALL,
    confidence_frame,
    cutflow_frame,
    goodness_frame,
    interval_frame,
    parameter_frame,
    ranking_frame,
    selected_frame,
    toy_frame,
    uncertainty_frame,
    yield_frame,
)
from wollemi.results.marks import BLINDED, PSEUDO_DATA
from wollemi.results.parameter_text import value_text, yields_note
from wollemi.results.ranking import Impact, SignalRanking
from wollemi.results.scan_text import asimov_text, estimates_text, interval_text
from wollemi.results.scans import BriefProfile
from wollemi.results.summary import CutTable, ScanRow, Summary, ToyGoodness, WeightedLine, Yield
from wollemi.results.table import Table
from wollemi.results.toy_fit_text import METHOD as TOY_METHOD
from wollemi.results.toy_fit_text import line_text, summary_texts
from wollemi.results.toy_fits import BriefToyStudy
from wollemi.results.toy_goodness import STATISTICS
from wollemi.results.toy_goodness_text import asymptotic_text, p_value_text
from wollemi.results.uncertainties import SignalUncertainties
from wollemi.results.uncertainty_text import METHODS, contribution_texts, data_text, total_text
from wollemi.tables.combined import has_parameters, with_analyses
from wollemi.tables.limits import (
    Label,
    discovery_table,
    extrapolation_table,
    interpolation_table,
    limit_table,
    region_limit_table,
    significance_table,
    text_rows,
)
from wollemi.tables.systematics import systematics_tables
from wollemi_likelihood.base.errors import counted
from wollemi_likelihood.systematic_effects import Effect

NOTHING = "–"
YIELDS = "Expected events; uncertainties hold all parameters of the model with their correlations"
Labels = Mapping[str, str]


def run_tables(
    summary: Summary,
    rankings: Mapping[str, SignalRanking],
    samples: Labels,
    regions: Labels,
    parameter: Label = str,
    effects: Sequence[Effect] = (),
) -> Iterator[tuple[str, Table]]:
    """All tables of a run with their names; marks of the run, for example pseudo-data, are in each.

    Args:
        summary: Summary of the run.
        rankings: Signal → its ranking, for rankings to be written.
        samples: Sample → its label, with TeX between dollar signs, in the order of rows.
        regions: Region → its label, with TeX between dollar signs, in the order of columns.
        parameter: Function from a parameter to its label, with TeX between dollar signs.
        effects: Effects of systematics, if there is a model.
    """
    marks = "".join(f" [{mark}]" for mark in summary.marks)
    tables = chain(
        _tables(summary, rankings, samples, regions, parameter),
        systematics_tables(effects, samples, regions, parameter),
    )
    for name, table in tables:
        if summary.imported and summary.imported.combined and has_parameters(name):
            table = with_analyses(table, summary.imported)
        numbers = table.numbers.assign(marks=marks.strip()) if marks else table.numbers
        yield name, Table(table.caption + marks, numbers, table.text)


def _tables(
    summary: Summary,
    rankings: Mapping[str, SignalRanking],
    samples: Labels,
    regions: Labels,
    parameter: Label,
) -> Iterator[tuple[str, Table]]:
    # A sample and a region may have the same name.
    def label(name: str) -> str:
        return samples[name] if name in samples else parameter(name)

    def region_label(name: str) -> str:
        return regions.get(name, name)

    yield "selected", selected_table(summary, label, region_label, [*samples], [*regions])
    for region, tables in summary.cutflow.items():
        yield f"cutflow_{region}", cutflow_table(region, tables, label, region_label)
    if summary.fit:
        yield "yields", yield_table(summary, label, region_label, [*regions])
        yield "parameters", parameter_table(summary, parameter)
    level = summary.level or 0.0
    limits = {name: item.limit for name, item in summary.results.items() if item.limit}
    if limits:
        yield "limits", limit_table(limits, level, label)
    if summary.interpolation:
        yield "limits_interpolated", interpolation_table(summary.interpolation, level)
    significances = {
        name: item.significance for name, item in summary.results.items() if item.significance
    }
    if significances:
        yield "significances", significance_table(significances, label)
    if summary.extrapolation:
        yield "extrapolation", extrapolation_table(summary.extrapolation, level, label)
    if summary.toy_goodness:
        yield "goodness", goodness_table(summary.toy_goodness)
    if summary.scans:
        yield "scans", scan_table(summary.scans, label, summary.asimov, parameter)
    if summary.uncertainties:
        yield "uncertainties", uncertainty_table(summary.uncertainties, label, parameter)
    if summary.toy_fits:
        yield "toy_fits", toy_table(summary.toy_fits, label, parameter)
    if summary.intervals:
        yield "intervals", confidence_table(summary.intervals, label, parameter)
    if summary.discovery:
        yield "discovery", discovery_table(summary.discovery, label)
    if summary.region_limits:
        yield "region_limits", region_limit_table(summary.region_limits, region_label)
    for signal, ranking in rankings.items():
        yield f"ranking_{signal}", ranking_table(signal, ranking, label, parameter)


def absence_table(reason: str) -> Table:
    """Placeholder for a table that cannot be made: the reason."""
    frame = pd.DataFrame({"why": [reason]}, index=pd.Index(["nothing"], name="table"))
    return Table("There is no such table", frame, frame)


def selected_table(
    summary: Summary, label: Label, region_label: Label, rows: Sequence[str], columns: Sequence[str]
) -> Table:
    """Selected events of each sample, before the fit, one column per region."""
    cells = {
        region: {name: _weighted(samples[name]) for name in _ordered(samples, rows)}
        for region, samples in (
            (name, summary.selected[name]) for name in _ordered(summary.selected, columns)
        )
    }
    caption = (
        "Selected events, normalized to cross section and luminosity; statistical uncertainties "
        "of the simulation"
    )
    return Table(
        caption,
        selected_frame(summary),
        _frame(cells, "sample", label).rename(columns=region_label),
    )


def yield_table(
    summary: Summary, label: Label, region_label: Label, columns: Sequence[str]
) -> Table:
    """Expected events before and after the fit, two columns per region, and the data."""
    observed_row = "observed pseudo-data" if PSEUDO_DATA in summary.marks else "observed data"
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for region, table in (
        (name, summary.yields[name]) for name in _ordered(summary.yields, columns)
    ):
        rows = [
            *((row.sample, row.prefit, row.postfit) for row in table.rows),
            (ALL, table.total.prefit, table.total.postfit),
        ]
        observed = BLINDED if table.observed is None else significant(table.observed)
        cells[region, "before the fit"] = {name: _expected(item) for name, item, _ in rows} | {
            observed_row: observed
        }
        cells[region, "after the fit"] = {name: _expected(item) for name, _, item in rows} | {
            observed_row: observed
        }
    names = [region_label(name) for name, table in summary.yields.items() if not table.fitted]
    text = _frame(cells, "sample", label, (ALL, observed_row))
    text.columns = pd.MultiIndex.from_tuples([(region_label(name), stage) for name, stage in cells])
    note = yields_note(summary.fit.parameters if summary.fit else (), label)
    parts = [YIELDS, f"not fitted: {', '.join(names)}" if names else "", note]
    caption = "; ".join(filter(None, parts)) + summary.negative_note
    return Table(caption, yield_frame(summary), text)


def cutflow_table(
    region: str, tables: Sequence[CutTable], label: Label, region_label: Label
) -> Table:
    """Events after each cut of a region, normalized, one column per sample."""
    cuts = dict.fromkeys(
        sorted((cut for table in tables for cut in enumerate(table.cuts)), key=itemgetter(0))
    )
    cells = {
        sample: {
            cut: _weighted(line) for cut, line in zip(enumerate(table.cuts), lines, strict=True)
        }
        for table in tables
        for sample, lines in table.samples.items()
    }
    rows = {name: [column.get(cut, NOTHING) for cut in cuts] for name, column in cells.items()}
    text = pd.DataFrame(rows, pd.Index([cut for _, cut in cuts], name="cut")).rename(columns=label)
    return Table(f"Cutflow of {region_label(region)}", cutflow_frame(tables), text)


def parameter_table(summary: Summary, parameter: Label = str) -> Table:
    """Parameters of the main fit, except factors of single bins and strengths fixed at 0 because
    their signal is absent.
    """
    assert summary.fit is not None
    strengths = [item.strength.name for item in summary.results.values() if item.strength]
    parameters = [
        item for item in summary.fit.parameters if not (item.fixed and item.name in strengths)
    ]
    text = {item.name: _parameter_texts(item) for item in parameters}
    return Table(
        f"Parameters of the fit {summary.fit.name}",
        parameter_frame(parameters),
        text_rows(text, "parameter", parameter),
    )


def _parameter_texts(item: FittedParameter) -> dict[str, str]:
    before = with_error(item.prefit, item.prefit_error) if item.prefit_error else "free"
    return {
        "before the fit": "fixed" if item.fixed else before,
        "after the fit": f"{significant(item.value)} (fixed)" if item.fixed else value_text(item),
    }


def ranking_table(
    signal: str, ranking: SignalRanking, label: Label, parameter: Label = str
) -> Table:
    """Impacts of the parameters on the parameter of interest, the largest first."""
    keys = {
        "up": "+Δθ",
        "down": "−Δθ",
        "prefit_up": "+Δθ before the fit",
        "prefit_down": "−Δθ before the fit",
    }
    text = {
        item.name: {title: _impact(item, key) for key, title in keys.items()}
        for item in ranking.parameters
    }
    return Table(
        f"Impacts on {parameter(ranking.poi)}"
        + ("" if signal == ranking.poi else f", {label(signal)}"),
        ranking_frame(ranking),
        text_rows(text, "parameter", parameter),
    )


def scan_table(
    rows: Sequence[ScanRow],
    label: Label,
    asimov: Mapping[str, float] | None = None,
    parameter: Label = str,
) -> Table:
    """Best fits of the profile likelihood scans; one-parameter scans also have intervals."""
    names = [f"{label(row.signal)}, {row.scan}" for row in rows]
    cells = [
        {
            "parameters": ", ".join(map(parameter, row.parameters)) or NOTHING,
            **_scan_cells("observed", row.observed, NOTHING if row.left_out else BLINDED),
            **_scan_cells("expected", row.expected, NOTHING),
        }
        for row in rows
    ]
    text = list(zip(names, cells, strict=True))
    caption = (
        "Profile likelihood scans: best fit with its errors at 1σ, and the interval at 2σ, "
        f"observed and expected for {asimov_text(asimov, parameter)}"
    )
    return Table(caption, interval_frame(rows), text_rows(text, "scan"))


def toy_table(found: Mapping[str, BriefToyStudy], label: Label, parameter: Label = str) -> Table:
    """Bias, pulls and coverage of fits to toys."""
    text = [
        (f"{label(signal)}, {parameter(study.poi)} = {item.injected:.4g}", summary_texts(item))
        for signal, study in found.items()
        for item in study.summaries
    ]
    lines = [f"{label(name)}: {line_text(item.line)}" for name, item in found.items() if item.line]
    caption = ". ".join(["Fits of toys", TOY_METHOD, *lines])
    return Table(caption, toy_frame(found), text_rows(text, "toys at"))


def confidence_table(found: BriefIntervals, label: Label, parameter: Label = str) -> Table:
    """Feldman-Cousins intervals next to the asymptotic ones."""
    rows = list(interval_rows(found))
    names = [f"{label(row.signal)}, {parameter(row.parameter)}, {row.kind}" for row in rows]
    outcomes = [outcome_texts(row.outcome) for row in rows]
    titles = dict.fromkeys(title for texts in outcomes for title in texts)
    cells = [{title: texts.get(title, NOTHING) for title in titles} for texts in outcomes]
    text = list(zip(names, cells, strict=True))
    caption = (
        f"Confidence intervals, {counted(found.toys, 'toy', ',')} at each value. {INTERVAL_METHOD}"
    )
    return Table(caption, confidence_frame(found), text_rows(text, "parameter"))


def _scan_cells(kind: str, profile: BriefProfile | None, missing: str) -> dict[str, str]:
    if profile is None:
        return {kind: missing, f"{kind}, 2σ": missing}
    return {kind: estimates_text(profile), f"{kind}, 2σ": interval_text(profile.two_sigma)}


def goodness_table(found: ToyGoodness) -> Table:
    """Test statistics of the data and their p-values, from toys and from χ²."""
    missing = {"observed": found.no_observed or NOTHING, "p-value": NOTHING}
    text = {
        title: {
            "observed": significant(found.tests[name].observed),
            "p-value": p_value_text(found.tests[name], found.thrown),
        }
        if found.tests
        else missing
        for name, title in STATISTICS.items()
    }
    if found.asymptotic:
        cells = {"observed": NOTHING, "p-value": asymptotic_text(found.asymptotic)}
        text["saturated model, χ²"] = cells
    caption = f"Goodness of the fit {found.fit}, by {counted(found.thrown, 'toy', ',')}"
    return Table(caption, goodness_frame(found), text_rows(text, "test"))


def uncertainty_table(
    uncertainties: Mapping[str, SignalUncertainties], label: Label, parameter: Label = str
) -> Table:
    """Contributions to the uncertainty of the parameter of interest, by both methods."""
    text = [
        (
            f"{label(signal)}, {parameter(name)}" if len(uncertainties) > 1 else parameter(name),
            contribution_texts(item),
        )
        for signal, found in uncertainties.items()
        for name, item in found.rows.items()
    ]
    results = (
        ("" if signal == found.poi else f"{label(signal)}: ")
        + f"{total_text(found, parameter)} ({data_text(found, parameter)})"
        for signal, found in uncertainties.items()
    )
    caption = f"Uncertainty by sources, {'; '.join(results)}. {METHODS}"
    return Table(caption, uncertainty_frame(uncertainties), text_rows(text, "source"))


def _ordered(names: Collection[str], order: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(order) if name in names]


def _impact(item: Impact, key: str) -> str:
    value = getattr(item, key)
    return NOTHING if value is None else significant(value, 2)


def _weighted(line: WeightedLine) -> str:
    if line.sum is None or line.error is None:
        return BLINDED
    return with_error(line.sum, line.error) if line.error else significant(line.sum)


def _expected(item: Yield | None) -> str:
    if item is None:
        return NOTHING
    return with_error(item.sum, item.error) if item.error else significant(item.sum)


def _frame(
    columns: Mapping[Any, Mapping[str, str]], index: str, label: Label, last: Sequence[str] = ()
) -> pd.DataFrame:
    """Column → name of a row → cell; rows in order of first appearance, some of them last."""
    names = [
        name
        for name in dict.fromkeys(name for column in columns.values() for name in column)
        if name not in last
    ]
    rows = {
        title: [column.get(name, NOTHING) for name in (*names, *last)]
        for title, column in columns.items()
    }
    return pd.DataFrame(rows, pd.Index([*map(label, names), *last], name=index))
