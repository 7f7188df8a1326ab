"""Simplified likelihood: counts, expected background and its covariance in the bins of the signal
regions.

The model follows CMS-NOTE-2017-001: bin i has µ s_i + b_i + θ_i expected events, and the θ are
normally distributed around 0 with a known covariance. b and the covariance come from the full model
without the data of the signal regions, which are used only once: as the counts.
"""

import copy
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wollemi.results.simplified import FORMAT
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Data, Likelihood, Parameter
from wollemi_likelihood.limits import Limit, upper_limit
from wollemi_likelihood.yields import expected_covariance
from wollemi_publish.simplified.bins import Bin

# ASSUME: less than a thousandth of an event is indistinguishable from no background; other programs
# divide by it.
SMALLEST_BACKGROUND = 1e-3
# Added to each variance, in units of the background: a ten-thousandth of the Poisson variance, so
# that the covariance has an inverse.
INDEPENDENT_VARIANCE = 1e-4
# Limits are searched up to this multiple of the bound of the full model.
WIDER = 10.0

Workspace = Mapping[str, Any]


@dataclass(frozen=True)
class SimplifiedLikelihood:
    """The description of B bins.

    Attributes:
        counts: Observed events, shape (B,).
        background: Expected events without signal, shape (B,).
        covariance: Covariance of the background, shape (B, B).
    """

    counts: np.ndarray
    background: np.ndarray
    covariance: np.ndarray

    def workspace(self, signal: np.ndarray, highest: float = math.inf) -> dict[str, Any]:
        """Express the model as a pyhf workspace: column k of the Cholesky factor of the covariance
        is the effect of parameter k.

        A `histosys` that is symmetric around the nominal template is linear in its parameter, so
        this is exact.

        Args:
            signal: Signal events for a signal strength of 1, shape (B,).
            highest: Upper bound of the signal strength.
        """
        columns = np.linalg.cholesky(self.covariance).T
        effects = [
            {
                "name": f"background_{k}",
                "type": "histosys",
                "data": {
                    "hi_data": (self.background + column).tolist(),
                    "lo_data": (self.background - column).tolist(),
                },
            }
            for k, column in enumerate(columns)
        ]
        samples = [
            {"name": "background", "data": self.background.tolist(), "modifiers": effects},
            {
                "name": "signal",
                "data": signal.tolist(),
                "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
            },
        ]
        settings = {
            "poi": "mu",
            "parameters": [{"name": "mu", "bounds": [[0.0, highest]], "inits": [1.0]}],
        }
        return {
            "version": "1.0.0",
            "channels": [{"name": "bins", "samples": samples}],
            "observations": [{"name": "bins", "data": self.counts.tolist()}],
            "measurements": [{"name": "simplified", "config": settings}],
        }

    def limit(self, signal: np.ndarray, level: float, highest: float) -> Limit:
        """Upper limit on the signal strength, as for the full likelihood.

        Args:
            signal: Signal events for a signal strength of 1, shape (B,).
            level: Confidence level.
            highest: Upper bound of the signal strength in the full model.
        """
        return upper_limit(
            Likelihood.from_workspace(self.workspace(signal, WIDER * highest)), level, points=2
        )

    def limit_before_fit(self, signal: np.ndarray, level: float, highest: float) -> Limit:
        """Like `limit`, for counts equal to the expected background: the expectation before data
        taking (`apriori` in spey).
        """
        likelihood = Likelihood.from_workspace(self.workspace(signal, WIDER * highest))
        return upper_limit(likelihood, level, Data(self.background, likelihood.auxdata), points=2)


def simplify(workspace: Workspace, signal: str, regions: Sequence[str]) -> SimplifiedLikelihood:
    """The simplified likelihood of the bins of some regions.

    Errors are propagated linearly, as everywhere in Wollemi; docs/decisions.md compares this with
    sampled parameters.

    Args:
        workspace: Workspace of the full model.
        signal: Name of its signal sample.
        regions: Names of the signal regions in the desired order.

    Raises:
        WollemiError: The list of regions is empty, or the fit of the control regions failed.
    """
    if not regions:
        raise WollemiError(
            "regions",
            "none has the role signal",
            "a simplified likelihood needs one: see docs/publication.md",
        )
    # ASSUME: signal in the control regions and the uncertainties of the signal hardly change the
    # limits: the closure shows it.
    likelihood = Likelihood.from_workspace(workspace)
    values, covariance = parameters_without(workspace, likelihood, signal, regions)
    chosen = bins_of(likelihood, regions)
    background = np.maximum(likelihood.expected(values)[chosen], SMALLEST_BACKGROUND)
    spread = expected_covariance(likelihood, values, covariance)[np.ix_(chosen, chosen)]
    return SimplifiedLikelihood(
        likelihood.observations[chosen],
        background,
        (spread + spread.T) / 2 + np.diag(INDEPENDENT_VARIANCE * background),
    )


def bins_of(likelihood: Likelihood, regions: Sequence[str]) -> np.ndarray:
    """Indices of the bins of regions among all bins of a model."""
    return np.concatenate(
        [np.arange(len(likelihood.observations))[likelihood.channels[region]] for region in regions]
    )


def signal_yields(likelihood: Likelihood, signal: str, regions: Sequence[str]) -> np.ndarray:
    """Events of the signal in the bins of regions for a signal strength of 1, before the fit, shape
    (B,).
    """
    nominal = np.array([parameter.nominal for parameter in likelihood.parameters])
    nominal[likelihood.index[likelihood.poi]] = 1.0
    return np.asarray(
        likelihood.expected_by_sample(nominal)[likelihood.samples.index(signal)][
            bins_of(likelihood, regions)
        ]
    )


def parameters_without(
    workspace: Workspace, likelihood: Likelihood, signal: str, regions: Collection[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Parameters and covariance of the model without signal, fitted to all regions except some.

    Parameters that these regions do not constrain have the value and the width of their auxiliary
    measurement.

    Args:
        workspace: Workspace of the full model.
        likelihood: Likelihood of the same model.
        signal: Name of its signal sample.
        regions: Names of the regions whose data are not used.

    Returns:
        Values, shape (P,), and covariance, shape (P, P), of the parameters of the full model; the
        signal strength is 0.

    Raises:
        WollemiError: The fit failed.
    """
    values = np.array([parameter.nominal for parameter in likelihood.parameters])
    covariance = np.diag([_variance(parameter) for parameter in likelihood.parameters])
    poi = likelihood.index[likelihood.poi]
    values[poi] = covariance[poi, poi] = 0.0
    rest = other_regions(workspace, signal, regions)
    if not rest["channels"]:
        return values, covariance
    result = fit(Likelihood.from_workspace(rest))
    if not result.status.converged:
        problem = f"their fit did not converge: {result.status.message}"
        raise WollemiError("control regions", problem, "see docs/fits.md about fits that fail")
    determined = [
        k for k, name in enumerate(result.names) if name not in result.status.undetermined
    ]
    places = [likelihood.index[result.names[k]] for k in determined]
    values[places] = result.values[determined]
    covariance[np.ix_(places, places)] = result.covariance[np.ix_(determined, determined)]
    return values, covariance


def _variance(parameter: Parameter) -> float:
    if parameter.fixed:
        return 0.0
    if parameter.constraint != "none":
        return parameter.width**2
    # ASSUME: a free parameter that no control region constrains has the variance of a uniform
    # distribution between its bounds. The background is linear in a normalization, so that the
    # counts of the signal regions then determine it, as in the full likelihood.
    return (parameter.bounds[1] - parameter.bounds[0]) ** 2 / 12


def other_regions(workspace: Workspace, signal: str, regions: Collection[str]) -> dict[str, Any]:
    """A workspace without some regions and without signal; it has no parameter of interest.

    Args:
        workspace: Workspace of pyhf.
        signal: Name of its signal sample.
        regions: Names of the channels to leave out.
    """
    rest = copy.deepcopy(dict(workspace))
    rest["channels"] = [channel for channel in rest["channels"] if channel["name"] not in regions]
    rest["observations"] = [item for item in rest["observations"] if item["name"] not in regions]
    for channel in rest["channels"]:
        channel["samples"] = [sample for sample in channel["samples"] if sample["name"] != signal]
    left = {
        item["name"]
        for channel in rest["channels"]
        for sample in channel["samples"]
        for item in sample["modifiers"]
    }
    for measurement in rest["measurements"]:
        settings = measurement["config"]
        settings["poi"] = ""
        settings["parameters"] = [item for item in settings["parameters"] if item["name"] in left]
    return rest


def describe_likelihood(
    simplified: SimplifiedLikelihood,
    bins: Sequence[Bin],
    signals: Mapping[str, np.ndarray],
    about: Mapping[str, Any],
) -> dict[str, Any]:
    """The simplified likelihood as written to the product; `model` uses the terms of spey.

    Args:
        simplified: Counts, background and covariance of B bins.
        bins: Bins in the same order.
        signals: Events by signal for a signal strength of 1, shape (B,).
        about: Further entries.
    """
    counts = [
        None if one.blinded else round(count)
        for one, count in zip(bins, simplified.counts.tolist(), strict=True)
    ]
    model = {
        "data": counts,
        "background_yields": simplified.background.tolist(),
        "covariance_matrix": simplified.covariance.tolist(),
    }
    return {
        **about,
        "format": FORMAT,
        "bins": [one.described() for one in bins],
        "model": model,
        "signals": {name: {"signal_yields": events.tolist()} for name, events in signals.items()},
    }
