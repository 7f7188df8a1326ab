"""Definitions of objects: the model of the section `objects` of an analysis file.

The language is described in `docs/selections.md`; names are checked in
`wollemi.analysis.checks.objects`.
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
    says what they are made of.

    The other keys act in the order in which they stand here, on what is left by those before.
    """

    collection: Name | None = Field(
        default=None, description="prefix of the branches: `Muon` for `Muon_pt` …"
    )
    select: Name | None = Field(
        default=None, description="another object, of which these are a part"
    )
    union: SeveralNames | None = Field(
        default=None,
        description="objects to join, one after the other, with the fields they have in common",
    )
    combine: TwoToFourNames | None = Field(
        default=None,
        description=(
            "two to four objects: all their combinations, with the summed four-momentum and the "
            "legs `first`, `second` …"
        ),
    )
    mass_gev: NonNegative | None = Field(
        default=None, description="mass in GeV, where the files have no branch for it"
    )
    calibrate: Mapping[Name, FieldExpression] = Field(
        default={},
        description=(
            "field of the files → its calibrated value, from the fields as they stand in the files"
        ),
    )
    fields: Mapping[Name, FieldExpression] = Field(
        default={}, description="further fields: name → value from the fields before"
    )
    cuts: Expression | None = Field(
        default=None, description="condition on the fields of one object, such as `pt > 25`"
    )
    near: Mapping[Name, Positive] = Field(
        default={},
        description="object → ΔR: keeps what has at least one of these objects closer than that",
    )
    away_from: Mapping[Name, Positive] = Field(
        default={},
        description=(
            "object → ΔR: removes what has one of these objects closer than that (overlap removal)"
        ),
    )
    not_in: Names = Field(
        default=(), description="objects: removes what is one of them or a leg of one of them"
    )
    order: Expression | None = Field(
        default=None, description="sorts by this value, smallest first: `-pt` for the hardest first"
    )
    best: Expression | None = Field(
        default=None, description="keeps the one with the smallest value; of equal ones the first"
    )
