"""Kernels: second derivatives of a likelihood, and linear equations with them.

Private parameters have a diagonal matrix, with which they are eliminated: what is left is the Schur
complement, a matrix of the shared parameters. In the Fisher information it is a sum over bins like
the information itself, with smaller weights.

The exact second derivatives add Σ slope x second derivatives of the expected events. With L the
derivatives of ln(factors) and D those of the shifted nominal, a cell adds
``cells L Lᵀ + factors (D Lᵀ + L Dᵀ)``. L is the same in all cells of a group but for the factors of
cells: the sum over cells is taken first, and a group adds one product.
"""

from wollemi.compiler.types import Reals
from wollemi.statistics.algebra import (
    add_products,
    add_rows,
    add_scaled,
    decompose,
    dot,
    fill,
    invert,
    solve,
)
from wollemi.statistics.records import Model, Work

# Variance relative to that with all other parameters fixed; larger ones are those of degenerate
# parameters.
LARGEST_INFLATION = 1e12


def assemble(model: Model, work: Work, exact: bool, eliminate: bool) -> bool:
    """Second derivatives by shared parameters, with free private parameters eliminated.

    Args:
        model: the model.
        work: after `differentiate`.
        exact: exact second derivatives instead of the Fisher information.
        eliminate: private parameters; otherwise only their coupling is computed.

    Returns:
        False if a free private parameter has a negative second derivative.
    """
    size = model.shared
    fill(work.matrix, 0.0, size * size)
    fill(work.diagonal, 0.0, size)
    for b in range(model.bins):
        p = model.private_parameter[b]
        constraint = work.constraint_weight[p] if p >= 0 else 0.0
        work.own_information[b] = work.weight[b] * work.own[b] * work.own[b] + constraint
    for channel in range(model.channels):
        if not assemble_channel(model, work, channel, exact, eliminate):
            return False
    for i in range(size):
        constraint = work.constraint_weight[model.shared_parameter[i]]
        work.matrix[i * size + i] += constraint
        work.diagonal[i] += constraint
    return True


def assemble_channel(model: Model, work: Work, channel: int, exact: bool, eliminate: bool) -> bool:
    """Add a channel."""
    size = model.shared
    columns = model.columns[model.channel_column[channel] :]
    width = model.channel_column[channel + 1] - model.channel_column[channel]
    first = model.channel_bin[channel]
    count = model.channel_bin[channel + 1] - first
    rows = model.channel_matrix[channel]
    jacobian = work.jacobian[rows:]
    coupling = work.coupling[rows:]
    local = work.local
    fill(local, 0.0, width * width)
    for b in range(count):
        factor = work.weight[first + b] * work.own[first + b]
        for j in range(width):
            coupling[b * width + j] = factor * jacobian[b * width + j]
    if exact:
        curve_channel(model, work, channel)
    for j in range(width):
        work.diagonal[columns[j]] += local[j * width + j]
    for b in range(count):
        weight = work.weight[first + b]
        source = jacobian[b * width :]
        for j in range(width):
            work.diagonal[columns[j]] += weight * source[j] * source[j]
        if eliminate and not exact and private_is_free(model, work, first + b):
            p = model.private_parameter[first + b]
            weight = weight * work.constraint_weight[p] / work.own_information[first + b]
        row = work.scaled[b * width :]
        for j in range(width):
            row[j] = weight * source[j]
    add_products(local, width, work.scaled, width, jacobian, width, width, width, count, 1.0)
    if eliminate and exact:
        if not eliminate_exactly(model, work, first, count, width, coupling):
            return False
        add_products(local, width, work.scaled, width, coupling, width, width, width, count, -1.0)
    for i in range(width):
        row = work.matrix[columns[i] * size :]
        source = local[i * width :]
        for j in range(i, width):
            row[columns[j]] += source[j]
    return True


def private_is_free(model: Model, work: Work, b: int) -> bool:
    """Whether the private parameter of a bin is there, moves, and has information."""
    p = model.private_parameter[b]
    free = False
    if p >= 0:
        free = work.free[p] > 0 and work.own_information[b] > 0.0
    return free


def eliminate_exactly(
    model: Model, work: Work, first: int, count: int, width: int, coupling: Reals
) -> bool:
    """Divide the coupling of each bin by the second derivative of its private parameter."""
    for b in range(count):
        row = work.scaled[b * width :]
        scale = 0.0
        if private_is_free(model, work, first + b):
            scale = 1.0 / work.own_information[first + b]
        elif work.own_information[first + b] < 0.0:
            p = model.private_parameter[first + b]
            if p >= 0 and work.free[p] > 0:
                return False
        for j in range(width):
            row[j] = scale * coupling[b * width + j]
    return True


def curve_channel(model: Model, work: Work, channel: int) -> None:
    """Add Σ slope x second derivatives of the bins of a channel."""
    first = model.channel_bin[channel]
    count = model.channel_bin[channel + 1] - first
    width = model.channel_column[channel + 1] - model.channel_column[channel]
    coupling = work.coupling[model.channel_matrix[channel] :]
    for group in range(model.channel_group[channel], model.channel_group[channel + 1]):
        curve_group(model, work, group, first, count, width, coupling)


def curve_group(
    model: Model, work: Work, group: int, first: int, count: int, width: int, coupling: Reals
) -> None:
    """Add those of a group: the uniform factors among each other and with the shifts, then the
    factors of cells.
    """
    cell = model.group_cell[group]
    cells = work.cells[cell:]
    factors = work.factors[cell:]
    slope = work.slope[first:]
    total = dot(slope, cells, count)
    logs = work.line
    shifts = work.other_line
    fill(logs, 0.0, width)
    fill(shifts, 0.0, width)
    for f in range(model.group_factor[group], model.group_factor[group + 1]):
        value = model.factor_value[f]
        target = model.factor_target[f]
        logs[target] = work.log_slope[value]
        work.local[target * width + target] += total * work.curvature[value]
    for s in range(model.group_shift[group], model.group_shift[group + 1]):
        target = model.shift_target[s]
        shifts[target] = shift_slope(model, work, s, slope, factors, count)
        curvature = shift_curvature(model, work, s, slope, factors, count)
        work.local[target * width + target] += curvature
    for i in range(width):
        if logs[i] != 0.0 or shifts[i] != 0.0:
            row = work.local[i * width :]
            factor = total * logs[i] + shifts[i]
            row[i] += 2.0 * logs[i] * shifts[i]
            for j in range(i + 1, width):
                row[j] += factor * logs[j] + logs[i] * shifts[j]
    for r in range(model.group_row[group], model.group_row[group + 1]):
        couple_row(model, work, group, r, first, count, width, coupling)


def shift_curvature(
    model: Model, work: Work, s: int, slope: Reals, factors: Reals, count: int
) -> float:
    """Σ slope x factors x second derivative of the shifted nominal."""
    template = model.templates[model.shift_template[s] :]
    total = 0.0
    for b in range(count):
        total += slope[b] * factors[b] * (template[count + b] - template[b])
    return float(total * work.up_curvature[model.shift_parameter[s]])


def shift_slope(
    model: Model, work: Work, s: int, slope: Reals, factors: Reals, count: int
) -> float:
    """Σ slope x factors x derivative of the shifted nominal."""
    a = model.shift_parameter[s]
    template = model.templates[model.shift_template[s] :]
    total = 0.0
    for b in range(count):
        shifted = work.down_slope[a] * template[b] + work.up_slope[a] * template[count + b]
        total += slope[b] * factors[b] * shifted
    return total


def cell_shift_slope(model: Model, work: Work, s: int, b: int, count: int) -> float:
    """Derivative of the shifted nominal of a cell."""
    a = model.shift_parameter[s]
    template = model.templates[model.shift_template[s] :]
    return float(work.down_slope[a] * template[b] + work.up_slope[a] * template[count + b])


def couple_row(
    model: Model,
    work: Work,
    group: int,
    r: int,
    first: int,
    count: int,
    width: int,
    coupling: Reals,
) -> None:
    """Add the second derivatives of a factor of a cell: by itself, with uniform factors, with
    shifts, and with the factors of the same cell that come later.
    """
    b = model.row_bin[r]
    place = model.group_cell[group] + b
    value = model.row_value[r]
    target = model.row_target[r]
    weight = work.slope[first + b] * work.cells[place]
    add_second(work, first + b, b, width, coupling, target, target, weight * work.curvature[value])
    weight = weight * work.log_slope[value]
    for f in range(model.group_factor[group], model.group_factor[group + 1]):
        product = weight * work.log_slope[model.factor_value[f]]
        add_second(work, first + b, b, width, coupling, target, model.factor_target[f], product)
    for other in range(r + 1, model.group_row[group + 1]):
        if model.row_bin[other] != b:
            break
        product = weight * work.log_slope[model.row_value[other]]
        add_second(work, first + b, b, width, coupling, target, model.row_target[other], product)
    weight = work.slope[first + b] * work.factors[place] * work.log_slope[value]
    for s in range(model.group_shift[group], model.group_shift[group + 1]):
        product = weight * cell_shift_slope(model, work, s, b, count)
        if model.shift_target[s] == target:
            product = 2.0 * product
        add_second(work, first + b, b, width, coupling, target, model.shift_target[s], product)


def add_second(
    work: Work,
    place: int,
    b: int,
    width: int,
    coupling: Reals,
    target: int,
    other: int,
    value: float,
) -> None:
    """Add a second derivative by two targets of a bin."""
    if target < 0 and other < 0:
        work.own_information[place] += value
    elif target < 0 or other < 0:
        coupling[b * width + max(target, other)] += value
    else:
        work.local[min(target, other) * width + max(target, other)] += value


def solve_free(model: Model, work: Work, exact: bool, ridge: float) -> bool:
    """Solve for the step of the free parameters; that of all others is 0.

    Parameters without information (a zero on the diagonal) do not move.

    Args:
        model: the model.
        work: with ``right`` and ``free``; the result is ``step``.
        exact: exact second derivatives instead of the Fisher information.
        ridge: relative increase of the diagonal, so that degenerate parameters can be solved for.

    Returns:
        False if the second derivatives are not positive.
    """
    if not assemble(model, work, exact, True):
        return False
    size = model.shared
    for i in range(size):
        work.solution[i] = work.right[model.shared_parameter[i]]
    for channel in range(model.channels):
        eliminate_right(model, work, channel)
    for i in range(size):
        work.matrix[i * size + i] += ridge * work.diagonal[i]
        if work.free[model.shared_parameter[i]] <= 0 or not work.diagonal[i] > 0.0:
            leave_out(work, size, i)
    if not decompose(work.matrix, size, 0.0):
        return False
    solve(work.matrix, size, work.solution)
    for i in range(size):
        work.step[model.shared_parameter[i]] = work.solution[i]
    for channel in range(model.channels):
        insert_private(model, work, channel)
    return True


def leave_out(work: Work, size: int, i: int) -> None:
    """Take a shared parameter out of the equations."""
    for k in range(i):
        work.matrix[k * size + i] = 0.0
    fill(work.matrix[i * size + i :], 0.0, size - i)
    work.matrix[i * size + i] = 1.0
    work.solution[i] = 0.0


def eliminate_right(model: Model, work: Work, channel: int) -> None:
    """Subtract what private parameters explain from the right-hand side."""
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
    """Solve for the private parameters, given the shared ones."""
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
    """Inverse of the exact second derivatives of the free parameters; 0 for all others.

    Args:
        model: the model.
        work: after `differentiate`, with ``free``.
        covariance: zeros, shape (P, P).

    Returns:
        False if they are not positive, or hardly.
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
    """Covariance of shared parameters, U⁻¹ U⁻ᵀ, also in place of their matrix."""
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
    """Covariance of private parameters, with the shared ones and among each other."""
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
    """Coupling of the private parameters of a channel relative to their second derivatives, and its
    products with the covariance of the shared ones.
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


def multiply(matrix: Reals, row: Reals, product: Reals, size: int) -> None:
    """Add a row times a symmetric matrix."""
    k = 0
    while k + 3 < size:
        m = matrix[k * size :]
        c0 = row[k]
        c1 = row[k + 1]
        c2 = row[k + 2]
        c3 = row[k + 3]
        if c0 != 0.0 or c1 != 0.0 or c2 != 0.0 or c3 != 0.0:
            add_rows(product, m, m[size:], m[2 * size :], m[3 * size :], c0, c1, c2, c3, 0, size)
        k += 4
    while k < size:
        add_scaled(product, row[k], matrix[k * size :], size)
        k += 1
