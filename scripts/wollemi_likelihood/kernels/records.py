"""What the kernels of a likelihood read and write: a model, data and work space.

A group is one sample of one channel; a cell is one bin of a group. Modifiers that act on all bins
of a group alike (uniform ones) are told apart from those that act on one cell, so that most of the
work is done once a group.

A parameter that acts on a single bin, as a factor of its cells, is private, at most one for each
bin, such as the staterror's; all others are shared. A target is where a derivative goes: a column
of its channel, or `PRIVATE`.
"""

from dataclasses import dataclass

from wollemi_likelihood.compiler.types import Integers, Reals

PRIVATE = -1
# In a bin without events, -ln L = expectation would keep falling below an expectation of 0. There
# the minimizer sees a steep parabola, on which a minimum at the wall lies a little below 0.
BARRIER_WIDTH = 1e-11
SMALLEST_BELOW_ZERO = -1e-9
# Smaller ones count as 0: the kernels replace factors of 0 by tiny ones.
SMALLEST_EXPECTATION = 1e-100


@dataclass(frozen=True)
class Model:
    """The structure of a likelihood, constant in a fit.

    With B bins, N channels, G groups, C cells, P parameters, M distinct normsys factors, S shared
    parameters, A parameters of shifts:

    Attributes:
        bins: B.
        channels: N.
        parameters: P.
        normsys: M.
        shared: S.
        shifting: A.
        expressions: number of factors that are expressions of parameters, E.
        exponential: 1 where normsys factors are exponential everywhere (code 1), 0 where they are a
            polynomial between -1 and 1 (code 4), 2 where they are those of Combine.
        linear: 1 where shifts are linear at each side (code 0), 0 for a polynomial (code 4p).
        cropped: 1 where cells have a floor, 0 elsewhere.
        spreads: number of additive statistical parameters of bins, Q.
        penalties: number of penalties on combinations of parameters, K.
        normal: number of normal constraints.
        poisson: number of Poisson constraints.
        channel_bin: first bin of each channel, shape (N + 1,).
        channel_group: its first group, shape (N + 1,).
        channel_column: its first place in ``columns``, shape (N + 1,).
        channel_matrix: its first place in matrices of bins and columns, shape (N + 1,).
        columns: shared parameters that act in each channel, ascending.
        shared_parameter: parameter of each shared one, shape (S,).
        private_parameter: private parameter of each bin, or -1, shape (B,).
        group_cell: first cell of each group, shape (G + 1,).
        group_factor: its first uniform factor, shape (G + 1,).
        group_row: its first factor of a single cell, shape (G + 1,).
        group_shift: its first shift, shape (G + 1,).
        nominal: expected events before any modifier, shape (C,).
        factor_value: uniform factors: among P parameters, then M normsys factors.
        factor_target: its column.
        row_bin: factors of single cells, ascending: bin of the channel.
        row_value: among P parameters, then M normsys factors.
        row_target: where its derivatives go.
        shift_parameter: shifts: among A.
        shift_target: its column.
        shift_template: first place in ``templates``: nominal minus down, then up minus nominal.
        templates: bins of all shifts.
        normsys_parameter: parameter of each normsys factor, shape (M,).
        normsys_logs: logarithms of the down factors, then of the up factors, shape (2 M,).
        normsys_coefficients: of the powers 1 to 6 of alpha between -1 and 1, shape (6 M,).
        shifting_parameter: shape (A,).
        shifting_region: sigmas within which the shift is a polynomial, shape (A,).
        group_floor: smallest value of a cell before factors, shape (G,).
        group_total: sum of the cells before factors, of a normalized group, shape (G,).
        group_normalizer: expression that keeps this sum, or -1, shape (G,).
        bin_floor: smallest expectation of a bin, shape (B,).
        channel_spread: first spread of each channel, shape (N + 1,).
        spread_bin: bin of each spread in its channel, shape (Q,).
        spread_parameter: shape (Q,).
        spread_target: where its derivatives go, shape (Q,).
        spread_width: relative width of the parameter, shape (Q,).
        spread_member: its first member, shape (Q + 1,).
        member_group: group of each member.
        member_variance: square of its statistical error before factors.
        normal_parameter: normal constraints: parameter.
        normal_auxiliary: place in the auxiliary data.
        normal_width: standard deviation.
        poisson_parameter: Poisson constraints: parameter.
        poisson_auxiliary: place in the auxiliary data.
        poisson_rate: expected auxiliary counts at parameter 1.
        place: of each cell in an array of samples and bins, shape (C,).
        expression_argument: first argument of each expression, shape (E + 1,).
        expression_operation: its first operation, shape (E + 1,).
        expression_pair: its first pair of arguments, shape (E + 1,).
        argument_parameter: parameter of each argument.
        argument_column: column of each argument in each channel, or `PRIVATE`.
        operation_kind: see `wollemi_likelihood.expressions.factors.Operation`.
        operation_left: place of the operation in its expression that it uses.
        operation_right: of a second one.
        operation_number: of a constant.
        group_expression: first place of each group in ``acting_expression``, shape (G + 1,).
        acting_expression: expressions of the groups.
        penalty_begin: first parameter of each penalty, shape (K + 1,).
        penalty_parameter: parameters of penalties.
        penalty_shared: the same among the shared ones.
        penalty_coefficient: their coefficients, in units of the width.
    """

    bins: int
    channels: int
    parameters: int
    normsys: int
    shared: int
    shifting: int
    expressions: int
    exponential: int
    linear: int
    cropped: int
    spreads: int
    penalties: int
    normal: int
    poisson: int
    channel_bin: Integers
    channel_group: Integers
    channel_column: Integers
    channel_matrix: Integers
    columns: Integers
    shared_parameter: Integers
    private_parameter: Integers
    group_cell: Integers
    group_factor: Integers
    group_row: Integers
    group_shift: Integers
    nominal: Reals
    factor_value: Integers
    factor_target: Integers
    row_bin: Integers
    row_value: Integers
    row_target: Integers
    shift_parameter: Integers
    shift_target: Integers
    shift_template: Integers
    templates: Reals
    normsys_parameter: Integers
    normsys_logs: Reals
    normsys_coefficients: Reals
    shifting_parameter: Integers
    shifting_region: Reals
    group_floor: Reals
    group_total: Reals
    group_normalizer: Integers
    bin_floor: Reals
    channel_spread: Integers
    spread_bin: Integers
    spread_parameter: Integers
    spread_target: Integers
    spread_width: Reals
    spread_member: Integers
    member_group: Integers
    member_variance: Reals
    normal_parameter: Integers
    normal_auxiliary: Integers
    normal_width: Reals
    poisson_parameter: Integers
    poisson_auxiliary: Integers
    poisson_rate: Reals
    place: Integers
    expression_argument: Integers
    expression_operation: Integers
    expression_pair: Integers
    argument_parameter: Integers
    argument_column: Integers
    operation_kind: Integers
    operation_left: Integers
    operation_right: Integers
    operation_number: Reals
    group_expression: Integers
    acting_expression: Integers
    penalty_begin: Integers
    penalty_parameter: Integers
    penalty_shared: Integers
    penalty_coefficient: Reals


@dataclass(frozen=True)
class Observed:
    """Observations.

    Attributes:
        main: events of each bin, shape (B,).
        auxiliary: auxiliary observations in the order of the constrained parameters.
        wall: width of the parabola below an expectation of 0 in bins without events, shape (1,).
    """

    main: Reals
    auxiliary: Reals
    wall: Reals


@dataclass(frozen=True)
class Work:
    """Results and work space; D is the size of all matrices of bins and columns, L of the largest
    channel's matrix of columns and W of its matrix of bins and columns.

    Attributes:
        value: of each parameter and normsys factor, zeros replaced, shape (P + M,).
        log_slope: derivative of its logarithm, shape (P + M,).
        curvature: second derivative relative to the value, shape (P + M,).
        down: weights of the templates of shifts, shape (A,).
        up: shape (A,).
        down_slope: their derivatives, shape (A,).
        up_slope: shape (A,).
        up_curvature: second derivative; that of ``down`` is its negative, shape (A,).
        cells: expected events of the cells, shape (C,).
        factors: products of their factors, shape (C,).
        expected: events of the bins, shape (B,).
        slope: derivative of the objective by them, shape (B,).
        weight: second derivative, shape (B,).
        constraint_slope: derivatives of the constraints, shape (P,).
        constraint_weight: second derivatives, shape (P,).
        gradient: of the objective, shape (P,).
        jacobian: derivatives of the bins by the columns of their channel, shape (D,).
        own: derivatives of the bins by their private parameters, shape (B,).
        coupling: second derivatives by columns and private parameters, shape (D,).
        own_information: second derivatives by private parameters, shape (B,).
        diagonal: second derivatives by shared parameters, shape (S,).
        scaled: rows of a channel with weights, shape (W,).
        local: matrix of a channel, shape (L,).
        line: a row, shape (largest number of columns,).
        other_line: another one, of the same shape.
        matrix: second derivatives by shared parameters, private ones eliminated, shape (S, S).
        inverse: of its triangle, shape (S, S).
        spread: coupling of private parameters relative to their second derivatives, shape (B, S).
        explained: ``spread`` times the covariance of the shared parameters, shape (B, S).
        solution: of the shared parameters, shape (S,).
        right: right-hand side, shape (P,).
        step: shape (P,).
        otherwise: another step, shape (P,).
        trial: parameters, shape (P,).
        free: whether a parameter moves, shape (P,).
        summary: of a search: objective, distance, iterations; shape (3,).
        expression_value: of each expression, zeros replaced, shape (E,).
        expression_slope: derivatives relative to it, by arguments.
        expression_curvature: second derivatives relative to it, by pairs of arguments.
        product: of the uniform factors of each group, shape (G,).
        share: factor of each group's second derivatives in those of spreads, shape (G,).
        spread_value: statistical error of each spread, shape (Q,).
        spread_pull: its parameter in standard deviations, shape (Q,).
        operation_value: of the operations of one expression.
        operation_slope: their derivatives by its arguments.
        operation_curvature: their second derivatives.
    """

    value: Reals
    log_slope: Reals
    curvature: Reals
    down: Reals
    up: Reals
    down_slope: Reals
    up_slope: Reals
    up_curvature: Reals
    cells: Reals
    factors: Reals
    expected: Reals
    slope: Reals
    weight: Reals
    constraint_slope: Reals
    constraint_weight: Reals
    gradient: Reals
    jacobian: Reals
    own: Reals
    coupling: Reals
    own_information: Reals
    diagonal: Reals
    scaled: Reals
    local: Reals
    line: Reals
    other_line: Reals
    matrix: Reals
    inverse: Reals
    spread: Reals
    explained: Reals
    solution: Reals
    right: Reals
    step: Reals
    otherwise: Reals
    trial: Reals
    free: Integers
    summary: Reals
    expression_value: Reals
    expression_slope: Reals
    expression_curvature: Reals
    product: Reals
    share: Reals
    spread_value: Reals
    spread_pull: Reals
    operation_value: Reals
    operation_slope: Reals
    operation_curvature: Reals
