"""The events of a finished run as one flat table, for training or plotting with other programs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np

from wollemi.analysis.models.analysis import Analysis
from wollemi.analysis.plain.dataset_selections import dataset_view
from wollemi.analysis.plain.merged_flow import own_expression
from wollemi.analysis.plain.systematic_kinds import VIEWS, WEIGHT_SETS, WEIGHTS, kind_of
from wollemi.base.rounding import with_error
from wollemi.finished.event_run import EventRun, check_names
from wollemi.results.marks import BLINDED
from wollemi_interactive.tables.dataset_events import (
    DatasetEvents,
    check_expressions,
    named_values,
    open_dataset,
    refuse_axes,
)
from wollemi_interactive.tables.table_files import TEXTS, TableFile, open_table
from wollemi_interactive.tables.tabulated_events import (
    REGION,
    WEIGHT,
    Table,
    Variations,
    table_columns,
    table_settings,
    table_variations,
)
from wollemi_likelihood.base.errors import MissingBranchError, WollemiError, counted

NAMED = re.compile(r"\s*([A-Za-z]\w*)\s*=(?!=)(.*)", re.DOTALL)
PLAIN = re.compile(r"[A-Za-z]\w*(\.\w+)?")


@dataclass(frozen=True)
class Counts:
    """Counts of the rows of a region.

    Args:
        events: Number of rows.
        sum: Sum of weights.
        squares: Sum of squared weights.
    """

    events: int = 0
    sum: float = 0.0
    squares: float = 0.0


def chosen_values(
    analysis: Analysis, regions: Sequence[str], texts: Sequence[str]
) -> dict[str, str]:
    """Column → expression of the chosen values.

    Args:
        analysis: Analysis of the run.
        regions: Regions whose variables are used if no value is given.
        texts: Names of variables, columns, branches and fields of objects, or `NAME=EXPRESSION`.

    Raises:
        WollemiError: A value has no name, is invalid or has several axes, or a name is repeated.
    """
    shown = (analysis.regions[region] for region in regions)
    usual = dict.fromkeys(
        axis
        for item in shown
        for name in (item.variable, *item.monitor)
        for axis in analysis.variables[name].axes or (name,)
    )
    values: dict[str, str] = {}
    for text in texts or usual:
        found = NAMED.fullmatch(text)
        name, written = found.groups() if found else (text.replace(".", "_"), text)
        if not found and not PLAIN.fullmatch(text):
            raise WollemiError("--values", f"'{text}' needs a name", f"write 'NAME={text}'")
        if name in values:
            raise WollemiError("--values", f"'{name}' is there twice", "give one another name")
        refuse_axes(analysis, "--values", written.strip())
        variable = analysis.variables.get(written.strip())
        values[name] = own_expression(variable.plain) if variable else written.strip()
    check_expressions(values.values())
    return values


def check_table(run: EventRun, samples: Sequence[str], table: Table) -> None:
    """Raise an error for unknown names, and for systematics that change no event.

    Raises:
        WollemiError: A name is unknown, or a systematic changes no event.
    """
    check_names("--samples", samples, run.analysis.samples)
    check_names("--regions", table.regions, run.analysis.regions)
    systematics: Mapping[str, Any] = run.plan.analysis.plain.get("systematics", {})
    events = [
        name
        for name, item in systematics.items()
        if kind_of(item).acts_on in (WEIGHTS, VIEWS, WEIGHT_SETS)
    ]
    variations = [systematics[name].get("variation", name) for name in events]
    for name in table.systematics:
        if name in systematics and name not in events:
            kind = systematics[name]["kind"]
            problem = f"'{name}' changes no weight and no value of an event: it is of kind {kind}"
            raise WollemiError("--systematics", problem, f"choose among {', '.join(events)}")
    check_names("--systematics", table.systematics, dict.fromkeys([*events, *variations]))


def without_events(run: EventRun, samples: Sequence[str]) -> list[str]:
    """Samples that are, partly or entirely, not events: histograms, or estimates from data.

    Args:
        run: Finished run.
        samples: Names of the samples; empty for all.
    """
    known = {*run.plan.event_datasets}
    chosen = samples or list(run.analysis.samples)
    own = {name: {*run.analysis.samples[name].datasets} for name in chosen}
    return [name for name in chosen if not own[name] or not own[name] <= known]


def write_table(
    run: EventRun,
    samples: Sequence[str],
    table: Table,
    path: Path,
    ttree: bool,
    beside: Mapping[str, Any],
) -> Iterator[tuple[str, int, str]]:
    """Write the events of samples, and compare them with the run's counts.

    Args:
        run: Finished run.
        samples: Names of the samples; empty for all.
        table: Content of the table.
        path: Path of the file to write.
        ttree: Whether a ROOT file gets a TTree instead of an RNTuple.
        beside: Path in a ROOT file → additional object.

    Yields:
        Dataset, number of rows, and their description.

    Raises:
        WollemiError: The samples have no events, or the counts of the run differ.
    """
    document = run.plan.analysis.plain
    datasets = {
        (sample, dataset): table_settings(dataset_view(document, dataset), dataset, table)
        for sample in samples or run.analysis.samples
        for dataset in run.analysis.samples[sample].datasets
        if dataset in run.plan.event_datasets
    }
    if not datasets:
        raise WollemiError("--samples", "they have histograms, and no events", "choose others")
    variations = table_variations(datasets.values())
    blinded = any(settings.hidden is not None for settings in datasets.values())
    marks = f" [{BLINDED}]" if blinded else ""
    with open_table(path, f"{run.analysis.title}{marks}", ttree, beside) as file:
        for (sample, dataset), settings in datasets.items():
            events = open_dataset(run, dataset, settings)
            try:
                rows, counts = _add_dataset(file, events, table, variations, (sample, dataset))
            except MissingBranchError as error:
                raise named_values(error, dataset, list(table.values.values())) from None
            check_counts(dataset, counts, events.cutflow)
            notes = [
                f"{region} {with_error(found.sum, sqrt(found.squares)) if found.sum else '0'}"
                for region, found in counts.items()
            ]
            notes += [f"events that are {BLINDED} are left out"] if settings.hidden else []
            yield dataset, rows, ", ".join(notes)


def _add_dataset(
    file: TableFile,
    events: DatasetEvents,
    table: Table,
    variations: Variations,
    names: tuple[str, str],
) -> tuple[int, dict[str, Counts]]:
    """Add the rows of a dataset; return their number, and the counts of each region."""
    total, counts = 0, dict.fromkeys(table.regions, Counts())
    for _, batch in events.batches():
        columns = table_columns(
            events.settings, events.model, batch, table, variations, events.normalization
        )
        weights = columns[WEIGHT]
        named = {name: np.full(weights.size, text) for name, text in zip(TEXTS, names, strict=True)}
        file.add({**named, **columns})
        total += weights.size
        for region, before in counts.items():
            found = weights[columns[f"{REGION}{region}"]]
            counts[region] = Counts(
                before.events + found.size,
                before.sum + float(found.sum()),
                before.squares + float((found * found).sum()),
            )
    return total, counts


def check_counts(dataset: str, counts: Mapping[str, Counts], cutflow: Mapping[str, Any]) -> None:
    """Compare the events of each region with the run's counts.

    Args:
        dataset: Name of the dataset.
        counts: Counts of each region.
        cutflow: Cutflow of the run; blinded regions are not compared.

    Raises:
        WollemiError: The counts differ.
    """
    for region, found in counts.items():
        last = cutflow["regions"][region][-1]
        if last["events"] is None:
            continue
        expected = last["sum_of_weights"] * cutflow["normalization"]
        # Cauchy-Schwarz: at least as large as the sum of absolute weights.
        size = sqrt(found.squares * found.events)
        if found.events != last["events"] or abs(found.sum - expected) > 1e-9 * size:
            problem = (
                f"region {region} has {counted(found.events, 'event')} with a sum of weights of "
                f"{found.sum:.10g}, in the run {last['events']} with {expected:.10g}"
            )
            remedy = "analysis or files were changed since: run again"
            raise WollemiError(f"dataset {dataset}", problem, remedy)
