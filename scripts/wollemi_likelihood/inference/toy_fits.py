"""Fit toys of a model, generated at the best fit or at chosen signal strengths."""

from collections.abc import Sequence

from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.threads import one_thread
from wollemi_likelihood.fit import fit, has_error, with_minimum
from wollemi_likelihood.inference.profile_scans import best_fit
from wollemi_likelihood.inference.toy_summaries import ThrownFits
from wollemi_likelihood.likelihood import Data, Likelihood, toy_values
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.results import Fit
from wollemi_likelihood.scan import ProfileScan, parameter_of_interest


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
    index = likelihood.index[likelihood.poi]

    def row(toy: Data) -> tuple[float, float | None, float, bool]:
        result, rise = fit_toy(likelihood, toy, truth)
        error = float(result.errors[index]) or None
        without = bool(error) and not has_error(likelihood, result, likelihood.poi, toy)
        return float(result.values[index]), None if without else error, rise, without

    rows, failed = toy_values(likelihood.numbered_toys(truth, seed, numbers), row)
    return ThrownFits(
        injected=float(truth[index]),
        estimates=tuple(estimate for estimate, *_ in rows),
        errors=tuple(error for _, error, *_ in rows),
        rises=tuple(rise for _, _, rise, _ in rows),
        failed=failed,
        without_error=sum(without for *_, without in rows),
    )


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
    result = with_minimum(fit(likelihood, toy, start=truth))
    scan = ProfileScan(Objective(likelihood, toy), likelihood.poi, truth)
    held = scan.fixed(float(truth[likelihood.index[likelihood.poi]])).point
    return result, max(0.0, 2 * held.objective - result.deviance)
