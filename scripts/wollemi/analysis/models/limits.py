"""The sections on limits: of signals, of regions, and in the plane of two parameters."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from wollemi.analysis.models.base import Name, Number, Positive, Section
from wollemi.analysis.models.theory import Uncertainties as TheoryUncertainties
from wollemi.analysis.models.workspace import Axes

Level = Annotated[Number, Field(gt=0, lt=1)]
# With fewer, the edge of the band at -2σ is less than two toys.
NumberOfToys = Annotated[int, Field(strict=True, ge=100, le=1_000_000)]


class Interpolation(Section):
    """Limits on signals between those with `limits.points`, whose yields and templates are
    interpolated.
    """

    step: Positive = Field(description="largest distance on the axis of the limit plot")


class Contour(Section):
    """The plot of the excluded region of a grid of signals on two axes."""

    points: Mapping[Name, tuple[Number, Number]] | None = Field(
        default=None,
        description=(
            "signal sample → its place on both axes, such as two masses; default for a "
            "published model: the values of its patches"
        ),
    )
    axes: Axes | None = Field(default=None, description="labels of both, with units")
    interpolation: Literal["linear", "multiquadric"] | None = Field(
        default=None,
        description=(
            "interpolation of the logarithm of the limits between the points: linear in "
            "triangles, or by multiquadrics, as in HistFitter; null: linear, and no "
            "point is left out as a test"
        ),
    )


class Limits(Section):
    """Upper limits on the parameter of interest, for each signal sample."""

    level: Level = Field(default=0.95, description="confidence level")
    points: Mapping[Name, Number] | None = Field(
        default=None, description="signal sample → value on the axis of the limit plot"
    )
    cross_section_fraction: Positive | None = Field(
        default=None,
        description=(
            "also give limits on this fraction of the signal cross section, in pb; of several eras "
            "it is the mean of theirs, which must agree to 5 %"
        ),
    )
    theory_uncertainty: TheoryUncertainties | None = Field(
        default=None,
        description=(
            "relative uncertainty of the predicted cross sections, which is not in the "
            "model: a band around the prediction, and ±1σ of the exclusion; one number, "
            "or signal sample → a number, or `up` and `down`"
        ),
    )
    interpolation: Interpolation | None = Field(
        default=None, description="limits between the points, too; null: at the points alone"
    )
    toys: NumberOfToys | None = Field(
        default=None,
        description="toys of each hypothesis at each signal strength, for the limits of signals "
        "that have too few events for the asymptotic formulae; null: asymptotic limits",
    )


class RegionLimits(Section):
    """Model-independent limits: events of any signal in each signal region alone, the background
    from the control regions.
    """

    level: Level = Field(default=0.95, description="confidence level")
    toys: NumberOfToys | None = Field(
        default=None,
        description="toys of each hypothesis, for regions that have too few events for the "
        "asymptotic formulae; null: asymptotic limits",
    )
