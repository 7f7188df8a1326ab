"""Dependencies of the objects of an analysis, down to the branches of the files.

Standard library only, on the plain YAML values, because the Snakefile uses it as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from wollemi_engine.expressions.fields import event_names, own_names
from wollemi_likelihood.expressions.syntax import (
    EVENT_NAMES,
    KINEMATICS,
    LEGS,
    MOMENTUM,
    draws_numbers,
)

if TYPE_CHECKING:
    Objects = Mapping[str, Mapping[str, Any]]

KINDS = ("collection", "select", "union", "combine")


def as_names(value: Any) -> list[str]:
    """A name, a list, or the keys of a mapping, as a list of names."""
    return [value] if isinstance(value, str) else list(value or ())


def sources(item: Mapping[str, Any]) -> list[str]:
    """Objects from which an object is built; empty for a collection."""
    return [name for kind in KINDS[1:] for name in as_names(item.get(kind))]


def neighbors(item: Mapping[str, Any]) -> list[str]:
    """Objects that decide whether an object is kept."""
    return [name for key in ("near", "away_from", "not_in") for name in as_names(item.get(key))]


def own_expressions(item: Mapping[str, Any]) -> dict[str, str]:
    """Key → expression on the fields of the object itself."""
    calibrated = {
        f"calibrate.{name}": str(text) for name, text in (item.get("calibrate") or {}).items()
    }
    texts = {f"fields.{name}": str(text) for name, text in (item.get("fields") or {}).items()}
    return {
        **calibrated,
        **texts,
        **{key: item[key] for key in ("cuts", "order", "best") if item.get(key)},
    }


def objects_behind(objects: Objects, names: Iterable[str]) -> set[str]:
    """Objects among names such as `z.first.charge`, the objects that they are built from, and the
    objects that decide whether they are kept.
    """
    seen: set[str] = set()
    pending = [name.partition(".")[0] for name in names]
    while pending:
        name = pending.pop()
        if name in objects and name not in seen:
            seen.add(name)
            pending += [*sources(objects[name]), *neighbors(objects[name])]
    return seen


def event_names_of(name: str, objects: Objects, changes: Mapping[str, Iterable[str]]) -> set[str]:
    """Names of the event that the expressions on the fields of an object use.

    Args:
        name: Name of the object.
        objects: Section `objects`.
        changes: Object → expressions of the systematics that act on it.
    """
    return set().union(*map(event_names, _own(name, objects, changes)))


def object_branches(
    objects: Objects, changes: Mapping[str, Iterable[str]], used: Iterable[str]
) -> set[str]:
    """Branches from which objects are read.

    Args:
        objects: Section `objects`.
        changes: Object → expressions of the systematics that act on it.
        used: Names of objects and their fields, such as `z.first.charge`.
    """
    reached = _reached(objects, changes, used)
    texts = [
        text
        for name in {path.partition(".")[0] for path in reached}
        for text in _own(name, objects, changes)
    ]
    branches = set(EVENT_NAMES) if any(map(draws_numbers, texts)) else set()
    for item, field in _collections(objects, reached):
        branches |= {f"{item['collection']}_{part}" for part in _stored(item, field)}
    return branches


def kinematic_branches(
    objects: Objects, changes: Mapping[str, Iterable[str]], used: Iterable[str]
) -> set[str]:
    """Branches such as `Jet_rapidity` that an expression uses by name: a stored value takes
    precedence.

    Args:
        objects: Section `objects`.
        changes: Object → expressions of the systematics that act on it.
        used: Names of objects and their fields.
    """
    asked = KINEMATICS.difference(MOMENTUM["polar"])
    found = _collections(objects, _reached(objects, changes, used))
    return {f"{item['collection']}_{field}" for item, field in found if field in asked}


def _reached(
    objects: Objects, changes: Mapping[str, Iterable[str]], used: Iterable[str]
) -> set[str]:
    """The names, and all names behind them, down to the fields of collections."""
    seen: set[str] = set()
    pending = list(used)
    while pending:
        path = pending.pop()
        name, _, field = path.partition(".")
        if path in seen or name not in objects:
            continue
        seen.add(path)
        pending += [name, *_needs(name, objects[name], _own(name, objects, changes))]
        pending += [] if objects[name].get("collection") else _forwarded(objects[name], field)
    return seen


def _own(name: str, objects: Objects, changes: Mapping[str, Iterable[str]]) -> list[str]:
    return [*own_expressions(objects[name]).values(), *changes.get(name, ())]


def _collections(objects: Objects, reached: Iterable[str]) -> list[tuple[Mapping[str, Any], str]]:
    """Objects that are collections, and their fields."""
    pairs = [(objects[path.partition(".")[0]], path.partition(".")[2]) for path in reached]
    return [(item, field) for item, field in pairs if item.get("collection")]


def _needs(name: str, item: Mapping[str, Any], own: Iterable[str]) -> list[str]:
    """Names that an object always needs, given the expressions on its own fields."""
    fields = {field for text in own for field in own_names(text)}
    return [*sources(item), *neighbors(item), *(f"{name}.{field}" for field in sorted(fields))]


def _stored(item: Mapping[str, Any], field: str) -> set[str]:
    """Fields of a collection to read for a requested field."""
    momentum = set(MOMENTUM["polar"]) - ({"mass"} if item.get("mass_gev") is not None else set())
    computed = field in KINEMATICS or field in (item.get("fields") or {})
    return momentum if computed or not field else momentum | {field}


def field_branches(objects: Objects, path: str) -> set[str]:
    """Branches from which a field such as `z.first.charge` is read, without the branches of the
    object itself.
    """
    name, _, field = path.partition(".")
    item = objects.get(name, {})
    if item.get("collection"):
        return {f"{item['collection']}_{part}" for part in _stored(item, field) - _stored(item, "")}
    return set().union(
        *(field_branches(objects, source) for source in _forwarded(item, field) if "." in source)
    )


def momentum_branches(item: Mapping[str, Any]) -> set[str]:
    """Branches of the four-momentum of a collection; empty for composite objects."""
    return (
        {f"{item['collection']}_{part}" for part in _stored(item, "")}
        if item.get("collection")
        else set()
    )


def _forwarded(item: Mapping[str, Any], field: str) -> list[str]:
    """The names behind a field of an object built from other objects."""
    first, _, rest = field.partition(".")
    legs = as_names(item.get("combine"))
    if not field or (legs and first in KINEMATICS) or first in (item.get("fields") or {}):
        return []
    if legs:
        leg = {LEGS[index]: leg for index, leg in enumerate(legs)}.get(first)
        return [f"{leg}.{rest}" if rest else leg] if leg else []
    return [f"{source}.{field}" for source in sources(item)]
