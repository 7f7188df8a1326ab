"""The χ² distribution for programs that do not load scipy. Standard library only."""

import math


def chi2_tail(value: float, degrees: int) -> float:
    """Probability that a χ² variable exceeds a value (M. Abramowitz, I. A. Stegun, eq. 26.4.4 and
    26.4.5).

    Args:
        value: Positive value of the χ² variable.
        degrees: Number of degrees of freedom, at least 1.
    """
    half = value / 2
    odd = degrees % 2
    powers = [number + odd / 2 for number in range((degrees - odd) // 2)]
    terms = (math.exp(power * math.log(half) - half - math.lgamma(power + 1)) for power in powers)
    return min(1.0, math.fsum([math.erfc(math.sqrt(half)) if odd else 0.0, *terms]))
