"""Events as rows of a flat table: regions, weights, values, nominal and under variations."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np

from wollemi.analysis.models.analysis import Analysis
from wollemi.analysis.settings import Settings
from wollemi.event_loop.filler import weight_factors
from wollemi.event_loop.listed_events import SECTIONS as LISTING_SECTIONS
from wollemi.event_loop.listed_events import passes
from wollemi.events.model import EventModel, object_variations
from wollemi.expressions.evaluation import as_values, evaluate, evaluate_values
from wollemi.inputs.identifiers import COLUMNS
from wollemi_likelihood.base.arrays import Flags
from wollemi_likelihood.base.errors import WollemiError

SECTIONS = (*LISTING_SECTIONS, "object_variations", "weight_variations", "weight_sets")
TABULATED = "tabulated_"  # begins the names of variables that are made of chosen expressions
NO_NUMBER = -1  # of a run, a block or an event, where the files have none
WEIGHT, REGION = "weight", "in_"


@dataclass(frozen=True)
class Table:
    """What a table holds.

    Args:
        regions: their names; a row is an event of any of them, nominal or under a variation.
        values: column → expression.
        systematics: those whose variations have columns, by their names or those of variations.
        leading: of a value that is a list, so many have columns.
    """

    regions: tuple[str, ...]
    values: Mapping[str, str]
    systematics: tuple[str, ...] = ()
    leading: int = 4


@dataclass(frozen=True)
class Variations:
    """Variations that have columns, those of all datasets.

    Args:
        weights: that change the weight alone.
        views: that change objects or columns, and so regions and values, too.
    """

    weights: tuple[str, ...] = ()
    views: tuple[str, ...] = ()


def table_settings(document: Mapping[str, Any], dataset: str, table: Table) -> Settings:
    """Settings of a step that evaluates the chosen values and systematics.

    Args:
        document: the analysis as a step on the dataset sees it.
        dataset: its name.
        table: what is tabulated.
    """
    chosen = {
        f"{TABULATED}{number}": {"expression": text, "bins": [1, 0, 1], "label": name}
        for number, (name, text) in enumerate(table.values.items())
    }
    systematics = {
        name: item
        for name, item in document.get("systematics", {}).items()
        if {name, item.get("variation")} & set(table.systematics)
    }
    variables = {**document["variables"], **chosen}
    whole = {**document, "variables": variables, "systematics": systematics}
    return Settings(Analysis.model_validate(whole), whole, SECTIONS, dataset)


def table_variations(settings: Iterable[Settings]) -> Variations:
    """Variations of any dataset, in the order of the analysis.

    Args:
        settings: of each dataset, see `table_settings`.
    """
    weights: dict[str, None] = {}
    views: dict[str, None] = {}
    for item in settings:
        weights |= dict.fromkeys(_factors(item))
        views |= dict.fromkeys(view.name for view in object_variations(item.object_variations)[1:])
    return Variations(tuple(weights), tuple(views))


def table_columns(
    settings: Settings,
    model: EventModel,
    batch: ak.Array,
    table: Table,
    variations: Variations,
    factor: float,
) -> dict[str, Any]:
    """The events of a batch that are in a region, one row each.

    A variation that does not change the dataset has its nominal columns.

    Args:
        settings: see `table_settings`.
        model: objects and columns.
        batch: visible events.
        table: what is tabulated.
        variations: those that have columns.
        factor: on the weights.

    Returns:
        Column → values (rows,): those of `COLUMNS`, then `in_<region>`, `weight`, the values and
        `weight_<variation>`, then all but the first again for each view, with its name.

    Raises:
        WollemiError: two columns have one name.
    """
    views = {view.name: view for view in object_variations(settings.object_variations)}
    flags = {
        name: {region: passes(settings, region, names, len(batch)) for region in table.regions}
        for name, view in views.items()
        for names in [model.names(batch, view)]
    }
    kept = np.logical_or.reduce([found for regions in flags.values() for found in regions.values()])
    rows = batch[kept]
    columns = {name: _numbers(rows, name) for name in COLUMNS}
    nominal = model.names(rows)
    for name in ("nominal", *variations.views):
        view = views.get(name, views["nominal"])
        names = nominal if view.name == "nominal" else model.names(rows, view)
        regions = {region: found[kept] for region, found in flags[view.name].items()}
        found = _view_columns(settings, names, len(rows), table, regions, factor)
        if name == "nominal":
            add_columns(found, _weights(settings, names, found[WEIGHT], variations.weights))
            add_columns(columns, found)
        else:
            add_columns(columns, {f"{key}_{name}": values for key, values in found.items()})
    return columns


def add_columns(columns: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Add columns to others.

    Raises:
        WollemiError: one is there.
    """
    for name, values in more.items():
        if name in columns:
            remedy = "give the value another name, --values NAME=EXPRESSION"
            raise WollemiError("--values", f"two columns would be called '{name}'", remedy)
        columns[name] = values


def _view_columns(
    settings: Settings,
    names: Mapping[str, Any],
    events: int,
    table: Table,
    regions: Mapping[str, Flags],
    factor: float,
) -> dict[str, Any]:
    """Regions, weight and values under one view."""
    columns: dict[str, Any] = {f"{REGION}{region}": found for region, found in regions.items()}
    columns[WEIGHT] = factor * evaluate_values(settings.selected["event_weight"], names, events)
    for name, text in table.values.items():
        add_columns(columns, _value_columns(name, text, names, events, table.leading))
    return columns


def _value_columns(
    name: str, text: str, names: Mapping[str, Any], events: int, leading: int
) -> dict[str, Any]:
    """One number for each event, or the first of a list, with NaN where it is shorter."""
    value = evaluate(text, names)
    if not (isinstance(value, ak.Array) and value.ndim == 2 and not ak.fields(value)):
        return {name: as_values(value, events, text)}
    padded = ak.pad_none(value, leading, axis=1, clip=True)
    return {f"{name}_{place}": as_values(padded[:, place], events) for place in range(leading)}


def _weights(
    settings: Settings, names: Mapping[str, Any], weights: Any, variations: Iterable[str]
) -> dict[str, Any]:
    """Weights under the variations that change them alone."""
    factors = _factors(settings)
    return {
        f"{WEIGHT}_{name}": (
            weights * evaluate_values(factors[name], names, weights.size)
            if name in factors
            else weights
        )
        for name in variations
    }


def _factors(settings: Settings) -> dict[str, str]:
    return weight_factors(settings.weight_variations, settings.selected["weight_sets"])


def _numbers(batch: ak.Array, name: str) -> Any:
    if name not in batch.fields:
        return np.full(len(batch), NO_NUMBER, np.int64)
    return ak.to_numpy(batch[name]).astype(np.int64)
