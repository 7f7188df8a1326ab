"""Objects of a batch of events, and values of expressions on their fields; see
`wollemi_engine.expressions.fields`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import awkward as ak
import numpy as np

from wollemi_engine.expressions.evaluation import evaluate, evaluate_tree
from wollemi_engine.expressions.fields import (
    EVENT,
    OF_EVENT,
    SELF,
    event_names,
    looks_beyond,
    parse_fields,
)
from wollemi_engine.expressions.functions import condition
from wollemi_engine.expressions.momenta import field_of
from wollemi_engine.expressions.random_numbers import NUMBERS, Keys, Numbers
from wollemi_likelihood.base.errors import EvaluationError
from wollemi_likelihood.expressions.syntax import KINEMATICS

Functions = Mapping[str, Callable[..., Any]]  # `correction.muon_id` → function
COLLECTION_STRIDE = 2**32  # between the origins of two collections: no event has as many objects


@dataclass(frozen=True, kw_only=True)
class ObjectDefinition:
    """Definition of a list of objects in each event. Exactly one of `collection`, `select`,
    `union`, `combine` is given; the others act in this order on the objects that are left.

    Attributes:
        collection: Prefix of the branches: `Muon` for `Muon_pt` and so on.
        select: Name of another object, of which this is a subset.
        union: Names of objects to concatenate.
        combine: Names of the two to four objects of each combination.
        mass_gev: Mass in GeV; None to read its branch.
        calibrate: Field of the files → calibrated value.
        fields: Further field → value.
        cuts: Condition on the fields of one object.
        near: Object → ΔR within which one of them is required.
        away_from: Object → ΔR within which none of them is allowed.
        not_in: Names of objects to exclude.
        order: Value to sort by, smallest first.
        best: Value whose smallest one is kept.
    """

    collection: str | None = None
    select: str | None = None
    union: Sequence[str] | None = None
    combine: Sequence[str] | None = None
    mass_gev: float | None = None
    calibrate: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    cuts: str | None = None
    near: Mapping[str, float] = field(default_factory=dict)
    away_from: Mapping[str, float] = field(default_factory=dict)
    not_in: Sequence[str] = ()
    order: str | None = None
    best: str | None = None


@dataclass(frozen=True)
class Objects:
    """Objects of a batch of events.

    Args:
        records: Four-momenta and further fields, shape (events, var).
        origins: Numbers of the file entries that an object is built from, shape (events, var) each.
        picks: Positions of a combination's legs in their lists, shape (events, var) each.
    """

    records: ak.Array
    origins: tuple[ak.Array, ...]
    picks: tuple[ak.Array, ...] = field(default=())

    def __getitem__(self, where: Any) -> Objects:
        """Some of the events (a slice), or some objects of each event (flags or positions, shape
        (events, var)).
        """
        return Objects(
            self.records[where],
            tuple(o[where] for o in self.origins),
            tuple(p[where] for p in self.picks),
        )


def _no_names() -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Calls:
    """Names available to expressions on fields, in addition to the fields and functions.

    Args:
        keys: Function that returns the keys of the events' random numbers; None if there are none.
        corrections: `correction.muon_id` → function.
        events: Function that returns the event names, shape (events,) or (events, var) each.
        part: Events of the batch to which the objects belong; None for all.
    """

    keys: Keys | None = None
    corrections: Functions = field(default_factory=dict)
    events: Callable[[], Mapping[str, Any] | None] = _no_names
    part: slice | None = None

    def of_part(self, events: slice) -> Calls:
        """The same calls for the objects of some of the events."""
        return replace(self, part=events)


NO_CALLS = Calls()


class Fields(Mapping[str, Any]):
    """Names that an expression on the fields of an object can use: stored fields and kinematics.

    Args:
        objects: Objects of a batch of events.
        calls: Callables available to expressions in addition to functions.
    """

    def __init__(self, objects: Objects, calls: Calls = NO_CALLS):
        self._objects = objects
        self._records = objects.records
        self._calls = calls

    def __getitem__(self, name: str) -> Any:
        if name == NUMBERS and self._calls.keys is not None:
            return Numbers(self._calls.keys(), self._objects.origins[0] % COLLECTION_STRIDE)
        if name in self._calls.corrections:
            return self._calls.corrections[name]
        if name in self._records.fields or name in KINEMATICS:
            return field_of(self._records, name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(
            dict.fromkeys([*self._records.fields, *sorted(KINEMATICS), *self._calls.corrections])
        )

    def __len__(self) -> int:
        return len(list(iter(self)))


class EachObject(Mapping[str, Any]):
    """The names of `Fields` with one value per object, and for each object the names of its event:
    fields of shape (events, var) become (objects,), and values of shape (events,) or (events, var)
    become (objects,) or (objects, var).

    Args:
        objects: Objects of a batch of events.
        calls: Names available to expressions in addition to fields.
    """

    def __init__(self, objects: Objects, calls: Calls):
        self._objects, self._calls, self._fields = objects, calls, Fields(objects, calls)
        self.counts = ak.to_numpy(ak.num(objects.origins[0]))
        self._rows = np.repeat(np.arange(self.counts.size), self.counts)

    def __getitem__(self, name: str) -> Any:
        if name.startswith(OF_EVENT):
            return self._of_event(name[len(OF_EVENT) :])
        if name == SELF:
            return ak.flatten(self._objects.records, axis=1)
        value = self._fields[name]
        if isinstance(value, Numbers):
            return _Drawn(value)
        return ak.flatten(value, axis=1) if isinstance(value, ak.Array) else value

    def _of_event(self, name: str) -> Any:
        names = self._calls.events()
        if names is None or name not in names:
            raise KeyError(name)
        value = names[name]
        if not isinstance(value, ak.Array | np.ndarray) or value.ndim == 0:
            return value
        return value[self._calls.part or slice(None)][self._rows]

    def __iter__(self) -> Iterator[str]:
        names = self._calls.events() or ()
        return iter([*self._fields, SELF, *(f"{EVENT}.{name}" for name in names)])

    def __len__(self) -> int:
        return len(list(iter(self)))


@dataclass(frozen=True)
class _Drawn:
    """Random numbers of objects, in one flat list."""

    numbers: Numbers

    def draw(self, function: str, use: int) -> Any:
        """Numbers, shape (objects,); see `Numbers.draw`."""
        return ak.flatten(self.numbers.draw(function, use), axis=1)


def evaluate_fields(text: str, objects: Objects, calls: Calls = NO_CALLS) -> Any:
    """Evaluate an expression on the fields of objects.

    Args:
        text: Text of the expression.
        objects: Objects of a batch of events.
        calls: Names available to the expression in addition to fields and functions.

    Returns:
        Values, shape (events, var), or a constant. None becomes NaN; in conditions, false.

    Raises:
        EvaluationError: The expression gives a list or an object for each object.
        WollemiError: Any error of `evaluate`.
    """
    if not looks_beyond(text):
        return evaluate(text, Fields(objects, calls))
    names = EachObject(objects, calls)
    value = evaluate_tree(parse_fields(text), names, text)
    if not isinstance(value, ak.Array | np.ndarray) or value.ndim == 0:
        return value
    if value.ndim > 1 or ak.fields(value):
        problem = "gives a list or an object for each object, not one value"
        raise EvaluationError(
            text, problem, "use sum(...), min(...), any(...), or an index, such as event.jet[0].pt"
        )
    return ak.unflatten(_without_none(ak.Array(value)), names.counts)


def _without_none(values: ak.Array) -> ak.Array:
    """Values, shape (objects,), with None replaced by false or NaN."""
    kind = str(values.type)
    if "?" not in kind and "option" not in kind:
        return values
    if "bool" in kind:
        return condition(values)
    return ak.fill_none(ak.values_astype(values, np.float64), np.nan)


def used_event_names(item: ObjectDefinition) -> set[str]:
    """Names of event quantities used by the expressions on an object's fields."""
    texts = [*item.calibrate.values(), *item.fields.values(), item.cuts, item.order, item.best]
    return {name for text in texts if text is not None for name in event_names(text)}
