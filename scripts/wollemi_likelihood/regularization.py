"""Penalties on differences between neighboring parameters, for unfolding (A. N. Tikhonov, Soviet
Math. Dokl. 4 (1963) 1035).

-2 ln L gains τ² Σ d², with differences d of the strengths of neighboring bins: the first, µ₂ - µ₁,
or the second, µ₁ - 2 µ₂ + µ₃. A workspace of the pyhf 1.0.0 specification contains each one as the
setting of a parameter without modifiers, which pyhf ignores::

    {"name": "tikhonov: mu_1 - 2 * mu_2 + mu_3", "auxdata": [0.0], "sigmas": [0.5]}

A penalty is not a measurement: toys do not vary it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.matrices import product
from wollemi_likelihood.expressions.factors import factor_value, parse_factor
from wollemi_likelihood.expressions.syntax import ExpressionError

PREFIX = "tikhonov: "


class Penalty(NamedTuple):
    """A difference that is preferred to be 0.

    Attributes:
        coefficients: Parameter → coefficient in the difference.
        strength: Strength τ.
    """

    coefficients: Mapping[str, float]
    strength: float


@dataclass(frozen=True)
class Penalties:
    """The penalties of a likelihood as flat arrays.

    Attributes:
        begins: First position of each penalty in the arrays, and the end, shape (penalties + 1,).
        parameter: Index in the parameter vector.
        coefficient: Coefficient times τ.
    """

    begins: np.ndarray
    parameter: np.ndarray
    coefficient: np.ndarray

    def flat(self, shared: np.ndarray) -> dict[str, Any]:
        """Compute the penalty fields of a model.

        Args:
            shared: Shared parameters of the model, shape (S,).
        """
        return {
            "penalties": len(self.begins) - 1,
            "penalty_begin": self.begins,
            "penalty_parameter": self.parameter,
            "penalty_shared": np.searchsorted(shared, self.parameter),
            "penalty_coefficient": self.coefficient,
        }

    def matrix(self, count: int) -> np.ndarray:
        """Second derivatives of -ln L by all parameters, shape (count, count)."""
        rows = np.zeros((len(self.begins) - 1, count))
        number = np.repeat(np.arange(len(rows)), np.diff(self.begins))
        rows[number, self.parameter] = self.coefficient
        return product(rows.T, rows)


def penalty_settings(
    names: Sequence[str], strength: float, differences: int
) -> list[dict[str, Any]]:
    """Create the settings of a measurement.

    Args:
        names: Parameters in the order of their bins.
        strength: Strength τ; 0 disables the penalty.
        differences: Order of the differences, 1 or 2.
    """
    if strength == 0:
        return []
    pattern = "{1} - {0}" if differences == 1 else "{0} - 2 * {1} + {2}"
    groups = zip(*(names[shift:] for shift in range(differences + 1)), strict=False)
    return [
        {
            "name": f"{PREFIX}{pattern.format(*group)}",
            "auxdata": [0.0],
            "sigmas": [1 / strength],
        }
        for group in groups
    ]


def penalties_in(settings: Sequence[Mapping[str, Any]]) -> list[Penalty]:
    """Read the penalties among the settings of a measurement.

    Args:
        settings: Settings ``parameters`` of the measurement.

    Raises:
        WollemiError: A penalty is not a difference of parameters.
    """
    found = []
    for setting in settings:
        if not setting["name"].startswith(PREFIX):
            continue
        try:
            factor = parse_factor(setting["name"][len(PREFIX) :])
            (width,), (center,) = setting["sigmas"], setting["auxdata"]
        except (ExpressionError, LookupError, TypeError, ValueError) as error:
            remedy = "make the workspace again with build_workspace.py"
            raise WollemiError(setting["name"], f"is not a penalty ({error})", remedy) from None
        nothing = dict.fromkeys(factor.names, 0.0)
        coefficients = {name: factor_value(factor, {**nothing, name: 1.0}) for name in factor.names}
        if center != 0 or not width > 0:
            problem = f"prefers {center:g} ± {width:g}"
            raise WollemiError(setting["name"], problem, "a penalty prefers 0, with a width")
        found.append(Penalty(coefficients, 1 / width))
    return found


def placed(penalties: Sequence[Penalty], first: Mapping[str, int]) -> Penalties:
    """Replace parameter names in penalties by positions.

    Args:
        penalties: Penalties of the measurement.
        first: Parameter → index in the parameter vector.

    Raises:
        WollemiError: A parameter is not in the model.
    """
    names = [name for item in penalties for name in item.coefficients]
    for name in names:
        if name not in first:
            problem = f"the model has no parameter {name!r}"
            raise WollemiError("regularization", problem, "name strengths of bins of the truth")
    sizes = [len(item.coefficients) for item in penalties]
    values = [item.strength * c for item in penalties for c in item.coefficients.values()]
    return Penalties(
        np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64),
        np.array([first[name] for name in names], dtype=np.int64),
        np.array(values, dtype=float),
    )


def with_penalties(
    workspace: Mapping[str, Any], names: Sequence[str], strength: float, differences: int = 2
) -> dict[str, Any]:
    """Copy of a workspace with another regularization.

    Args:
        workspace: Workspace of pyhf.
        names: Parameters in the order of their bins.
        strength: Strength τ; 0 disables the penalty.
        differences: Order of the differences, 1 or 2.
    """
    added = penalty_settings(names, strength, differences)

    def changed(measurement: Mapping[str, Any]) -> dict[str, Any]:
        config = measurement["config"]
        kept = [item for item in config["parameters"] if not item["name"].startswith(PREFIX)]
        return {**measurement, "config": {**config, "parameters": [*kept, *added]}}

    return {**workspace, "measurements": [changed(item) for item in workspace["measurements"]]}


def has_penalties(workspace: Mapping[str, Any]) -> bool:
    """Whether a workspace is regularized."""
    return any(
        setting["name"].startswith(PREFIX)
        for item in workspace["measurements"]
        for setting in item["config"]["parameters"]
    )


def global_correlations(covariance: np.ndarray) -> np.ndarray:
    """Correlation of each parameter with the best linear combination of the others, √(1 - 1 / (C_ii
    (C⁻¹)_ii)), shape (n,); NaN at a bound, without a variance.

    Args:
        covariance: Covariance, shape (n, n), positive definite except for parameters at a bound.
    """
    free = np.diag(covariance) > 0
    inner = covariance[np.ix_(free, free)]
    product = np.diag(inner) * np.diag(np.linalg.inv(inner))
    found = np.full(len(covariance), np.nan)
    found[free] = np.sqrt(np.maximum(1 - 1 / product, 0.0))
    return found
