"""Penalties on differences between neighboring parameters, for unfolding (A. N. Tikhonov, Soviet
Math. Dokl. 4 (1963) 1035).

-2 ln L has τ² Σ d² more, with differences d of the strengths of neighboring bins: the first,
µ₂ - µ₁, or the second, µ₁ - 2 µ₂ + µ₃. A workspace of the pyhf 1.0.0 specification has each as the
setting of a parameter that no modifier has, which pyhf passes over::

    {"name": "tikhonov: mu_1 - 2 * mu_2 + mu_3", "auxdata": [0.0], "sigmas": [0.5]}

A penalty is no measurement: toys do not throw it.
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
    """One difference that is preferred to be 0.

    Attributes:
        coefficients: parameter → its coefficient in the difference.
        strength: τ.
    """

    coefficients: Mapping[str, float]
    strength: float


@dataclass(frozen=True)
class Penalties:
    """Those of a likelihood, with places of parameters.

    Attributes:
        begins: where each one begins in the other arrays, and the end, shape (penalties + 1,).
        parameter: place in the parameter vector.
        coefficient: times τ.
    """

    begins: np.ndarray
    parameter: np.ndarray
    coefficient: np.ndarray

    def flat(self, shared: np.ndarray) -> dict[str, Any]:
        """Fields of a model.

        Args:
            shared: its shared parameters, shape (S,).
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
    """Settings of a measurement.

    Args:
        names: parameters in the order of their bins.
        strength: τ; 0 for none.
        differences: 1 or 2.
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
    """Penalties among the settings of a measurement.

    Args:
        settings: its ``parameters``.

    Raises:
        WollemiError: one is no difference of parameters.
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
            raise WollemiError(setting["name"], f"is no penalty ({error})", remedy) from None
        nothing = dict.fromkeys(factor.names, 0.0)
        coefficients = {name: factor_value(factor, {**nothing, name: 1.0}) for name in factor.names}
        if center != 0 or not width > 0:
            problem = f"prefers {center:g} ± {width:g}"
            raise WollemiError(setting["name"], problem, "a penalty prefers 0, with a width")
        found.append(Penalty(coefficients, 1 / width))
    return found


def placed(penalties: Sequence[Penalty], first: Mapping[str, int]) -> Penalties:
    """Penalties with places of parameters.

    Args:
        penalties: of the measurement.
        first: parameter → its place.

    Raises:
        WollemiError: a model has no such parameter.
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
    """A workspace with another regularization.

    Args:
        workspace: of pyhf.
        names: parameters in the order of their bins.
        strength: τ; 0 for none.
        differences: 1 or 2.
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
    """Correlation of each parameter with the best linear combination of the others,
    √(1 - 1 / (C_ii (C⁻¹)_ii)), shape (n,); NaN for those at a bound, which have no variance.

    Args:
        covariance: shape (n, n), positive definite but for parameters at a bound.
    """
    free = np.diag(covariance) > 0
    inner = covariance[np.ix_(free, free)]
    product = np.diag(inner) * np.diag(np.linalg.inv(inner))
    found = np.full(len(covariance), np.nan)
    found[free] = np.sqrt(np.maximum(1 - 1 / product, 0.0))
    return found
