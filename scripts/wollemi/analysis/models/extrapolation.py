"""How limits and significances are extrapolated to other luminosities."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from wollemi.analysis.models.base import Fraction, LuminosityValue, Name, Section

# Treatment of an uncertainty: constant, scaled with 1/√L, halved, left out.
Rule = Literal["constant", "scaled", "halved", "none"]
Luminosities = Annotated[tuple[LuminosityValue, ...], Field(min_length=1, max_length=50)]


class Scenario(Section):
    """Treatment of the uncertainties. Each is `constant`, `scaled` with 1/√L, `halved`, or
    `none`: left out.
    """

    systematics: Rule = Field(default="constant", description="all that `groups` does not name")
    groups: Mapping[Name, Rule] = Field(
        default={}, description="group of `uncertainties`, or systematic → its own rule"
    )
    floor: Fraction = Field(
        default=0.0, description="smallest factor on the size of a `scaled` one"
    )
    mc_statistics: Rule = Field(
        default="constant",
        description="statistical uncertainty of simulated templates; `none`: any number of events",
    )


class Extrapolation(Section):
    """Expected limits and significances at other luminosities, for each signal sample."""

    luminosities_ifb: Luminosities = Field(
        description="luminosities in fb⁻¹, increasing; the luminosity of the analysis is added"
    )
    scenarios: Annotated[Mapping[Name, Scenario], Field(min_length=1, max_length=7)] = Field(
        default={
            "constant": Scenario(),
            "scaled": Scenario(systematics="scaled"),
            "halved": Scenario(systematics="halved"),
        },
        description="name → treatment of the uncertainties; plots have the bands of the first",
    )
