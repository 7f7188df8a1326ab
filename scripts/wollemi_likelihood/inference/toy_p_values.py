"""P-values of data from the test statistics of toys."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

# Relative accuracy of fits: toys equal to the data count as at least as large.
TIE = 1e-6


@dataclass(frozen=True)
class ToyTest:
    """Test of data with toys.

    Attributes:
        observed: Test statistic of the data.
        p_value: Fraction of toys with the same or a larger one.
        p_value_error: Binomial error of the p-value, at least one toy.
    """

    observed: float
    p_value: float
    p_value_error: float


def toy_test(observed: float, toys: Sequence[float]) -> ToyTest:
    """Compute a p-value: fraction of toys that agree at most as well with the model.

    The binomial error is √(p (1 - p) / n), at least one toy.

    Args:
        observed: Test statistic of the data.
        toys: Test statistics of all toys, at least one.
    """
    least = observed - TIE * max(1.0, abs(observed))
    share = sum(toy >= least for toy in toys) / len(toys)
    error = max(math.sqrt(share * (1 - share) / len(toys)), 1 / len(toys))
    return ToyTest(observed, share, error)
