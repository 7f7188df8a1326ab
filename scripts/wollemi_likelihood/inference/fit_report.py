"""A fit with the kind of each error, yields before and after it, and further minima."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from wollemi_likelihood.fit import NO_ERROR, fit, further_minima, minos, regimes
from wollemi_likelihood.inference.goodness_of_fit import GoodnessOfFit, goodness_of_fit
from wollemi_likelihood.likelihood import Likelihood, Parameter
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.results import AsymmetricError, Fit, FitStatus
from wollemi_likelihood.workspaces import Workspace
from wollemi_likelihood.yields import RegionYields, prefit_covariance, region_yields

LOGGER = logging.getLogger("wollemi")


@dataclass(frozen=True)
class FittedParameter:
    """A parameter after the fit.

    Attributes:
        name: Name of the parameter.
        value: Estimate.
        error: Error from the second derivatives; None if they do not give one.
        error_down: MINOS error downward.
        error_up: MINOS error upward.
        constraint: Shape of the auxiliary measurement.
        prefit: Value before the fit.
        prefit_error: Width of the auxiliary measurement; None without one.
        fixed: Whether the fit fixed it.
        at_bound: Bound that the estimate has reached.
        regime: Reason why the profile is not a parabola around the estimate.
    """

    name: str
    value: float
    error: float | None
    error_down: float | None
    error_up: float | None
    constraint: str
    prefit: float
    prefit_error: float | None
    fixed: bool
    at_bound: Literal["lower", "upper"] | None = None
    regime: str | None = None


@dataclass(frozen=True)
class FitYields:
    """Expected events of each region before and after the fit."""

    prefit: Mapping[str, RegionYields]
    postfit: Mapping[str, RegionYields]


@dataclass(frozen=True)
class OtherMinimum:
    """A further minimum.

    Attributes:
        values: Parameter that differs most → value.
        rise: -2 ln L relative to the fit.
    """

    values: Mapping[str, float]
    rise: float


@dataclass(frozen=True)
class FitReport:
    """A fit of a model with everything that is quoted of it.

    Attributes:
        poi: Parameter of interest.
        minus_two_log_likelihood: -2 ln L at the estimates.
        deviance: -2 ln(L / L of the saturated model).
        status: Outcome of the fit.
        parameters: Parameters in the order of the covariance.
        covariance: Covariance of the parameters.
        observed: Region → observed events.
        yields: Expected events.
        pois: All parameters of interest, of several.
        goodness_of_fit: Comparison with the saturated model; None if it is meaningless.
        other_minima: Further minima.
    """

    poi: str
    minus_two_log_likelihood: float
    deviance: float
    status: FitStatus
    parameters: tuple[FittedParameter, ...]
    covariance: tuple[tuple[float, ...], ...]
    observed: Mapping[str, tuple[float, ...]]
    yields: FitYields
    pois: tuple[str, ...] = ()
    goodness_of_fit: GoodnessOfFit | None = None
    other_minima: tuple[OtherMinimum, ...] = ()


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
    return FittedParameter(
        name=parameter.name,
        value=value,
        error=None if bound or regime in NO_ERROR else error,
        error_down=None if crossing is None or crossing.lower is None else -crossing.lower,
        error_up=None if crossing is None else crossing.upper,
        constraint=parameter.constraint,
        prefit=parameter.nominal,
        prefit_error=parameter.width or None,
        fixed=fixed,
        at_bound=bound,
        regime=None if bound else regime,
    )


def _reached_bound(parameter: Parameter, value: float) -> Literal["lower", "upper"] | None:
    lower, upper = parameter.bounds
    return "lower" if value <= lower else "upper" if value >= upper else None


def fit_report(likelihood: Likelihood, result: Fit) -> FitReport:
    """Describe a fit, without its goodness and further minima.

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
    return FitReport(
        poi=likelihood.poi,
        minus_two_log_likelihood=result.minus_two_log_likelihood,
        deviance=result.deviance,
        status=result.status,
        parameters=fitted_parameters(likelihood, result, asymmetric),
        covariance=tuple(map(tuple, result.covariance.tolist())),
        observed={
            channel: tuple(likelihood.observations[bins].tolist())
            for channel, bins in likelihood.channels.items()
        },
        yields=FitYields(
            prefit=region_yields(likelihood, nominal, prefit_covariance(likelihood)),
            postfit=region_yields(likelihood, result.values, result.covariance),
        ),
        pois=likelihood.pois if likelihood.others else (),
    )


def _with_other_minima(report: FitReport, others: tuple[OtherMinimum, ...]) -> FitReport:
    """Add further minima to a fit, and mark the parameters in which one is near."""
    near = {name for other in others if other.rise < 1 for name in other.values}
    parameters = tuple(
        replace(item, regime="second minimum") if item.name in near and not item.at_bound else item
        for item in report.parameters
    )
    return replace(report, other_minima=others, parameters=parameters)


def fit_workspace(workspace: Workspace, background_only: bool = False) -> FitReport:
    """Fit a workspace, or its backgrounds alone (parameters of interest at 0)."""
    likelihood = workspace.likelihood
    result = fit(likelihood, fixed=dict.fromkeys(likelihood.pois, 0.0) if background_only else None)
    if not result.status.converged:
        LOGGER.warning("%s: the fit did not converge: %s", workspace.signal, result.status.message)
    # Blinded bins contain Asimov data.
    goodness = None if workspace.blinded else goodness_of_fit(likelihood, result)
    report = replace(fit_report(likelihood, result), goodness_of_fit=goodness)
    others = tuple(
        OtherMinimum(values=values, rise=rise)
        for rise, values in further_minima(Objective(likelihood, likelihood.data), result)
        if values
    )
    return _with_other_minima(report, others)
