"""Rank the parameters of a model by their impacts on the parameter of interest."""

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import NO_ERROR, fit, minos, regimes
from wollemi_likelihood.likelihood import Likelihood, Parameter
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.results import Fit
from wollemi_likelihood.search import SAME_MINIMUM, find_minimum, mirrored_starts
from wollemi_likelihood.workspaces import Workspace

LOGGER = logging.getLogger("wollemi")


@dataclass(frozen=True)
class Impact:
    """Changes of the parameter of interest with another parameter fixed one error away from its
    estimate; None without a fit.

    Attributes:
        name: Name of the other parameter.
        up: Change for its error upward after the fit.
        down: Change for its error downward after the fit.
        prefit_up: Change for its error upward before the fit; None for a free parameter.
        prefit_down: Change for its error downward before the fit; None for a free parameter.
    """

    name: str
    up: float | None
    down: float | None
    prefit_up: float | None
    prefit_down: float | None

    @property
    def largest(self) -> float:
        """The larger of the two impacts after the fit."""
        return max(abs(self.up or 0.0), abs(self.down or 0.0))


@dataclass(frozen=True)
class Ranking:
    """Impacts of the parameters of a model.

    Attributes:
        poi: Parameter of interest.
        parameters: Impacts, the largest after the fit first.
        asimov_strength: Strength of the Asimov data; None for the data of the model.
    """

    poi: str
    parameters: tuple[Impact, ...]
    asimov_strength: float | None = None


def impact(
    likelihood: Likelihood, best: Fit, parameter: Parameter, width: float
) -> tuple[float | None, float | None]:
    """Change of the parameter of interest with another parameter fixed one width above, and below,
    its estimate.

    These are the impacts of the ranking plots of the LHC experiments (ATLAS-CONF-2013-079). A value
    beyond a bound of the parameter is replaced by the bound.

    Args:
        likelihood: Likelihood of the model.
        best: Fit of the model to the data.
        parameter: Other parameter.
        width: Standard deviation of the parameter after or before the fit.

    Returns:
        Up and down changes; None if the fit fails, for example if a bin with events would be empty.
    """
    place, interest = likelihood.index[parameter.name], likelihood.index[likelihood.poi]
    lower, upper = parameter.bounds
    objective = Objective(likelihood, likelihood.data)
    center, estimate = float(best.values[place]), float(best.values[interest])
    variance = float(best.covariance[place, place])
    movable = np.array([name not in best.fixed for name in best.names])

    def refitted(value: float) -> np.ndarray:
        start, held = best.values.copy(), {parameter.name: value}
        near = None
        if variance > 0:  # one Newton step from the fit
            start += best.covariance[place] * ((value - center) / variance)
            if not best.degenerate:
                near = objective.refit(start, place, movable, best.covariance)
        if near is None:
            return find_minimum(objective, held, start, thorough=True).point.values
        return _lowest(objective, held, near)

    def change(value: float) -> float | None:
        try:
            return float(refitted(value)[interest]) - estimate
        except WollemiError as error:
            LOGGER.warning("%s = %.4g has no fit: %s", parameter.name, value, error.problem)
            return None

    return change(min(center + width, upper)), change(max(center - width, lower))


def _lowest(objective: Objective, held: Mapping[str, float], near: np.ndarray) -> np.ndarray:
    """Values of a minimum near the fit, or of a lower one if there may be a second one."""
    point = objective(near)
    if next(mirrored_starts(objective, held, point), None) is None:  # most models
        return near
    with contextlib.suppress(WollemiError):
        lowest = find_minimum(objective, held, near, thorough=True).point
        if lowest.objective < point.objective - SAME_MINIMUM:
            return lowest.values
    return near


def ranking(likelihood: Likelihood) -> list[Impact]:
    """Rank all parameters except the one of interest by their impact after the fit, largest first.

    Args:
        likelihood: Likelihood of the model.
    """
    best = fit(likelihood)
    widths, rows = _widths(likelihood, best), []
    for parameter in likelihood.parameters:
        if parameter.name in (likelihood.poi, *best.fixed, *best.status.undetermined):
            continue
        up, down = impact(likelihood, best, parameter, widths[parameter.name])
        before = (
            impact(likelihood, best, parameter, parameter.width)
            if parameter.constraint != "none"
            else (None, None)
        )
        rows.append(
            Impact(
                name=parameter.name, up=up, down=down, prefit_up=before[0], prefit_down=before[1]
            )
        )
    return sorted(rows, key=lambda row: (-row.largest, row.name))


def _widths(likelihood: Likelihood, best: Fit) -> dict[str, float]:
    """Error of each parameter after the fit; without one from the second derivatives, the larger
    profile error.
    """
    sides = minos(likelihood, best, best.status.at_bounds)
    found = regimes(likelihood, best, {})
    sides |= {name: errors for name, (regime, errors) in found.items() if regime in NO_ERROR}
    return {
        name: max(abs(side or 0.0) for side in sides[name]) if name in sides else error
        for name, error in zip(best.names, best.errors.tolist(), strict=True)
    }


def declared_strength(likelihood: Likelihood) -> float | None:
    """Strength of the Asimov data for the ranking, from the measurement; None if the fit to the
    data can be ranked.

    A parameter of interest at a bound stays there when others change: all impacts would be 0.

    Args:
        likelihood: Likelihood of the model.
    """
    at_bound = likelihood.poi in fit(likelihood).status.at_bounds
    return initial_strength(likelihood) if at_bound else None


def initial_strength(likelihood: Likelihood) -> float:
    """Assumed value of the parameter of interest, or its initial value, or the middle of its bounds
    if the initial value is at one.

    Args:
        likelihood: Likelihood of the model.
    """
    if likelihood.poi in likelihood.assumed:
        return likelihood.assumed[likelihood.poi]
    poi = likelihood.parameters[likelihood.index[likelihood.poi]]
    lower, upper = poi.bounds
    return poi.init if lower < poi.init < upper else (lower + upper) / 2


def with_signal(likelihood: Likelihood, strength: float) -> Likelihood:
    """Copy of the model with Asimov data of a signal strength; all other parameters are fitted to
    the data or assumed, and further signals have the strength of their measurement.

    Args:
        likelihood: Likelihood of the model.
        strength: Strength of the signal.
    """
    values = fit(likelihood).values.copy()
    for name, value in likelihood.assumed.items():
        values[likelihood.index[name]] = value
    values[likelihood.index[likelihood.poi]] = strength
    for name in likelihood.others:
        values[likelihood.index[name]] = initial_strength(replace(likelihood, poi=name))
    return replace(likelihood, data=likelihood.asimov(values))


def ranked(workspace: Workspace) -> Ranking:
    """Rank the parameters of a model, on Asimov data if the fit to the data ends at a bound.

    Args:
        workspace: Model of the signal.
    """
    likelihood = workspace.likelihood
    strength = declared_strength(likelihood)
    if strength is not None:
        likelihood = with_signal(likelihood, strength)
        why = (
            "the data have it at a bound, where nothing moves it: widen model.poi_bounds for "
            "impacts on the data"
        )
        LOGGER.warning(
            "%s: ranked on Asimov data of %s = %g: %s",
            workspace.signal,
            likelihood.poi,
            strength,
            why,
        )
    rows = ranking(likelihood)
    if rows:
        LOGGER.info(
            "%s: largest impact %.2g of %s", workspace.signal, rows[0].largest, rows[0].name
        )
    return Ranking(likelihood.poi, tuple(rows), strength)
