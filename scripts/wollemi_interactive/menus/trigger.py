"""The paths of a trigger menu on batches of events: the events that each path selects, and the
events that it accepts after its prescale.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import awkward as ak
import numpy as np

from wollemi.events.event_models import definitions
from wollemi_engine.compiled.choice import WORTH, Engine
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.evaluation import evaluate_flags
from wollemi_engine.expressions.selections import selection_terms
from wollemi_interactive.menus.models import Menu
from wollemi_likelihood.base.arrays import Flags
from wollemi_likelihood.expressions.syntax import split_conjunction

if TYPE_CHECKING:
    from wollemi_engine.compiled.flags import CompiledFlags

# Numbers of the prescales' random numbers; far from numbers that users choose for a smearing.
FIRST_USE, USES = 10_000, 900_000
SELECTED, ACCEPTED = "selected", "accepted"


def prescale_term(menu: Menu, path: str) -> str:
    """The condition that implements a prescale, in the language of the analysis: a random number
    from run, luminosity block and event number, different for each path and seed.

    The decision on an event is therefore independent of batch, file and order of reading.
    """
    use = FIRST_USE + (zlib.crc32(path.encode()) + menu.seed) % USES
    return f"uniform({use}) * {menu.paths[path].prescale} < 1"


def path_terms(menu: Menu, path: str) -> list[str]:
    """The `and` terms of a path's selection, in order."""
    named = selection_terms(menu.paths[path].selection)
    return [term for _, text in named for term in split_conjunction(text)]


def menu_model(menu: Menu) -> EventModel:
    """Objects and columns of a menu; a threshold is a column with a constant value."""
    thresholds = {name: repr(value) for name, value in menu.thresholds.items()}
    return EventModel(definitions(menu.objects), {**menu.columns, **thresholds}, {})


@dataclass
class Decisions:
    """Events of a batch that each path selects, and that it accepts after its prescale.

    Attributes:
        selected: Path → flags of the selected events, shape (events,).
        accepted: Path → flags of the accepted events, shape (events,).
    """

    selected: dict[str, Flags] = field(default_factory=dict)
    accepted: dict[str, Flags] = field(default_factory=dict)


class FlagLoop:
    """Evaluates selections batch by batch.

    Args:
        model: Objects and columns.
        selections: Name → terms of the selection.
        expected: Expected number of events, as far as known; if large, the loop is compiled.
    """

    def __init__(
        self, model: EventModel, selections: Mapping[str, Sequence[str]], expected: int = 0
    ):
        self._model, self._selections = model, selections
        self._engine: Engine[CompiledFlags] = Engine(self._compile, expected)

    def _compile(self, batch: ak.Array) -> CompiledFlags | None:
        from wollemi_engine.compiled.flags import CompiledFlags

        return CompiledFlags.compile(self._model, batch, self._selections)

    def flags(self, batch: ak.Array) -> dict[str, Flags]:
        """Selection → flags of the events that pass it, shape (events,), from the compiled loop or
        the awkward evaluation, which agree bit by bit.
        """
        return self._engine.evaluate(
            batch, lambda loop: loop.flags(batch), lambda: self.evaluate(batch)
        )

    def evaluate(self, batch: ak.Array) -> dict[str, Flags]:
        """As `flags`, by the awkward evaluation alone."""
        names, found = self._model.names(batch), dict[str, Flags]()
        for terms in self._selections.values():
            for term in terms:
                if term not in found:
                    found[term] = evaluate_flags(term, names, len(batch))
        return {
            name: np.logical_and.reduce([found[term] for term in terms])
            for name, terms in self._selections.items()
        }


class TriggerLoop:
    """Decides events with the paths of a menu.

    Args:
        menu: Trigger menu.
        expected: Expected number of events, as far as known.
    """

    def __init__(self, menu: Menu, expected: int = WORTH):
        self._paths = list(menu.paths)
        self._prescaled = {name for name, item in menu.paths.items() if item.prescale > 1}
        terms = {name: path_terms(menu, name) for name in self._paths}
        prescaled = {
            f"{ACCEPTED} {name}": [*terms[name], prescale_term(menu, name)]
            for name in self._paths
            if name in self._prescaled
        }
        self._loop = FlagLoop(menu_model(menu), {**terms, **prescaled}, expected)

    def decide(self, batch: ak.Array) -> Decisions:
        """Decisions of each path on the events of a batch."""
        flags = self._loop.flags(batch)
        return Decisions(
            {name: flags[name] for name in self._paths},
            {
                name: flags[f"{ACCEPTED} {name}" if name in self._prescaled else name]
                for name in self._paths
            },
        )


class ThresholdScan:
    """Decides events with the paths that use a threshold, for several of its values.

    The threshold is added as a branch to each batch, so that one loop serves all values.

    Args:
        menu: Trigger menu.
        threshold: Name of the threshold.
        paths: Names of the paths that use it.
        expected: Expected number of events, as far as known.
    """

    def __init__(self, menu: Menu, threshold: str, paths: Sequence[str], expected: int = WORTH):
        model = menu_model(menu)
        columns = {name: text for name, text in model.columns.items() if name != threshold}
        terms = {path: path_terms(menu, path) for path in paths}
        self._threshold = threshold
        self._loop = FlagLoop(replace(model, columns=columns), terms, expected)

    def flags(self, batch: ak.Array, value: float) -> dict[str, Flags]:
        """Path → flags of the events that it selects with this value, shape (events,)."""
        values = np.full(len(batch), value, np.float64)
        return self._loop.flags(ak.with_field(batch, values, self._threshold))
