"""The names that expressions can use, built from branches: objects with their cuts, columns, hooks
and their variations.
"""

import time
import weakref
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from traceback import extract_tb
from typing import Any, ClassVar, Protocol, cast

import awkward as ak

from wollemi_engine.events.combinations import combine
from wollemi_engine.events.fields import Calls, Functions, ObjectDefinition, Objects
from wollemi_engine.events.objects import (
    finish,
    join,
    read_collection,
    widened,
    with_changes,
)
from wollemi_engine.expressions.columns import Columns
from wollemi_engine.expressions.evaluation import evaluate
from wollemi_engine.expressions.event_random import EventRandom
from wollemi_engine.expressions.random_numbers import NUMBERS, Numbers
from wollemi_likelihood.base.errors import WollemiError

Changes = Mapping[str, Mapping[str, str]]  # object → field → expression
LOADED = time.time()  # the code in memory is that of the files then


class Hook(Protocol):
    """A column that a function computes."""

    @property
    def hook(self) -> str:
        """Name of the function."""

    @property
    def uses(self) -> Sequence[str]:
        """Names that the function needs."""


@dataclass(frozen=True)
class Variation:
    """One view of the events: `nominal`, or an object or column systematic at ±1σ.

    Args:
        name: Name of the variation.
        changes: Object → field → expression.
        columns: Branch or column → expression, in which its own name means the nominal value.
    """

    name: str
    changes: Changes = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)


NOMINAL = Variation("nominal")


class _Built(Columns):
    """The objects of a batch of events.

    `events` returns the names of the events, which objects may use. It is a weak reference, because
    these names hold the objects.
    """

    events: Callable[[], Columns | None]


class EventNames(Columns):
    """The names of a batch of events."""

    built: _Built


@dataclass(frozen=True)
class EventModel:
    """Turns branches into names, with the objects, columns and hooks of an analysis.

    Args:
        objects: Name → collection and cuts.
        columns: Name → expression or hook.
        hooks: Name → function.
        corrections: Name in expressions, such as `correction.muon_id` → function.
    """

    objects: Mapping[str, ObjectDefinition]
    columns: Mapping[str, str | Hook]
    hooks: Mapping[str, Callable[..., Any]]
    corrections: Functions = field(default_factory=dict)
    # Whether the names of a batch stay in memory, which makes the compiled loop the slower one.
    keeps_names: ClassVar[bool] = False

    def views(
        self, batch: ak.Array, variations: Sequence[Variation]
    ) -> Iterator[tuple[Variation, EventNames]]:
        """The names of a batch of events under each variation, which share the values that do not
        change.

        Args:
            batch: Record array, shape (events,), with one field per branch.
            variations: Nominal and object variations.
        """
        several = len(variations) > 1
        nominal = self.names(batch, keeps=several)
        for variation in variations:
            is_nominal = variation.name == NOMINAL.name
            yield variation, nominal if is_nominal else self.names(batch, variation, nominal, True)

    def names(
        self,
        batch: ak.Array,
        variation: Variation = NOMINAL,
        nominal: EventNames | None = None,
        keeps: bool = False,
    ) -> EventNames:
        """All names of a batch of events under a variation, computed on demand.

        Args:
            batch: Record array, shape (events,), with one field per branch.
            variation: Fields of objects and columns that change.
            nominal: The names under no variation, whose values are taken if they are the same.
            keeps: Whether the values of expressions are kept, too.
        """
        numbers = partial(_numbers, batch)
        parts: dict[str, Callable[[Columns], Any]] = {
            name: partial(self._build, batch, name, variation.changes.get(name, {}))
            for name in self.objects
        }
        differing = {*variation.changes, *variation.columns}
        before = None if nominal is None else nominal.built
        built = _Built(parts | {NUMBERS: numbers}, before, differing)
        compute: dict[str, Callable[[Columns], Any]] = {
            name: partial(_branch, batch, name) for name in batch.fields
        }
        compute |= {NUMBERS: numbers}
        compute |= {name: partial(_records, built, name) for name in self.objects}
        compute |= {name: partial(self._correction, name) for name in self.corrections}
        compute |= {name: partial(self._column, len(batch), name) for name in self.columns}
        changed = {
            name: partial(_changed, name, text, compute[name])
            for name, text in variation.columns.items()
        }
        names = EventNames(compute | changed, nominal, differing, keeps)
        names.built, names.uses = built, built.uses
        built.events = weakref.ref(names)
        return names

    def stored(self, batch: ak.Array) -> set[str]:
        """Names whose values are the values of a branch as stored."""
        return {*batch.fields} - {*self.objects, *self.columns, *self.corrections}

    def _build(
        self, batch: ak.Array, name: str, changes: Mapping[str, str], built: Columns
    ) -> Objects:
        """One object of the analysis, built from branches or from other objects."""
        item = self.objects[name]
        others = {other: built[other] for other in (*item.near, *item.away_from, *item.not_in)}

        def keys() -> EventRandom:
            return cast(Numbers, built[NUMBERS]).keys

        calls = Calls(keys, self.corrections, cast(_Built, built).events)
        if item.combine:
            return combine(name, item, [built[leg] for leg in item.combine], others, calls)
        if item.collection:
            stored = read_collection(batch, name, item, self._collections.index(item.collection))
            source = with_changes(stored, item.calibrate, calls)
        else:
            source = (
                built[item.select]
                if item.select
                else join([built[member] for member in item.union or ()])
            )
        return finish(with_changes(source, changes, calls), item, others, calls)

    @property
    def _collections(self) -> list[str]:
        """Collections of the files, in the same order for all objects."""
        return sorted({item.collection for item in self.objects.values() if item.collection})

    def _correction(self, name: str, _names: Columns) -> Any:
        return self.corrections[name]

    def _column(self, events: int, name: str, names: Columns) -> Any:
        column = self.columns[name]
        if isinstance(column, str):
            return evaluate(column, names)
        used = dict.fromkeys(use.partition(".")[0] for use in column.uses)
        arguments = {name: names[name] for name in used}
        try:
            value = self.hooks[column.hook](**arguments)
        except (WollemiError, MemoryError, OSError):
            raise
        except Exception as error:
            raise _hook_error(column.hook, error) from error
        if getattr(value, "ndim", 0) and len(value) != events:
            # without the numbers, which may be blinded
            problem = "returns an array of another length than its arguments"
            raise WollemiError(f"hook {column.hook}", problem, "return a value for each event")
        return value


def _hook_error(name: str, error: Exception) -> WollemiError:
    """An error in the code of a hook, with its last line there."""
    frames = extract_tb(error.__traceback__)[1:]
    inside = [frame for frame in frames if frame.filename == frames[0].filename]
    place = f"{Path(inside[-1].filename).name}, line {inside[-1].lineno}: " if inside else ""
    problem = f"{place}{type(error).__name__}: {error}"
    return WollemiError(f"hook {name}", problem, "correct the function")


def _changed(name: str, text: str, nominal: Callable[[Columns], Any], names: Columns) -> Any:
    """A branch or column at ±1σ."""
    return evaluate(text, ChainMap({name: nominal(names)}, cast(MutableMapping[str, Any], names)))


def _branch(batch: ak.Array, name: str, _names: Columns) -> Any:
    return widened(batch[name])


def _numbers(batch: ak.Array, _names: Columns) -> Numbers:
    return Numbers.of_batch(batch)


def _records(built: Columns, name: str, _names: Columns) -> ak.Array:
    return built[name].records
