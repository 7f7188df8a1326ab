"""Events as rows of a flat table: regions, weights and values, nominal and under variations."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np

from wollemi.analysis.settings import Settings
from wollemi.analysis.view import view_of
from wollemi.event_loop.filler import weight_factors
from wollemi.event_loop.listed_events import SECTIONS as LISTING_SECTIONS
from wollemi.event_loop.listed_events import passes
from wollemi.events.event_models import object_variations
from wollemi.inputs.identifiers import COLUMNS
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.evaluation import as_values, evaluate, evaluate_values
from wollemi_likelihood.base.arrays import Flags
from wollemi_likelihood.base.errors import WollemiError

SECTIONS = (*LISTING_SECTIONS, "object_variations", "weight_variations", "weight_sets")
TABULATED = "tabulated_"  # prefix of the names of variables made from chosen expressions
NO_NUMBER = -1  # run, block or event number where the files have none
WEIGHT, REGION = "weight", "in_"


@dataclass(frozen=True)
class Table:
    """Content of a table.

    Args:
        regions: Names of the regions; a row is an event of any of them in any variation.
        values: Column → expression.
        systematics: Names of the systematics, or of variations, that have columns.
        leading: Number of columns for a value that is a list.
    """

    regions: tuple[str, ...]
    values: Mapping[str, str]
    systematics: tuple[str, ...] = ()
    leading: int = 4


@dataclass(frozen=True)
class Variations:
    """Variations that have columns, collected from all datasets.

    Args:
        weights: Variations that change only the weight.
        views: Variations that change objects or columns, and thus also regions and values.
    """

    weights: tuple[str, ...] = ()
    views: tuple[str, ...] = ()


def table_settings(document: Mapping[str, Any], dataset: str, table: Table) -> Settings:
    """Settings of a step that evaluates the chosen values and systematics.

    Args:
        document: Analysis as seen by a step on the dataset.
        dataset: Name of the dataset.
        table: Content of the table.
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
    return Settings(view_of(whole), SECTIONS, dataset)


def table_variations(settings: Iterable[Settings]) -> Variations:
    """Variations of any dataset, in the order of the analysis.

    Args:
        settings: Settings of each dataset, from `table_settings`.
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
    """The events of a batch that are in a region, one row per event.

    A variation that does not affect the dataset gets the nominal columns.

    Args:
        settings: Settings from `table_settings`.
        model: Objects and columns.
        batch: Visible events.
        table: Content of the table.
        variations: Variations that have columns.
        factor: Factor on the weights.

    Returns:
        Column → values, shape (rows,): `COLUMNS`, then `in_<region>`, `weight`, the values and
        `weight_<variation>`, then regions, `weight` and values again for each view, with its name.

    Raises:
        WollemiError: Two columns have the same name.
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
    """Add columns to a table in place.

    Raises:
        WollemiError: A column of the same name exists.
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
    columns[WEIGHT] = factor * evaluate_values(settings.event_weight, names, events)
    for name, text in table.values.items():
        add_columns(columns, _value_columns(name, text, names, events, table.leading))
    return columns


def _value_columns(
    name: str, text: str, names: Mapping[str, Any], events: int, leading: int
) -> dict[str, Any]:
    """One number per event, or the first `leading` numbers of a list, padded with NaN."""
    value = evaluate(text, names)
    if not (isinstance(value, ak.Array) and value.ndim == 2 and not ak.fields(value)):
        return {name: as_values(value, events, text)}
    padded = ak.pad_none(value, leading, axis=1, clip=True)
    return {f"{name}_{place}": as_values(padded[:, place], events) for place in range(leading)}


def _weights(
    settings: Settings, names: Mapping[str, Any], weights: Any, variations: Iterable[str]
) -> dict[str, Any]:
    """Weights under the variations that change only the weight."""
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
    return weight_factors(settings.weight_variations, settings.weight_sets)


def _numbers(batch: ak.Array, name: str) -> Any:
    if name not in batch.fields:
        return np.full(len(batch), NO_NUMBER, np.int64)
    return ak.to_numpy(batch[name]).astype(np.int64)
