"""Goodness of fit with toys: saturated model, Kolmogorov–Smirnov and Anderson–Darling, as defined
in Combine (CMS, arXiv:2404.06614, section 3.6).
"""

import logging
import math
from collections.abc import Mapping, Sequence

import numpy as np

from wollemi.inference.goodness_of_fit import goodness_of_fit
from wollemi.results.fit import BACKGROUND_ONLY
from wollemi.results.marks import BLINDED
from wollemi.results.toy_goodness import (
    FEWEST_EVENTS,
    Chi2Test,
    GoodnessBatch,
    Statistics,
)
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.progress import reported
from wollemi_likelihood.base.threads import one_thread
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Data, Likelihood
from wollemi_likelihood.results import Fit
from wollemi_likelihood.workspaces import Workspace

LOGGER = logging.getLogger("wollemi")
# Distance in a region without events, where it is undefined, as in Combine.
WITHOUT_EVENTS = -1.0


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
    result = fit(likelihood, fixed=held)
    if not result.status.converged:
        remedy = "look for degenerate parameters and for bins with a negative expectation"
        raise WollemiError("fit", f"did not converge: {result.status.message}", remedy)
    return result


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
    found, failed = [], 0
    for number in reported(numbers, "toys"):
        toy = likelihood.toy(result.values, np.random.default_rng([seed, number]))
        try:
            refitted = fit(likelihood, toy, held, result.values)
        except WollemiError as error:
            LOGGER.warning("toy %d has no fit: %s: %s", number, error.where, error.problem)
            failed += 1
            continue
        if refitted.status.converged:
            found.append(statistics_of(likelihood, toy, refitted))
        else:
            LOGGER.warning("toy %d has no fit: %s", number, refitted.status.message)
            failed += 1
    return found, failed


def batch_numbers(toys: int, jobs: int, batch: int) -> range:
    """Numbers of the toys of a batch; batches have nearly the same size.

    Args:
        toys: Number of toys in all batches.
        jobs: Number of batches.
        batch: Number of the batch, from 0.
    """
    return range(toys * batch // jobs, toys * (batch + 1) // jobs)


def describe_batch(workspaces: Sequence[Workspace], seed: int, numbers: range) -> GoodnessBatch:
    """Throw a batch of toys and describe it for the product.

    With several signals, the background-only fit is tested, which is also in plots and tables. If
    bins are blinded, observed values are omitted.

    Args:
        workspaces: Models of all signals.
        seed: Seed of the random numbers.
        numbers: Numbers of the toys.

    Raises:
        WollemiError: The fit to the data did not converge.
    """
    workspace, likelihood = workspaces[0], workspaces[0].likelihood
    alone = len(workspaces) == 1
    held = {} if alone else dict.fromkeys(likelihood.pois, 0.0)
    result = fitted(likelihood, held)
    toys, failed = throw_toys(likelihood, result, held, seed, numbers)
    reason = _no_observed(workspace)
    observed = None if reason else statistics_of(likelihood, likelihood.data, result)
    return GoodnessBatch(
        measurement=workspace.measurement,
        fit=workspace.signal if alone else BACKGROUND_ONLY,
        observed=observed,
        asymptotic=None if reason else _asymptotic(likelihood, result),
        toys=tuple(toys),
        failed=failed,
        **({"no_observed": reason} if reason else {}),
    )


def _no_observed(workspace: Workspace) -> str | None:
    """Reason why toys, which are counts, cannot be compared with the data; None if they can."""
    events = workspace.likelihood.observations
    if workspace.blinded:
        return BLINDED
    return None if np.all(events == np.round(events)) else "the data are no counts"


def _asymptotic(likelihood: Likelihood, result: Fit) -> Chi2Test | None:
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
