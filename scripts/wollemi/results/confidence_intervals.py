"""`intervals.json`: confidence intervals of Feldman and Cousins, by toys."""

from collections.abc import Mapping

from pydantic import Field

from wollemi.results.product import FITS, Part, Product, Tolerance
from wollemi.results.scans import Interval

# Key of an interval → confidence level, as in the tables of G. J. Feldman and R. D. Cousins
# (arXiv:physics/9711021), and the rise of -2 ln L there, the quantile of a χ² distribution with one
# degree of freedom (PDG, Statistics, table 40.2).
LEVELS = {"68": 0.6827, "95": 0.95}
RISES = {"68": 1.0, "95": 3.8415}


class ToyShare(Part):
    """The test of one value of a parameter."""

    statistic: float = Field(
        description=(
            "-2 ln L with the parameter fixed, minus its value at the best fit within the bounds"
        )
    )
    p_value: float = Field(description="share of toys with one as large or larger")
    p_value_error: float = Field(description="its binomial error, at least the error for one toy")


class BeltPoint(Part):
    """The toys of one value of a parameter."""

    value: float = Field(description="value of the parameter")
    observed: ToyShare | None = Field(description="test of the data; null: blinded")
    expected: ToyShare = Field(description="test of Asimov data")
    critical: Mapping[str, float] = Field(
        description="confidence level in % → the value is in the interval up to this statistic"
    )
    critical_errors: Mapping[str, float] = Field(
        description="their standard deviations, from the number of toys"
    )
    failed: int = Field(description="toys without a fit")


class ConfidenceInterval(Part):
    """The values that are not excluded."""

    lower: float | None = Field(description="lower end; null: below the first value that is tested")
    lower_error: float | None = Field(
        description="its standard deviation, from the number of toys; null: the bound is inside"
    )
    upper: float | None = Field(description="upper end; null: above the last value")
    upper_error: float | None = Field(
        description=(
            "standard deviation of the upper end, from the number of toys; null: the "
            "bound is inside"
        )
    )
    asymptotic: Interval | None = Field(
        description=(
            "range where -2 ln L has risen by at most 1, or 3.84 (MINOS); null: no fit there"
        )
    )


class Estimate(Part):
    """The best fit to one set of data, and where its profile has risen so far."""

    estimate: float = Field(description="best fit of the parameter, within its bounds")
    asymptotic: Mapping[str, Interval | None] = Field(
        description="confidence level in % → where -2 ln L has risen by 1, or 3.84 (MINOS)"
    )


class Outcome(Part):
    """The intervals for one set of data."""

    estimate: float = Field(description="best fit of the parameter, within its bounds")
    intervals: Mapping[str, ConfidenceInterval] = Field(
        description="confidence level in %, `68` (68.27) or `95` → interval"
    )


class BeltPart(Part):
    """Values of one parameter of one model that a job has tested."""

    bounds: tuple[float, float] = Field(description="bounds of the parameter in all fits")
    observed: Estimate | None = Field(description="estimate from the data; null: blinded")
    expected: Estimate = Field(description="estimate from Asimov data")
    points: Mapping[str, BeltPoint] = Field(description="number of the value, from 0 → its toys")


class BriefBelt(Part):
    """The intervals of one parameter of one model, without the values that were tested."""

    bounds: tuple[float, float] = Field(description="bounds of the parameter in all fits")
    observed: Outcome | None = Field(description="outcome for the data; null: blinded")
    expected: Outcome = Field(
        description=(
            "outcome for Asimov data of a signal strength of 1, or of the values of model.asimov"
        )
    )


class Belt(BriefBelt):
    """The intervals of one parameter of one model."""

    points: tuple[BeltPoint, ...] = Field(description="values that were tested, ascending")

    @property
    def brief(self) -> BriefBelt:
        """The intervals without the tested values."""
        return BriefBelt(bounds=self.bounds, observed=self.observed, expected=self.expected)

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """`observed`, unless blinded, and `expected`."""
        observed = {} if self.observed is None else {"observed": self.observed}
        return {**observed, "expected": self.expected}


LEFT_OUT = "signal → parameter → why its model has no interval"


class IntervalBatch(Product):
    """The values that one job has tested."""

    place = "intervals/*.json"
    about = "toys of some values of a parameter, for confidence intervals"
    word = "interval_batch"
    tolerances = (Tolerance("*", 1e-6, 1e-6, False, FITS),)
    section = None

    measurement: str = Field(description="name of the measurement, with its marks")
    belts: Mapping[str, Mapping[str, BeltPart]] = Field(
        description="signal, or `signals` → parameter → values"
    )
    left_out: Mapping[str, Mapping[str, str]] = Field(default={}, description=LEFT_OUT)


class BriefIntervals(Part):
    """The confidence intervals in brief."""

    toys: int = Field(description="number of toys per value")
    intervals: Mapping[str, Mapping[str, BriefBelt]] = Field(
        description="signal, or `signals` → parameter → its intervals"
    )
    left_out: Mapping[str, Mapping[str, str]] = Field(default={}, description=LEFT_OUT)


class Intervals(Product):
    """The confidence intervals of an analysis."""

    place = "intervals.json"
    about = "confidence intervals of Feldman and Cousins, by toys"
    word = "intervals"
    tolerances = (Tolerance("*", 1e-6, 1e-6, False, FITS),)
    section = "intervals"
    names = (("intervals", "model"),)

    measurement: str = Field(description="name of the measurement, with its marks")
    seed: int = Field(description="seed of the random numbers")
    toys: int = Field(description="number of toys per value")
    intervals: Mapping[str, Mapping[str, Belt]] = Field(
        description="signal, or `signals` → parameter → its intervals"
    )
    left_out: Mapping[str, Mapping[str, str]] = Field(default={}, description=LEFT_OUT)

    @property
    def pairs(self) -> dict[tuple[str, str], str | None]:
        """Signal and parameter → reason why the interval is missing; None if it exists."""
        found: dict[tuple[str, str], str | None] = {
            (signal, name): None for signal, belts in self.intervals.items() for name in belts
        }
        return found | {
            (signal, name): reason
            for signal, reasons in self.left_out.items()
            for name, reason in reasons.items()
        }

    @property
    def brief(self) -> BriefIntervals:
        """The intervals without the tested values."""
        brief = {
            signal: {name: belt.brief for name, belt in belts.items()}
            for signal, belts in self.intervals.items()
        }
        return BriefIntervals(toys=self.toys, intervals=brief, left_out=self.left_out)
