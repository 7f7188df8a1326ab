"""Kernels for half the deviance of a HistFactory model and its first derivatives.

Interpolation codes 4 and 1 (normsys), 4p and 0 (histosys) agree with CERN-OPEN-2012-016 and pyhf
0.7.6. At the kinks of codes 1 and 0, derivatives are the mean of both sides. The deviance is
relative to the saturated model: it is small and keeps its digits where -ln L is large.
"""

from math import exp, inf, log, log1p

from wollemi_likelihood.compiler.types import Reals
from wollemi_likelihood.kernels.algebra import add_scaled, dot, fill
from wollemi_likelihood.kernels.factor_kernels import (
    crop_group,
    differentiate_expressions,
    differentiate_spreads,
    expression_product,
    set_expressions,
    set_spreads,
)
from wollemi_likelihood.kernels.records import (
    SMALLEST_BELOW_ZERO,
    SMALLEST_EXPECTATION,
    Model,
    Observed,
    Work,
)

# Replaces a factor of exactly 0, so that derivatives can be divided by it; the product of two does
# not underflow.
TINY_FACTOR = 1e-150
INFINITE = inf


def set_parameters(model: Model, work: Work, parameters: Reals) -> None:
    """Compute values of factors and weights of shifts, with two derivatives."""
    count = model.parameters
    for p in range(count):
        value = parameters[p] if parameters[p] != 0.0 else TINY_FACTOR
        work.value[p] = value
        work.log_slope[p] = 1.0 / value
        work.curvature[p] = 0.0
    for m in range(model.normsys):
        set_normsys(model, work, m, parameters[model.normsys_parameter[m]])
    for a in range(model.shifting):
        alpha = parameters[model.shifting_parameter[a]]
        if model.linear != 0:
            set_linear_shift(work, a, alpha)
        else:
            set_shift(work, a, alpha, model.shifting_region[a])
    set_expressions(model, work, parameters)


def set_normsys(model: Model, work: Work, m: int, alpha: float) -> None:
    """Code 4: a polynomial of degree 6 inside ±1, exponential outside; code 1: exponential;
    Combine: exponential outside ±1/2, with an exponent of degree 6 inside.
    """
    place = model.parameters + m
    if model.exponential == 2 and abs(alpha) < 0.5:
        set_asymmetric_power(model, work, m, alpha)
    elif model.exponential == 1 and alpha == 0.0:
        below = -model.normsys_logs[m]
        above = model.normsys_logs[model.normsys + m]
        work.value[place] = 1.0
        work.log_slope[place] = 0.5 * (below + above)
        work.curvature[place] = 0.5 * (below * below + above * above)
    elif model.exponential == 0 and abs(alpha) < 1.0:
        value = 0.0
        slope = 0.0
        half_curvature = 0.0
        for power in range(6):
            coefficient = model.normsys_coefficients[(5 - power) * model.normsys + m]
            half_curvature = half_curvature * alpha + slope
            slope = slope * alpha + value
            value = value * alpha + coefficient
        half_curvature = half_curvature * alpha + slope
        slope = slope * alpha + value
        value = value * alpha + 1.0
        work.value[place] = value
        work.log_slope[place] = slope / value
        work.curvature[place] = 2.0 * half_curvature / value
    else:
        rate = -model.normsys_logs[m]
        if alpha >= 0.0:
            rate = model.normsys_logs[model.normsys + m]
        work.value[place] = exp(rate * alpha)
        work.log_slope[place] = rate
        work.curvature[place] = rate * rate


def set_asymmetric_power(model: Model, work: Work, m: int, alpha: float) -> None:
    """AsymPow of Combine (interface/CombineMathFuncs.h) within ±1/2: the logarithm is alpha times
    the mean of the rates on both sides, plus half their difference times a smooth step.
    """
    place = model.parameters + m
    below = -model.normsys_logs[m]
    above = model.normsys_logs[model.normsys + m]
    half = 0.5 * (above - below)
    twice = 2.0 * alpha
    square = twice * twice
    step = 0.125 * twice * (square * (3.0 * square - 10.0) + 15.0)
    slope = 1.875 * (square - 1.0) * (square - 1.0)
    rate = 0.5 * (above + below) + half * step
    log_slope = rate + half * twice * slope
    work.value[place] = exp(rate * alpha)
    work.log_slope[place] = log_slope
    second = half * (4.0 * slope + 15.0 * square * (square - 1.0))
    work.curvature[place] = second + log_slope * log_slope


def set_shift(work: Work, a: int, alpha: float, region: float) -> None:
    """Code 4p: a polynomial of degree 6 inside ±1 or a smaller region, linear outside."""
    x = alpha / region
    square = x * x
    if abs(x) <= 1.0:
        even = region * (0.0625 * square * (square * (3.0 * square - 10.0) + 15.0))
        odd = 0.0625 * x * (square * (18.0 * square - 40.0) + 30.0)
        work.down[a] = 0.5 * alpha - even
        work.up[a] = 0.5 * alpha + even
        work.down_slope[a] = 0.5 - odd
        work.up_slope[a] = 0.5 + odd
        work.up_curvature[a] = 0.0625 * (square * (90.0 * square - 120.0) + 30.0) / region
    else:
        work.down[a] = min(alpha, 0.0)
        work.up[a] = max(alpha, 0.0)
        work.down_slope[a] = 1.0 if alpha < 0.0 else 0.0
        work.up_slope[a] = 1.0 if alpha > 0.0 else 0.0
        work.up_curvature[a] = 0.0


def set_linear_shift(work: Work, a: int, alpha: float) -> None:
    """Code 0: linear on each side."""
    work.down[a] = min(alpha, 0.0)
    work.up[a] = max(alpha, 0.0)
    work.down_slope[a] = 0.5
    if alpha != 0.0:
        work.down_slope[a] = 1.0 if alpha < 0.0 else 0.0
    work.up_slope[a] = 1.0 - work.down_slope[a]
    work.up_curvature[a] = 0.0


def expect(model: Model, work: Work, parameters: Reals) -> None:
    """Compute expected events of cells and bins: (nominal + Σ shifts) x Π factors, of any sign."""
    set_parameters(model, work, parameters)
    fill(work.expected, 0.0, model.bins)
    for channel in range(model.channels):
        first = model.channel_bin[channel]
        count = model.channel_bin[channel + 1] - first
        for group in range(model.channel_group[channel], model.channel_group[channel + 1]):
            expect_group(model, work, group, count)
            cell = model.group_cell[group]
            add_scaled(work.expected[first:], 1.0, work.cells[cell:], count)
        set_spreads(model, work, channel, parameters)


def expect_group(model: Model, work: Work, group: int, count: int) -> None:
    """Compute the expected events of a group's cells."""
    cell = model.group_cell[group]
    cells = work.cells[cell:]
    factors = work.factors[cell:]
    nominal = model.nominal[cell:]
    product = 1.0
    for f in range(model.group_factor[group], model.group_factor[group + 1]):
        product = product * work.value[model.factor_value[f]]
    product = product * expression_product(model, work, group)
    work.product[group] = product
    for b in range(count):
        cells[b] = nominal[b]
        factors[b] = product
    for r in range(model.group_row[group], model.group_row[group + 1]):
        factors[model.row_bin[r]] = factors[model.row_bin[r]] * work.value[model.row_value[r]]
    for s in range(model.group_shift[group], model.group_shift[group + 1]):
        a = model.shift_parameter[s]
        template = model.templates[model.shift_template[s] :]
        add_shift(cells, work.down[a], template, work.up[a], template[count:], count)
    if model.cropped != 0:
        crop_group(model, work, group, count)
    else:
        for b in range(count):
            cells[b] = cells[b] * factors[b]


def add_shift(
    target: Reals, down: float, lower: Reals, up: float, upper: Reals, count: int
) -> None:
    """Add both templates of a shift with their weights."""
    for b in range(count):
        target[b] += down * lower[b] + up * upper[b]


def half_deviance(model: Model, data: Observed, work: Work, parameters: Reals) -> float:
    """Compute -ln L(parameters) + ln L(saturated), its derivatives by expected events, and the
    derivatives of the constraints by the parameters.

    In a bin without events, -ln L = expectation would keep falling below an expectation of 0 and is
    replaced by a steep parabola. -ln L is infinite where events have no positive expectation.
    """
    expect(model, work, parameters)
    total = 0.0
    for b in range(model.bins):
        rate = work.expected[b]
        floor = model.bin_floor[b]
        if rate < floor:
            total += floor if data.main[b] <= 0.0 else poisson(data.main[b], floor)
            work.slope[b] = 0.0
            work.weight[b] = 0.0
        elif data.main[b] > 0.0:
            if rate < SMALLEST_EXPECTATION:
                return INFINITE
            total += poisson(data.main[b], rate)
            ratio = data.main[b] / rate
            work.slope[b] = 1.0 - ratio
            work.weight[b] = ratio * ratio / data.main[b]
        elif rate < 0.0:
            width = data.wall[0]
            total += rate + rate * rate / (2.0 * width)
            work.slope[b] = 1.0 + rate / width
            work.weight[b] = 1.0 / width
        else:
            total += rate
            work.slope[b] = 1.0
            work.weight[b] = 0.0
    return total + constrain(model, data, work, parameters)


def poisson(count: float, rate: float) -> float:
    """Half the Poisson deviance of a bin with events."""
    # n (x - ln(1 + x)) keeps the digits that e - n + n ln(n / e) loses where n is large.
    excess = (rate - count) / count
    if excess > -0.5:
        return count * (excess - log1p(excess))
    return count * (excess + log(count / rate))


def constrain(model: Model, data: Observed, work: Work, parameters: Reals) -> float:
    """Compute half the deviance of the auxiliary measurements."""
    fill(work.constraint_slope, 0.0, model.parameters)
    fill(work.constraint_weight, 0.0, model.parameters)
    total = 0.0
    for c in range(model.normal):
        p = model.normal_parameter[c]
        width = model.normal_width[c]
        pull = (parameters[p] - data.auxiliary[model.normal_auxiliary[c]]) / width
        total += 0.5 * pull * pull
        work.constraint_slope[p] = pull / width
        work.constraint_weight[p] = 1.0 / (width * width)
    for c in range(model.poisson):
        p = model.poisson_parameter[c]
        count = data.auxiliary[model.poisson_auxiliary[c]]
        rate = parameters[p] * model.poisson_rate[c]
        if rate < SMALLEST_BELOW_ZERO:
            return INFINITE
        if count > 0.0:
            if rate < SMALLEST_EXPECTATION:
                return INFINITE
            total += poisson(count, rate)
            relative = model.poisson_rate[c] / rate
            work.constraint_slope[p] = model.poisson_rate[c] - count * relative
            work.constraint_weight[p] = count * relative * relative
        else:
            total += rate
            work.constraint_slope[p] = model.poisson_rate[c]
    return total + penalize(model, work, parameters)


def penalize(model: Model, work: Work, parameters: Reals) -> float:
    """Compute half the squares of parameter combinations that penalties pull to 0."""
    total = 0.0
    for k in range(model.penalties):
        pull = 0.0
        for i in range(model.penalty_begin[k], model.penalty_begin[k + 1]):
            pull += model.penalty_coefficient[i] * parameters[model.penalty_parameter[i]]
        total += 0.5 * pull * pull
        for i in range(model.penalty_begin[k], model.penalty_begin[k + 1]):
            p = model.penalty_parameter[i]
            work.constraint_slope[p] += pull * model.penalty_coefficient[i]
    return total


def differentiate(model: Model, work: Work) -> None:
    """Compute derivatives of the bins, and the gradient; call after `half_deviance`."""
    fill(work.own, 0.0, model.bins)
    for p in range(model.parameters):
        work.gradient[p] = work.constraint_slope[p]
    for channel in range(model.channels):
        differentiate_channel(model, work, channel)
    for b in range(model.bins):
        if model.private_parameter[b] >= 0:
            work.gradient[model.private_parameter[b]] += work.slope[b] * work.own[b]


def differentiate_channel(model: Model, work: Work, channel: int) -> None:
    """Compute derivatives of a channel's bins, first by columns, then as a matrix by bins."""
    first = model.channel_bin[channel]
    count = model.channel_bin[channel + 1] - first
    columns = model.columns[model.channel_column[channel] :]
    width = model.channel_column[channel + 1] - model.channel_column[channel]
    turned = work.scaled
    fill(turned, 0.0, count * width)
    own = work.own[first:]
    for group in range(model.channel_group[channel], model.channel_group[channel + 1]):
        differentiate_group(model, work, group, count, turned, own)
        cells = work.cells[model.group_cell[group] :]
        places = channel * model.expression_argument[model.expressions]
        differentiate_expressions(model, work, group, places, cells, count, turned)
    differentiate_spreads(model, work, channel, count, turned, own)
    for j in range(width):
        slope = dot(work.slope[first:], turned[j * count :], count)
        work.gradient[model.shared_parameter[columns[j]]] += slope
    jacobian = work.jacobian[model.channel_matrix[channel] :]
    for b in range(count):
        row = jacobian[b * width :]
        for j in range(width):
            row[j] = turned[j * count + b]


def differentiate_group(
    model: Model, work: Work, group: int, count: int, turned: Reals, own: Reals
) -> None:
    """Add the derivatives of a group."""
    cell = model.group_cell[group]
    cells = work.cells[cell:]
    factors = work.factors[cell:]
    for f in range(model.group_factor[group], model.group_factor[group + 1]):
        target = model.factor_target[f]
        add_scaled(turned[target * count :], work.log_slope[model.factor_value[f]], cells, count)
    for r in range(model.group_row[group], model.group_row[group + 1]):
        b = model.row_bin[r]
        slope = cells[b] * work.log_slope[model.row_value[r]]
        if model.row_target[r] < 0:
            own[b] += slope
        else:
            turned[model.row_target[r] * count + b] += slope
    for s in range(model.group_shift[group], model.group_shift[group + 1]):
        a = model.shift_parameter[s]
        template = model.templates[model.shift_template[s] :]
        upper = template[count:]
        target = model.shift_target[s]
        place = turned[target * count :]
        add_shift_slope(
            place, factors, work.down_slope[a], template, work.up_slope[a], upper, count
        )


def add_shift_slope(
    target: Reals,
    factors: Reals,
    down: float,
    lower: Reals,
    up: float,
    upper: Reals,
    count: int,
) -> None:
    """Add the derivatives of a group's cells by the parameter of a shift."""
    for b in range(count):
        target[b] += factors[b] * (down * lower[b] + up * upper[b])
