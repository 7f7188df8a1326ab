"""`goodness.json`: the goodness of the main fit by toys."""

from collections.abc import Mapping

from pydantic import Field

from wollemi.results.product import FITS, Part, Product, Tolerance

# Test statistic → its name in texts.
STATISTICS = {
    "saturated": "saturated model",
    "kolmogorov_smirnov": "Kolmogorov–Smirnov",
    "anderson_darling": "Anderson–Darling",
}


class Statistics(Part):
    """The test statistics of one set of data."""

    saturated: float = Field(description="-2 ln(L / L of the saturated model)")
    kolmogorov_smirnov: float = Field(
        description="largest distance of the cumulative distributions, summed over the regions"
    )
    anderson_darling: float = Field(
        description="n Σ (E - F)² ΔF / (F (1 - F)), summed over the regions"
    )


class ToyTest(Part):
    """The outcome of one test."""

    observed: float = Field(description="test statistic of the data")
    p_value: float = Field(description="share of toys with one as large or larger")
    p_value_error: float = Field(description="its binomial error, at least the error for one toy")


class Chi2Test(Part):
    """The p-value of the saturated model from a χ² distribution."""

    p_value: float = Field(description="probability of a larger deviance if the model is true")
    degrees_of_freedom: int = Field(description="bins minus parameters without constraint")
    fewest_expected: float = Field(description="smallest expectation of a bin, in events")
    bins_below_five: int = Field(
        description="bins with less than 5 expected events, with which the distribution is not χ²"
    )


class GoodnessBatch(Product):
    """The toys of one batch."""

    place = "goodness/*.json"
    about = "test statistics of a batch of toys"
    word = "goodness_batch"
    tolerances = (Tolerance("*", 1e-6, 1e-6, False, FITS),)
    section = None

    measurement: str = Field(description="name of the measurement, with its marks")
    fit: str = Field(description="name of the fit in fit.json")
    observed: Statistics | None = Field(
        description="test statistics of the data; null: see no_observed"
    )
    no_observed: str | None = Field(
        default=None, description="`BLINDED`, or that the data are not counts"
    )
    asymptotic: Chi2Test | None = Field(description="null as well: no degrees of freedom")
    toys: tuple[Statistics, ...] = Field(description="test statistics of each toy that has a fit")
    failed: int = Field(description="toys without a fit")


class Goodness(Product):
    """The goodness of the main fit."""

    place = "goodness.json"
    about = "goodness of fit by toys"
    word = "goodness"
    tolerances = (Tolerance("*", 1e-6, 1e-6, False, FITS),)
    section = "goodness"
    names = ()

    measurement: str = Field(description="name of the measurement, with its marks")
    fit: str = Field(description="name of the fit in fit.json")
    seed: int = Field(description="seed of the random numbers")
    tests: Mapping[str, ToyTest] | None = Field(
        description="`saturated`, `kolmogorov_smirnov`, `anderson_darling`; null: see no_observed"
    )
    no_observed: str | None = Field(
        default=None, description="`BLINDED`, or that the data are not counts"
    )
    asymptotic: Chi2Test | None = Field(description="test of the saturated model")
    toys: Mapping[str, tuple[float, ...]] = Field(
        description="test statistic → its values, of each toy that has a fit"
    )
    failed: int = Field(description="toys without a fit")

    @property
    def thrown(self) -> int:
        """Number of toys that have a fit."""
        return len(next(iter(self.toys.values())))
