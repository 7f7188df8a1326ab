"""The objects of an analysis from the branches of a batch of events; see `docs/selections.md`.

Each object remembers its origins: numbers of the entries in the files' collections from which it is
built. Two objects with the same origin are the same object, whatever their names.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import awkward as ak
import numpy as np

from wollemi_engine.events.fields import (
    COLLECTION_STRIDE,
    NO_CALLS,
    Calls,
    ObjectDefinition,
    Objects,
    evaluate_fields,
)
from wollemi_engine.expressions.distances import has_close
from wollemi_engine.expressions.momenta import momentum_records
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.expressions.syntax import KINEMATICS, LEGS, MOMENTUM

Changes = Mapping[str, str]  # field → expression
_NARROW = re.compile(r"\b(?:u?int(?:8|16|32)|float(?:16|32))\b")


def widened(values: Any) -> Any:
    """Numbers of a file as float64, int64 (uint64 is kept) or Booleans.

    With smaller types, sums would wrap (5 - 6 is 255 in uint8) and functions would be rounded (the
    square root of an int8 is a float16).
    """
    found = _NARROW.search(str(values.type)) if isinstance(values, ak.Array) else None
    if found is None:
        return values
    return ak.values_astype(values, np.float64 if found.group().startswith("float") else np.int64)


def read_collection(batch: ak.Array, name: str, item: ObjectDefinition, number: int) -> Objects:
    """Objects with a four-momentum as in the files, shape (events, var).

    Args:
        batch: Record array, shape (events,), with one field per branch.
        name: Name of the object, for the error message.
        item: Settings of the object: its collection, and its mass in GeV if the files have none.
        number: Index of the collection among the collections of the analysis.

    Raises:
        WollemiError: The four-momentum is missing.
    """
    prefix = f"{item.collection}_"
    fields = {
        branch.removeprefix(prefix): widened(batch[branch])
        for branch in batch.fields
        if branch.startswith(prefix)
    }
    if not {"pt", "eta", "phi"} <= fields.keys():
        problem = f"the events have no branches {prefix}pt, {prefix}eta, {prefix}phi"
        raise WollemiError(f"objects.{name}", problem, "correct the collection")
    if item.mass_gev is not None:
        fields["mass"] = ak.full_like(fields["pt"], item.mass_gev)
    records = momentum_records(fields)
    return Objects(records, (ak.local_index(fields["pt"], axis=1) + number * COLLECTION_STRIDE,))


def join(members: list[Objects]) -> Objects:
    """A union: the objects of each member in turn, with the fields that all members share."""
    records = ak.concatenate(_with_common_fields([member.records for member in members]), axis=1)
    slots = zip(*(member.origins for member in members), strict=True)
    return Objects(records, tuple(ak.concatenate(list(origins), axis=1) for origins in slots))


def _with_common_fields(members: list[ak.Array]) -> list[ak.Array]:
    common = [
        name for name in members[0].fields if all(name in member.fields for member in members)
    ]
    legs = {
        name: _with_common_fields([member[name] for member in members])
        for name in common
        if name in LEGS
    }
    return [
        momentum_records(
            {name: legs[name][index] if name in legs else member[name] for name in common}
        )
        for index, member in enumerate(members)
    ]


def outdated(fields: Iterable[str], changes: Iterable[str]) -> frozenset[str]:
    """Stored kinematics that are wrong once the four-momentum has changed; they are then computed
    from it, as if they were not stored.

    Args:
        fields: Names of the stored fields.
        changes: Names of the fields that change.
    """
    momentum = MOMENTUM["polar"]
    return (
        KINEMATICS.intersection(fields).difference(momentum)
        if set(momentum).intersection(changes)
        else frozenset()
    )


def with_changes(objects: Objects, changes: Changes, calls: Calls = NO_CALLS) -> Objects:
    """Objects with fields changed by calibration or a systematic, each computed from the unchanged
    fields.
    """
    if not changes:
        return objects
    fields = objects.records.fields
    stored = {
        name: objects.records[name] for name in fields if name not in outdated(fields, changes)
    }
    changed = {name: evaluate_fields(text, objects, calls) for name, text in changes.items()}
    return Objects(momentum_records(stored | changed), objects.origins)


def finish(
    objects: Objects, item: ObjectDefinition, others: Mapping[str, Objects], calls: Calls = NO_CALLS
) -> Objects:
    """Apply all steps after the objects are built: fields, cuts, neighbors, order and best object.

    Args:
        objects: Objects of a batch of events.
        item: Settings of the object, applied in the order of its keys.
        others: Objects of the same events that the item refers to.
        calls: Callables available to expressions in addition to functions.
    """
    for name, text in item.fields.items():
        value = ak.broadcast_arrays(evaluate_fields(text, objects, calls), objects.origins[0])[0]
        objects = Objects(
            ak.with_field(objects.records, value, name), objects.origins, objects.picks
        )
    if item.cuts is not None:
        objects = objects[_as_list(evaluate_fields(item.cuts, objects, calls), objects)]
    for keep, neighbors in ((True, item.near), (False, item.away_from)):
        for name, radius in neighbors.items():
            close = has_close(
                objects.records,
                others[name].records,
                radius,
                (objects.origins, others[name].origins),
            )
            objects = objects[close if keep else ~close]
    for name in item.not_in:
        objects = objects[~_share_an_origin(objects, others[name])]
    if item.order is not None:
        objects = objects[ak.argsort(_finite(item.order, objects, calls), axis=1, stable=True)]
    if item.best is not None:
        first = ak.fill_none(ak.argmin(_finite(item.best, objects, calls), axis=1), -1)
        objects = objects[ak.local_index(objects.origins[0], axis=1) == first]
    return objects


def _as_list(flags: Any, objects: Objects) -> ak.Array:
    """Booleans, shape (events, var), even if the condition is a constant."""
    return ak.values_astype(ak.broadcast_arrays(flags, objects.origins[0])[0], bool)


def _finite(text: str, objects: Objects, calls: Calls) -> ak.Array:
    """Values to compare, shape (events, var); values that are not numbers count as infinite."""
    values = ak.broadcast_arrays(evaluate_fields(text, objects, calls), objects.origins[0])[0]
    return ak.nan_to_num(
        ak.values_astype(values, np.float64), nan=np.inf, posinf=np.inf, neginf=-np.inf
    )


def _share_an_origin(objects: Objects, others: Objects) -> ak.Array:
    """Flags of objects that share a file entry with another object, shape (events, var)."""
    shared = ak.zeros_like(objects.origins[0]) != 0
    for one in objects.origins:
        for other in others.origins:
            shared = shared | ak.any(one[:, :, np.newaxis] == other[:, np.newaxis, :], axis=2)
    return shared
