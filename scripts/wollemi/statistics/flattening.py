"""Flatten the templates of a HistFactory model into arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from wollemi.base.errors import WollemiError
from wollemi.expressions.factors import Factor
from wollemi.statistics.interpolation import Interpolation, flat_normsys
from wollemi.statistics.parameters import EXPRESSION, ParameterSet, Template
from wollemi.statistics.records import PRIVATE, Model
from wollemi.statistics.regularization import Penalties, Penalty, placed
from wollemi.statistics.terms import Constraints

NormsysKey = tuple[str, float, float]


@dataclass(frozen=True)
class _Layout:
    """Where parameters, cells and normsys factors are in the flat arrays."""

    first: Mapping[str, int]
    channels: Mapping[str, slice]
    samples: Mapping[str, int]
    bins: int
    staterrors: Mapping[tuple[str, str], int]
    normsys: Mapping[NormsysKey, int]
    parameters: int
    expressions: Mapping[Factor, int]
    penalties: Penalties

    @property
    def counts(self) -> dict[str, Any]:
        """Fields of a model."""
        return {
            "bins": self.bins,
            "channels": len(self.channels),
            "parameters": self.parameters,
            "normsys": len(self.normsys),
            "expressions": len(self.expressions),
        }

    @cached_property
    def arguments(self) -> np.ndarray:
        """Parameters of all expressions, one expression after another."""
        return _integers([self.first[name] for factor in self.expressions for name in factor.names])

    @cached_property
    def parameter(self) -> np.ndarray:
        """Parameter of each value: of P parameters, then M normsys factors."""
        normsys = [self.first[name] for name, _, _ in self.normsys]
        return np.array([*range(self.parameters), *normsys], dtype=np.int64)


@dataclass(frozen=True)
class _Group:
    """A template, with numbers in place of names.

    Attributes:
        channel: number of its channel.
        bins: bins of the channel.
        place: first cell in an array of samples and bins.
        nominal: expected events, shape (bins of the channel,).
        uniform: values that multiply all cells.
        rows: bin of the channel and value of each factor of a single cell, shape (rows, 2).
        shifts: parameter, nominal minus down, up minus nominal of each histosys that changes a
            cell.
        expressions: numbers of the expressions that multiply all cells.
    """

    channel: int
    bins: slice
    place: int
    nominal: np.ndarray
    uniform: np.ndarray
    rows: np.ndarray
    shifts: Sequence[tuple[int, np.ndarray, np.ndarray]]
    expressions: Sequence[int]

    @cached_property
    def alive(self) -> np.ndarray:
        """Cells that are not always 0, shape (bins of the channel,)."""
        shifted = [(down != 0) | (up != 0) for _, down, up in self.shifts]
        return np.asarray(np.any([self.nominal != 0, *shifted], axis=0))


def build_model(
    templates: Sequence[Template],
    sets: Sequence[ParameterSet],
    channels: Mapping[str, slice],
    samples: Sequence[str],
    constraints: Constraints,
    interpolation: Interpolation,
    penalties: Sequence[Penalty] = (),
) -> Model:
    """Flatten a model.

    Args:
        templates: one for each sample that exists in a channel.
        sets: the parameter sets in the order of the parameter vector.
        channels: the bins of each channel, in order.
        samples: the samples in the order of the cells.
        constraints: the auxiliary measurements.
        interpolation: between the templates and factors at ±1σ.
        penalties: on differences of parameters.

    Returns:
        The model. Cells that no parameter can make differ from 0 have no factors of their own.

    Raises:
        WollemiError: a normsys factor is not positive, or a penalty is of unknown parameters.
    """
    layout = _layout(templates, sets, channels, samples, penalties)
    groups = [_group(template, layout) for template in templates]
    groups = sorted((g for g in groups if g.alive.any()), key=lambda group: group.channel)
    private = _private_parameters(groups, layout)
    groups = [_with_private_rows(group, private, layout) for group in groups]
    shared = np.setdiff1d(np.arange(layout.parameters), private)
    columns = [_columns(groups, number, layout, shared) for number in range(len(channels))]
    widths, sizes = [len(c) for c in columns], [c.stop - c.start for c in channels.values()]
    shifting = np.unique(_integers([shift[0] for group in groups for shift in group.shifts]))
    return Model(
        **layout.counts,
        shared=len(shared),
        shifting=len(shifting),
        **interpolation.flags,
        channel_bin=_begins(sizes),
        channel_group=_begins(np.bincount([g.channel for g in groups], minlength=len(sizes))),
        channel_column=_begins(widths),
        channel_matrix=_begins(np.multiply(widths, sizes)),
        columns=np.searchsorted(shared, _joined(columns)),
        shared_parameter=shared,
        private_parameter=private,
        **_flat_groups(groups),
        **_flat_factors(groups, columns, layout),
        **_flat_shifts(groups, columns, shifting),
        normsys_parameter=layout.parameter[layout.parameters :],
        **flat_normsys([key[1:] for key in layout.normsys]),
        shifting_parameter=shifting,
        **_flat_constraints(constraints),
        **_flat_expressions(groups, columns, layout),
        place=_joined([np.arange(g.place, g.place + len(g.nominal)) for g in groups]),
        **layout.penalties.flat(shared),
    )


def _layout(
    templates: Sequence[Template],
    sets: Sequence[ParameterSet],
    channels: Mapping[str, slice],
    samples: Sequence[str],
    penalties: Sequence[Penalty],
) -> _Layout:
    ends = np.cumsum([len(s.inits) for s in sets]).tolist()
    normsys: dict[NormsysKey, int] = {}
    for template in templates:
        for key in _normsys_keys(template):
            normsys.setdefault(key, ends[-1] + len(normsys))
    factors = (factor for template in templates for factor in template.expressions.values())
    first = {s.name: end - len(s.inits) for s, end in zip(sets, ends, strict=True)}
    return _Layout(
        first=first,
        channels=channels,
        samples={name: index for index, name in enumerate(samples)},
        bins=max(bins.stop for bins in channels.values()),
        staterrors=_staterror_offsets(templates),
        normsys=normsys,
        parameters=ends[-1],
        expressions={factor: number for number, factor in enumerate(dict.fromkeys(factors))},
        penalties=placed(penalties, first),
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


def _group(template: Template, layout: _Layout) -> _Group:
    bins = layout.channels[template.channel]
    uniform, by_bin, shifts = [], [], []
    for (name, kind), modifier in sorted(template.modifiers.items()):
        if kind == EXPRESSION:
            continue
        first = layout.first[name]
        if kind == "histosys":
            down = template.nominal - np.asarray(modifier["data"]["lo_data"], dtype=float)
            up = np.asarray(modifier["data"]["hi_data"], dtype=float) - template.nominal
            if down.any() or up.any():
                shifts.append((first, down, up))
        elif kind == "normsys":
            down, up = float(modifier["data"]["lo"]), float(modifier["data"]["hi"])
            uniform.append(layout.normsys[name, down, up])
        elif kind in ("normfactor", "lumi"):
            uniform.append(first)
        else:
            offset = layout.staterrors[name, template.channel] if kind == "staterror" else 0
            by_bin.append(first + offset)
    group = _Group(
        channel=list(layout.channels).index(template.channel),
        bins=bins,
        place=layout.samples[template.sample] * layout.bins + bins.start,
        nominal=template.nominal,
        uniform=_integers(uniform),
        rows=np.empty((0, 2), dtype=np.int64),
        shifts=shifts,
        expressions=[layout.expressions[item] for item in template.expressions.values()],
    )
    rows = [(bin_, first + bin_) for bin_ in np.flatnonzero(group.alive) for first in by_bin]
    return replace(group, rows=_integers(rows).reshape(-1, 2))


def _private_parameters(groups: Sequence[_Group], layout: _Layout) -> np.ndarray:
    """Parameter of each bin that acts on no other, as a factor; -1 where there is none."""
    acting = [_acting(group, layout) for group in groups]
    parameter, bins = np.divmod(np.unique(np.concatenate([_integers([]), *acting])), layout.bins)
    alone = np.bincount(parameter, minlength=layout.parameters)[parameter] == 1
    shifting = [shift[0] for group in groups for shift in group.shifts]
    alone &= ~np.isin(parameter, [*shifting, *layout.arguments.tolist()])
    alone &= ~np.isin(parameter, layout.penalties.parameter)
    result = np.full(layout.bins, PRIVATE)
    result[bins[alone][::-1]] = parameter[alone][::-1]  # the first one of each bin
    return result


def _acting(group: _Group, layout: _Layout) -> np.ndarray:
    """Parameter and bin of all factors, as one number: parameter times the number of bins, plus
    bin.
    """
    alive = np.flatnonzero(group.alive)
    values = np.concatenate([np.repeat(group.uniform, len(alive)), group.rows[:, 1]])
    bins = np.concatenate([np.tile(alive, len(group.uniform)), group.rows[:, 0]])
    return np.asarray(layout.parameter[values] * layout.bins + group.bins.start + bins)


def _with_private_rows(group: _Group, private: np.ndarray, layout: _Layout) -> _Group:
    """Make factors of a single cell of uniform factors with a private parameter."""
    moved = np.isin(layout.parameter[group.uniform], private)
    cells = [(bin_, v) for bin_ in np.flatnonzero(group.alive) for v in group.uniform[moved]]
    rows = np.concatenate([group.rows, _integers(cells).reshape(-1, 2)])
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    return replace(group, uniform=group.uniform[~moved], rows=rows)


def _columns(
    groups: Sequence[_Group], channel: int, layout: _Layout, shared: np.ndarray
) -> np.ndarray:
    """Shared parameters that act in a channel, ascending."""
    here = [group for group in groups if group.channel == channel]
    values = [value for g in here for value in (*g.uniform.tolist(), *g.rows[:, 1].tolist())]
    shifting = [shift[0] for group in here for shift in group.shifts]
    begins = _begins([len(factor.names) for factor in layout.expressions])
    arguments = [
        layout.arguments[begins[e] : begins[e + 1]] for group in here for e in group.expressions
    ]
    acting = np.concatenate([layout.parameter[_integers(values)], _integers(shifting), *arguments])
    return np.intersect1d(acting, shared)


def _flat_constraints(constraints: Constraints) -> dict[str, Any]:
    return {
        "normal": len(constraints.normal_parameter),
        "poisson": len(constraints.poisson_parameter),
        **{name: value for name, value in vars(constraints).items() if name != "size"},
    }


def _flat_groups(groups: Sequence[_Group]) -> dict[str, Any]:
    return {
        "group_cell": _begins([len(group.nominal) for group in groups]),
        "group_factor": _begins([len(group.uniform) for group in groups]),
        "group_row": _begins([len(group.rows) for group in groups]),
        "group_shift": _begins([len(group.shifts) for group in groups]),
        "nominal": np.concatenate([np.empty(0), *(group.nominal for group in groups)]),
    }


def _flat_factors(
    groups: Sequence[_Group], columns: Sequence[np.ndarray], layout: _Layout
) -> dict[str, Any]:
    uniform, rows = [], []
    for group in groups:
        uniform.append(_targets(columns[group.channel], layout.parameter[group.uniform]))
        rows.append(_targets(columns[group.channel], layout.parameter[group.rows[:, 1]]))
    table = np.concatenate([np.empty((0, 2), np.int64), *(group.rows for group in groups)])
    return {
        "factor_value": _joined([group.uniform for group in groups]),
        "factor_target": _joined(uniform),
        "row_bin": np.ascontiguousarray(table[:, 0]),
        "row_value": np.ascontiguousarray(table[:, 1]),
        "row_target": _joined(rows),
    }


def _flat_shifts(
    groups: Sequence[_Group], columns: Sequence[np.ndarray], shifting: np.ndarray
) -> dict[str, Any]:
    parameters = [_integers([shift[0] for shift in group.shifts]) for group in groups]
    targets = [_targets(columns[g.channel], p) for g, p in zip(groups, parameters, strict=True)]
    pairs = [shift[1:] for group in groups for shift in group.shifts]
    return {
        "shift_parameter": np.searchsorted(shifting, _joined(parameters)),
        "shift_target": _joined(targets),
        "shift_template": _begins([len(up) + len(down) for down, up in pairs])[:-1],
        "templates": np.concatenate(
            [np.empty(0), *(template for pair in pairs for template in pair)]
        ),
    }


def _flat_expressions(
    groups: Sequence[_Group], columns: Sequence[np.ndarray], layout: _Layout
) -> dict[str, Any]:
    sizes = [len(factor.names) for factor in layout.expressions]
    operations = [item for factor in layout.expressions for item in factor.operations]
    return {
        "expression_argument": _begins(sizes),
        "expression_operation": _begins([len(f.operations) for f in layout.expressions]),
        "expression_pair": _begins([size**2 for size in sizes]),
        "argument_parameter": layout.arguments,
        "argument_column": _joined([_targets(here, layout.arguments) for here in columns]),
        "operation_kind": _integers([item.kind for item in operations]),
        "operation_left": _integers([item.left for item in operations]),
        "operation_right": _integers([item.right for item in operations]),
        "operation_number": np.array([item.number for item in operations], dtype=float),
        "group_expression": _begins([len(group.expressions) for group in groups]),
        "acting_expression": _integers([e for group in groups for e in group.expressions]),
    }


def _targets(columns: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    """Place of each parameter among the columns, or `PRIVATE`."""
    place = np.searchsorted(columns, parameters)
    found = columns[np.minimum(place, len(columns) - 1)] == parameters if len(columns) else False
    return np.asarray(np.where(found, place, PRIVATE))


def _begins(sizes: Any) -> np.ndarray:
    """Where each of several parts begins, and the end."""
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)


def _integers(values: Sequence[Any]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.empty(0, np.int64), *parts])
