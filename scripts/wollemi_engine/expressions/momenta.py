"""Fields of records with a four-momentum: stored fields take precedence; the kinematics follow from
the four-momentum alone.

scikit-hep/vector computes about a hundred quantities of a record and treats a dozen names as
coordinates: a file's `Jet_beta` would be replaced by a velocity, and `Jet_t` would become the
energy of the jet. The records of this module prevent both, also in hooks.
"""

from collections.abc import Mapping
from typing import Any, cast

import awkward as ak
import vector
from vector.backends.awkward import MomentumArray4D, MomentumRecord4D

from wollemi_likelihood.expressions.syntax import MOMENTUM

vector.register_awkward()

NAME = "Momentum4D"
OF_VECTOR = frozenset(
    name for name in dir(MomentumArray4D) if not name.startswith("_")
) - frozenset(dir(ak.Array))


def four_momentum(records: Any) -> Any:
    """Records whose vector attributes follow from their four-momentum: other fields are dropped if
    any has the name of a vector attribute.

    Args:
        records: Records with fields pt, eta, phi, mass or px, py, pz, E; any others are returned
            unchanged.
    """
    parts = _coordinates(records)
    if not parts or not {*ak.fields(records)}.difference(parts) & OF_VECTOR:
        return records
    return ak.with_name(records[parts], NAME)


def _coordinates(records: Any) -> list[str]:
    """Fields that define the four-momentum; empty if no set is complete."""
    fields = {*ak.fields(records)}
    return next(([*parts] for parts in MOMENTUM.values() if fields.issuperset(parts)), [])


def cartesian(records: Any) -> Any:
    """px, py, pz and E by name, computed by vector's numpy arrays: the bits of its awkward records,
    in a fifth of the time for few events. Other coordinates: as four_momentum.

    Args:
        records: Records with a four-momentum.
    """
    parts = _coordinates(records)
    if not parts:
        return {name: getattr(records, name) for name in MOMENTUM["cartesian"]}
    # Packed: records that a selection has left out are not computed.
    return ak.transform(_cartesian, ak.to_packed(records[parts]))


def _cartesian(layout: ak.contents.Content, **_: Any) -> ak.contents.Content | None:
    if not layout.is_record:
        return None
    columns: dict[str, Any] = {name: getattr(layout[name], "data", None) for name in layout.fields}
    if all(column is not None and column.dtype.kind == "f" for column in columns.values()):
        vectors: Any = vector.array(columns)
    else:  # integers, or a coordinate that is missing somewhere
        vectors = ak.Array(ak.with_parameter(layout, "__record__", NAME, highlevel=False))
    names = MOMENTUM["cartesian"]
    return ak.contents.RecordArray([ak.to_layout(getattr(vectors, it)) for it in names], names)


def momentum_records(fields: Mapping[str, Any]) -> Any:
    """Records with a four-momentum, one or a list per event, with the attributes given by
    `field_of`.

    Args:
        fields: Name → values; a field may itself contain records.
    """
    return ak.zip(dict(fields), with_name=NAME, depth_limit=2, behavior=_BEHAVIOR)


def field_of(records: Any, name: str) -> Any:
    """A field as stored, or a quantity of the four-momentum, such as `rapidity`.

    Args:
        records: Records, one or a list per event.
        name: Name of a stored field, or of an attribute of vector's records.
    """
    return records[name] if name in ak.fields(records) else getattr(four_momentum(records), name)


class _StoredFirst:
    """Attributes with the precedence of `field_of`, for hooks and for vector itself, which accesses
    coordinates this way.
    """

    def __awkward_validation__(self) -> None:
        """Allow any name next to the four-momentum: vector would treat some as
        coordinates.
        """

    def __getattribute__(self, name: str) -> Any:
        if name not in OF_VECTOR:
            return super().__getattribute__(name)
        fields = ak.fields(self)
        if name in fields:
            return cast(Any, self)[name]
        bare = four_momentum(self)
        return super().__getattribute__(name) if bare is self else getattr(bare, name)


class _Array(_StoredFirst, MomentumArray4D):  # type: ignore[misc]
    pass


class _Record(_StoredFirst, MomentumRecord4D):  # type: ignore[misc]
    pass


# Stored in the records themselves: a hook may call `vector.register_awkward()` at any time, which
# replaces the behavior of all records.
_BEHAVIOR = {("*", NAME): _Array, NAME: _Record}
