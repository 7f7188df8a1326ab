"""Lists of the events in a bin of a finished run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wollemi.analysis.models.analysis import Analysis
from wollemi.analysis.plain.dataset_selections import dataset_view
from wollemi.event_loop.listed_events import (
    Place,
    chosen_bin,
    joined,
    listed_columns,
    listing_settings,
    refuse_blinded,
)
from wollemi.finished.event_run import EventRun, check_names
from wollemi.histograms.unrolling import read_datasets
from wollemi.inputs.identifiers import COLUMNS
from wollemi.results.marks import BLINDED
from wollemi_interactive.tables.bin_sums import is_hidden, sums_of
from wollemi_interactive.tables.dataset_events import (
    check_expressions,
    named_values,
    open_dataset,
    refuse_axes,
)
from wollemi_likelihood.base.errors import MissingBranchError, WollemiError

SUFFIXES = (".csv", ".parquet")


def check_place(analysis: Analysis, place: Place, samples: Sequence[str]) -> None:
    """Raise an error for unknown names, and for values that are not expressions.

    Raises:
        WollemiError: A name is unknown, or a value is not a single expression.
    """
    check_names("REGION", [place.region], analysis.regions)
    check_names("--variable", [place.variable], analysis.variables)
    check_names("--samples", samples, analysis.samples)
    check_expressions(place.values)
    refuse_axes(analysis, "--variable", place.variable)
    for text in place.values:
        refuse_axes(analysis, "--values", text)
    if place.at is not None and np.isnan(place.at):
        raise WollemiError("--at", "is not a number", "give a value in the bin")


def bin_of(run: EventRun, place: Place) -> tuple[str, int | None]:
    """A title, and the index of the bin, 0 for the underflow; None for the entire region."""
    settings = listing_settings(run.plan.analysis.plain, next(iter(run.analysis.datasets)), place)
    chosen = chosen_bin(settings, place)
    if chosen is None:
        return place.region, None
    index, low, high = chosen
    return f"{place.region}, {place.variable} from {low:g} to {high:g}", index


def dataset_events(run: EventRun, dataset: str, place: Place) -> pd.DataFrame:
    """The listed events of a dataset, one row per entry of the variable.

    Raises:
        WollemiError: The events are blinded, or a file no longer exists.
    """
    settings = listing_settings(dataset_view(run.plan.analysis.plain, dataset), dataset, place)
    refuse_blinded(settings, place, dataset)
    events = open_dataset(run, dataset, settings)
    parts: list[Mapping[str, Any]] = []
    for path, batch in events.batches():
        rows = listed_columns(settings, events.model, batch, place, events.normalization)
        parts.append({**rows, "file": np.full(rows["entry"].size, str(path), object)})
    return pd.DataFrame(joined(parts))


def check_sum(run: EventRun, dataset: str, place: Place, listed: pd.DataFrame) -> None:
    """Compare the sum of the weights with the histogram of the run, if it has one.

    Raises:
        WollemiError: The sums differ.
    """
    found = read_datasets([run.folder / "histograms" / f"{dataset}.json"])[dataset]
    histogram = found.get(f"{place.region}/{place.variable}/nominal")
    _, index = bin_of(run, place)
    if histogram is None or is_hidden(histogram, index):
        return
    expected, _ = sums_of(histogram, index)
    # Events without a value are not entries.
    weights = listed["weight"][listed[place.variable].notna()] if len(listed) else pd.Series([0.0])
    size, total = float(weights.abs().sum()), float(weights.sum())
    if abs(total - expected) > 1e-9 * max(size, abs(expected)):
        problem = f"has {total:.10g} events there, the histogram of the run {expected:.10g}"
        raise WollemiError(
            f"dataset {dataset}", problem, "analysis or files were changed since: run again"
        )


def listed_events(
    run: EventRun, samples: Sequence[str], place: Place
) -> tuple[pd.DataFrame, list[str]]:
    """Events of samples, and reasons for omitted datasets.

    Args:
        run: Finished run.
        samples: Names of the samples; empty for all that are not blinded.
        place: Events to list.
    """
    frames, notes, without = [], [], []
    for sample in samples or run.analysis.samples:
        for dataset in run.analysis.samples[sample].datasets:
            if dataset not in run.plan.event_datasets:
                without.append(dataset)
                continue
            try:
                found = dataset_events(run, dataset, place)
            except MissingBranchError as error:
                raise named_values(error, dataset, place.values) from None
            except WollemiError as error:
                if samples or BLINDED not in error.problem:
                    raise
                notes.append(f"{dataset}: {BLINDED}")
                continue
            check_sum(run, dataset, place, found)
            frames.append(found.assign(sample=sample, dataset=dataset))
    notes += [f"histograms, and no events: {', '.join(without)}"] if without else []
    events = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    first = [name for name in ("sample", "dataset", *COLUMNS, "file", "entry") if name in events]
    return events[[*first, *(name for name in events if name not in first)]], notes


def shown_rows(events: pd.DataFrame, largest: int) -> str:
    """The rows with the largest weights as text.

    Args:
        events: All rows.
        largest: Number of rows to show.
    """
    if not len(events):
        return ""
    order = events["weight"].abs().sort_values(ascending=False, kind="stable").index
    shown = events.loc[order[:largest]].drop(columns="file")
    return str(shown.to_string(index=False, float_format="{:.5g}".format))


def write_events(events: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV or Parquet, according to the suffix."""
    if path.suffix == ".csv":
        events.to_csv(path, index=False, lineterminator="\n")
    else:
        events.to_parquet(path, index=False)
