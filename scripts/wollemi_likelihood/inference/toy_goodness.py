"""Goodness of fit with toys: saturated model, Kolmogorov–Smirnov and Anderson–Darling, as defined
in Combine (CMS, arXiv:2404.06614, section 3.6).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wollemi_likelihood.base.threads import one_thread
from wollemi_likelihood.fit import fit, with_minimum
from wollemi_likelihood.inference.goodness_of_fit import goodness_of_fit
from wollemi_likelihood.likelihood import Data, Likelihood, toy_values
from wollemi_likelihood.results import Fit

# Distance in a region without events, where it is undefined, as in Combine.
WITHOUT_EVENTS = -1.0
# With a smaller expectation in a bin the χ² distribution of the deviance cannot be trusted
# (PDG, Statistics, section 40.3.2).
FEWEST_EVENTS = 5.0


@dataclass(frozen=True)
class Statistics:
    """Test statistics of a data set.

    Attributes:
        saturated: -2 ln(L / L of the saturated model).
        kolmogorov_smirnov: Largest distance of the cumulative distributions, summed over regions.
        anderson_darling: Weighted squared distance of them, summed over regions.
    """

    saturated: float
    kolmogorov_smirnov: float
    anderson_darling: float


@dataclass(frozen=True)
class Chi2Test:
    """Test of the saturated model with a χ² distribution.

    Attributes:
        p_value: Probability of a larger deviance.
        degrees_of_freedom: Bins minus parameters without a constraint.
        fewest_expected: Smallest expectation of a bin in events.
        bins_below_five: Number of bins with fewer than 5 expected events.
    """

    p_value: float
    degrees_of_freedom: int
    fewest_expected: float
    bins_below_five: int


def kolmogorov_smirnov(observed: np.ndarray, expected: np.ndarray) -> float:
    """Largest distance of the cumulative distributions at the upper bin edges.

    Args:
        observed: Observed events of a region, shape (bins,).
        expected: Expected events of a region after the fit, shape (bins,).

    Returns:
        Distance between 0 and 1; -1 without events.
    """
    if not observed.sum() or not expected.sum():
        return WITHOUT_EVENTS
    found, model = _cumulative(observed), _cumulative(expected)
    return float(np.abs(found - model).max())


def anderson_darling(observed: np.ndarray, expected: np.ndarray) -> float:
    """N Σ (E - F)² ΔF / (F (1 - F)) over the bins, with the cumulative distributions E of N events
    and F of the model at the upper edges (L. Demortier, CDF/ANAL/JET/CDFR/3419).

    Args:
        observed: Observed events of a region, shape (bins,).
        expected: Expected events of a region after the fit, shape (bins,).

    Returns:
        Distance, 0 or more; -1 without events.
    """
    if not observed.sum() or not expected.sum():
        return WITHOUT_EVENTS
    found, model = _cumulative(observed), _cumulative(expected)
    inside = (model > 0) & (model < 1)
    steps = np.diff(model, prepend=0.0)[inside]
    found, model = found[inside], model[inside]
    distances = (found - model) ** 2 * steps / (model * (1 - model))
    return float(observed.sum() * distances.sum())


def _cumulative(events: np.ndarray) -> np.ndarray:
    """Fraction of events up to the upper edge of each bin; exactly 1 in the last bin."""
    sums = np.cumsum(events)
    return np.asarray(sums / sums[-1])


def statistics_of(likelihood: Likelihood, data: Data, result: Fit) -> Statistics:
    """Compute the three test statistics of a data set, summed over regions as in Combine.

    Args:
        likelihood: Likelihood of the model.
        data: Observed or random data.
        result: Fit to the data.
    """
    expected = likelihood.expected(result.values)
    regions = [(data.main[bins], expected[bins]) for bins in likelihood.channels.values()]
    return Statistics(
        saturated=result.deviance,
        kolmogorov_smirnov=math.fsum(kolmogorov_smirnov(*region) for region in regions),
        anderson_darling=math.fsum(anderson_darling(*region) for region in regions),
    )


@one_thread()
def fitted(likelihood: Likelihood, held: Mapping[str, float]) -> Fit:
    """Compute the fit to be tested.

    Raises:
        WollemiError: The fit did not converge.
    """
    return with_minimum(fit(likelihood, fixed=held))


@one_thread()
def throw_toys(
    likelihood: Likelihood,
    result: Fit,
    held: Mapping[str, float],
    seed: int,
    numbers: Sequence[int],
) -> tuple[list[Statistics], int]:
    """Compute test statistics of random main and auxiliary data from the fitted model.

    The random numbers of a toy depend on the seed and the toy's number: toys are the same in any
    number of batches.

    Args:
        likelihood: Likelihood of the model.
        result: Fit of the model to the data.
        held: Parameters fixed in this fit and in the fit of each toy.
        seed: Seed of the random numbers.
        numbers: Numbers of the toys.

    Returns:
        Statistics of the toys with a fit, in order, and the number of toys without one.
    """

    def statistics(toy: Data) -> Statistics:
        refitted = with_minimum(fit(likelihood, toy, held, result.values))
        return statistics_of(likelihood, toy, refitted)

    return toy_values(likelihood.numbered_toys(result.values, [seed], numbers), statistics)


def asymptotic_test(likelihood: Likelihood, result: Fit) -> Chi2Test | None:
    """Test the saturated model with a χ² distribution; None if the statistic has none.

    Args:
        likelihood: Likelihood of the model with the data.
        result: Fit to the data.
    """
    found = goodness_of_fit(likelihood, result)
    if found is None:
        return None
    expected = likelihood.expected(result.values)
    populated = expected[(expected > 0) | (likelihood.observations > 0)]
    return Chi2Test(
        p_value=found.p_value,
        degrees_of_freedom=found.degrees_of_freedom,
        fewest_expected=float(populated.min()),
        bins_below_five=int(np.count_nonzero(populated < FEWEST_EVENTS)),
    )
