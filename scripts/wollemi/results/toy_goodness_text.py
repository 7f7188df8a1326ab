"""The goodness of fit from toys as text."""

from collections.abc import Mapping
from typing import Protocol

from wollemi.base.rounding import significant, with_decimals
from wollemi.results.toy_goodness import Chi2Test, ToyTest
from wollemi_likelihood.base.errors import counted


def p_value_text(test: ToyTest, toys: int) -> str:
    """Text such as `p = 0.34 ± 0.02`, or a bound if no toy is as large."""
    if test.p_value == 0:
        return f"p < {significant(1 / toys, 1)}"
    decimals = max(2, len(f"{test.p_value_error:.1g}") - 2)
    value, error = (with_decimals(item, decimals) for item in (test.p_value, test.p_value_error))
    return f"p = {value} ± {error}"


class Tested(Protocol):
    """The goodness of fit, complete or in brief."""

    @property
    def tests(self) -> Mapping[str, ToyTest] | None:
        """Test statistic → its outcome; None without a test of the data."""

    @property
    def no_observed(self) -> str | None:
        """Reason why the data are not tested."""

    @property
    def thrown(self) -> int:
        """Number of toys that have a fit."""


def outcome_text(goodness: Tested, name: str) -> str:
    """The outcome of one test: `5.12, p = 0.34 ± 0.02 (1,000 toys)`; without data the reason.

    Args:
        goodness: Goodness of the main fit.
        name: Name of the test statistic.
    """
    if goodness.tests is None:
        return goodness.no_observed or "–"
    test = goodness.tests[name]
    return (
        f"{significant(test.observed)}, {p_value_text(test, goodness.thrown)} "
        f"({counted(goodness.thrown, 'toy', ',')})"
    )


def asymptotic_text(test: Chi2Test) -> str:
    """The p-value from a χ² distribution, with a warning if it cannot be trusted."""
    text = (
        f"p = {significant(test.p_value)} ({counted(test.degrees_of_freedom, 'degree')} of freedom)"
    )
    if not test.bins_below_five:
        return text
    few = f"{test.bins_below_five} bin{'s' * (test.bins_below_five > 1)} below 5"
    return f"{text}; trust the toys: {few} expected events"
