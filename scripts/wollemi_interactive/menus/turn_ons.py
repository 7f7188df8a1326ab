"""Counts for the turn-ons of a trigger menu: probes, or events, in bins of a quantity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np

from wollemi.analysis.models.objects import PhysicsObject
from wollemi.analysis.view import read
from wollemi.events.event_models import definitions
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.evaluation import evaluate_entries, evaluate_entry, evaluate_flags
from wollemi_interactive.menus.models import Menu, TurnOn
from wollemi_interactive.menus.trigger import menu_model
from wollemi_likelihood.base.arrays import Flags, Floats

VARIABLE, PASS = "turn_on_variable", "turn_on_pass"  # fields of the probes


def probe_objects(menu: Menu) -> dict[str, PhysicsObject]:
    """The probes of each turn-on that has any, as an object with two additional fields."""
    return {
        _object(name): read(
            "PhysicsObject",
            {
                "select": item.probes,
                "fields": {VARIABLE: item.variable, PASS: f"where({item.passes}, 1, 0)"},
            },
        )
        for name, item in menu.turn_ons.items()
        if item.probes is not None
    }


def _object(name: str) -> str:
    return f"turn_on_{name}"


def turn_on_expressions(menu: Menu, name: str) -> list[str]:
    """Expressions on the event that a turn-on evaluates, except the expressions of its path."""
    item = menu.turn_ons[name]
    own = [text for text in (item.variable, item.passes) if text]
    probes = [f"{_object(name)}.{field}" for field in (VARIABLE, PASS)]
    return [*([item.selection] if item.selection else []), *(probes if item.probes else own)]


@dataclass
class TurnOnCounts:
    """Sums in bins for passing and failing entries.

    Attributes:
        edges: Bin edges, shape (bins + 1,).
        sums: Σw, Σw² and Σwx of failing and of passing entries, shape (2, 3, bins).
        outside: Number of entries outside the bins.
    """

    edges: Floats
    sums: Floats
    outside: int = 0

    @classmethod
    def of(cls, item: TurnOn) -> "TurnOnCounts":
        """Empty counts for a turn-on."""
        edges = np.array(item.edges, np.float64)
        return cls(edges, np.zeros((2, 3, edges.size - 1)))

    def add(self, values: Floats, weights: Floats, passed: Flags) -> None:
        """Count entries; all arguments have shape (entries,)."""
        bins = np.searchsorted(self.edges, values, side="right") - 1
        bins[values == self.edges[-1]] = self.edges.size - 2
        inside = (bins >= 0) & (bins < self.edges.size - 1)
        self.outside += int(np.sum(~inside))
        for side, chosen in enumerate((inside & ~passed, inside & passed)):
            own, w, x = bins[chosen], weights[chosen], values[chosen]
            for place, quantity in enumerate((w, w * w, w * x)):
                self.sums[side, place] += np.bincount(own, quantity, self.edges.size - 1)

    def means(self) -> Floats:
        """Mean of the quantity in each bin, or the center of an empty bin, shape (bins,)."""
        total = self.sums.sum(axis=0)
        centers = (self.edges[1:] + self.edges[:-1]) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            means = np.where(total[0] > 0, total[2] / total[0], centers)
        return np.clip(means, self.edges[:-1], self.edges[1:])


class TurnOnCounter:
    """Counts for all turn-ons of a menu, batch by batch.

    Args:
        menu: Trigger menu.
    """

    def __init__(self, menu: Menu):
        own = menu_model(menu)
        self._menu = menu
        objects = {**own.objects, **definitions(probe_objects(menu))}
        self._model = EventModel(objects, own.columns, {})
        self.counts = {name: TurnOnCounts.of(item) for name, item in menu.turn_ons.items()}

    def add(self, batch: ak.Array, weights: Floats, selected: Mapping[str, Flags]) -> None:
        """Count a batch.

        Args:
            batch: Batch of events.
            weights: Event weights, shape (events,).
            selected: Path → flags of the events that it selects, shape (events,).
        """
        names = self._model.names(batch)
        for name, item in self._menu.turn_ons.items():
            counted = np.ones(len(batch), np.bool_)
            if item.selection is not None:
                counted = evaluate_flags(item.selection, names, len(batch))
            self.counts[name].add(*_entries(name, item, names, (counted, weights), selected))


def _entries(
    name: str,
    item: TurnOn,
    names: Mapping[str, Any],
    events: tuple[Flags, Floats],
    selected: Mapping[str, Flags],
) -> tuple[Floats, Floats, Flags]:
    """Values, weights and pass flags of all entries that have a value."""
    counted, weights = events
    if item.probes is not None:
        values = evaluate_entries(f"{_object(name)}.{VARIABLE}", names, counted)
        passed = evaluate_entries(f"{_object(name)}.{PASS}", names, counted).values > 0
    else:
        values = evaluate_entry(item.variable, names, counted)
        flags = (
            selected[item.path]
            if item.path is not None
            else evaluate_flags(str(item.passes), names, counted.size)
        )
        passed = np.repeat(flags[counted], values.counts)
    present = np.isfinite(values.values) & values.present
    own = np.repeat(weights[counted], values.counts)
    return values.values[present], own[present], np.asarray(passed[present], np.bool_)
