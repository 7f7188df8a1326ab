"""Kernels for linear equations with the second derivatives of a likelihood, and their inverse."""

from wollemi_likelihood.compiler.types import Reals
from wollemi_likelihood.kernels.algebra import decompose, dot, fill, invert, multiply, solve
from wollemi_likelihood.kernels.curvature import assemble, private_is_free
from wollemi_likelihood.kernels.records import Model, Work

# Maximum ratio of a variance to the variance with all other parameters fixed; degenerate parameters
# exceed it.
LARGEST_INFLATION = 1e12


def solve_free(model: Model, work: Work, exact: bool, ridge: float) -> bool:
    """Solve for the step of the free parameters; the step of all others is 0.

    Parameters without information (a zero on the diagonal) do not move.

    Args:
        model: Flattened model.
        work: Work space with ``right`` and ``free``; the result is ``step``.
        exact: Whether to use exact second derivatives instead of the Fisher information.
        ridge: Relative increase of the diagonal, so that degenerate parameters can be solved for.

    Returns:
        False if the second derivatives are not positive definite.
    """
    if not assemble(model, work, exact, True):
        return False
    size = model.shared
    for i in range(size):
        work.matrix[i * size + i] += ridge * work.diagonal[i]
        if not shared_is_free(model, work, i):
            leave_out(work, size, i)
    if not decompose(work.matrix, size, 0.0):
        return False
    solve_again(model, work)
    return True


def shared_is_free(model: Model, work: Work, i: int) -> bool:
    """Whether a shared parameter moves and has information."""
    return bool(work.free[model.shared_parameter[i]] > 0 and work.diagonal[i] > 0.0)


def solve_again(model: Model, work: Work) -> None:
    """Solve for another right-hand side with the matrices of the last `solve_free`."""
    size = model.shared
    for i in range(size):
        work.solution[i] = work.right[model.shared_parameter[i]]
    for channel in range(model.channels):
        eliminate_right(model, work, channel)
    for i in range(size):
        if not shared_is_free(model, work, i):
            work.solution[i] = 0.0
    solve(work.matrix, size, work.solution)
    for i in range(size):
        work.step[model.shared_parameter[i]] = work.solution[i]
    for channel in range(model.channels):
        insert_private(model, work, channel)


def leave_out(work: Work, size: int, i: int) -> None:
    """Remove a shared parameter from the equations."""
    for k in range(i):
        work.matrix[k * size + i] = 0.0
    fill(work.matrix[i * size + i :], 0.0, size - i)
    work.matrix[i * size + i] = 1.0


def eliminate_right(model: Model, work: Work, channel: int) -> None:
    """Eliminate the private parameters from the right-hand side."""
    columns = model.columns[model.channel_column[channel] :]
    width = model.channel_column[channel + 1] - model.channel_column[channel]
    first = model.channel_bin[channel]
    coupling = work.coupling[model.channel_matrix[channel] :]
    for b in range(first, model.channel_bin[channel + 1]):
        if private_is_free(model, work, b):
            part = work.right[model.private_parameter[b]] / work.own_information[b]
            for j in range(width):
                place = columns[j]
                work.solution[place] = (
                    work.solution[place] - part * coupling[(b - first) * width + j]
                )


def insert_private(model: Model, work: Work, channel: int) -> None:
    """Solve for the private parameters with the shared ones known."""
    columns = model.columns[model.channel_column[channel] :]
    width = model.channel_column[channel + 1] - model.channel_column[channel]
    first = model.channel_bin[channel]
    coupling = work.coupling[model.channel_matrix[channel] :]
    for b in range(first, model.channel_bin[channel + 1]):
        p = model.private_parameter[b]
        if p >= 0:
            work.step[p] = 0.0
            if private_is_free(model, work, b):
                rest = work.right[p]
                for j in range(width):
                    rest = rest - coupling[(b - first) * width + j] * work.solution[columns[j]]
                work.step[p] = rest / work.own_information[b]


def invert_free(model: Model, work: Work, covariance: Reals) -> bool:
    """Invert the exact second derivatives of the free parameters; all other elements are 0.

    Args:
        model: Flattened model.
        work: Work space after `differentiate`, with ``free``.
        covariance: Zeros, replaced by the covariance, shape (P, P).

    Returns:
        False if the second derivatives are not, or hardly, positive definite.
    """
    size = model.shared
    if not assemble(model, work, True, True):
        return False
    for i in range(size):
        if work.free[model.shared_parameter[i]] <= 0:
            leave_out(work, size, i)
        elif not work.diagonal[i] > 0.0:
            return False
    for b in range(model.bins):
        p = model.private_parameter[b]
        if p >= 0 and work.free[p] > 0 and not work.own_information[b] > 0.0:
            return False
    if not decompose(work.matrix, size, 0.0):
        return False
    invert(work.matrix, size, work.inverse)
    covary_shared(model, work, covariance)
    covary_private(model, work, covariance)
    for i in range(size):
        p = model.shared_parameter[i]
        if covariance[p * model.parameters + p] * work.diagonal[i] > LARGEST_INFLATION:
            return False
    for b in range(model.bins):
        p = model.private_parameter[b]
        if p >= 0:
            inflation = covariance[p * model.parameters + p] * work.own_information[b]
            if inflation > LARGEST_INFLATION:
                return False
    return True


def covary_shared(model: Model, work: Work, covariance: Reals) -> None:
    """Compute the covariance of shared parameters, U⁻¹ U⁻ᵀ, and store it in ``matrix`` as well."""
    size = model.shared
    for i in range(size):
        for j in range(i, size):
            first = work.inverse[i * size + j :]
            second = work.inverse[j * size + j :]
            value = dot(first, second, size - j)
            p = model.shared_parameter[i]
            q = model.shared_parameter[j]
            if work.free[p] <= 0 or work.free[q] <= 0:
                value = 0.0
            work.matrix[i * size + j] = value
            work.matrix[j * size + i] = value
            covariance[p * model.parameters + q] = value
            covariance[q * model.parameters + p] = value


def covary_private(model: Model, work: Work, covariance: Reals) -> None:
    """Compute the covariance of private parameters, with the shared ones and with each other."""
    size = model.shared
    fill(work.spread, 0.0, model.bins * size)
    fill(work.explained, 0.0, model.bins * size)
    for channel in range(model.channels):
        spread_coupling(model, work, channel)
    for b in range(model.bins):
        if private_is_free(model, work, b):
            p = model.private_parameter[b]
            row = work.explained[b * size :]
            for i in range(size):
                q = model.shared_parameter[i]
                covariance[p * model.parameters + q] = -row[i]
                covariance[q * model.parameters + p] = -row[i]
            for other in range(b + 1):
                if private_is_free(model, work, other):
                    q = model.private_parameter[other]
                    value = dot(row, work.spread[other * size :], size)
                    if other == b:
                        value = value + 1.0 / work.own_information[b]
                    covariance[p * model.parameters + q] = value
                    covariance[q * model.parameters + p] = value


def spread_coupling(model: Model, work: Work, channel: int) -> None:
    """Divide the coupling of a channel's private parameters by their second derivatives, and
    multiply it with the covariance of the shared parameters.
    """
    size = model.shared
    columns = model.columns[model.channel_column[channel] :]
    width = model.channel_column[channel + 1] - model.channel_column[channel]
    first = model.channel_bin[channel]
    coupling = work.coupling[model.channel_matrix[channel] :]
    for b in range(first, model.channel_bin[channel + 1]):
        if private_is_free(model, work, b):
            row = work.spread[b * size :]
            for j in range(width):
                part = coupling[(b - first) * width + j] / work.own_information[b]
                row[columns[j]] = part
            multiply(work.matrix, row, work.explained[b * size :], size)
