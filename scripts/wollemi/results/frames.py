"""Products as pandas frames, with the numbers unchanged: for a notebook, and as CSV."""

from collections.abc import Iterable, Mapping

import pandas as pd

from wollemi.results.confidence_interval_text import interval_rows
from wollemi.results.confidence_intervals import BriefIntervals
from wollemi.results.discovery import Discovery
from wollemi.results.extrapolation import BriefExtrapolation
from wollemi.results.fit import FittedParameter
from wollemi.results.limits import BriefLimit
from wollemi.results.ranking import SignalRanking
from wollemi.results.region_limits import RegionLimits
from wollemi.results.scans import Interval, Scan
from wollemi.results.significances import Significance
from wollemi.results.summary import CutTable, ScanRow, Summary, ToyGoodness
from wollemi.results.toy_fits import BriefToyStudy, ToySummary
from wollemi.results.toy_goodness import STATISTICS
from wollemi.results.uncertainties import SignalUncertainties

ALL = "all samples"  # contains a space, unlike any name of a sample
WHOLE = "whole uncertainty"
CONFIDENCE = ("signal", "parameter", "data", "level")
CONFIDENCE_ENDS = ("lower", "lower_error", "upper", "upper_error")
SCAN_ENDS = ("-2σ", "-1σ", "+1σ", "+2σ")
_NO_INTERVAL = Interval(lower=None, upper=None)
BAND = ("-2σ", "-1σ", "median", "+1σ", "+2σ")


def selected_frame(summary: Summary) -> pd.DataFrame:
    """Selected events before the fit, normalized to luminosity: one row per sample and region."""
    rows = [
        {
            "region": region,
            "sample": sample,
            "events": line.events,
            "sum": line.sum,
            "error": line.error,
        }
        for region, samples in summary.selected.items()
        for sample, line in samples.items()
    ]
    return pd.DataFrame(rows, columns=["region", "sample", "events", "sum", "error"]).set_index(
        ["region", "sample"]
    )


def yield_frame(summary: Summary) -> pd.DataFrame:
    """Expected events before and after the fit with the uncertainties of the model: one row per
    sample and region, and the total.

    The row `all samples` also has the data.
    """
    rows = []
    for region, table in summary.yields.items():
        found = [(row.sample, row.prefit, row.postfit, None) for row in table.rows]
        for sample, prefit, postfit, observed in [
            *found,
            (ALL, table.total.prefit, table.total.postfit, table.observed),
        ]:
            before, after = (
                (None, None) if item is None else (item.sum, item.error)
                for item in (prefit, postfit)
            )
            rows.append((region, sample, *before, *after, observed))
    columns = ["region", "sample", "prefit", "prefit_error", "postfit", "postfit_error", "observed"]
    return pd.DataFrame(rows, columns=columns).set_index(["region", "sample"])


def cutflow_frame(tables: Iterable[CutTable]) -> pd.DataFrame:
    """Weighted events after each cut of a region, one column per sample.

    Args:
        tables: Tables of the region, one for all samples with the same cuts.
    """
    # A region may repeat a cut of the skim.
    frames = [
        pd.DataFrame(
            {sample: [line.sum for line in lines] for sample, lines in table.samples.items()},
            index=pd.MultiIndex.from_tuples(enumerate(table.cuts)),
        )
        for table in tables
    ]
    return pd.concat(frames, axis=1).sort_index(level=0).rename_axis(["step", "cut"])


def limit_frame(limits: Mapping[str, BriefLimit]) -> pd.DataFrame:
    """Upper limits on the signal strength, one row per signal: observed, and expected with its
    bands.
    """
    rows = {name: [item.observed, *item.expected] for name, item in limits.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["observed", *BAND]).rename_axis(
        "signal"
    )


def extrapolation_frame(found: BriefExtrapolation) -> pd.DataFrame:
    """Expected limits and significances at other luminosities: one row per signal, scenario and
    luminosity.
    """
    axes = ["signal", "scenario", "luminosity_ifb"]
    rows = [
        (signal, rules.name, item.luminosity_ifb, *item.expected, item.significance)
        for signal, results in found.signals.items()
        for rules in found.rules
        for item in results.scenarios[rules.name]
    ]
    return pd.DataFrame(rows, columns=[*axes, *BAND, "significance"]).set_index(axes)


def discovery_frame(found: Discovery) -> pd.DataFrame:
    """Local p-values and significances, one row per signal."""
    rows = {name: item.plain() for name, item in found.ordered.items()}
    columns = ["point", "q0", "p_value", "significance", "expected"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("signal")


def confidence_frame(found: BriefIntervals) -> pd.DataFrame:
    """Feldman-Cousins and asymptotic intervals: one row per signal, parameter, data and level."""
    rows = [
        {
            **dict(zip(CONFIDENCE, (row.signal, row.parameter, row.kind, level), strict=True)),
            "estimate": row.outcome.estimate,
            **{name: getattr(item, name) for name in CONFIDENCE_ENDS},
            **{
                f"asymptotic_{name}": None if item.asymptotic is None else value
                for name, value in (item.asymptotic.plain() if item.asymptotic else {}).items()
            },
        }
        for row in interval_rows(found)
        if row.outcome is not None
        for level, item in row.outcome.intervals.items()
    ]
    columns = [*CONFIDENCE, "estimate", *CONFIDENCE_ENDS, "asymptotic_lower", "asymptotic_upper"]
    return pd.DataFrame(rows, columns=columns).set_index([*CONFIDENCE])


def toy_frame(found: Mapping[str, BriefToyStudy]) -> pd.DataFrame:
    """Fits to toys: one row per signal and true value."""
    rows = [
        {"signal": signal, "injected": item.injected, "toys": item.toys, **_toy_numbers(item)}
        for signal, study in found.items()
        for item in study.summaries
    ]
    return pd.DataFrame(rows).set_index(["signal", "injected"])


def _toy_numbers(item: ToySummary) -> dict[str, float | None]:
    numbers = {
        "bias": item.bias,
        "pull_mean": item.pull_mean,
        "pull_width": item.pull_width,
        **{f"coverage_{level}": share for level, share in item.coverage.items()},
    }
    known = {name: number for name, number in numbers.items() if number is not None}
    found: dict[str, float | None] = dict.fromkeys(
        [*numbers, *(f"{name}_error" for name in numbers)]
    )
    found |= {name: number.value for name, number in known.items()}
    return found | {f"{name}_error": number.error for name, number in known.items()}


def region_limit_frame(found: RegionLimits) -> pd.DataFrame:
    """Model-independent limits, one row per signal region: on signal events, and with `_fb` on the
    visible cross section.
    """
    rows = {}
    for name, item in found.regions.items():
        visible = item.expected_fb or (None,) * len(BAND)
        events = [item.observed_events, item.background, item.background_error, item.observed]
        tests = [item.clb, item.p0, item.significance]
        rows[name] = [*events, *item.expected, item.observed_fb, *visible, *tests]
    columns = ["observed_events", "background", "background_error", "observed", *BAND]
    columns += ["observed_fb", *(f"{band}_fb" for band in BAND), "clb", "p0", "significance"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("region")


def significance_frame(significances: Mapping[str, Significance]) -> pd.DataFrame:
    """Significances and p-values, one row per signal."""
    rows = {name: item.plain() for name, item in significances.items()}
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=list(Significance.model_fields)
    ).rename_axis("signal")


def ranking_frame(ranking: SignalRanking) -> pd.DataFrame:
    """Impacts on the parameter of interest, the largest first."""
    return pd.DataFrame([item.plain() for item in ranking.parameters])


def scan_frame(scan: Scan) -> pd.DataFrame:
    """-2 ln L above its minimum, observed and expected, one row per point of the grid."""
    points = pd.MultiIndex.from_product(scan.values, names=scan.parameters)
    rises = {name: profile.rise for name, profile in scan.profiles.items()}
    return pd.DataFrame(rises, index=points, dtype=float)


def interval_frame(rows: Iterable[ScanRow]) -> pd.DataFrame:
    """Best fits of scans and their intervals at 1σ and 2σ: one row per signal, scan and
    parameter.
    """
    found = [
        {"signal": row.signal, "scan": row.scan, "parameter": name, **_scanned(row, place)}
        for row in rows
        for place, name in enumerate(row.parameters)
    ]
    columns = ["signal", "scan", "parameter"]
    for kind in ("observed", "expected"):
        columns += [kind, *(f"{kind}_{end}" for end in SCAN_ENDS)]
    return pd.DataFrame(found, columns=columns).set_index(columns[:3])


def _scanned(row: ScanRow, place: int) -> dict[str, float | None]:
    numbers: dict[str, float | None] = {}
    for kind, profile in (("observed", row.observed), ("expected", row.expected)):
        if profile is not None:
            one, two = profile.one_sigma or _NO_INTERVAL, profile.two_sigma or _NO_INTERVAL
            ends = (two.lower, one.lower, one.upper, two.upper)
            numbers[kind] = profile.estimates[place]
            numbers |= {f"{kind}_{end}": value for end, value in zip(SCAN_ENDS, ends, strict=True)}
    return numbers


def goodness_frame(found: ToyGoodness) -> pd.DataFrame:
    """Test statistics of the data and their p-values: one row each, and the χ² of the saturated
    model.
    """
    rows = [
        {"test": name, **(found.tests[name].plain() if found.tests else {}), "toys": found.thrown}
        for name in STATISTICS
    ]
    if found.asymptotic:
        rows.append({"test": "saturated, χ²", "p_value": found.asymptotic.p_value})
    columns = ["test", "observed", "p_value", "p_value_error", "toys"]
    return pd.DataFrame(rows, columns=columns).set_index("test")


def uncertainty_frame(uncertainties: Mapping[str, SignalUncertainties]) -> pd.DataFrame:
    """Contributions to the uncertainty of the parameter of interest: one row per signal and source,
    and one for the total uncertainty.
    """
    columns = ["signal", "source", "shifted", "frozen", "frozen_down", "frozen_up"]
    rows = []
    for signal, found in uncertainties.items():
        rows += [
            (signal, name, item.shifted, item.frozen, item.frozen_down, item.frozen_up)
            for name, item in found.rows.items()
        ]
        rows.append((signal, WHOLE, found.error, found.error, found.error_down, found.error_up))
    return pd.DataFrame(rows, columns=columns).set_index(columns[:2])


def parameter_frame(parameters: Iterable[FittedParameter]) -> pd.DataFrame:
    """Fitted parameters, one row each."""
    return pd.DataFrame([item.plain() for item in parameters]).set_index("name")
