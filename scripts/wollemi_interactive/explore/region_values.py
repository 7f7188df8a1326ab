"""Values of expressions on the events of a finished run, as arrays."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import awkward as ak
import numpy as np

from wollemi.analysis.plain.dataset_selections import dataset_view
from wollemi.analysis.plain.merged_flow import own_expression
from wollemi.event_loop.listed_events import passes
from wollemi.finished.event_run import EventRun, check_names
from wollemi_engine.expressions.evaluation import evaluate
from wollemi_interactive.explore.kept_events import kept_dataset
from wollemi_interactive.explore.run_look import narrowed
from wollemi_interactive.tables.dataset_events import check_expressions, named_values
from wollemi_interactive.tables.tabulated_events import Table, table_settings
from wollemi_likelihood.base.errors import MissingBranchError

Names = Mapping[str, Any]


def region_values(
    run: EventRun, dataset: str, region: str, texts: Sequence[str], where: str = ""
) -> list[ak.Array]:
    """Values of each expression for the events of a dataset in a region, one per event or a list,
    as they enter the nominal histograms.

    Args:
        run: Finished run.
        dataset: Name of the dataset.
        region: Name of the region.
        texts: Expressions, or names of variables.
        where: Additional cut.

    Raises:
        WollemiError: A name is unknown, or a file no longer exists.
    """
    known = run.analysis.variables
    written = [own_expression(known[text].plain) if text in known else text for text in texts]
    found = [
        [_array(evaluate(text, names), events) for text in written]
        for _, names, events in region_names(run, dataset, region, written, where)
    ]
    return [ak.concatenate(parts) for parts in zip(*found, strict=True)]


def region_names(
    run: EventRun, dataset: str, region: str, texts: Sequence[str], where: str = ""
) -> Iterator[tuple[Names, Names, int]]:
    """For each batch of events: all names, the names restricted to the events in a region, and the
    number of these events.

    Args:
        run: Finished run.
        dataset: Name of the dataset.
        region: Name of the region.
        texts: Expressions that will be evaluated.
        where: Additional cut.

    Raises:
        WollemiError: A name is unknown, or a file no longer exists.
    """
    check_names("dataset", [dataset], run.plan.event_datasets)
    check_names("region", [region], run.analysis.regions)
    check_expressions([*texts, *([where] if where else [])], "expression")
    document = dataset_view(run.plan.analysis.plain, dataset)
    item = document["regions"][region]
    narrow = {**item, "selection": narrowed(item["selection"], where)}
    document = {**document, "regions": {**document["regions"], region: narrow}}
    table = Table((region,), {f"value {place}": text for place, text in enumerate(texts)})
    settings = table_settings(document, dataset, table)
    events = kept_dataset(run, dataset, settings)
    try:
        for _, batch in events.batches():
            names = events.model.names(batch)
            rows = batch[passes(settings, region, names, len(batch))]
            yield names, events.model.names(rows), len(rows)
    except MissingBranchError as error:
        raise named_values(error, dataset, texts, "expression") from None


def _array(value: Any, events: int) -> ak.Array:
    """A value as an array; a constant has the same value in each event."""
    return value if isinstance(value, ak.Array) else ak.Array(np.full(events, value))
