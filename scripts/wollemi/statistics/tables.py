"""A HistFactory model as flat arrays: one row for each factor of each cell.

A cell is one bin of one sample; cells are numbered sample by sample, ``sample * bins + bin``.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Tables:
    """The model's structure, constant in a fit.

    With B bins, C cells, P parameters, M distinct normsys factors, E rows of factors, H rows of
    histosys shifts and N parameters that shift:

    Attributes:
        bins: B.
        parameters: P.
        nominal: expected events of each cell before any modifier, shape (C,).
        factor_cell: cell of each row, ascending, shape (E,).
        factor_index: its factor among P parameters, then M normsys factors, shape (E,).
        factor_parameter: its parameter, shape (E,).
        group_cell: cells that have factors, ascending, shape (G,).
        group_begin: their first rows, shape (G,).
        normsys_parameter: parameter of each normsys factor, shape (M,).
        normsys_logs: logarithms of the down and up factors, shape (2, M).
        normsys_coefficients: of the powers 1 to 6 of alpha between -1 and 1, shape (6, M).
        shift_cell: cell of each row, ascending, shape (H,).
        shift_column: its place in ``shift_parameters``, shape (H,).
        shift_parameters: the parameters that shift, shape (N,).
        shift_down: nominal minus down template of each row, shape (H,).
        shift_up: up template minus nominal of each row, shape (H,).
    """

    bins: int
    parameters: int
    nominal: np.ndarray
    factor_cell: np.ndarray
    factor_index: np.ndarray
    factor_parameter: np.ndarray
    group_cell: np.ndarray
    group_begin: np.ndarray
    normsys_parameter: np.ndarray
    normsys_logs: np.ndarray
    normsys_coefficients: np.ndarray
    shift_cell: np.ndarray
    shift_column: np.ndarray
    shift_parameters: np.ndarray
    shift_down: np.ndarray
    shift_up: np.ndarray

    @cached_property
    def split(self) -> "ParameterSplit":
        """Parameters that act on several bins and those that act on one."""
        return _split(self)

    @cached_property
    def factor_target(self) -> np.ndarray:
        """Place of each row of factors in the flat derivatives, shape (E,)."""
        return self.split.place(self.factor_cell % self.bins, self.factor_parameter)

    @cached_property
    def shift_target(self) -> np.ndarray:
        """Place of each row of shifts in the flat derivatives, shape (H,)."""
        parameter = self.shift_parameters[self.shift_column]
        return self.split.place(self.shift_cell % self.bins, parameter)


@dataclass(frozen=True)
class ParameterSplit:
    """Private parameters act on one bin, at most one for each bin; all others are shared.

    Models with a staterror have one private parameter for each bin. Their information matrix is
    diagonal, which makes the cost of a Newton step grow with the number of shared parameters only.

    Attributes:
        shared: the shared parameters, shape (S,).
        private: the private parameters, shape (K,).
        private_bin: the bin of each private parameter, shape (K,).
        column: place of each parameter among its kind, shape (P,).
        is_private: shape (P,).
        bins: B.
    """

    shared: np.ndarray
    private: np.ndarray
    private_bin: np.ndarray
    column: np.ndarray
    is_private: np.ndarray
    bins: int

    def place(self, bins: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        """Place in a flat (B, S) matrix of shared derivatives followed by K private ones."""
        column = self.column[parameters]
        shared = bins * len(self.shared) + column
        private = self.bins * len(self.shared) + column
        return np.asarray(np.where(self.is_private[parameters], private, shared))


def _split(tables: Tables) -> ParameterSplit:
    shifting = tables.shift_parameters[tables.shift_column]
    parameter = np.concatenate([tables.factor_parameter, shifting])
    cell = np.concatenate([tables.factor_cell, tables.shift_cell])
    pairs = np.unique(parameter * tables.bins + cell % tables.bins)
    parameter, bins = np.divmod(pairs, tables.bins)
    alone = np.bincount(parameter, minlength=tables.parameters)[parameter] == 1
    private_bin, first = np.unique(bins[alone], return_index=True)
    private = parameter[alone][first]
    is_private = np.zeros(tables.parameters, dtype=bool)
    is_private[private] = True
    shared = np.flatnonzero(~is_private)
    column = np.empty(tables.parameters, dtype=np.int64)
    column[shared] = np.arange(len(shared))
    column[private] = np.arange(len(private))
    return ParameterSplit(shared, private, private_bin, column, is_private, tables.bins)
