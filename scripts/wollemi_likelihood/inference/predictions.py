"""Predict the yields of other regions from a fit that shares parameters with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any, Protocol

import numpy as np

from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.parameters import of_each_bin
from wollemi_likelihood.yields import RegionYields, SummedChannels, prefit_covariance, region_yields


class Fitted(Protocol):
    """A parameter after a fit."""

    @property
    def name(self) -> str:
        """Name of the parameter."""

    @property
    def value(self) -> float:
        """Estimate."""

    @property
    def fixed(self) -> bool:
        """Whether the fit fixed it."""


class FoundFit(Protocol):
    """A fit, perhaps from a file."""

    @property
    def parameters(self) -> Sequence[Fitted]:
        """All parameters."""

    @property
    def covariance(self) -> Sequence[Sequence[float]]:
        """Covariance of the parameters."""


@dataclass(frozen=True)
class Matched:
    """Parameters of a model as determined by the fit of another model.

    Attributes:
        values: Estimates, or nominal values, shape (parameters,).
        covariance: Covariance of the fit, and of the auxiliary measurements of all other
            parameters, which are uncorrelated with it, shape (parameters, parameters).
        unknown: Names of parameters that are not in the fit.
    """

    values: np.ndarray
    covariance: np.ndarray
    unknown: tuple[str, ...]


def match_fit(likelihood: Likelihood, fit: FoundFit) -> Matched:
    """Match the estimates of a fit to the parameters of another model by name.

    Parameters missing in the fit keep their nominal values, with the uncertainty of their auxiliary
    measurement if they have one, as in `cabinetry.model_utils.match_fit_results`.

    Args:
        likelihood: Likelihood of the other model.
        fit: Fit to match.
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
    workspace: Mapping[str, Any] | None, fit: FoundFit, bins: int
) -> tuple[RegionYields, RegionYields, tuple[str, ...]]:
    """Expected events of the only channel of a workspace before and after the fit of another model.

    Args:
        workspace: Workspace of pyhf's specification without a parameter of interest; None if no
            events are expected.
        fit: Fit of the other model.
        bins: Number of bins.

    Returns:
        Yields before and after the fit; parameters missing in the fit, except parameters of bins.
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
    return before, after, tuple(n for n in matched.unknown if of_each_bin(n) is None)


def summed_yields(
    workspace: Mapping[str, Any], fit: FoundFit, group: str, channels: Sequence[str], bins: int
) -> tuple[RegionYields, RegionYields, tuple[str, ...]]:
    """Expected events of a sum of channels before and after the fit.

    Args:
        workspace: Workspace of the fitted model, with additional channels.
        fit: Fit of the model.
        group: Name of the sum.
        channels: Names of the channels, with the same bins; without any, no events are expected.
        bins: Number of bins.

    Returns:
        Yields and parameters as in `predicted_yields`.
    """
    if not channels:
        certain = _certain({}, bins)
        return certain, certain, ()
    likelihood = Likelihood.from_workspace(workspace)
    matched = match_fit(likelihood, fit)
    # For example the signal strength in a background-only fit.
    held = {item.name: item.value for item in fit.parameters if item.fixed}
    nominal = np.array([held.get(item.name, item.nominal) for item in likelihood.parameters])
    summed = SummedChannels(likelihood, group, channels)
    before = region_yields(summed, nominal, prefit_covariance(likelihood))[group]
    after = region_yields(summed, matched.values, matched.covariance)[group]
    return before, after, tuple(n for n in matched.unknown if of_each_bin(n) is None)


def _certain(samples: Mapping[str, Sequence[float]], bins: int) -> RegionYields:
    """Yields without dependence on parameters."""
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
