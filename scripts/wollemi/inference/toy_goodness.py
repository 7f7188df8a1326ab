"""Goodness of fit with toys: the saturated model, Kolmogorov–Smirnov and Anderson–Darling, as
Combine defines them (CMS, arXiv:2404.06614, section 3.6).
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
# Of a region without events, as in Combine: neither distance is defined there.
WITHOUT_EVENTS = -1.0


def kolmogorov_smirnov(observed: np.ndarray, expected: np.ndarray) -> float:
    """Largest distance of the cumulative distributions at the upper edges of the bins.

    Args:
        observed: events of one region (bins,).
        expected: events of one region after the fit (bins,).

    Returns:
        Between 0 and 1; -1 without events.
    """
    if not observed.sum() or not expected.sum():
        return WITHOUT_EVENTS
    found, model = _cumulative(observed), _cumulative(expected)
    return float(np.abs(found - model).max())


def anderson_darling(observed: np.ndarray, expected: np.ndarray) -> float:
    """N Σ (E - F)² ΔF / (F (1 - F)) over the bins, with the cumulative distributions E of n events
    and F of the model at the upper edges (L. Demortier, CDF/ANAL/JET/CDFR/3419).

    Args:
        observed: events of one region (bins,).
        expected: events of one region after the fit (bins,).

    Returns:
        0 or more; -1 without events.
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
    """The share of events up to the upper edge of each bin; of the last one exactly 1."""
    sums = np.cumsum(events)
    return np.asarray(sums / sums[-1])


def statistics_of(likelihood: Likelihood, data: Data, result: Fit) -> Statistics:
    """The three test statistics of one set of data, those of regions summed as in Combine.

    Args:
        likelihood: the model.
        data: observed or random.
        result: the fit to them.
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
    """The fit that is tested.

    Raises:
        WollemiError: it did not converge.
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
    """Test statistics of random data, main and auxiliary, drawn from the model as it is fitted.

    Each toy has random numbers of its own, from the seed and its number: the same toys in any
    number of batches.

    Args:
        likelihood: the model.
        result: its fit to the data.
        held: parameters held in the fit, and in that of each toy.
        seed: of the random numbers.
        numbers: of the toys.

    Returns:
        Statistics of the toys that have a fit, in order, and how many have none.
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
    """Numbers of the toys of one batch: nearly as many in each.

    Args:
        toys: of all batches.
        jobs: how many batches.
        batch: number of the batch, from 0.
    """
    return range(toys * batch // jobs, toys * (batch + 1) // jobs)


def describe_batch(workspaces: Sequence[Workspace], seed: int, numbers: range) -> GoodnessBatch:
    """One batch of toys as written to the product.

    Of several signals the fit of the backgrounds alone is tested, the one that plots and tables
    show. Where bins are blinded, nothing is said of the data.

    Args:
        workspaces: the models of all signals.
        seed: of the random numbers.
        numbers: of the toys.

    Raises:
        WollemiError: the fit to the data did not converge.
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
    """Why toys, which are counts, are no measure of the data; None if they are."""
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
