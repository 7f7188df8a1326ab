"""The results, as numbers for each signal and in a few lines of text, and warnings that readers
must not overlook.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import fsum
from typing import Any

from wollemi.analysis.models.analysis import Sample
from wollemi.analysis.models.plots import Plots
from wollemi.analysis.plain.queries import TOGETHER
from wollemi.base.rounding import significant
from wollemi.base.tex import tex_plain
from wollemi.results.fit import FitResult, Fits, FittedParameter
from wollemi.results.goodness import goodness_text, is_bad
from wollemi.results.limit_text import edge_text, exclusion_text
from wollemi.results.limits import BriefLimit, Limits, SignalLimit
from wollemi.results.marks import BLINDED, measurement_marks
from wollemi.results.parameter_text import error_sizes, value_text
from wollemi.results.significances import Significance, Significances
from wollemi.results.summary import MainFit, SignalResult, Strength
from wollemi_likelihood.base.errors import counted
from wollemi_likelihood.limit_floor import IN_BRIEF, fewest_signal_events


def signal_results(
    names: Sequence[str],
    fits: Fits | None,
    limits: Limits | None,
    significances: Significances | None,
) -> dict[str, SignalResult]:
    """Signal, or parameter of interest of signals that are fitted together → its fitted strength,
    limit and significance, if available.

    Args:
        names: Names of the signals.
        fits: Fits of the analysis; None without a model.
        limits: Limits of the analysis; None without limits.
        significances: Significances of the analysis; None without them.
    """
    strengths = fits.measured if fits else {}
    return {
        name: SignalResult(
            strength=_strength(fits, *strengths[name]) if fits and name in strengths else None,
            limit=_brief(limits.limits[name]) if limits and name in limits.limits else None,
            significance=significances.significances.get(name) if significances else None,
        )
        for name in (fits.measured_names(names) if fits else names)
    }


def _strength(fits: Fits, fit: FitResult, parameter: FittedParameter) -> Strength | None:
    """The fitted strength; None for a fit without a minimum. If bins are blinded only its error is
    kept, which comes from Asimov data.
    """
    if not fit.status.converged:
        return None
    found = parameter.plain()
    strength = Strength(**{key: found[key] for key in Strength.model_fields if key in found})
    return (
        strength.noting(value=None) if BLINDED in measurement_marks(fits.measurement) else strength
    )


def strength_text(strength: Strength, symbol: str = "") -> str:
    """Signal strength with its error, or the expected error of a blinded one.

    Args:
        strength: Strength of a signal.
        symbol: Symbol of the strength; its name by default.
    """
    symbol = symbol or poi_symbol(strength.name)
    if strength.value is None:
        return f"{symbol} {BLINDED}, {expected_error_text(strength)}"
    return f"{symbol} = {value_text(strength)}"


def expected_error_text(strength: Strength) -> str:
    """The expected error from Asimov data, on the sides where it exists."""
    down, up = error_sizes(strength)
    if up is None and down is None:
        return "expected error undetermined"
    if up is None or down is None:
        return f"expected error {'−' if up is None else '+'}{significant(up or down or 0.0)}"
    return f"expected error {significant(up)}"


def _brief(limit: SignalLimit) -> BriefLimit:
    return BriefLimit(**{key: value for key, value in limit.plain().items() if key != "curve"})


def headline(
    name: str,
    marks: Sequence[str],
    summary: Mapping[str, Any],
    plots: Plots,
    samples: Mapping[str, Sample],
) -> list[str]:
    """The final printout of a run.

    Args:
        name: Name of the analysis.
        marks: Marks of the run: pseudo-data, PREVIEW.
        summary: Entries `results`, `exclusion`, `level`, `yields`, `fit`, `lost_files` of
            `summary.json`.
        plots: Section `plots`, with the labels.
        samples: Samples of the analysis.
    """
    title = " ".join([name, *(f"[{mark}]" for mark in marks)])
    alarmed = [f"{title}: {text}" for text in alarms(summary, plots)]
    return [
        *_findings(title, summary, plots, samples),
        *alarmed,
        *(f"{title}: {lost_text(row)}" for row in summary["lost_files"]),
        *(
            f"{title}: {line}"
            for key in ("splits", "stitched")
            for row in summary.get(key, ())
            for line in row["remarks"]
        ),
    ]


def absence_lines(summary: Mapping[str, Any]) -> list[str]:
    """A line with the reason why nothing was fitted; empty with a model.

    Args:
        summary: Entries `analysis` and `marks`, and `no_model` without a model.
    """
    title = " ".join([summary["analysis"], *(f"[{mark}]" for mark in summary["marks"])])
    error = summary.get("no_model")
    return (
        [f"{title}: NO MODEL, nothing was fitted: {error['where']}: {error['problem']}"]
        if error
        else []
    )


def lost_text(row: Mapping[str, Any]) -> str:
    """The files a dataset has lost, in one line."""
    return (
        f"{row['dataset']}: {len(row['failed'])} of {row['files']} files could not be used "
        f"({row['share']:.2g} %)"
    )


def _findings(
    title: str, summary: Mapping[str, Any], plots: Plots, samples: Mapping[str, Sample]
) -> list[str]:
    results = {
        key: item
        for key, item in summary["results"].items()
        if item.strength or item.limit or item.significance
    }
    if not results:
        return _counts(title, summary["selected"], plots, samples)
    if len(results) == 1:
        return _one_signal(title, results, summary, plots)
    fit: MainFit | None = summary["fit"]
    if fit and fit.name == TOGETHER:
        return _fitted_together(title, results, summary, plots)
    return _several_signals(title, results, summary, plots)


def _counts(
    title: str, selected: Mapping[str, Any], plots: Plots, samples: Mapping[str, Sample]
) -> list[str]:
    """Without a model: selected events of the data in each region, or the expectation if data are
    missing.
    """
    data = [name for name, sample in samples.items() if sample.role == "data"]
    texts = {region: _count_text(row, data) for region, row in selected.items()}
    return [
        f"{title}: {tex_plain(plots.regions.get(region, region))}: {text}"
        for region, text in texts.items()
    ]


def _count_text(row: Mapping[str, Any], data: Sequence[str]) -> str:
    if any(row[name]["sum"] is None for name in data):
        return BLINDED
    if data:
        return counted(sum(row[name]["events"] or 0 for name in data), "event", ",")
    return f"{significant(fsum(item['sum'] for item in row.values()))} events expected"


def _one_signal(
    title: str, results: Mapping[str, SignalResult], summary: Mapping[str, Any], plots: Plots
) -> list[str]:
    ((_, found),) = results.items()
    lines = list(_result_texts(found, summary["level"], plots))
    return [f"{title}: {line}" for line in [*lines, *_too_low(results, summary["level"], plots)]]


def _result_texts(found: SignalResult, level: float, plots: Plots) -> Iterator[str]:
    poi = "µ"
    if found.strength:
        poi = poi_text(found.strength.name, plots)
        yield strength_text(found.strength, poi)
    if found.significance:
        yield significance_text(found.significance)
    if found.limit:
        yield f"{limit_name(level)} on {poi}: {limit_text(found.limit)}"


def _fitted_together(
    title: str, results: Mapping[str, SignalResult], summary: Mapping[str, Any], plots: Plots
) -> list[str]:
    """One line per parameter of interest."""
    lines = ["; ".join(_result_texts(found, summary["level"], plots)) for found in results.values()]
    return [f"{title}: {line}" for line in [*lines, *_too_low(results, summary["level"], plots)]]


def _several_signals(
    title: str, results: Mapping[str, SignalResult], summary: Mapping[str, Any], plots: Plots
) -> list[str]:
    lines = []
    limits = {name: item.limit for name, item in results.items() if item.limit}
    if summary["exclusion"] and all(item.cross_section_pb is not None for item in limits.values()):
        names = (tex_plain(plots.theory_label), tex_plain(plots.limit_x.label))
        lines.append(exclusion_text(limits, summary["exclusion"], summary["level"], *names))
    elif limits:
        best = min(limits, key=lambda name: limits[name].expected[2])
        lines.append(
            f"{limit_name(summary['level'])}, most sensitive to {best}: {limit_text(limits[best])}"
        )
    tested = {name: item.significance for name, item in results.items() if item.significance}
    observed = {name: item.observed for name, item in tested.items() if item.observed is not None}
    if len(observed) < len(tested):
        lines.append(
            f"significances {BLINDED}, largest expected one "
            f"{sigma_text(max(item.expected for item in tested.values()))}"
        )
    elif tested:
        strongest = max(observed, key=lambda name: observed[name])
        lines.append(
            f"largest local significance: {sigma_text(observed[strongest], 1)} "
            f"({label_of(strongest, plots)})"
        )
    return [f"{title}: {line}" for line in [*lines, *_too_low(results, summary["level"], plots)]]


def _too_low(results: Mapping[str, SignalResult], level: float | None, plots: Plots) -> list[str]:
    """A line with the signals whose quoted limits are below any possible CLs limit."""
    if level is None:
        return []
    limits = {name: item.limit for name, item in results.items() if item.limit}
    labels = [
        label_of(name, plots)
        for name, limit in limits.items()
        if set(IN_BRIEF) & set(limit.too_low)
    ]
    fewest = f"{fewest_signal_events(level):.1f}"
    text = (
        f"asymptotic limits too low, below the {fewest} signal events that CLs can exclude at "
        f"best: {', '.join(labels)}"
    )
    return [f"{text} (docs/limits.md)"] if labels else []


def poi_symbol(name: str) -> str:
    """The symbol of a signal strength in texts."""
    return "µ" if name == "mu" else name


def poi_text(name: str, plots: Plots) -> str:
    """A parameter of interest by its label, without TeX."""
    return tex_plain(plots.parameters.get(name) or poi_symbol(name))


def limit_name(level: float) -> str:
    """Kind of the limit."""
    return f"{100 * level:g} % CLs upper limit"


def limit_text(limit: BriefLimit, in_pb: bool = False) -> str:
    """Observed limit, and the expected one with its ±1σ range."""
    factor, unit = (limit.cross_section_pb or 1.0, " pb") if in_pb else (1.0, "")
    observed, low, median, high = (edge_text(limit, name, factor) for name in IN_BRIEF)
    observed += unit * (observed != BLINDED)
    return f"observed {observed}, expected {median}{unit} (68 %: {low}–{high})"


def significance_text(item: Significance) -> str:
    """Observed and expected significance."""
    observed = BLINDED if item.observed is None else sigma_text(item.observed)
    return f"significance {observed} (expected {sigma_text(item.expected)})"


def sigma_text(value: float, digits: int = 2) -> str:
    """A significance. Tails of a distribution beyond 10σ are not credible.

    Args:
        value: Significance in standard deviations.
        digits: Number of digits after the decimal point.
    """
    return f"{value:.{digits}f}σ" if value <= 10 else "above 10σ"


def alarms(summary: Mapping[str, Any], plots: Plots) -> list[str]:
    """Warnings, one line each, if a fit or the model fails, if the observed limit is far from the
    expected one, or if a limit is missing.

    Args:
        summary: Entries `results`, `fit` and, if present, `left_out` of `summary.json`.
        plots: Section `plots`, with the labels.
    """
    fit: MainFit | None = summary["fit"]
    results: Mapping[str, SignalResult] = summary["results"]
    lines = []
    if fit and not fit.status.converged:
        lines.append(f"THE FIT DID NOT CONVERGE: {fit.status.message}")
    if fit and is_bad(fit):
        lines.append(
            f"THE MODEL DOES NOT DESCRIBE THE DATA: goodness of fit {goodness_text(fit)}, "
            f"fit {fit.name}"
        )
    for side in ("below", "above"):
        limits = {name: item.limit for name, item in results.items() if item.limit}
        found = [
            label_of(name, plots)
            for name, limit in limits.items()
            if limit.observed_outside_3_sigma == side
        ]
        if found:
            lines.append(
                f"THE OBSERVED LIMIT IS {side.upper()} ±3σ OF THE EXPECTED ONE: {', '.join(found)}"
            )
    return lines + [
        f"no limit on {label_of(name, plots)}: {reason}"
        for name, reason in summary.get("left_out", {}).items()
    ]


def label_of(name: str, plots: Plots) -> str:
    """Label of a sample, or of one of several parameters of interest, as plain text."""
    style = plots.samples.get(name)
    return tex_plain((style.label if style else None) or plots.parameters.get(name, name))
