"""Efficiency maps for SModelS: the model of `publication.smodels` of an analysis file."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from wollemi.analysis.models.base import (
    Fraction,
    Name,
    Names,
    NonNegative,
    Number,
    Section,
    Whole,
    WholeChoice,
)

Masses = Annotated[tuple[NonNegative, ...], Field(min_length=1)]
Spin = Annotated[NonNegative, Field(le=10, multiple_of=0.5)]
Charge = Annotated[Number, Field(ge=-10, le=10)]
Share = Annotated[Fraction, Field(gt=0)]
Node = Annotated[Whole, Field(ge=1, le=100)]


class SmodelsParticle(Section):
    """A new particle that is not built into SModelS; its mass is left open."""

    spin: Spin = Field(description="spin in units of ħ, such as 0.5 or 1")
    charge: Charge = Field(default=0, description="electric charge in units of the positron charge")
    color: Annotated[Literal[1, 3, 6, 8], WholeChoice] = Field(
        default=1, description="dimension of its color multiplet; 1: color singlet"
    )


class SmodelsTopology(Section):
    """A simplified model: production and decay of new particles, as in the signal samples."""

    constraint: str = Field(
        description=(
            "process in the notation of SModelS 3, such as `{(PV > Zprime(1)), (Zprime(1) > "
            "e+,e-)}`; unstable particles are numbered"
        )
    )
    nodes: tuple[Node, ...] = Field(
        default=(1,),
        min_length=1,
        description=(
            "numbers in the constraint of the particles whose masses are the axes of the map"
        ),
    )
    masses_gev: Mapping[Name, Masses] = Field(
        min_length=2,
        description=(
            "signal sample → masses of these particles in GeV, in the order of `nodes`; two or more"
        ),
    )
    regions: Names = Field(
        description=(
            "signal regions sensitive to this process; its efficiency elsewhere is taken as 0"
        )
    )
    share: Share = Field(
        default=1.0,
        description=(
            "fraction of the signal samples' cross section due to this process, such as one "
            "flavor of two"
        ),
    )


class Smodels(Section):
    """What the SModelS database folder contains besides the numbers."""

    id: str = Field(
        pattern=r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)+$",
        description=(
            "name of the result in SModelS, starting with the experiment, such as "
            "`ATLAS-EXOT-2018-06`"
        ),
    )
    particles: Mapping[Name, SmodelsParticle] = Field(
        default={}, description="new particles of the constraints"
    )
    topologies: Mapping[Name, SmodelsTopology] = Field(
        min_length=1, description="name in SModelS (TxName) → simplified model"
    )
    url: str | None = Field(
        default=None, pattern=r"^https?://", description="web page of the analysis"
    )
    arxiv: str | None = Field(
        default=None, pattern=r"^https://arxiv\.org/abs/", description="preprint"
    )
    publication: str | None = Field(default=None, min_length=1, description="journal reference")
    contact: str | None = Field(default=None, min_length=1, description="person to contact")
