"""Products as pandas frames, with the numbers unchanged: for a notebook, and as CSV."""

from collections.abc import Iterable, Mapping

import pandas as pd

from wollemi.results.fit import FittedParameter
from wollemi.results.limits import BriefLimit
from wollemi.results.ranking import SignalRanking
from wollemi.results.significances import Significance
from wollemi.results.summary import CutTable, Summary

ALL = "all samples"  # with a blank: no sample has such a name
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
        tables: of the region, one for all samples with the same cuts.
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


def significance_frame(significances: Mapping[str, Significance]) -> pd.DataFrame:
    """Significances and p-values, one row per signal."""
    rows = {name: item.plain() for name, item in significances.items()}
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=list(Significance.model_fields)
    ).rename_axis("signal")


def ranking_frame(ranking: SignalRanking) -> pd.DataFrame:
    """Impacts on the parameter of interest, the largest first."""
    return pd.DataFrame([item.plain() for item in ranking.parameters])


def parameter_frame(parameters: Iterable[FittedParameter]) -> pd.DataFrame:
    """Fitted parameters, one row each."""
    return pd.DataFrame([item.plain() for item in parameters]).set_index("name")
