"""Expected events of a HistFactory model and their derivatives, vectorized over flat tables.

Interpolation codes 4 (normsys) and 4p (histosys) are those of CERN-OPEN-2012-016 and pyhf 0.7.6.
"""

from typing import NamedTuple

import numpy as np

from wollemi.statistics.tables import ParameterSplit, Tables

# Replaces a factor of exactly 0 so that derivatives can divide by it; two of them in one cell do
# not underflow.
TINY_FACTOR = 1e-150


class Expectation(NamedTuple):
    """Expected events of the cells and the ingredients of their derivatives.

    Attributes:
        cells: expected events, shape (C,).
        factors: product of the multiplicative modifiers, shape (C,).
        log_slopes: derivative of the logarithm of each factor with respect to its parameter, shape
            (P + M,).
    """

    cells: np.ndarray
    factors: np.ndarray
    log_slopes: np.ndarray

    def bins(self, count: int) -> np.ndarray:
        """Sum over the samples, shape (B,)."""
        return np.asarray(self.cells.reshape(-1, count).sum(axis=0))


class Jacobian(NamedTuple):
    """Derivatives of the expected events of the bins.

    Attributes:
        shared: with respect to the parameters that act on several bins, shape (B, S).
        private: with respect to the parameters that act on one bin, shape (K,).
    """

    shared: np.ndarray
    private: np.ndarray

    def apply(self, split: ParameterSplit, slope: np.ndarray) -> np.ndarray:
        """Chain rule: from derivatives by bin content to derivatives by parameter, shape (P,)."""
        result = np.empty(len(split.column))
        result[split.shared] = slope @ self.shared
        result[split.private] = slope[split.private_bin] * self.private
        return result


def expectation(tables: Tables, parameters: np.ndarray) -> Expectation:
    """Evaluate every cell: (nominal + Σ shifts) x Π factors.

    Args:
        tables: the model.
        parameters: shape (P,).

    Returns:
        The expected events of each cell; they may be negative.
    """
    safe = np.where(parameters == 0, TINY_FACTOR, parameters)
    values, log_slopes = safe, 1 / safe
    if len(tables.normsys_parameter):
        normsys, slope = _normsys(tables, parameters)
        values = np.concatenate([safe, normsys])
        log_slopes = np.concatenate([log_slopes, slope / normsys])
    factors = np.ones(len(tables.nominal))
    if len(tables.group_begin):
        rows = values[tables.factor_index]
        factors[tables.group_cell] = np.multiply.reduceat(rows, tables.group_begin)
    base = tables.nominal
    if len(tables.shift_cell):
        down, up = _code4p(parameters[tables.shift_parameters])
        base = base + np.bincount(tables.shift_cell, _shift(tables, down, up), len(base))
    return Expectation(base * factors, factors, log_slopes)


def jacobian(tables: Tables, parameters: np.ndarray, expected: Expectation) -> Jacobian:
    """Derivative of the expected events of each bin with respect to each parameter.

    Args:
        tables: the model.
        parameters: shape (P,).
        expected: the expectation at these parameters.

    Returns:
        Derivatives with respect to the shared and the private parameters.
    """
    shared = tables.bins * len(tables.split.shared)
    size = shared + len(tables.split.private)
    weights = expected.cells[tables.factor_cell] * expected.log_slopes[tables.factor_index]
    flat = np.bincount(tables.factor_target, weights, size)
    if len(tables.shift_cell):
        down, up = _code4p_slope(parameters[tables.shift_parameters])
        weights = expected.factors[tables.shift_cell] * _shift(tables, down, up)
        flat += np.bincount(tables.shift_target, weights, size)
    return Jacobian(flat[:shared].reshape(tables.bins, -1), flat[shared:])


def second_derivatives(tables: Tables, parameters: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum over the bins of weight x second derivatives of the expected events.

    With L the derivatives of ln(factors) and D those of the shifted nominal, a cell adds
    ``cells L Lᵀ + factors (D Lᵀ + L Dᵀ)``. A parameter is at most one factor of a cell, so its own
    second derivative replaces the diagonal of the first term.

    Args:
        tables: the model.
        parameters: shape (P,).
        weights: shape (B,).

    Returns:
        Symmetric array of shape (P, P).
    """
    expected = expectation(tables, parameters)
    cell_weights = np.tile(weights, len(tables.nominal) // tables.bins)
    result = np.zeros((tables.parameters, tables.parameters))
    cross = np.zeros_like(result)
    shift_slopes = _shift(tables, *_code4p_slope(parameters[tables.shift_parameters]))
    log_slopes = expected.log_slopes[tables.factor_index]
    shifting = tables.shift_parameters[tables.shift_column]
    for begin in range(0, len(tables.nominal), tables.bins):
        sample = slice(begin, begin + tables.bins)
        factor = _sample_matrix(
            tables, sample, tables.factor_cell, tables.factor_parameter, log_slopes
        )
        shift = _sample_matrix(tables, sample, tables.shift_cell, shifting, shift_slopes)
        result += factor.T @ ((cell_weights * expected.cells)[sample, None] * factor)
        cross += shift.T @ ((cell_weights * expected.factors)[sample, None] * factor)
    np.fill_diagonal(result, _own_curvature(tables, parameters, expected, cell_weights))
    return np.asarray(result + cross + cross.T)


def _sample_matrix(
    tables: Tables, sample: slice, cells: np.ndarray, parameter: np.ndarray, values: np.ndarray
) -> np.ndarray:
    """Scatter the rows of one sample into a matrix of shape (B, P)."""
    rows = slice(*np.searchsorted(cells, [sample.start, sample.stop]))
    target = (cells[rows] - sample.start) * tables.parameters + parameter[rows]
    flat = np.bincount(target, values[rows], tables.bins * tables.parameters)
    return flat.reshape(tables.bins, tables.parameters)


def _own_curvature(
    tables: Tables, parameters: np.ndarray, expected: Expectation, cell_weights: np.ndarray
) -> np.ndarray:
    count = tables.parameters
    normsys, _ = _normsys(tables, parameters)
    relative = np.concatenate([np.zeros(count), _normsys_curvature(tables, parameters) / normsys])
    weights = (cell_weights * expected.cells)[tables.factor_cell] * relative[tables.factor_index]
    factors = np.bincount(tables.factor_parameter, weights, count)
    curvature = _code4p_curvature(parameters[tables.shift_parameters])
    weights = (cell_weights * expected.factors)[tables.shift_cell]
    weights *= _shift(tables, -curvature, curvature)
    shifts = np.bincount(tables.shift_parameters[tables.shift_column], weights, count)
    return np.asarray(factors + shifts)


def _normsys(tables: Tables, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Code 4: a polynomial of degree 6 inside ±1, exponential outside; value and slope."""
    alpha = parameters[tables.normsys_parameter]
    coefficients = tables.normsys_coefficients
    value, slope = coefficients[5], np.zeros_like(alpha)
    for coefficient in (*coefficients[4::-1], 1.0):
        slope = slope * alpha + value
        value = value * alpha + coefficient
    inside = np.abs(alpha) < 1
    if inside.all():
        return value, slope
    rate = np.where(alpha >= 0, tables.normsys_logs[1], -tables.normsys_logs[0])
    outside = np.exp(rate * alpha)
    return np.where(inside, value, outside), np.where(inside, slope, rate * outside)


def _normsys_curvature(tables: Tables, parameters: np.ndarray) -> np.ndarray:
    alpha = parameters[tables.normsys_parameter]
    down, up = tables.normsys_logs
    rate = np.where(alpha >= 0, up, -down)
    powers = np.arange(2, 7)[:, None]
    terms = powers * (powers - 1) * tables.normsys_coefficients[1:] * alpha ** (powers - 2)
    outside = rate**2 * np.exp(rate * alpha)
    return np.asarray(np.where(np.abs(alpha) < 1, terms.sum(axis=0), outside))


def _shift(tables: Tables, down: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Combine the templates of each row of shifts with the weights of its parameter."""
    column = tables.shift_column
    return np.asarray(down[column] * tables.shift_down + up[column] * tables.shift_up)


def _code4p(alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Code 4p: weights of the down and up differences; linear outside ±1."""
    square = alpha * alpha
    even = 0.0625 * square * (square * (3 * square - 10) + 15)
    inside = np.abs(alpha) <= 1
    down = np.where(inside, 0.5 * alpha - even, np.minimum(alpha, 0))
    up = np.where(inside, 0.5 * alpha + even, np.maximum(alpha, 0))
    return down, up


def _code4p_slope(alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    square = alpha * alpha
    odd = 0.0625 * alpha * (square * (18 * square - 40) + 30)
    inside = np.abs(alpha) <= 1
    return np.where(inside, 0.5 - odd, alpha < 0), np.where(inside, 0.5 + odd, alpha > 0)


def _code4p_curvature(alpha: np.ndarray) -> np.ndarray:
    """Second derivative of the up weight; that of the down weight is its negative."""
    square = alpha * alpha
    return np.where(np.abs(alpha) <= 1, 0.0625 * (square * (90 * square - 120) + 30), 0.0)
