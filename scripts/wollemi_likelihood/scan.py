"""Profile likelihood of one parameter, with earlier fits as starting points."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Data, Likelihood
from wollemi_likelihood.newton import Minimum
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.search import find_minimum, lower_minimum, turned_minimum


class ProfileScan:
    """Fits of one data set with one parameter fixed at different values.

    Args:
        objective: Objective of the likelihood with data.
        name: Name of the scanned parameter.
        start: Starting point of the first fit, shape (parameters,); the initial values by default.
        held: Other parameters fixed to a value.
    """

    def __init__(
        self,
        objective: Objective,
        name: str,
        start: np.ndarray | None = None,
        held: Mapping[str, float] | None = None,
    ) -> None:
        self.objective = objective
        self.name = name
        self.start = start
        self.held = held or {}
        self.thorough = False
        self.minima: dict[float, Minimum] = {}
        self.unfixed: Minimum | None = None

    def near(self, value: float) -> np.ndarray | None:
        """Starting point of a fit at a value: the nearest earlier fit."""
        if not self.minima:
            return self.start
        return self.minima[min(self.minima, key=lambda other: abs(other - value))].point.values

    def fixed(self, value: float) -> Minimum:
        """Fit with the parameter fixed, starting from the nearest earlier fit.

        Raises:
            WollemiError: No minimum was found.
        """
        if value not in self.minima:
            self.minima[value] = find_minimum(
                self.objective, {**self.held, self.name: value}, self.near(value), self.thorough
            )
        return self.minima[value]

    def verified(self, value: float) -> bool:
        """Whether a thorough search finds no lower minimum with the parameter at a value; otherwise
        all fits are repeated thoroughly.

        Raises:
            WollemiError: No minimum was found.
        """
        found = self.fixed(value)
        if self.thorough:
            return True
        values = {**self.held, self.name: value}
        lowest = turned_minimum(self.objective, values, found, thorough=True)
        if lowest is found:
            return True
        self.thorough, self.minima = True, {value: lowest}
        return False

    def free(self) -> Minimum:
        """Fit with the parameter free, starting from the first earlier fit.

        A second fit starts where the first fit did: of two minima, the one near a fit with a fixed
        parameter need not be the lower one.

        Raises:
            WollemiError: No minimum was found.
        """
        if not self.minima:
            return self.unfixed or find_minimum(self.objective, self.held, self.start)
        first = next(iter(self.minima.values())).point.values
        found = find_minimum(self.objective, self.held, first, thorough=self.start is None)
        return lower_minimum(self.objective, self.held, found, self.start)


def signal_parameters(likelihood: Likelihood, data: Data, strength: float) -> np.ndarray:
    """All parameters with every signal at a strength, inside its bounds or not, and all other
    parameters fitted to data.

    Args:
        likelihood: Likelihood of the model; its assumed values take precedence over the strength.
        data: Data to fit.
        strength: Value of each parameter of interest.

    Returns:
        Parameters, shape (parameters,).

    Raises:
        WollemiError: A parameter of interest is fixed, or the fit failed.
    """
    held = {**dict.fromkeys(likelihood.pois, strength), **likelihood.assumed}
    for name in likelihood.pois:
        parameter_of_interest(replace(likelihood, poi=name))
    return find_minimum(Objective(likelihood, data), held).point.values


def parameter_of_interest(likelihood: Likelihood, *values: float) -> int:
    """Index of the parameter of interest if it is free and its bounds include the given values.

    Args:
        likelihood: Likelihood of the model.
        values: Values to which the parameter of interest will be fixed. As in pyhf, fits outside
            its bounds are refused.

    Returns:
        Index in the parameter vector.

    Raises:
        WollemiError: The parameter is missing or fixed, or a value is outside its bounds.
    """
    where = f"parameter of interest {likelihood.poi or '(none)'}"
    if not likelihood.poi:
        remedy = "name one in the measurement of the workspace"
        raise WollemiError(where, "the model has no parameter of interest", remedy)
    index = likelihood.index[likelihood.poi]
    parameter = likelihood.parameters[index]
    lower, upper = parameter.bounds
    if parameter.fixed:
        raise WollemiError(where, "the model fixes it", "let it float in the measurement")
    outside = [value for value in values if not lower <= value <= upper]
    if outside:
        problem = f"{outside[0]:g} is outside its bounds [{lower:g}, {upper:g}]"
        raise WollemiError(where, problem, "widen the bounds of the parameter of interest")
    return index
