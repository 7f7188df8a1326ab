"""Fits of toys of a model: random data thrown at the best fit, or at chosen signal strengths."""

import logging
from collections.abc import Sequence

import numpy as np

from wollemi.analysis.models.toys import ToyFits
from wollemi.inference.profile_scans import best_fit
from wollemi.inference.toy_goodness import batch_numbers
from wollemi.results.toy_fits import ThrownFits, ToyBatch
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.progress import reported
from wollemi_likelihood.base.threads import one_thread
from wollemi_likelihood.fit import fit, has_error
from wollemi_likelihood.likelihood import Data, Likelihood
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.results import Fit
from wollemi_likelihood.scan import ProfileScan, parameter_of_interest
from wollemi_likelihood.workspaces import Workspace, measured

LOGGER = logging.getLogger("wollemi")


@one_thread()
def truths(likelihood: Likelihood, injected: Sequence[float]) -> list[Floats]:
    """Parameters that toys are thrown at: those with the parameter of interest held at each value,
    the others fitted to the data with it; without values, the best fit.

    Args:
        likelihood: the model with the data.
        injected: values of the parameter of interest.

    Returns:
        Shape (parameters,) of each.

    Raises:
        WollemiError: a value is outside the bounds, or there is no fit.
    """
    parameter_of_interest(likelihood, *injected)
    if not injected:
        return [best_fit(likelihood, likelihood.data).values]
    scan = ProfileScan(Objective(likelihood, likelihood.data), likelihood.poi)
    return [scan.fixed(value).point.values for value in injected]


@one_thread()
def fit_toys(
    likelihood: Likelihood, truth: Floats, seed: Sequence[int], numbers: Sequence[int]
) -> ThrownFits:
    """Fit random data, main and auxiliary.

    Each toy has random numbers of its own, from the seed and its number: the same toys in any
    number of batches.

    Args:
        likelihood: the model.
        truth: where toys are thrown, shape (parameters,).
        seed: of the random numbers.
        numbers: of the toys.
    """
    index, rows, failed, without = likelihood.index[likelihood.poi], [], 0, 0
    for number in reported(numbers, "toys"):
        toy = likelihood.toy(truth, np.random.default_rng([*seed, number]))
        try:
            result, rise = fit_toy(likelihood, toy, truth)
        except WollemiError as error:
            LOGGER.warning("toy %d has no fit: %s: %s", number, error.where, error.problem)
            failed += 1
            continue
        error_ = float(result.errors[index]) or None
        if error_ and not has_error(likelihood, result, likelihood.poi, toy):
            error_, without = None, without + 1
        rows.append((float(result.values[index]), error_, rise))
    thrown = ThrownFits(
        injected=float(truth[index]),
        estimates=tuple(estimate for estimate, _, _ in rows),
        errors=tuple(error_ for _, error_, _ in rows),
        rises=tuple(rise for _, _, rise in rows),
        failed=failed,
    )
    return thrown.noting(without_error=without) if without else thrown


def fit_toy(likelihood: Likelihood, toy: Data, truth: Floats) -> tuple[Fit, float]:
    """The fit of one set of random data, and -2 ln L at the true value of the parameter of interest
    above its minimum.

    Args:
        likelihood: the model.
        toy: main and auxiliary data.
        truth: where it was thrown, shape (parameters,).

    Raises:
        WollemiError: there is no fit.
    """
    result = fit(likelihood, toy, start=truth)
    if not result.status.converged:
        remedy = "look for degenerate parameters and for bins with a negative expectation"
        raise WollemiError("fit", f"did not converge: {result.status.message}", remedy)
    scan = ProfileScan(Objective(likelihood, toy), likelihood.poi, truth)
    held = scan.fixed(float(truth[likelihood.index[likelihood.poi]])).point
    return result, max(0.0, 2 * held.objective - result.deviance)


def describe_toy_batch(workspaces: Sequence[Workspace], settings: ToyFits, batch: int) -> ToyBatch:
    """The fits of one batch of toys as written to the product.

    Args:
        workspaces: the models of all signals.
        settings: the section `toy_fits`.
        batch: number of the batch, from 0.

    Raises:
        WollemiError: a value is outside the bounds of a model, or there is no fit to the data.
    """
    numbers = batch_numbers(settings.toys, settings.jobs, batch)
    found = {
        item.signal: tuple(
            fit_toys(item.likelihood, truth, [settings.seed, place], numbers)
            for place, truth in enumerate(truths(item.likelihood, settings.injected))
        )
        for item in measured(workspaces)
    }
    return ToyBatch(
        measurement=workspaces[0].measurement,
        pois={item.signal: item.likelihood.poi for item in measured(workspaces)},
        fits=found,
    )
