"""The events of a region or of a bin: run, block, event, weight and chosen values of each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np

from wollemi.analysis.plain.merged_flow import own_expression
from wollemi.analysis.plain.queries import as_list
from wollemi.analysis.settings import Settings
from wollemi.analysis.view import view_of
from wollemi.histograms.blinding import histogram_mask
from wollemi.histograms.histogram import axis_of_variable, bin_edges
from wollemi.histograms.unrolling import axes_of_variable
from wollemi.inputs.identifiers import COLUMNS
from wollemi.results.marks import BLINDED
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.evaluation import (
    evaluate_entries,
    evaluate_entry,
    evaluate_flags,
    evaluate_values,
)
from wollemi_engine.expressions.selections import selection_terms
from wollemi_likelihood.base.arrays import Flags, Floats
from wollemi_likelihood.base.errors import WollemiError

ENTRY = "_entry"  # column of a batch with the entry number in its file
SECTIONS = (
    "source",
    "layout",
    "event_weight",
    "objects",
    "columns",
    "skim",
    "variables",
    "regions",
    "fill_corrections",
    "branches",
    "stored_kinematics",
    "certified_blocks",
    "is_data",
    "hidden",
)
LISTED = "listed_"  # prefix of the names of variables made from chosen expressions


@dataclass(frozen=True)
class Place:
    """The events to list.

    Args:
        region: Name of the region.
        variable: Name of the variable.
        at: Value of the variable inside the listed bin; None for all events of the region.
        values: Expressions or names of variables to list in addition to it.
    """

    region: str
    variable: str
    at: float | None = None
    values: tuple[str, ...] = ()


def listing_settings(document: Mapping[str, Any], dataset: str, place: Place) -> Settings:
    """Settings of a step that evaluates one region, its variable and the chosen expressions.

    Args:
        document: Analysis as seen by a step on the dataset.
        dataset: Name of the dataset.
        place: Events to list.
    """
    variables = document["variables"]
    chosen = {
        f"{LISTED}{number}": {
            "expression": own_expression(variables[text]) if text in variables else text,
            "bins": [1, 0, 1],
            "label": text,
        }
        for number, text in enumerate(place.values)
    }
    known = document["regions"]
    # Variables that the region already has determine the blinding.
    names = [*as_list(known[place.region].get("monitor")), place.variable, *chosen]
    region = {**known[place.region], "monitor": list(dict.fromkeys(names))}
    asked = {
        "variables": {**document["variables"], **chosen},
        "regions": {**known, place.region: region},
    }
    whole = {**document, **asked}
    return Settings(view_of(whole), SECTIONS, dataset)


def chosen_bin(settings: Settings, place: Place) -> tuple[int, float, float] | None:
    """Index of the bin, counting the underflow bin, and its edges; None for all events. With
    `merge_flow` the first and last bins are unbounded.

    Args:
        settings: Settings from `listing_settings`.
        place: Events to list.
    """
    if place.at is None:
        return None
    variable = settings.variables[place.variable]
    edges = bin_edges(axis_of_variable(place.variable, variable))
    index = int(np.searchsorted(edges, place.at, side="right"))
    ends = [-np.inf, *edges.tolist(), np.inf]
    if own_expression(variable.plain) != variable.expression:
        index = min(max(index, 1), len(edges) - 1)
        ends[1], ends[-2] = -np.inf, np.inf
    return index, ends[index], ends[index + 1]


def refuse_blinded(settings: Settings, place: Place, dataset: str) -> None:
    """Raise an error if the data of a place are hidden.

    Raises:
        WollemiError: The bin, or the whole region, is hidden.
    """
    if settings.hidden is None:
        return
    axes = axes_of_variable(place.variable, settings.variables)
    region = settings.regions[place.region]
    mask = histogram_mask(settings.hidden, place.region, region, axes)
    found = chosen_bin(settings, place)
    if mask is not None and (mask.all() if found is None else mask[found[0]]):
        raise WollemiError(
            f"dataset {dataset}",
            f"its events are {BLINDED} there",
            "choose another bin or region, or the samples that are simulated",
        )


def with_entries(batches: Iterable[ak.Array], first: int = 0) -> Iterator[ak.Array]:
    """Batches of a file with the entry number of each event.

    Args:
        batches: Batches of consecutive events.
        first: Entry number of the first event.
    """
    for batch in batches:
        yield ak.with_field(batch, np.arange(first, first + len(batch)), ENTRY)
        first += len(batch)


def listed_columns(
    settings: Settings, model: EventModel, batch: ak.Array, place: Place, factor: float
) -> dict[str, Any]:
    """The listed events of a batch, one row per entry of the variable.

    Args:
        settings: Settings from `listing_settings`.
        model: Objects and columns.
        batch: Visible events, with `ENTRY`.
        place: Events to list.
        factor: Factor on the weights.

    Returns:
        Column → values, shape (rows,): any of `COLUMNS` in the batch, `entry`, `weight`, the
        variable, and the chosen expressions.
    """
    names, variable = model.names(batch), settings.variables[place.variable]
    passed = passes(settings, place.region, names, len(batch))
    evaluate = evaluate_entries if variable.per == "object" else evaluate_entry
    found = evaluate(variable.expression, names, passed)
    rows = np.repeat(np.flatnonzero(passed), found.counts)
    values = evaluate(own_expression(variable.plain), names, passed).values
    chosen = chosen_bin(settings, place)
    if chosen is not None:
        edges = bin_edges(axis_of_variable(place.variable, variable))
        inside = np.searchsorted(edges, found.values, side="right") == chosen[0]
        inside &= ~np.isnan(found.values)
        rows, values = rows[inside], values[inside]
    weights = evaluate_values(settings.event_weight, names, len(batch))
    columns: dict[str, Any] = {
        name: ak.to_numpy(batch[name])[rows] for name in COLUMNS if name in batch.fields
    }
    columns["entry"] = ak.to_numpy(batch[ENTRY])[rows]
    columns["weight"] = factor * weights[rows]
    columns[place.variable] = values
    for number, text in enumerate(place.values):
        written = settings.variables[f"{LISTED}{number}"].expression
        columns[text] = evaluate_values(written, names, len(batch))[rows]
    return columns


def passes(settings: Settings, region: str, names: Mapping[str, Any], events: int) -> Flags:
    """Events that pass the skim and a region (events,)."""
    skim = selection_terms(settings.skim.selection) if settings.skim else []
    terms = [*skim, *selection_terms(settings.regions[region].selection)]
    flags = [evaluate_flags(term, names, events) for _, term in terms]
    return np.asarray(np.logical_and.reduce(flags), bool)


def joined(parts: Sequence[Mapping[str, Any]]) -> dict[str, Floats]:
    """Rows of several batches; columns missing from any batch are left out.

    Args:
        parts: Column → values, shape (rows,), per batch.
    """
    names = [name for name in parts[0] if all(name in part for part in parts)] if parts else []
    return {name: np.concatenate([part[name] for part in parts]) for name in names}
