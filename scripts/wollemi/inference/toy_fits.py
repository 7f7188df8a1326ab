"""Fit toys of a model, generated at the best fit or at chosen signal strengths."""

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
    """Parameters at which toys are generated: the parameter of interest fixed at each value and the
    others fitted to the data; without values, the best fit.

    Args:
        likelihood: Likelihood of the model with the data.
        injected: Values of the parameter of interest.

    Returns:
        Parameters of each value, shape (parameters,).

    Raises:
        WollemiError: A value is outside the bounds, or the fit failed.
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
    """Fit random main and auxiliary data.

    The random numbers of a toy depend on the seed and the toy's number: toys are the same in any
    number of batches.

    Args:
        likelihood: Likelihood of the model.
        truth: Parameters at which toys are generated, shape (parameters,).
        seed: Seed of the random numbers.
        numbers: Numbers of the toys.
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
    """Fit one set of random data, and compute -2 ln L at the true value of the parameter of
    interest relative to its minimum.

    Args:
        likelihood: Likelihood of the model.
        toy: Main and auxiliary data.
        truth: Parameters at which the toy was generated, shape (parameters,).

    Raises:
        WollemiError: The fit failed.
    """
    result = fit(likelihood, toy, start=truth)
    if not result.status.converged:
        remedy = "look for degenerate parameters and for bins with a negative expectation"
        raise WollemiError("fit", f"did not converge: {result.status.message}", remedy)
    scan = ProfileScan(Objective(likelihood, toy), likelihood.poi, truth)
    held = scan.fixed(float(truth[likelihood.index[likelihood.poi]])).point
    return result, max(0.0, 2 * held.objective - result.deviance)


def describe_toy_batch(workspaces: Sequence[Workspace], settings: ToyFits, batch: int) -> ToyBatch:
    """Fit a batch of toys and describe the fits for the product.

    Args:
        workspaces: Models of all signals.
        settings: Section `toy_fits` of the analysis.
        batch: Number of the batch, from 0.

    Raises:
        WollemiError: A value is outside the bounds of a model, or the fit to the data failed.
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
