"""Compilation of the objects of an analysis: each is a function that makes the list of one event;
see `wollemi_engine.events.objects`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Protocol

import awkward as ak
from llvmlite import ir

from wollemi_engine.compiled.code import DOUBLE, POINTER, Code, UnsupportedError, double, integer
from wollemi_engine.compiled.formulas import (
    MOMENTUM_ONLY,
    NEEDED_FOR,
    OF_LISTS,
    SAME,
    Fields,
    coordinates_of,
    evaluate_formula,
)
from wollemi_engine.compiled.numpy_loops import call_loop_on
from wollemi_engine.compiled.state import State
from wollemi_engine.compiled.values import (
    FLOAT,
    Listing,
    Record,
    Scalar,
    Single,
    Value,
    code_type,
    converted,
)
from wollemi_engine.events.fields import COLLECTION_STRIDE, used_event_names
from wollemi_engine.events.model import EventModel, Variation
from wollemi_engine.expressions.fields import event_names
from wollemi_engine.expressions.momenta import field_of, four_momentum
from wollemi_likelihood.expressions.syntax import KINEMATICS, LEGS, MOMENTUM

ORIGIN = "@"  # prefix of fields with the file entries of an object: @0, @1, …


class Owner(Protocol):
    """The loop of objects and names as seen by their emitters: a `LoopProgram`."""

    @property
    def model(self) -> EventModel:
        """Objects, columns and hooks."""

    @property
    def state(self) -> State:
        """Slots of the state."""

    @property
    def branches(self) -> frozenset[str]:
        """Branches to read."""

    @property
    def foreign(self) -> frozenset[str]:
        """Expressions that the awkward evaluation computes."""

    def types(self, view: Variation) -> Any:
        """Names → awkward arrays without events."""

    def effective(self, names: Iterable[str], view: Variation) -> Variation:
        """The nominal view if the names do not depend on the variation."""

    def objects_behind(self, names: Iterable[str]) -> list[str]:
        """Objects that names of the event depend on."""

    def object(self, name: str, view: Variation) -> ObjectNode:
        """An object of the analysis."""

    def function(self, name: str) -> Any:
        """A new function."""

    def call_once(self, code: Code, function: Any, stamp: int) -> None:
        """Call a function unless it was called for this event."""

    def begin(self, function: Any, stamp: int) -> Code:
        """Begin a function that is called once per event."""

    def scalar(self, code: Code, key: Any, make: Callable[[Code], Scalar]) -> Scalar:
        """A number computed at most once per event."""

    def value(self, code: Code, text: str, view: Variation) -> Value:
        """Any expression."""

    def key(self, code: Code) -> Any:
        """The key of an event's random numbers."""

    def correction(self, code: Code, name: str, arguments: Sequence[Scalar]) -> Scalar:
        """The value of a correction."""

    def is_compiled(self, text: str) -> bool:
        """Whether all corrections called in an expression are compiled."""

    def stored(self, name: str) -> Any:
        """A branch as read."""

    def entry(self, code: Code, branch: str, place: Any) -> Scalar:
        """An entry of a branch in a collection."""

    def entries(self, code: Code, collection: str) -> tuple[Any, Any]:
        """First entry and number of entries of a collection."""


class ObjectNode:
    """An object under a variation: arrays of the requested fields, with one value per object of an
    event.

    Args:
        program: Program of the object.
        name: Name of the object.
        view: Variation; the nominal view if it does not matter.
    """

    def __init__(self, program: Owner, name: str, view: Variation):
        self.program, self.name, self.view = program, name, view
        self.item = program.model.objects[name]
        self.stamp, self.count, self.capacity = (
            program.state.new(),
            program.state.new(),
            program.state.new(),
        )
        self.function = program.function(f"object_{name}")
        self.fields: dict[str, tuple[int, str]] = {}
        self.computed: dict[str, tuple[int, int, Any]] = {}
        self._records = program.types(view)[name]
        self.stored = self.stored_of("")
        self.coordinates = coordinates_of(set(self.stored))
        self.level: int = 1 + max((other.level for other in self.others()), default=0)

    def node(self, name: str) -> ObjectNode:
        """Another object under the same variation."""
        return self.program.object(name, self.view)

    def sources(self) -> list[ObjectNode]:
        """Objects it is built from, in order; empty for a collection."""
        item = self.item
        return [
            self.node(name)
            for name in (item.combine or item.union or ((item.select,) if item.select else ()))
        ]

    def others(self) -> list[ObjectNode]:
        """All objects that it refers to."""
        return [
            *self.sources(),
            *(
                self.node(name)
                for name in (*self.item.near, *self.item.away_from, *self.item.not_in)
            ),
            *(self.node(name) for name in self.program.objects_behind(self._event_names())),
        ]

    def _event_names(self) -> set[str]:
        """Names of the event that its expressions use."""
        changes = self.view.changes.get(self.name, {}).values()
        return used_event_names(self.item).union(*map(event_names, changes))

    @property
    def origins(self) -> int:
        """Number of file entries per object."""
        counts = [source.origins for source in self.sources()]
        if self.item.combine:
            return sum(counts)
        if len(set(counts)) > 1:
            raise UnsupportedError("a union of objects and of combinations of them")
        return counts[0] if counts else 1

    @property
    def distinct(self) -> bool:
        """Whether no two objects of an event can share an entry of the files."""
        return bool(self.item.collection) or bool(self.item.select and self.sources()[0].distinct)

    def kind(self, path: str) -> str:
        """Type of a field, possibly of a leg."""
        if path.startswith(ORIGIN):
            return "int64"
        records = self._records
        for part in path.split("."):
            bare = part.removeprefix(MOMENTUM_ONLY)
            records = (
                field_of(records, part) if bare == part else getattr(four_momentum(records), bare)
            )
        kind = ak.type(records)
        while isinstance(kind, (ak.types.ArrayType, ak.types.ListType)):
            kind = kind.content
        primitive = str(getattr(kind, "primitive", kind))
        code_type(primitive)
        return primitive

    def listing(self, code: Code) -> Listing:
        """Emit the list of an event."""
        return Listing(self.length(code), partial(self.element, code), axis=self, objects=True)

    def length(self, code: Code) -> Any:
        """Emit the number of objects of an event."""

        def emit() -> Any:
            self.program.call_once(code, self.function, self.stamp)
            return code.slot(self.count)

        with code.early():
            return code.memo(("object", self), emit)

    def element(self, code: Code, index: Any) -> Single:
        """One object of the list."""
        return Single(code.memo(("element", self, index), lambda: Element(self, index)))

    def stored_of(self, prefix: str) -> list[str]:
        """Names of the stored fields; for a leg, the prefix is its name with a final dot."""
        records = reduce(field_of, prefix.split(".")[:-1], self._records)
        return [field for field in records.fields if not field.startswith(ORIGIN)]

    def usual(self, path: str) -> str:
        """Common name of equal quantities: `E` for `energy` and for the energy of the
        four-momentum, unless these are stored.
        """
        *legs, name = path.split(".")
        records = reduce(field_of, legs, self._records)
        bare = name.removeprefix(MOMENTUM_ONLY)
        if bare == name and name in records.fields:
            return path
        bare = SAME.get(bare, bare)
        own = bare not in records.fields or bare in MOMENTUM[coordinates_of(set(records.fields))]
        return ".".join([*legs, bare if own else f"{MOMENTUM_ONLY}{bare}"])

    def load(self, code: Code, path: str, index: Any) -> Scalar:
        """Emit a field of one object of the list."""
        bare = path.removeprefix(MOMENTUM_ONLY)
        if bare in KINEMATICS and (bare != path or path not in self.stored):
            return Scalar(FLOAT, code.load(self._computed(code, bare), index, DOUBLE))
        if path not in self.fields:
            kind = self.kind(path)
            self.fields[path] = (self.program.state.array(kind, self), kind)
        slot, kind = self.fields[path]
        pointer = code.memo(("pointer", slot), lambda: code.slot(slot, POINTER))
        return Scalar(kind, code.load_stored(pointer, index, kind))

    def _computed(self, code: Code, name: str) -> Any:
        """Emit the array of a field derived from the four-momenta, computed for all objects on
        first request.
        """
        if name not in self.computed:
            state = self.program.state
            self.computed[name] = (
                state.array(FLOAT, self),
                state.new(),
                self.program.function(f"{self.name}_{name}"),
            )
        slot, stamp, function = self.computed[name]

        def emit() -> Any:
            self.program.call_once(code, function, stamp)
            return code.slot(slot, POINTER)

        with code.early():
            return code.memo(("computed", self, name), emit)

    def emit_computed(self, name: str) -> None:
        """Emit the function of a derived field."""
        slot, stamp, function = self.computed[name]
        code = self.program.begin(function, stamp)
        pointer, count = code.slot(slot, POINTER), code.slot(self.count)
        part = NEEDED_FOR.get(name) if self.coordinates == "polar" else None
        if part:
            self._emit_part(code, part, pointer, count)
        with code.loop(count) as index:
            parts: dict[str, Callable[[], Value]] = self._momentum(code, index)
            known: dict[str, Callable[[], Value]] = {}
            if part:
                known[part] = partial(Scalar, FLOAT, code.load(pointer, index, DOUBLE))
            value = Fields(parts, self.coordinates, known).get(code, name)
            assert isinstance(value, Scalar)
            code.store(pointer, index, value.code)
        code.end()

    def _emit_part(self, code: Code, part: str, pointer: Any, count: Any) -> None:
        """Emit a function of all objects in one call: numpy computes several values at once."""
        function, text = OF_LISTS[part]
        with code.loop(count) as index:
            values = {
                name: make() for name, make in self._momentum(code, index).items() if name in text
            }
            code.store(pointer, index, evaluate_formula(code, text, values).code)
        call_loop_on(code, function, count, [pointer, pointer], [8, 8])

    def _momentum(self, code: Code, index: Any) -> dict[str, Callable[[], Value]]:
        return {part: partial(self.load, code, part, index) for part in MOMENTUM[self.coordinates]}

    def collection_record(self, code: Code, place: Any, index: Any) -> Fields:
        """Emit an entry of a collection.

        Args:
            code: Builder that receives the instructions.
            place: Index of the entry in the batch.
            index: Index of the entry in the event.
        """
        item, objects = self.item, self.program.model.objects
        prefix = f"{item.collection}_"
        parts: dict[str, Callable[[], Value]] = {
            branch.removeprefix(prefix): partial(self.program.entry, code, branch, place)
            for branch in self.program.branches
            if branch.startswith(prefix)
        }
        if item.mass_gev is not None:
            parts["mass"] = partial(Scalar, FLOAT, double(item.mass_gev))
        coordinates = coordinates_of(set(parts))
        number = sorted({other.collection for other in objects.values() if other.collection}).index(
            str(item.collection)
        )
        origin = code.builder.add(index, integer(number * COLLECTION_STRIDE))
        return Fields({**parts, f"{ORIGIN}0": partial(Scalar, "int64", origin)}, coordinates)

    def store(self, code: Code, record: Record, index: Any) -> None:
        """Store one object: emit all requested fields."""
        for path, (slot, kind) in self.fields.items():
            if path.startswith("@@"):
                continue
            found = record
            *legs, name = path.split(".")
            for leg in legs:
                single = found.get(code, leg)
                assert isinstance(single, Single)
                found = single.record
            value = found.get(code, name)
            assert isinstance(value, Scalar)
            if value.valid is not None:
                raise UnsupportedError(f"the field {self.name}.{path}, which may be missing")
            store_as(code, code.slot(slot, POINTER), index, converted(code, value, kind), kind)


def store_as(code: Code, pointer: Any, index: Any, value: Any, kind: str) -> None:
    """Emit the storage of a value in numpy's type `kind`."""
    if kind == "bool":
        value = code.builder.zext(value, ir.IntType(8))
    elif kind != FLOAT and "64" not in kind:
        value = code.builder.trunc(value, ir.IntType(int("".join(filter(str.isdigit, kind)))))
    code.store(pointer, index, value)


@dataclass(frozen=True, eq=False)
class Element:
    """Fields of one object in a finished list; `prefix` leads to a leg."""

    node: ObjectNode
    index: Any
    prefix: str = ""

    def stored(self) -> list[str]:
        """Names of the fields that are not derived, legs included."""
        return self.node.stored_of(self.prefix)

    def get(self, code: Code, name: str) -> Value:
        """Value of a field, or a leg."""
        path = self.prefix + name
        if name in LEGS:
            return Single(Element(self.node, self.index, f"{path}."))
        path = self.node.usual(path)
        value: Value = code.memo(
            (self.node, path, self.index), partial(self.node.load, code, path, self.index)
        )
        return value
