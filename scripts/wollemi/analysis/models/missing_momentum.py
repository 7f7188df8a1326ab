"""Missing transverse momentum that follows its objects: the model of the section
`missing_momentum` of an analysis file.

What it means is described in `docs/corrections.md`; `wollemi.analysis.plain.missing_momentum`
writes it out.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from wollemi.analysis.models.base import Expression, FieldExpression, Name, Section


class FollowedObject(Section):
    """How a collection enters the missing momentum."""

    raw: FieldExpression | None = Field(
        default=None,
        description=(
            "transverse momentum that the stored missing momentum counts, from the fields as in "
            "the files, such as `pt * (1 - rawFactor)`; default: `pt` as in the files"
        ),
    )
    share: FieldExpression | None = Field(
        default=None,
        description=(
            "share of the momentum that counts, such as `1 - muonSubtrFactor`; default: all of it"
        ),
    )
    cuts: Expression | None = Field(
        default=None,
        description=(
            "condition for counting, on their calibrated and varied fields, such as `pt > 15`; "
            "default: all in the files"
        ),
    )


class MissingMomentum(Section):
    """A missing transverse momentum as stored, less the change of each of the objects: columns
    `<name>_px`, `<name>_py`, `<name>_pt`, `<name>_phi`.
    """

    pt: Expression = Field(description="stored value in GeV: a branch such as `RawPuppiMET_pt`")
    phi: Expression = Field(description="its azimuth as stored")
    objects: Annotated[Mapping[Name, FollowedObject], Field(min_length=1)] = Field(
        description="collection of `objects` → how it enters; `{}` if all of it does"
    )
