"""The yields of a model that shares parameters with a fit: a fit extrapolated to other regions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np

from wollemi.inference.fit_report import region_yields
from wollemi.results.fit import FitResult, RegionYields, bin_of
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.yields import SummedChannels, prefit_covariance


@dataclass(frozen=True)
class Matched:
    """Parameters of a model, as far as a fit of another one knows them.

    Attributes:
        values: estimates, or nominal values (parameters,).
        covariance: of the fit, and of the auxiliary measurements of all others, which are
            uncorrelated with it (parameters, parameters).
        unknown: names of parameters that the fit does not have.
    """

    values: np.ndarray
    covariance: np.ndarray
    unknown: tuple[str, ...]


def match_fit(likelihood: Likelihood, fit: FitResult) -> Matched:
    """The estimates of a fit for the parameters of another model, by their names.

    Parameters that the fit does not have keep their nominal values, with the uncertainty of their
    auxiliary measurement if they have one, as in `cabinetry.model_utils.match_fit_results`.

    Args:
        likelihood: the other model.
        fit: the fit.
    """
    places = {item.name: place for place, item in enumerate(fit.parameters)}
    shared = [place for place, name in enumerate(likelihood.names) if name in places]
    of_fit = [places[str(likelihood.names[place])] for place in shared]
    values = np.array([parameter.nominal for parameter in likelihood.parameters])
    values[shared] = [fit.parameters[place].value for place in of_fit]
    covariance = prefit_covariance(likelihood)
    known = np.asarray(fit.covariance).reshape(len(places), len(places))
    covariance[np.ix_(shared, shared)] = known[np.ix_(of_fit, of_fit)]
    unknown = tuple(str(name) for name in likelihood.names if name not in places)
    return Matched(values, covariance, unknown)


def predicted_yields(
    workspace: Mapping[str, Any] | None, fit: FitResult, bins: int
) -> tuple[RegionYields, RegionYields, tuple[str, ...]]:
    """Expected events of the only channel of a workspace before and after a fit of another one.

    Args:
        workspace: of pyhf's specification, without a parameter of interest; None: nothing is
            expected.
        fit: the fit.
        bins: number of bins.

    Returns:
        The yields before and after it; parameters that it does not have, except those of bins.
    """
    samples = workspace["channels"][0]["samples"] if workspace else []
    if not workspace or not any(sample["modifiers"] for sample in samples):
        certain = _certain({sample["name"]: sample["data"] for sample in samples}, bins)
        return certain, certain, ()
    likelihood = Likelihood.from_workspace(workspace)
    matched = match_fit(likelihood, fit)
    nominal = np.array([parameter.nominal for parameter in likelihood.parameters])
    (before,) = region_yields(likelihood, nominal, prefit_covariance(likelihood)).values()
    (after,) = region_yields(likelihood, matched.values, matched.covariance).values()
    return before, after, tuple(name for name in matched.unknown if bin_of(name) is None)


def summed_yields(
    workspace: Mapping[str, Any], fit: FitResult, group: str, channels: Sequence[str], bins: int
) -> tuple[RegionYields, RegionYields, tuple[str, ...]]:
    """Expected events of the sum of channels before and after the fit.

    Args:
        workspace: the fitted model, with channels besides that were not fitted.
        fit: its fit.
        group: name of the sum.
        channels: names of the channels, with the same bins; none: nothing is expected.
        bins: number of bins.

    Returns:
        As `predicted_yields`.
    """
    if not channels:
        certain = _certain({}, bins)
        return certain, certain, ()
    likelihood = Likelihood.from_workspace(workspace)
    matched = match_fit(likelihood, fit)
    # Such as the strength of the signal in a fit of the backgrounds.
    held = {item.name: item.value for item in fit.parameters if item.fixed}
    nominal = np.array([held.get(item.name, item.nominal) for item in likelihood.parameters])
    summed = SummedChannels(likelihood, group, channels)
    before = region_yields(summed, nominal, prefit_covariance(likelihood))[group]
    after = region_yields(summed, matched.values, matched.covariance)[group]
    return before, after, tuple(name for name in matched.unknown if bin_of(name) is None)


def _certain(samples: Mapping[str, Sequence[float]], bins: int) -> RegionYields:
    """Yields that depend on no parameter."""
    zeros = (0.0,) * bins
    total = np.sum([zeros, *samples.values()], axis=0)
    return RegionYields(
        samples={name: tuple(events) for name, events in samples.items()},
        sample_uncertainties=dict.fromkeys(samples, zeros),
        total=tuple(total.tolist()),
        uncertainty=zeros,
        sum=float(total.sum()),
        sum_uncertainty=0.0,
        sample_sums={name: fsum(events) for name, events in samples.items()},
        sample_sum_uncertainties=dict.fromkeys(samples, 0.0),
        sample_sum_covariance=((0.0,) * len(samples),) * len(samples),
    )
