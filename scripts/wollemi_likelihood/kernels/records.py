"""Records that the kernels of a likelihood read and write: model, data and work space.

A group is one sample of one channel; a cell is one bin of a group. Modifiers that act on all bins
of a group (uniform ones) are separated from modifiers that act on one cell, so that most of the
work is done once per group.

A parameter that acts on a single bin, as a factor of its cells, is private, such as a staterror's,
with at most one per bin; all others are shared. A target is the destination of a derivative: a
column of its channel, or `PRIVATE`.
"""

from dataclasses import dataclass

from wollemi_likelihood.compiler.types import Integers, Reals

PRIVATE = -1
# In a bin without events, -ln L = expectation would keep falling below an expectation of 0. There
# the minimizer sees a steep parabola, on which a minimum at the wall is slightly below 0.
BARRIER_WIDTH = 1e-11
SMALLEST_BELOW_ZERO = -1e-9
# Smaller expectations count as 0: the kernels replace factors of 0 by tiny ones.
SMALLEST_EXPECTATION = 1e-100


@dataclass(frozen=True)
class Model:
    """The structure of a likelihood, constant in a fit.

    With B bins, N channels, G groups, C cells, P parameters, M distinct normsys factors, S shared
    parameters, A parameters of shifts:

    Attributes:
        bins: Number of bins, B.
        channels: Number of channels, N.
        parameters: Number of parameters, P.
        normsys: Number of distinct normsys factors, M.
        shared: Number of shared parameters, S.
        shifting: Number of parameters of shifts, A.
        expressions: Number of factors that are expressions of parameters, E.
        exponential: Form of normsys factors: 1 exponential everywhere (code 1), 0 a polynomial
            between -1 and 1 (code 4), 2 as in Combine.
        linear: Form of shifts: 1 linear on each side (code 0), 0 a polynomial (code 4p).
        cropped: Whether cells have a floor, 1 or 0.
        spreads: Number of additive statistical parameters of bins, Q.
        penalties: Number of penalties on combinations of parameters, K.
        normal: Number of normal constraints.
        poisson: Number of Poisson constraints.
        channel_bin: First bin of each channel, shape (N + 1,).
        channel_group: First group of each channel, shape (N + 1,).
        channel_column: First position of each channel in ``columns``, shape (N + 1,).
        channel_matrix: Its first position in matrices of bins and columns, shape (N + 1,).
        columns: Shared parameters that act in each channel, ascending.
        shared_parameter: Parameter of each shared one, shape (S,).
        private_parameter: Private parameter of each bin, or -1, shape (B,).
        group_cell: First cell of each group, shape (G + 1,).
        group_factor: First uniform factor of each group, shape (G + 1,).
        group_row: First single-cell factor of each group, shape (G + 1,).
        group_shift: First shift of each group, shape (G + 1,).
        nominal: Expected events before any modifier, shape (C,).
        factor_value: Uniform factors, as indices of P parameters followed by M normsys factors.
        factor_target: Column of each uniform factor.
        row_bin: Bin in the channel of each single-cell factor, ascending in a group.
        row_value: Single-cell factors, as indices of P parameters followed by M normsys factors.
        row_target: Target of each single-cell factor.
        shift_parameter: Parameter of each shift, as an index of A.
        shift_target: Column of each shift.
        shift_template: First position in ``templates``: nominal minus down, then up minus nominal.
        templates: Template differences of all shifts.
        normsys_parameter: Parameter of each normsys factor, shape (M,).
        normsys_logs: Logarithms of the down factors, then of the up factors, shape (2 M,).
        normsys_coefficients: Coefficients of alpha¹ to alpha⁶ between -1 and 1, shape (6 M,).
        shifting_parameter: Parameter of each pair of shift weights, shape (A,).
        shifting_region: Sigmas within which the shift is a polynomial, shape (A,).
        group_floor: Minimum of a cell before factors, shape (G,).
        group_total: Sum of the cells of a normalized group before factors, shape (G,).
        group_normalizer: Expression that keeps this sum, or -1, shape (G,).
        bin_floor: Minimum expectation of a bin, shape (B,).
        channel_spread: First spread of each channel, shape (N + 1,).
        spread_bin: Bin of each spread in its channel, shape (Q,).
        spread_parameter: Parameter of each spread, shape (Q,).
        spread_target: Target of each spread, shape (Q,).
        spread_width: Relative width of each spread's parameter, shape (Q,).
        spread_member: First member of each spread, shape (Q + 1,).
        member_group: Group of each member.
        member_variance: Squared statistical error of each member before factors.
        normal_parameter: Parameter of each normal constraint.
        normal_auxiliary: Position of each normal constraint in the auxiliary data.
        normal_width: Standard deviation of each normal constraint.
        poisson_parameter: Parameter of each Poisson constraint.
        poisson_auxiliary: Position of each Poisson constraint in the auxiliary data.
        poisson_rate: Expected auxiliary counts at parameter 1.
        place: Position of each cell in an array of samples and bins, shape (C,).
        expression_argument: First argument of each expression, shape (E + 1,).
        expression_operation: First operation of each expression, shape (E + 1,).
        expression_pair: First pair of arguments of each expression, shape (E + 1,).
        argument_parameter: Parameter of each argument.
        argument_column: Column of each argument in each channel, or `PRIVATE`.
        operation_kind: Kind of each `wollemi_likelihood.expressions.factors.Operation`.
        operation_left: Index of the first operand in the expression.
        operation_right: Index of the second operand, or the exponent.
        operation_number: Value of a constant.
        group_expression: First position of each group in ``acting_expression``, shape (G + 1,).
        acting_expression: Expressions of the groups.
        penalty_begin: First parameter of each penalty, shape (K + 1,).
        penalty_parameter: Parameters of penalties.
        penalty_shared: Indices of these parameters among the shared ones.
        penalty_coefficient: Coefficients of these parameters, in units of the width.
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
    """Observations of a likelihood.

    Attributes:
        main: Observed events per bin, shape (B,).
        auxiliary: Auxiliary observations in the order of the constrained parameters.
        wall: Width of the parabola below an expectation of 0 in bins without events, shape (1,).
    """

    main: Reals
    auxiliary: Reals
    wall: Reals


@dataclass(frozen=True)
class Work:
    """Results and work space; D is the size of all matrices of bins and columns, L of the largest
    channel's matrix of columns, and W of its matrix of bins and columns.

    Attributes:
        value: Value of each parameter and normsys factor, zeros replaced, shape (P + M,).
        log_slope: Derivative of the logarithm of the value, shape (P + M,).
        curvature: Second derivative relative to the value, shape (P + M,).
        down: Weights of the down templates of shifts, shape (A,).
        up: Weights of the up templates of shifts, shape (A,).
        down_slope: Derivatives of ``down``, shape (A,).
        up_slope: Derivatives of ``up``, shape (A,).
        up_curvature: Second derivatives of ``up``, the negative ones of ``down``, shape (A,).
        cells: Expected events of the cells, shape (C,).
        factors: Products of the factors of the cells, shape (C,).
        expected: Expected events of the bins, shape (B,).
        slope: Derivatives of the objective by expected events, shape (B,).
        weight: Second derivatives by expected events, shape (B,).
        constraint_slope: Derivatives of the constraints, shape (P,).
        constraint_weight: Second derivatives of the constraints, shape (P,).
        gradient: Gradient of the objective, shape (P,).
        jacobian: Derivatives of the bins by the columns of their channel, shape (D,).
        own: Derivatives of the bins by their private parameters, shape (B,).
        coupling: Second derivatives by columns and private parameters, shape (D,).
        own_information: Second derivatives by private parameters, shape (B,).
        diagonal: Second derivatives by shared parameters, shape (S,).
        scaled: Weighted rows of a channel, shape (W,).
        local: Matrix of a channel, shape (L,).
        line: Row of a channel, shape (largest number of columns,).
        other_line: Second row of the same shape.
        matrix: Second derivatives by shared parameters, private ones eliminated, shape (S, S).
        inverse: Inverse of the triangle of ``matrix``, shape (S, S).
        spread: Coupling of private parameters relative to their second derivatives, shape (B, S).
        explained: Product of ``spread`` and the covariance of the shared parameters, shape (B, S).
        solution: Solution for the shared parameters, shape (S,).
        right: Right-hand side, shape (P,).
        step: Step of the parameters, shape (P,).
        otherwise: Alternative step, shape (P,).
        trial: Trial parameters, shape (P,).
        free: State of each parameter, positive if it moves, shape (P,).
        summary: Objective, distance and number of iterations of a search, shape (3,).
        expression_value: Value of each expression, zeros replaced, shape (E,).
        expression_slope: Derivatives relative to the value, by arguments.
        expression_curvature: Second derivatives relative to the value, by pairs of arguments.
        product: Product of the uniform factors of each group, shape (G,).
        share: Factor of each group's second derivatives in the ones of spreads, shape (G,).
        spread_value: Statistical error of each spread, shape (Q,).
        spread_pull: Parameter of each spread in standard deviations, shape (Q,).
        operation_value: Values of the operations of an expression.
        operation_slope: Derivatives of these operations by the arguments.
        operation_curvature: Second derivatives of these operations.
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
