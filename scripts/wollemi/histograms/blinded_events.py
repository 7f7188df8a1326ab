"""Remove blinded events of data before anything is filled or counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import awkward as ak
import numpy as np

from wollemi.histograms.blinding import Flags, hidden_bins
from wollemi.histograms.histogram import Axis, axis_of_variable, bin_edges
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.evaluation import evaluate_entries, evaluate_flags, evaluate_values
from wollemi_engine.expressions.selections import selection_terms

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Region, Variable
    from wollemi.analysis.models.blinding import Hidden


def visible_batches(
    batches: Iterable[ak.Array],
    model: EventModel,
    hidden: Hidden,
    regions: Mapping[str, Region],
    variables: Mapping[str, Variable],
) -> Iterator[ak.Array]:
    """Yield batches of data without events in a hidden region or with a value in a hidden window.

    Args:
        batches: Records, shape (events,), with one field per branch.
        model: Objects and columns.
        hidden: Hidden regions and windows.
        regions: Regions of the analysis.
        variables: Variables of the analysis.
    """
    for batch in batches:
        yield batch[~_hidden_flags(batch, model, hidden, regions, variables)]


def _hidden_flags(
    batch: ak.Array,
    model: EventModel,
    hidden: Hidden,
    regions: Mapping[str, Region],
    variables: Mapping[str, Variable],
) -> Flags:
    names, events = model.names(batch), len(batch)
    flags = np.zeros(events, bool)
    for name in hidden.regions:
        cuts = [
            evaluate_flags(cut, names, events)
            for _, cut in selection_terms(regions[name].selection)
        ]
        flags |= np.logical_and.reduce(cuts)
    for name, window in hidden.windows.items():
        flags |= _in_window(
            variables[name], axis_of_variable(name, variables[name]), window, names, events
        )
    return flags


def _in_window(
    variable: Variable,
    axis: Axis,
    window: tuple[float, float],
    names: Mapping[str, object],
    events: int,
) -> Flags:
    """Whether each event has a value in a hidden bin, shape (events,)."""
    counts = np.ones(events, np.int64)
    if variable.per == "object":
        entries = evaluate_entries(variable.expression, names, np.ones(events, bool))
        values, counts = entries.values, entries.counts
    else:
        values = evaluate_values(variable.expression, names, events)
    bins = np.searchsorted(bin_edges(axis), values, side="right")
    flags = hidden_bins(axis, window)[bins] & ~np.isnan(values)
    return np.bincount(np.repeat(np.arange(events), counts), weights=flags, minlength=events) > 0
