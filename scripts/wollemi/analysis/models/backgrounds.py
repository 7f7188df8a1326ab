"""Backgrounds that are estimated from data: the models of `samples.<name>.estimate` of an analysis
file.
"""

from typing import Literal

from pydantic import Field

from wollemi.analysis.models.base import Name, Names, NonNegative, Positive, Section


class Transfer(Section):
    """Events of a control region, times a factor."""

    source: Name = Field(alias="from", description="control region")
    to: Names = Field(
        default=(), description="regions it is an estimate for; default: every signal region"
    )
    factor: Positive = Field(description="events in these regions per event in the control region")
    factor_uncertainty: NonNegative = Field(
        default=0.0, description="absolute standard deviation of the factor"
    )
    subtract: Names = Field(
        default=(),
        description="simulated samples that also contribute to the data of the control region",
    )


class Abcd(Section):
    """N_A = N_B N_C / N_D, from two selections that are independent for this background."""

    A: Name = Field(description="region in which the sample is estimated")
    B: Name = Field(description="control region in which the first selection fails")
    C: Name = Field(description="control region in which the second selection fails")
    D: Name = Field(description="control region in which both fail")
    shape: Literal["B", "C"] = Field(default="C", description="region with the same shape as A")
    subtract: Names = Field(
        default=(), description="simulated samples that also contribute to the data of B, C and D"
    )


class Estimate(Section):
    """How a sample is estimated from data: exactly one of `transfer`, `abcd`."""

    transfer: Transfer | None = Field(default=None, description="one control region and a factor")
    abcd: Abcd | None = Field(default=None, description="three control regions")
    form: Literal["histogram", "constraint"] = Field(
        default="constraint",
        alias="as",
        description=(
            "`constraint`: the control regions enter the fit, which determines the estimate; "
            "`histogram`: they do not, and the estimate is made before the fit"
        ),
    )
