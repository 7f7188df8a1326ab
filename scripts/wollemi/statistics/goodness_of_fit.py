"""How well a fitted model describes the data: the deviance from the saturated model, and its
probability.
"""

import math

import numpy as np

from wollemi.results.fit import GoodnessOfFit
from wollemi.statistics.likelihood import Likelihood
from wollemi.statistics.results import Fit

# No random data come closer to their expectation than this; Asimov data do.
SMALLEST_DEVIANCE = 1e-6


def goodness_of_fit(likelihood: Likelihood, result: Fit) -> GoodnessOfFit | None:
    """Probability of data that agree worse with the model, if it is right.

    The deviance -2 ln(L / L of the saturated model) follows a χ² distribution (S. Baker, R. D.
    Cousins, Nucl. Instrum. Meth. 221 (1984) 437; S. S. Wilks). The saturated model has an
    expectation of its own in each bin and auxiliary measurement, so each constrained parameter
    comes with one measurement. The degrees of freedom are the bins that can be populated minus the
    parameters that only the data determine (as in cabinetry).

    Args:
        likelihood: the model with the data.
        result: its fit.

    Returns:
        None where it is meaningless: no minimum, as many parameters as bins, or data that are not
        counts (Asimov data, sums of weights).
    """
    # ASSUME: the deviance follows a χ² distribution, which requires more than a few events in most
    # bins.
    observed, expected = likelihood.observations, likelihood.expected(result.values)
    bins = int(np.count_nonzero((expected > 0) | (observed > 0)))
    ignored = (*result.fixed, *result.status.undetermined)
    free = [
        parameter
        for parameter in likelihood.parameters
        if parameter.constraint == "none" and parameter.name not in ignored
    ]
    degrees = bins - len(free)
    counted = bool(np.all(observed == np.round(observed))) and result.deviance > SMALLEST_DEVIANCE
    if not counted or degrees <= 0 or not result.status.converged:
        return None
    return GoodnessOfFit(p_value=chi2_tail(result.deviance, degrees), degrees_of_freedom=degrees)


def chi2_tail(value: float, degrees: int) -> float:
    """Probability that a χ² variable exceeds a value (M. Abramowitz, I. A. Stegun, eq. 26.4.4 and
    26.4.5).

    Args:
        value: positive.
        degrees: of freedom, at least 1.
    """
    half = value / 2
    odd = degrees % 2
    powers = [number + odd / 2 for number in range((degrees - odd) // 2)]
    terms = (math.exp(power * math.log(half) - half - math.lgamma(power + 1)) for power in powers)
    return min(1.0, math.fsum([math.erfc(math.sqrt(half)) if odd else 0.0, *terms]))
