"""`toy_limits/<signal>.json`: the limits of one signal from toys, where they are needed."""

from pydantic import Field

from wollemi.results.limits import Curve, OfToys
from wollemi.results.product import FITS, Five, Part, Product, Tolerance


class FoundLimits(OfToys):
    """Upper limits on the strength of a signal from toys."""

    observed: float | None = Field(description="observed limit; null: blinded")
    expected: tuple[float, ...] = Five
    curve: Curve = Field(description="CLs at the signal strengths of the toys")


class Failure(Part):
    """Reason for a missing limit."""

    where: str = Field(description="place of the failure")
    problem: str = Field(description="reason of the failure")
    remedy: str = Field(description="advice")


class ToyLimits(Product):
    """The limits of one signal from toys."""

    place = "toy_limits/*.json"
    about = "limits of a signal from toys, where they are needed"
    word = "toy_limits"
    tolerances = (Tolerance("*", 1e-6, 1e-6, False, FITS),)
    section = None

    measurement: str = Field(description="name of the measurement, with its marks")
    signal: str = Field(description="name of the signal")
    limits: FoundLimits | None = Field(
        description="null: not needed, as all asymptotic limits are of enough events, or none found"
    )
    failure: Failure | None = Field(default=None, description="reason, if no limit was found")
