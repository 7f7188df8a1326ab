"""`scans.json`: the profile likelihood of one parameter, or of two, on a grid."""

import math
from collections.abc import Mapping

from pydantic import Field

from wollemi.results.product import FITS, Part, Product, Tolerance

# Rise of -2 ln L at one and two standard deviations of one parameter.
ONE_SIGMA, TWO_SIGMA = 1.0, 4.0
# Confidence levels of the contours of two parameters.
CONTOURS = (0.68, 0.95)


def contour_rise(level: float) -> float:
    """Rise of -2 ln L on the contour of two parameters: the quantile of a χ² distribution with two
    degrees of freedom, 2.28 and 5.99 (PDG, Statistics, table 40.2).

    Args:
        level: Confidence level.
    """
    return -2 * math.log1p(-level)


class Interval(Part):
    """Where the profile has risen so far on both sides of the estimate."""

    lower: float | None = Field(description="lower end; null: the bound comes first")
    upper: float | None = Field(description="upper end; null: the bound comes first")


class BriefProfile(Part):
    """What a scan of one set of data says in brief."""

    estimates: tuple[float, ...] = Field(description="best fit of the scanned parameters")
    one_sigma: Interval | None = Field(
        description=(
            "range of one parameter where -2 ln L has risen by at most 1 (MINOS); null: "
            "two parameters, no fit"
        )
    )
    two_sigma: Interval | None = Field(
        description="range where -2 ln L has risen by at most 4; null: two parameters, no fit"
    )


class Profile(BriefProfile):
    """The profile likelihood of one set of data."""

    rise: tuple[float | None, ...] = Field(
        description=(
            "-2 ln L, minimized over all other parameters, minus its value at the best fit; of two "
            "parameters point by point, the second one fastest; null: no fit"
        )
    )

    @property
    def failed(self) -> int:
        """Number of points without a fit."""
        return sum(value is None for value in self.rise)

    @property
    def brief(self) -> BriefProfile:
        """The profile without its points."""
        return BriefProfile(**{name: getattr(self, name) for name in BriefProfile.model_fields})


class Scan(Part):
    """A scan of one or two parameters of one model."""

    parameters: tuple[str, ...] = Field(description="one, or two")
    values: tuple[tuple[float, ...], ...] = Field(description="values of each parameter, ascending")
    observed: Profile | None = Field(description="profile of the data; null: blinded")
    expected: Profile = Field(
        description=(
            "profile of Asimov data of a signal strength of 1, all other parameters as "
            "fitted to the data with it"
        )
    )
    asimov: Mapping[str, float] | None = Field(
        default=None,
        description=(
            "parameter → value in the Asimov data, where there are several of interest, the "
            "analysis gives values, or 1 is outside the bounds"
        ),
    )

    @property
    def profiles(self) -> dict[str, Profile]:
        """`observed`, unless blinded, and `expected`."""
        observed = {} if self.observed is None else {"observed": self.observed}
        return {**observed, "expected": self.expected}

    @property
    def failed(self) -> int:
        """Number of points without a fit, in data and Asimov data."""
        return sum(profile.failed for profile in self.profiles.values())


class Scans(Product):
    """The profile likelihood scans of an analysis."""

    place = "scans.json"
    about = "profile likelihood scans, and where they cross 1σ and 2σ"
    word = "scans"
    tolerances = (Tolerance("*", 1e-6, 1e-6, False, FITS),)
    section = "scans"
    names = (("scans", "model"),)

    measurement: str = Field(description="name of the measurement, with its marks")
    scans: Mapping[str, Mapping[str, Scan]] = Field(
        description="signal, or `signals` → scan → its numbers"
    )
    left_out: Mapping[str, Mapping[str, str]] = Field(
        default={}, description="signal → scan → why its model has none"
    )
