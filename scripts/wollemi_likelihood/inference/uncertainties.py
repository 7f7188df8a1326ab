"""Break down the uncertainty of the parameter of interest by groups of sources, from fluctuations
of data and auxiliary data (Pinto et al., arXiv:2307.04007), and from fits with fixed parameters.
"""

import logging
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.matrices import product
from wollemi_likelihood.fit import NO_ERROR, before_walls, fit, minos, regimes, with_minimum
from wollemi_likelihood.inference.ranking import declared_strength, initial_strength, with_signal
from wollemi_likelihood.likelihood import Data, Likelihood
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.parameters import of_each_bin
from wollemi_likelihood.results import AsymmetricError, Fit
from wollemi_likelihood.workspaces import Workspace

LOGGER = logging.getLogger("wollemi")
# Relative accuracy of MINOS errors; in a difference of squares, 1e-4 of the error becomes 1e-2.
ACCURACY = 1e-8
# Largest negative variance relative to the squared error that counts as 0.
ROUNDING = 1e-9
Groups = Mapping[str, Sequence[str]]
# Parameters → the parameters of each analysis of a combination alone, and the shared ones.
ByAnalysis = Callable[[Iterable[str]], tuple[Mapping[str, Sequence[str]], Sequence[str]]]


@dataclass(frozen=True)
class Contribution:
    """Contribution of a group of sources to the uncertainty of the parameter of interest.

    Attributes:
        parameters: Names of the parameters, or of the modifier for factors of bins.
        shifted: Standard deviation of the estimate under fluctuations of the auxiliary data of the
            group, or of the events; None for free parameters, or if the auxiliary data alone move
            the estimate by more than its error.
        frozen: Root of the difference of the squared errors without and with the group's
            parameters fixed; for data, the error with all constrained parameters fixed.
        frozen_down: The same for the MINOS error downward.
        frozen_up: The same for the MINOS error upward.
    """

    parameters: tuple[str, ...]
    shifted: float | None
    frozen: float | None
    frozen_down: float | None
    frozen_up: float | None


@dataclass(frozen=True)
class Uncertainties:
    """Uncertainty of the parameter of interest by groups of sources.

    Attributes:
        poi: Parameter of interest.
        estimate: Estimate of the parameter of interest.
        error: Error from the second derivatives.
        error_down: MINOS error downward.
        error_up: MINOS error upward.
        asimov_strength: Strength of the Asimov data; None for observed data.
        data: Contribution of the events.
        systematics: Contribution of all constrained parameters.
        mc_statistics: Contribution of the constrained factors of bins.
        normalizations: Contribution of the free parameters.
        groups: Group, or systematic outside all groups → contribution.
        analyses: Analysis of a combination → contribution of the parameters that no other one has.
        shared: Contribution of the shared parameters of a combination.
        without_error: Parameter whose second derivatives give no error → reason.
    """

    poi: str
    estimate: float
    error: float
    error_down: float | None
    error_up: float | None
    asimov_strength: float | None
    data: Contribution
    systematics: Contribution
    mc_statistics: Contribution | None
    normalizations: Contribution | None
    groups: Mapping[str, Contribution]
    analyses: Mapping[str, Contribution] | None = None
    shared: Contribution | None = None
    without_error: Mapping[str, str] | None = None


class Variances(NamedTuple):
    """Variance of the estimate of a parameter by fluctuating quantity.

    Attributes:
        data: Contribution of the events; negative if the others exceed the error of the fit, for
            example if expectations that are nonlinear in the parameters miss the data.
        auxiliary: Contribution of each auxiliary measurement, 0 without one, shape (P,).
    """

    data: float
    auxiliary: np.ndarray

    @property
    def total(self) -> float:
        """Sum of the contributions, equal to the variance of the fit."""
        return self.data + float(self.auxiliary.sum())


class Sources(NamedTuple):
    """Free parameters of a model except the one of interest, by source.

    Attributes:
        mc_statistics: Constrained factors of bins.
        normalizations: Unconstrained parameters.
        groups: Declared group, or systematic outside all groups → parameters.
        constrained: All parameters with auxiliary measurements.
    """

    mc_statistics: list[str]
    normalizations: list[str]
    groups: dict[str, list[str]]
    constrained: list[str]

    @property
    def names(self) -> list[str]:
        """Names of all parameters."""
        return [*self.mc_statistics, *self.normalizations, *chain(*self.groups.values())]


class Sizes(NamedTuple):
    """Errors of the parameter of interest in a fit, from second derivatives and MINOS."""

    symmetric: float
    down: float | None
    up: float | None


def information_of_constraints(
    likelihood: Likelihood, data: Data, values: np.ndarray
) -> np.ndarray:
    """Second derivative of -ln L by each parameter from its auxiliary measurement, shape (P,).

    It is 1/σ² for a normal constraint, and m/γ² for m events with an expectation proportional to γ.

    Args:
        likelihood: Likelihood of the model.
        data: Data with the auxiliary data.
        values: Parameters, shape (P,).
    """
    constraints, found = likelihood.constraints, np.zeros(len(values))
    found[constraints.normal_parameter] = constraints.normal_width**-2.0
    events = data.auxiliary[constraints.poisson_auxiliary]
    found[constraints.poisson_parameter] = events / values[constraints.poisson_parameter] ** 2
    return found


def shifted_variances(objective: Objective, best: Fit, name: str) -> Variances:
    """Variance of an estimate under fluctuations of the events and of each auxiliary measurement.

    A fit moves by d θ̂ / d a = - C ∂²(-ln L)/∂θ∂a (C: covariance). For a normal constraint this is
    C_i / σ_i², and a_i has variance σ_i²; for a Poisson constraint it is C_i / γ_i, and the m_i
    events have variance m_i. Either contributes C_i² times the second derivative of the constraint.
    The contribution of the data follows in the same way from the second derivatives of their part
    of -ln L: the sum is C H C = C. For Asimov data it is Σ (d θ̂ / d n_b)² n_b.

    Args:
        objective: Objective of the likelihood with the data.
        best: Fit to the data.
        name: Name of the parameter.
    """
    place = best.names.index(name)
    row = best.covariance[place]
    point = objective(best.values)
    # Where the exact ones are not positive, the Fisher information gave the covariance.
    both = (objective.hessian(point), objective.information(point))
    inverted = min(both, key=lambda matrix: abs(float(product(row, matrix, row)) - row[place]))
    constraints = information_of_constraints(objective.likelihood, objective.data, best.values)
    of_events = inverted - np.diag(constraints)
    return Variances(float(product(row, of_events, row)), row**2 * constraints)


def sources_of(likelihood: Likelihood, fixed: Collection[str], groups: Groups) -> Sources:
    """Sort the parameters of a model by source.

    Args:
        likelihood: Likelihood of the model.
        fixed: Parameters fixed in the fit.
        groups: Declared group → names of its systematics or free normalizations.
    """
    declared = {name: group for group, names in groups.items() for name in names}
    found: dict[str, list[str]] = {group: [] for group in groups}
    mc_statistics, normalizations, constrained = [], [], []
    for parameter in likelihood.parameters:
        name = parameter.name
        if name in fixed or name == likelihood.poi:
            continue
        free = parameter.constraint == "none"
        constrained += [] if free else [name]
        if name in declared:
            found[declared[name]].append(name)
        elif free:
            normalizations.append(name)
        elif of_each_bin(name) is not None:
            mc_statistics.append(name)
        else:
            found.setdefault(name, []).append(name)
    return Sources(mc_statistics, normalizations, found, constrained)


def errors_without(likelihood: Likelihood, data: Data, best: Fit, held: Sequence[str]) -> Sizes:
    """Errors of the parameter of interest in a fit with some parameters fixed at their estimates.

    Args:
        likelihood: Likelihood of the model.
        data: Observed or Asimov data.
        best: Fit to the data with all parameters.
        held: Names of the parameters to fix.
    """
    poi = likelihood.poi
    fixed = {name: float(best.values[best.names.index(name)]) for name in held}
    result = fit(likelihood, data, fixed, best.values) if fixed else best
    symmetric = float(result.errors[result.names.index(poi)])
    try:
        sides = minos(likelihood, result, [poi], data, accuracy=ACCURACY)[poi]
        down, up = before_walls(Objective(likelihood, data), result, poi, sides)
    except WollemiError as error:
        LOGGER.warning("%s: no MINOS error: %s: %s", poi, error.where, error.problem)
        down, up = AsymmetricError(None, None)
    return Sizes(symmetric, None if down is None else -down, up)


def difference(total: float | None, rest: float | None) -> float | None:
    """Square root of the difference of two squared errors, 0 if the second is larger; None if one
    is missing.
    """
    if total is None or rest is None:
        return None
    return math.sqrt(max(total**2 - rest**2, 0.0))


def breakdown(
    likelihood: Likelihood,
    data: Data,
    groups: Groups,
    strength: float | None,
    by_analysis: ByAnalysis | None = None,
) -> Uncertainties:
    """Break down the uncertainty of the parameter of interest by groups of sources, for a data set.

    Args:
        likelihood: Likelihood of the model.
        data: Observed or Asimov data.
        groups: Declared group → systematics.
        strength: Strength of the Asimov data; None for observed data.
        by_analysis: Function that sorts the parameters of a combination by analysis.

    Raises:
        WollemiError: The fit did not converge.
    """
    best, poi = with_minimum(fit(likelihood, data)), likelihood.poi
    variances = shifted_variances(Objective(likelihood, data), best, poi)
    sources, total = (
        sources_of(likelihood, best.fixed, groups),
        errors_without(likelihood, data, best, []),
    )

    def contribution(names: Sequence[str]) -> Contribution:
        rest = errors_without(likelihood, data, best, names)
        places = [likelihood.index[name] for name in names if name in sources.constrained]
        frozen = [difference(*pair) for pair in zip(total, rest, strict=True)]
        size = math.sqrt(float(variances.auxiliary[places].sum()))
        return _described(names, size if places or not names else None, frozen)

    held = errors_without(likelihood, data, best, sources.constrained)
    negative = variances.data < -ROUNDING * total.symmetric**2
    size = None if negative else math.sqrt(max(variances.data, 0.0))
    found = regimes(likelihood, best, {}, data)
    without = {name: regime for name, (regime, _) in found.items() if regime in NO_ERROR}
    own, shared = by_analysis(sources.names) if by_analysis else (None, ())
    return Uncertainties(
        poi=poi,
        estimate=float(best.values[likelihood.index[poi]]),
        error=total.symmetric,
        error_down=total.down,
        error_up=total.up,
        asimov_strength=strength,
        data=_described(sources.normalizations, size, held),
        systematics=contribution(sources.constrained),
        mc_statistics=contribution(sources.mc_statistics) if sources.mc_statistics else None,
        normalizations=contribution(sources.normalizations) if sources.normalizations else None,
        groups={name: contribution(names) for name, names in sources.groups.items()},
        analyses=None
        if own is None
        else {name: contribution(names) for name, names in own.items() if names},
        shared=contribution(shared) if shared else None,
        without_error=without or None,
    )


def _described(
    names: Sequence[str], shifted: float | None, frozen: Sequence[float | None]
) -> Contribution:
    sets = [of_each_bin(name) or name for name in names]
    return Contribution(
        parameters=tuple(dict.fromkeys(sets)),
        shifted=shifted,
        frozen=frozen[0],
        frozen_down=frozen[1],
        frozen_up=frozen[2],
    )


def grouped_uncertainties(
    workspace: Workspace, groups: Groups, by_analysis: ByAnalysis | None = None
) -> Uncertainties:
    """Break down the uncertainty of a model, from the fit to the data, or to Asimov
    data if bins are blinded or the parameter of interest is at a bound.

    Args:
        workspace: Model of the signal.
        groups: Declared group → systematics.
        by_analysis: Function that sorts the parameters of a combination by analysis.

    Raises:
        WollemiError: The fit did not converge.
    """
    likelihood = workspace.likelihood
    strength = initial_strength(likelihood) if workspace.blinded else declared_strength(likelihood)
    if strength is not None:
        why = "bins are blinded" if workspace.blinded else "the data have it at a bound"
        LOGGER.info(
            "%s: fit to Asimov data of %s = %g: %s", workspace.signal, likelihood.poi, strength, why
        )
        likelihood = with_signal(likelihood, strength)
    found = breakdown(likelihood, likelihood.data, groups, strength, by_analysis)
    if found.data.shifted is None:
        LOGGER.warning(
            "%s: auxiliary data alone move %s by %.3g, more than its error of %.3g: no share of "
            "the data",
            workspace.signal,
            found.poi,
            found.systematics.shifted,
            found.error,
        )
    return found
