"""Scan the regularization strength of an unfolded spectrum: bias against variance."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from wollemi_likelihood.base.matrices import product
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.regularization import global_correlations, with_penalties


class RegularizedSpectrum(NamedTuple):
    """Unfolded spectrum of n bins at a regularization strength.

    Attributes:
        strength: Strength τ.
        values: Fitted values, shape (n,).
        errors: Errors from the second derivatives, including penalties, shape (n,).
        bias: Expected shift if the spectrum without a penalty is true, shape (n,).
        spread: Standard deviation of the estimates in repeated experiments, shape (n,).
        global_correlation: Mean over the bins that are not at a bound; its minimum is a common
            choice of τ.
    """

    strength: float
    values: np.ndarray
    errors: np.ndarray
    bias: np.ndarray
    spread: np.ndarray
    global_correlation: float


def scan_regularization(
    workspace: Mapping[str, Any],
    names: Sequence[str],
    strengths: Sequence[float],
    differences: int = 2,
) -> list[RegularizedSpectrum]:
    """Unfold with several regularization strengths.

    The bias comes from Asimov data of the fit without a penalty (S. Schmitt, JINST 7 (2012) T10003,
    takes the minimum of the global correlation for τ). With C the inverse of the second derivatives
    and P the penalty's part, which does not fluctuate, estimates have the covariance C - C P C.

    Args:
        workspace: Workspace of pyhf; its own penalties are replaced.
        names: Strengths of the bins of the truth, in order.
        strengths: Values of τ.
        differences: Order of the differences, 1 or 2; see `wollemi_likelihood.regularization`.

    Raises:
        WollemiError: A parameter is unknown.
    """
    plain = Likelihood.from_workspace(with_penalties(workspace, names, 0.0))
    truth = fit(plain).values
    asimov = plain.asimov(truth)
    places = [plain.index[name] for name in names]
    found = []
    for strength in strengths:
        likelihood = Likelihood.from_workspace(
            with_penalties(workspace, names, strength, differences)
        )
        result, expected = fit(likelihood), fit(likelihood, asimov)
        spread = expected.covariance
        if likelihood.penalties is not None:
            penalty = likelihood.penalties.matrix(len(truth))
            spread = spread - product(spread, penalty, spread)
        block = result.covariance[np.ix_(places, places)]
        found.append(
            RegularizedSpectrum(
                strength,
                result.values[places],
                result.errors[places],
                expected.values[places] - truth[places],
                np.sqrt(np.diag(spread)[places]),
                float(np.nanmean(global_correlations(block))),
            )
        )
    return found
