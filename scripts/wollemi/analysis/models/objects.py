"""Definitions of objects: the model of the section `objects` of an analysis file.

The language is described in `docs/selections.md`; names are checked in
`wollemi.loading.objects`.
"""

from collections.abc import Mapping

from pydantic import Field

from wollemi.analysis.models.base import (
    Expression,
    FieldExpression,
    Name,
    Names,
    NonNegative,
    Positive,
    Section,
    SeveralNames,
    TwoToFourNames,
)


class PhysicsObject(Section):
    """A list of objects in each event. Exactly one of `collection`, `select`, `union`, `combine`
    defines them.

    The other keys act in the order of this table, each on the objects that are left. In their
    expressions, names of the event follow `event.`, as in `event.rho`, and `self` is the object.
    """

    collection: Name | None = Field(
        default=None, description="prefix of the branches: `Muon` for `Muon_pt` …"
    )
    select: Name | None = Field(
        default=None, description="another object, of which this is a subset"
    )
    union: SeveralNames | None = Field(
        default=None,
        description="objects to concatenate, with the fields they have in common",
    )
    combine: TwoToFourNames | None = Field(
        default=None,
        description=(
            "two to four objects: all their combinations, with the summed four-momentum and the "
            "legs `first`, `second` …"
        ),
    )
    mass_gev: NonNegative | None = Field(
        default=None, description="mass in GeV, if the files have no branch for it"
    )
    calibrate: Mapping[Name, FieldExpression] = Field(
        default={},
        description=(
            "field in the files → its calibrated value, computed from the fields as in the files"
        ),
    )
    fields: Mapping[Name, FieldExpression] = Field(
        default={}, description="further fields: name → value, computed from the preceding fields"
    )
    cuts: Expression | None = Field(
        default=None, description="condition on the fields of one object, such as `pt > 25`"
    )
    near: Mapping[Name, Positive] = Field(
        default={},
        description="object → ΔR: keeps those with at least one of these objects closer than ΔR",
    )
    away_from: Mapping[Name, Positive] = Field(
        default={},
        description=(
            "object → ΔR: removes those with one of these objects closer than ΔR (overlap removal)"
        ),
    )
    not_in: Names = Field(
        default=(),
        description=(
            "objects to exclude: removes each that is one of them or a leg of one of them"
        ),
    )
    order: Expression | None = Field(
        default=None, description="sorts by this value, smallest first: `-pt` for the hardest first"
    )
    best: Expression | None = Field(
        default=None,
        description="keeps the one with the smallest value, the first if several are equal",
    )
