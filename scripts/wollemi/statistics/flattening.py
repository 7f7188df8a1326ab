"""Flatten the templates of a HistFactory model into tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wollemi.base.errors import WollemiError
from wollemi.statistics.parameters import ParameterSet, Template
from wollemi.statistics.tables import Tables

# Inverse of the six matching conditions of interpolation code 4 at alpha = 1 and alpha = -1
# (CERN-OPEN-2012-016; the same numbers as in pyhf.interpolators.code4).
CODE4_INVERSE = (
    np.array(
        [
            [15, -15, -7, -7, 1, -1],
            [24, 24, -9, 9, 1, 1],
            [-10, 10, 10, 10, -2, 2],
            [-24, -24, 14, -14, -2, -2],
            [3, -3, -3, -3, 1, -1],
            [8, 8, -5, 5, 1, 1],
        ]
    )
    / 16
)

Rows = list[np.ndarray]
NormsysKey = tuple[str, float, float]


@dataclass(frozen=True)
class _Layout:
    """Where parameters, cells and normsys factors sit in the flat arrays."""

    first: Mapping[str, int]
    channels: Mapping[str, slice]
    samples: Mapping[str, int]
    bins: int
    staterrors: Mapping[tuple[str, str], int]
    normsys: Mapping[NormsysKey, int]

    def cells(self, template: Template) -> np.ndarray:
        """Cells of a template, shape (bins of its channel,)."""
        bins = self.channels[template.channel]
        return self.samples[template.sample] * self.bins + np.arange(bins.start, bins.stop)


def build_tables(
    templates: Sequence[Template],
    sets: Sequence[ParameterSet],
    channels: Mapping[str, slice],
    samples: Sequence[str],
) -> Tables:
    """Flatten a model.

    Args:
        templates: one for each sample that exists in a channel.
        sets: the parameter sets in the order of the parameter vector.
        channels: the bins of each channel, in order.
        samples: the samples in the order of the cells.

    Returns:
        The tables. Cells that no parameter can make differ from 0 have no rows of factors.

    Raises:
        WollemiError: a normsys factor is not positive.
    """
    layout = _layout(templates, sets, channels, samples)
    nominal = np.zeros(len(samples) * layout.bins)
    for template in templates:
        nominal[layout.cells(template)] = template.nominal
    shifts = _sort_by_cell([r for t in templates for r in _shift_rows(t, layout)], 4)
    factors = _sort_by_cell([r for t in templates for r in _factor_rows(t, layout)], 2)
    alive = nominal != 0
    alive[shifts[0].astype(np.int64)] = True
    factor_cell, factor_index = factors[:, alive[factors[0].astype(np.int64)]].astype(np.int64)
    group_cell, group_begin = np.unique(factor_cell, return_index=True)
    keys = list(layout.normsys)
    normsys_parameter = np.array([layout.first[name] for name, _, _ in keys], dtype=np.int64)
    logs = np.log(np.array([key[1:] for key in keys], dtype=float).reshape(-1, 2)).T
    shift_parameters, shift_column = np.unique(shifts[1].astype(np.int64), return_inverse=True)
    parameters = sum(len(s.inits) for s in sets)
    return Tables(
        bins=layout.bins,
        parameters=parameters,
        nominal=nominal,
        factor_cell=factor_cell,
        factor_index=factor_index,
        factor_parameter=np.concatenate([np.arange(parameters), normsys_parameter])[factor_index],
        group_cell=group_cell,
        group_begin=group_begin,
        normsys_parameter=normsys_parameter,
        normsys_logs=logs,
        normsys_coefficients=_code4_coefficients(logs),
        shift_cell=shifts[0].astype(np.int64),
        shift_column=shift_column,
        shift_parameters=shift_parameters,
        shift_down=shifts[2],
        shift_up=shifts[3],
    )


def _layout(
    templates: Sequence[Template],
    sets: Sequence[ParameterSet],
    channels: Mapping[str, slice],
    samples: Sequence[str],
) -> _Layout:
    ends = np.cumsum([len(s.inits) for s in sets])
    normsys: dict[NormsysKey, int] = {}
    for template in templates:
        for key in _normsys_keys(template):
            normsys.setdefault(key, int(ends[-1]) + len(normsys))
    return _Layout(
        first={s.name: int(end) - len(s.inits) for s, end in zip(sets, ends, strict=True)},
        channels=channels,
        samples={name: index for index, name in enumerate(samples)},
        bins=max(bins.stop for bins in channels.values()),
        staterrors=_staterror_offsets(templates),
        normsys=normsys,
    )


def _normsys_keys(template: Template) -> Iterator[NormsysKey]:
    for (name, kind), modifier in sorted(template.modifiers.items()):
        if kind != "normsys":
            continue
        down, up = float(modifier["data"]["lo"]), float(modifier["data"]["hi"])
        if not (down > 0 and up > 0):
            raise WollemiError(
                f"channel {template.channel}, sample {template.sample}, normsys {name}",
                f"the factors must be positive, not {down} and {up}",
                "correct or prune this systematic",
            )
        yield name, down, up


def _staterror_offsets(templates: Sequence[Template]) -> dict[tuple[str, str], int]:
    """First parameter of a staterror in each of its channels, counted from its own first."""
    offsets: dict[tuple[str, str], int] = {}
    used: dict[str, int] = {}
    for template in templates:
        for name, kind in template.modifiers:
            if kind == "staterror" and (name, template.channel) not in offsets:
                offsets[name, template.channel] = used.get(name, 0)
                used[name] = used.get(name, 0) + len(template.nominal)
    return offsets


def _factor_rows(template: Template, layout: _Layout) -> Rows:
    """Rows (cell, factor index) of the multiplicative modifiers, each of shape (2, bins)."""
    cells = layout.cells(template)
    rows = []
    for (name, kind), modifier in sorted(template.modifiers.items()):
        if kind != "histosys":
            index = _factor_index(name, kind, modifier, template, layout)
            rows.append(np.array([cells, np.broadcast_to(index, cells.shape)], dtype=float))
    return rows


def _factor_index(
    name: str, kind: str, modifier: Mapping[str, Any], template: Template, layout: _Layout
) -> np.ndarray:
    if kind == "normsys":
        down, up = float(modifier["data"]["lo"]), float(modifier["data"]["hi"])
        return np.array(layout.normsys[name, down, up])
    first = layout.first[name]
    if kind in ("normfactor", "lumi"):
        return np.array(first)
    if kind == "staterror":
        first += layout.staterrors[name, template.channel]
    return first + np.arange(len(template.nominal))


def _shift_rows(template: Template, layout: _Layout) -> Rows:
    """Rows (cell, parameter, down, up) of the histosys modifiers, without rows of zeros."""
    cells = layout.cells(template)
    rows = []
    for (name, kind), modifier in sorted(template.modifiers.items()):
        if kind == "histosys":
            down = template.nominal - np.asarray(modifier["data"]["lo_data"], dtype=float)
            up = np.asarray(modifier["data"]["hi_data"], dtype=float) - template.nominal
            parameter = np.full(len(cells), layout.first[name])
            rows.append(np.array([cells, parameter, down, up])[:, (down != 0) | (up != 0)])
    return rows


def _sort_by_cell(rows: Rows, columns: int) -> np.ndarray:
    table = np.concatenate([np.empty((columns, 0)), *rows], axis=1)
    return table[:, np.argsort(table[0], kind="stable")]


def _code4_coefficients(logs: np.ndarray) -> np.ndarray:
    down, up = logs
    powers_up, powers_down = np.exp(up), np.exp(down)
    conditions = np.array(
        [
            powers_up - 1,
            powers_down - 1,
            up * powers_up,
            -down * powers_down,
            up**2 * powers_up,
            down**2 * powers_down,
        ]
    )
    return np.asarray(CODE4_INVERSE @ conditions)
