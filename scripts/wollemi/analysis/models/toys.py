"""Toys: confidence intervals of Feldman and Cousins, fits of the model."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from wollemi.analysis.models.base import Name, Names, Number, Section, Whole

Toys = Annotated[int, Field(strict=True, ge=10, le=1_000_000)]
Jobs = Annotated[int, Field(strict=True, ge=1, le=1_000)]
# With fewer, 5 % are less than five toys.
ToysOfAnInterval = Annotated[int, Field(strict=True, ge=100, le=1_000_000)]
Injected = Annotated[tuple[Number, ...], Field(max_length=50)]
TestedValues = Annotated[int, Field(strict=True, ge=5, le=501)]


class Intervals(Section):
    """Confidence intervals of Feldman and Cousins at 68.27 % and 95 %, by toys, for each signal
    sample.
    """

    parameters: Names = Field(
        default=(),
        description=(
            "parameters of interest, free normalizations, systematics; default: the "
            "parameters of interest"
        ),
    )
    bounds: Mapping[Name, tuple[Number, Number]] = Field(
        default={},
        description=(
            "parameter → its physical region, which estimates of data and toys are confined to. "
            "Default: its bounds in the model"
        ),
    )
    ranges: Mapping[Name, tuple[Number, Number]] = Field(
        default={},
        description=(
            "parameter → first and last value to test. Default: to where -2 ln L has risen by 9, "
            "of the data and of the expected ones, within the bounds"
        ),
    )
    points: TestedValues = Field(default=21, description="values to test")
    toys: ToysOfAnInterval = Field(default=1000, description="random data at each value")
    seed: Whole = Field(default=1, description="seed of their random numbers")
    jobs: Jobs = Field(default=1, description="jobs that share the values; the toys are the same")


class ToyFits(Section):
    """Fits of random data thrown from the model: bias, pulls, coverage, and linearity in the signal
    strength.
    """

    injected: Injected = Field(
        default=(),
        description="values of each parameter of interest to throw toys at, the others fitted to "
        "the data with it; default: the best fit",
    )
    toys: ToysOfAnInterval = Field(default=1000, description="random data at each value")
    seed: Whole = Field(default=1, description="seed of their random numbers")
    jobs: Jobs = Field(default=1, description="jobs that share them; the toys are the same")
