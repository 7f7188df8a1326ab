"""Describe a fit as written to `fit.json`."""

import logging
from collections.abc import Mapping
from typing import Literal

import numpy as np

from wollemi.inference.goodness_of_fit import goodness_of_fit
from wollemi.results.fit import (
    FitResult,
    FitStatus,
    FittedParameter,
    FitYields,
    OtherMinimum,
    RegionYields,
)
from wollemi_likelihood.fit import NO_ERROR, fit, further_minima, minos, regimes
from wollemi_likelihood.likelihood import Likelihood, Parameter
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.results import AsymmetricError, Fit
from wollemi_likelihood.workspaces import Workspace
from wollemi_likelihood.yields import Expectation, expected_uncertainty, prefit_covariance

LOGGER = logging.getLogger("wollemi")


def fitted_parameters(
    likelihood: Likelihood,
    result: Fit,
    asymmetric: Mapping[str, AsymmetricError],
) -> tuple[FittedParameter, ...]:
    """List the parameters with value and errors after the fit, and their prior knowledge.

    Args:
        likelihood: Likelihood of the model.
        result: Fit of the model.
        asymmetric: Parameter → MINOS errors.
    """
    found = regimes(likelihood, result, asymmetric)
    return tuple(
        _fitted(
            parameter,
            float(value),
            float(error),
            parameter.name in result.fixed,
            found.get(parameter.name, (None, asymmetric.get(parameter.name))),
        )
        for parameter, value, error in zip(
            likelihood.parameters, result.values, result.errors, strict=True
        )
    )


def _fitted(
    parameter: Parameter,
    value: float,
    error: float,
    fixed: bool,
    quoted: tuple[str | None, AsymmetricError | None],
) -> FittedParameter:
    """Describe a parameter. `error` is None if the second derivatives are meaningless; a MINOS
    error is None on the side where a bound comes first.
    """
    regime, crossing = quoted
    bound = None if fixed else _reached_bound(parameter, value)
    fitted = FittedParameter(
        name=parameter.name,
        value=value,
        error=None if bound or regime in NO_ERROR else error,
        error_down=None if crossing is None or crossing.lower is None else -crossing.lower,
        error_up=None if crossing is None else crossing.upper,
        constraint=parameter.constraint,
        prefit=parameter.nominal,
        prefit_error=parameter.width or None,
        fixed=fixed,
    )
    if bound:
        return fitted.noting(at_bound=bound)
    return fitted.noting(regime=regime) if regime else fitted


def _reached_bound(parameter: Parameter, value: float) -> Literal["lower", "upper"] | None:
    lower, upper = parameter.bounds
    return "lower" if value <= lower else "upper" if value >= upper else None


def region_yields(
    likelihood: Expectation, values: np.ndarray, covariance: np.ndarray
) -> dict[str, RegionYields]:
    """Compute expected events of each region and sample with uncertainties at given parameters.

    Args:
        likelihood: Likelihood of the model, or sums of its channels.
        values: Parameters, shape (parameters,).
        covariance: Covariance of the parameters, shape (parameters, parameters).
    """
    expected = likelihood.expected_by_sample(values)
    uncertainty = expected_uncertainty(likelihood, values, covariance)
    yields = {}
    for channel, bins in likelihood.channels.items():
        inside = expected[:, bins]
        present = {
            name: index for index, name in enumerate(likelihood.samples) if np.any(inside[index])
        }
        places = np.fromiter(present.values(), int)
        covariances = uncertainty.sample_covariances[channel][np.ix_(places, places)]
        yields[channel] = RegionYields(
            samples={name: inside[index].tolist() for name, index in present.items()},
            sample_uncertainties={
                name: uncertainty.samples[index, bins].tolist() for name, index in present.items()
            },
            total=inside.sum(axis=0).tolist(),
            uncertainty=uncertainty.bins[bins].tolist(),
            sum=float(inside.sum()),
            sum_uncertainty=float(uncertainty.channels[channel]),
            sample_sums={name: float(inside[index].sum()) for name, index in present.items()},
            sample_sum_uncertainties={
                n: float(uncertainty.sample_channels[channel][i]) for n, i in present.items()
            },
            sample_sum_covariance=covariances.tolist(),
        )
    return yields


def describe_fit(likelihood: Likelihood, result: Fit) -> FitResult:
    """Describe a fit for the product.

    Args:
        likelihood: Likelihood of the model.
        result: Fit of the model.
    """
    unconstrained = [
        p.name
        for p in likelihood.parameters
        if p.constraint == "none" and p.name not in result.fixed
    ]
    asymmetric = minos(
        likelihood,
        result,
        [*unconstrained, *(n for n in result.status.at_bounds if n not in unconstrained)],
    )
    held = [name in result.fixed for name in result.names]
    nominal = np.where(
        held, result.values, [parameter.nominal for parameter in likelihood.parameters]
    )
    status = result.status
    described = FitResult(
        poi=likelihood.poi,
        minus_two_log_likelihood=result.minus_two_log_likelihood,
        deviance=result.deviance,
        status=FitStatus(
            method=status.minimizer,
            converged=status.converged,
            iterations=status.iterations,
            estimated_distance=status.distance,
            message=status.message,
            at_bounds=status.at_bounds,
            undetermined=status.undetermined,
        ),
        parameters=fitted_parameters(likelihood, result, asymmetric),
        covariance=result.covariance.tolist(),
        observed={
            channel: likelihood.observations[bins].tolist()
            for channel, bins in likelihood.channels.items()
        },
        yields=FitYields(
            prefit=region_yields(likelihood, nominal, prefit_covariance(likelihood)),
            postfit=region_yields(likelihood, result.values, result.covariance),
        ),
    )
    return described.noting(pois=likelihood.pois) if likelihood.others else described


def _with_other_minima(described: FitResult, others: tuple[OtherMinimum, ...]) -> FitResult:
    """Add further minima to a fit, and mark the parameters in which one is near."""
    near = {name for other in others if other.rise < 1 for name in other.values}
    parameters = tuple(
        item.noting(regime="second minimum") if item.name in near and not item.at_bound else item
        for item in described.parameters
    )
    return described.noting(other_minima=others, parameters=parameters)


def fit_workspace(workspace: Workspace, background_only: bool = False) -> FitResult:
    """Fit a workspace, or its backgrounds alone (parameters of interest at 0)."""
    likelihood = workspace.likelihood
    result = fit(likelihood, fixed=dict.fromkeys(likelihood.pois, 0.0) if background_only else None)
    if not result.status.converged:
        LOGGER.warning("%s: the fit did not converge: %s", workspace.signal, result.status.message)
    # Blinded bins contain Asimov data.
    goodness = None if workspace.blinded else goodness_of_fit(likelihood, result)
    described = describe_fit(likelihood, result)
    others = tuple(
        OtherMinimum(values=values, rise=rise)
        for rise, values in further_minima(Objective(likelihood, likelihood.data), result)
        if values
    )
    described = _with_other_minima(described, others) if others else described
    return described if goodness is None else described.noting(goodness_of_fit=goodness)
