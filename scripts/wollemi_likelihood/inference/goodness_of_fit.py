"""Goodness of fit: the deviance from the saturated model and its probability."""

from dataclasses import dataclass

import numpy as np

from wollemi_likelihood.kernels.chi2 import chi2_tail
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.results import Fit

# Deviance that random data never fall below, unlike Asimov data.
SMALLEST_DEVIANCE = 1e-6


@dataclass(frozen=True)
class GoodnessOfFit:
    """Comparison of a fit with the saturated model.

    Attributes:
        p_value: Probability of data that agree less with the model.
        degrees_of_freedom: Populated bins minus free parameters.
    """

    p_value: float
    degrees_of_freedom: int


def goodness_of_fit(likelihood: Likelihood, result: Fit) -> GoodnessOfFit | None:
    """Compute the probability of data that agree less with the model, if it is correct.

    The deviance -2 ln(L / L of the saturated model) follows a χ² distribution (S. Baker, R. D.
    Cousins, Nucl. Instrum. Meth. 221 (1984) 437; S. S. Wilks). The saturated model has a free
    expectation for each bin and auxiliary measurement, so each constrained parameter comes with one
    measurement. The degrees of freedom are the bins that can be populated minus the parameters that
    only the data determine (as in cabinetry).

    Args:
        likelihood: Likelihood of the model with the data.
        result: Fit of the model.

    Returns:
        Goodness of fit, or None if it is meaningless: no minimum, too many parameters, penalties,
        whose parameters count in part, or data that are not counts (Asimov data, sums of weights).
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
    regularized = likelihood.penalties is not None
    if not counted or degrees <= 0 or not result.status.converged or regularized:
        return None
    return GoodnessOfFit(p_value=chi2_tail(result.deviance, degrees), degrees_of_freedom=degrees)
