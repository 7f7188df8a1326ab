"""The composition of a bin by sample and systematic: events, nominal and at ±1σ."""

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd

from wollemi.analysis.models.analysis import Analysis, Sample
from wollemi.base.rounding import percent, significant, with_error
from wollemi.event_loop.listed_events import Place
from wollemi.finished.event_run import EventRun
from wollemi.histograms.histogram import MEMBERS_FILE, histogram_name
from wollemi.histograms.unrolling import read_datasets
from wollemi.model.templates import Source, is_one_sided, sample_systematics
from wollemi.results.marks import BLINDED
from wollemi_interactive.tables.bin_sums import Histograms, is_hidden, sums_of

CHANGES = 4  # of a sample, shown next to its events


def read_run_histograms(run: EventRun) -> Histograms:
    """Dataset → name → histogram, with members of weight sets."""
    folder = run.folder / "histograms"
    return read_datasets(sorted([*folder.glob("*.json"), *folder.glob(f"*/{MEMBERS_FILE}")]))


def bin_table(
    analysis: Analysis,
    histograms: Histograms,
    place: Place,
    index: int | None,
    samples: Sequence[str] = (),
) -> pd.DataFrame:
    """Rows of samples, each followed by the rows of its systematics.

    Numbers are as filled, before smoothing and symmetrization, and include systematics without
    histograms of their own: factors on yields, and datasets that replace a sample.

    Args:
        analysis: Analysis of the run.
        histograms: Histograms of the run.
        place: Region and variable.
        index: Index of the bin, 0 for the underflow; None for the sum of all bins.
        samples: Names of the samples; empty for all.

    Returns:
        Columns `sample`, `systematic` (empty for the nominal events), `events`, `error`, `up`,
        `down`; NaN for blinded numbers, and for `down` of mirrored systematics.
    """
    source = Source(histograms, analysis.datasets)
    name = histogram_name(place.region, place.variable)
    rows: list[dict[str, Any]] = []
    for sample in samples or analysis.samples:
        item = analysis.samples[sample]
        if item.datasets and all(name in histograms.get(one, {}) for one in item.datasets):
            rows += _sample_rows(analysis, source, (sample, item), place, index)
    columns = ["sample", "systematic", "events", "error", "up", "down"]
    return pd.DataFrame(rows, columns=columns)


def _sample_rows(
    analysis: Analysis,
    source: Source,
    named: tuple[str, Sample],
    place: Place,
    index: int | None,
) -> list[dict[str, Any]]:
    sample, item = named
    name = histogram_name(place.region, place.variable)
    row = {"sample": sample, "systematic": ""}
    if any(is_hidden(source.histograms[dataset][name], index) for dataset in item.datasets):
        return [row]
    events, variance = sums_of(source.nominal(item, place.region, place.variable), index)
    rows: list[dict[str, Any]] = [{**row, "events": events, "error": sqrt(variance)}]
    region = analysis.regions[place.region].derived_from or place.region
    for systematic, acting in sample_systematics(analysis.systematics, sample, region).items():
        sides = ("up",) if is_one_sided(acting) else ("up", "down")
        varied = {
            side: sums_of(
                source.side(systematic, acting, side, item, place.region, place.variable), index
            )[0]
            for side in sides
        }
        rows.append({"sample": sample, "systematic": systematic, **varied})
    return rows


def share_lines(table: pd.DataFrame) -> Iterator[str]:
    """One line per sample of a table, with the variations that change it most.

    Args:
        table: Result of `bin_table`.
    """
    if not len(table):
        yield "  the run has no histogram of it there"
    for sample, rows in table.groupby("sample", sort=False):
        nominal = rows.iloc[0]
        events = _nominal(nominal["events"], nominal["error"])
        changes = _changes(rows[1:], nominal["events"]) if nominal["events"] else []
        listed = (f"{name} {percent(size, sign=True)}" for name, size in changes[:CHANGES])
        yield f"  {sample:<20} {events:<22} {', '.join(listed)}".rstrip()


def _changes(rows: pd.DataFrame, nominal: float) -> list[tuple[str, float]]:
    """Variation and relative change of each existing side, the largest first."""
    found = [
        (f"{row['systematic']}_{side}", row[side] / nominal - 1)
        for row in rows.to_dict("records")
        for side in ("up", "down")
        if not np.isnan(row[side])
    ]
    return sorted(found, key=lambda item: -abs(item[1]))


def bin_lines(table: pd.DataFrame) -> str:
    """The table as text, with changes in percent.

    Args:
        table: Result of `bin_table`.
    """
    shown = [("sample", "", "events", "+1σ", "−1σ")]
    nominal = np.nan
    for row in table.to_dict("records"):
        if row["systematic"]:
            sides = (_side(row[side], nominal) for side in ("up", "down"))
            shown.append(("", row["systematic"], "", *sides))
        else:
            nominal = row["events"]
            shown.append((row["sample"], "", _nominal(nominal, row["error"]), "", ""))
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = (map(str.ljust, row, widths) for row in shown)
    return "\n".join("  ".join(line).rstrip() for line in lines)


def _nominal(events: float, error: float) -> str:
    if np.isnan(events):
        return BLINDED
    return with_error(events, error) if error else significant(events)


def _side(events: float, nominal: float) -> str:
    if np.isnan(events):
        return "mirrored"
    change = f" ({percent(events / nominal - 1, sign=True)})" if nominal else ""
    return f"{significant(events)}{change}"
