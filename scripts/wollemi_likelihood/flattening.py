"""Flatten the templates of a HistFactory model into arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.expressions.factors import Factor
from wollemi_likelihood.interpolation import AS_COMBINE, COMBINE, Interpolation, flat_normsys
from wollemi_likelihood.kernels.records import PRIVATE, Model
from wollemi_likelihood.parameters import EXPRESSION, ParameterSet, Template
from wollemi_likelihood.regularization import Penalties, Penalty, placed
from wollemi_likelihood.terms import (
    Constraints,
    Normalizer,
    Spread,
    begins,
    column_targets,
    expressions_of,
    flat_spreads,
    normalizers_of,
    regions_of,
    shifts_of,
    spreads_of,
    staterror_offsets,
    widths_of,
)

NormsysKey = tuple[str, float, float]


@dataclass(frozen=True)
class _Layout:
    """Positions of parameters, cells and normsys factors in the flat arrays."""

    first: Mapping[str, int]
    channels: Mapping[str, slice]
    samples: Mapping[str, int]
    bins: int
    staterrors: Mapping[tuple[str, str], int]
    normsys: Mapping[NormsysKey, int]
    parameters: int
    expressions: Mapping[Factor | Normalizer, int]
    penalties: Penalties
    additive: bool

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
        """Parameters of all expressions, concatenated."""
        return _integers([self.first[name] for factor in self.expressions for name in factor.names])

    @cached_property
    def parameter(self) -> np.ndarray:
        """Parameter of each value, for P parameters followed by M normsys factors."""
        normsys = [self.first[name] for name, _, _ in self.normsys]
        return np.array([*range(self.parameters), *normsys], dtype=np.int64)


@dataclass(frozen=True)
class _Group:
    """A template with indices in place of names.

    Attributes:
        channel: Index of the channel.
        bins: Bins of the channel.
        place: Index of the first cell in an array of samples and bins.
        nominal: Expected events, shape (bins of the channel,).
        uniform: Values that multiply all cells.
        rows: Bin of the channel and value of each factor of a single cell, shape (rows, 2).
        shifts: Parameter, nominal minus down and up minus nominal of each histosys that changes a
            cell.
        expressions: Indices of the expressions that multiply all cells.
        template: Source of the group.
        normalizer: Index of the expression that keeps the sum of the cells, or -1.
    """

    channel: int
    bins: slice
    place: int
    nominal: np.ndarray
    uniform: np.ndarray
    rows: np.ndarray
    shifts: Sequence[tuple[int, np.ndarray, np.ndarray]]
    expressions: Sequence[int]
    template: Template
    normalizer: int

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
    """Flatten a model into arrays.

    Args:
        templates: Templates, one per sample and channel in which it exists.
        sets: Parameter sets in the order of the parameter vector.
        channels: Bins of each channel, in order.
        samples: Sample names in the order of the cells.
        constraints: Auxiliary measurements.
        interpolation: Interpolation between the templates and factors at ±1σ.
        penalties: Penalties on differences of parameters.

    Returns:
        Flat model. Cells that are 0 for all parameter values do not have factors of their own.

    Raises:
        WollemiError: A normsys factor is not positive, or a penalty refers to unknown parameters.
    """
    layout = _layout(templates, sets, channels, samples, penalties, interpolation == AS_COMBINE)
    groups = [_group(template, layout) for template in templates]
    groups = sorted((g for g in groups if g.alive.any()), key=lambda group: group.channel)
    members = [(group.template, group.channel) for group in groups if layout.additive]
    spreads = spreads_of(members, layout.first, layout.staterrors)
    private = _private_parameters(groups, layout, spreads)
    groups = [_with_private_rows(group, private, layout) for group in groups]
    shared = np.setdiff1d(np.arange(layout.parameters), private)
    columns = [_columns(groups, number, layout, shared, spreads) for number in range(len(channels))]
    widths, sizes = [len(c) for c in columns], [c.stop - c.start for c in channels.values()]
    return Model(
        **layout.counts,
        shared=len(shared),
        **interpolation.flags,
        channel_bin=begins(sizes),
        channel_group=begins(np.bincount([g.channel for g in groups], minlength=len(sizes))),
        channel_column=begins(widths),
        channel_matrix=begins(np.multiply(widths, sizes)),
        columns=np.searchsorted(shared, _joined(columns)),
        shared_parameter=shared,
        private_parameter=private,
        **_flat_groups(groups),
        **_flat_factors(groups, columns, layout),
        **_flat_shifts(groups, columns),
        normsys_parameter=layout.parameter[layout.parameters :],
        **flat_normsys([key[1:] for key in layout.normsys]),
        **flat_spreads([(g.template, g.normalizer) for g in groups], spreads, channels, columns),
        spread_width=widths_of(spreads, constraints),
        **constraints.flat,
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
    additive: bool,
) -> _Layout:
    ends = np.cumsum([len(s.inits) for s in sets]).tolist()
    normsys: dict[NormsysKey, int] = {}
    for template in templates:
        for key in _normsys_keys(template):
            normsys.setdefault(key, ends[-1] + len(normsys))
    factors = [factor for template in templates for factor in expressions_of(template)]
    first = {s.name: end - len(s.inits) for s, end in zip(sets, ends, strict=True)}
    return _Layout(
        first=first,
        channels=channels,
        samples={name: index for index, name in enumerate(samples)},
        bins=max(bins.stop for bins in channels.values()),
        staterrors=staterror_offsets(templates),
        normsys=normsys,
        parameters=ends[-1],
        expressions={factor: number for number, factor in enumerate(dict.fromkeys(factors))},
        penalties=placed(penalties, first),
        additive=additive,
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


def _group(template: Template, layout: _Layout) -> _Group:
    bins = layout.channels[template.channel]
    uniform, by_bin = [], []
    for (name, kind), modifier in sorted(template.modifiers.items()):
        if kind in (EXPRESSION, COMBINE, "histosys") or (kind == "staterror" and layout.additive):
            continue
        first = layout.first[name]
        if kind == "normsys":
            down, up = float(modifier["data"]["lo"]), float(modifier["data"]["hi"])
            uniform.append(layout.normsys[name, down, up])
        elif kind in ("normfactor", "lumi"):
            uniform.append(first)
        else:
            offset = layout.staterrors[name, template.channel] if kind == "staterror" else 0
            by_bin.append(first + offset)
    own = normalizers_of(template)
    group = _Group(
        channel=list(layout.channels).index(template.channel),
        bins=bins,
        place=layout.samples[template.sample] * layout.bins + bins.start,
        nominal=template.nominal,
        uniform=_integers(uniform),
        rows=np.empty((0, 2), dtype=np.int64),
        shifts=[(layout.first[name], down, up) for name, down, up in shifts_of(template)],
        expressions=[layout.expressions[item] for item in expressions_of(template)],
        template=template,
        normalizer=layout.expressions[own[0]] if own else -1,
    )
    rows = [(bin_, first + bin_) for bin_ in np.flatnonzero(group.alive) for first in by_bin]
    return replace(group, rows=_integers(rows).reshape(-1, 2))


def _private_parameters(
    groups: Sequence[_Group], layout: _Layout, spreads: Sequence[Spread]
) -> np.ndarray:
    """Parameter of each bin that acts on it alone, as a factor or as its only spread, or -1."""
    acting = [_acting(group, layout) for group in groups]
    parameter, bins = np.divmod(np.unique(np.concatenate([_integers([]), *acting])), layout.bins)
    alone = np.bincount(parameter, minlength=layout.parameters)[parameter] == 1
    shifting = [shift[0] for group in groups for shift in group.shifts]
    alone &= ~np.isin(parameter, [*shifting, *layout.arguments.tolist()])
    alone &= ~np.isin(parameter, layout.penalties.parameter)
    result = np.full(layout.bins, PRIVATE)
    result[bins[alone][::-1]] = parameter[alone][::-1]  # the first one of each bin
    places = list(layout.channels.values())
    for bins_of_channel in {item.channel: places[item.channel] for item in spreads}.values():
        result[bins_of_channel] = PRIVATE
    for item in reversed(spreads):
        result[places[item.channel].start + item.bin] = item.parameter
    return result


def _acting(group: _Group, layout: _Layout) -> np.ndarray:
    """Parameter and bin of all factors, combined as parameter x number of bins + bin."""
    alive = np.flatnonzero(group.alive)
    values = np.concatenate([np.repeat(group.uniform, len(alive)), group.rows[:, 1]])
    bins = np.concatenate([np.tile(alive, len(group.uniform)), group.rows[:, 0]])
    return np.asarray(layout.parameter[values] * layout.bins + group.bins.start + bins)


def _with_private_rows(group: _Group, private: np.ndarray, layout: _Layout) -> _Group:
    """Turn uniform factors with a private parameter into factors of single cells."""
    moved = np.isin(layout.parameter[group.uniform], private)
    cells = [(bin_, v) for bin_ in np.flatnonzero(group.alive) for v in group.uniform[moved]]
    rows = np.concatenate([group.rows, _integers(cells).reshape(-1, 2)])
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    return replace(group, uniform=group.uniform[~moved], rows=rows)


def _columns(
    groups: Sequence[_Group],
    channel: int,
    layout: _Layout,
    shared: np.ndarray,
    spreads: Sequence[Spread],
) -> np.ndarray:
    """Shared parameters that act in a channel, in ascending order."""
    here = [group for group in groups if group.channel == channel]
    values = [value for g in here for value in (*g.uniform.tolist(), *g.rows[:, 1].tolist())]
    shifting = [shift[0] for group in here for shift in group.shifts]
    starts = begins([len(factor.names) for factor in layout.expressions])
    arguments = [
        layout.arguments[starts[e] : starts[e + 1]] for group in here for e in group.expressions
    ]
    shifting += [item.parameter for item in spreads if item.channel == channel]
    acting = np.concatenate([layout.parameter[_integers(values)], _integers(shifting), *arguments])
    return np.intersect1d(acting, shared)


def _flat_groups(groups: Sequence[_Group]) -> dict[str, Any]:
    return {
        "group_cell": begins([len(group.nominal) for group in groups]),
        "group_factor": begins([len(group.uniform) for group in groups]),
        "group_row": begins([len(group.rows) for group in groups]),
        "group_shift": begins([len(group.shifts) for group in groups]),
        "nominal": np.concatenate([np.empty(0), *(group.nominal for group in groups)]),
    }


def _flat_factors(
    groups: Sequence[_Group], columns: Sequence[np.ndarray], layout: _Layout
) -> dict[str, Any]:
    uniform, rows = [], []
    for group in groups:
        uniform.append(column_targets(columns[group.channel], layout.parameter[group.uniform]))
        rows.append(column_targets(columns[group.channel], layout.parameter[group.rows[:, 1]]))
    table = np.concatenate([np.empty((0, 2), np.int64), *(group.rows for group in groups)])
    return {
        "factor_value": _joined([group.uniform for group in groups]),
        "factor_target": _joined(uniform),
        "row_bin": np.ascontiguousarray(table[:, 0]),
        "row_value": np.ascontiguousarray(table[:, 1]),
        "row_target": _joined(rows),
    }


def _regions(group: _Group) -> list[tuple[int, float]]:
    """Parameter and region of each shift."""
    return [
        (shift[0], region)
        for shift, region in zip(group.shifts, regions_of(group.template), strict=True)
    ]


def _flat_shifts(groups: Sequence[_Group], columns: Sequence[np.ndarray]) -> dict[str, Any]:
    shifting = sorted({pair for group in groups for pair in _regions(group)})
    numbers = {pair: number for number, pair in enumerate(shifting)}
    parameters = [_integers([shift[0] for shift in group.shifts]) for group in groups]
    targets = [
        column_targets(columns[g.channel], p) for g, p in zip(groups, parameters, strict=True)
    ]
    pairs = [shift[1:] for group in groups for shift in group.shifts]
    return {
        "shifting": len(shifting),
        "shifting_parameter": _integers([parameter for parameter, _ in shifting]),
        "shifting_region": np.array([region for _, region in shifting], dtype=float),
        "shift_parameter": _integers(
            [numbers[pair] for group in groups for pair in _regions(group)]
        ),
        "shift_target": _joined(targets),
        "shift_template": begins([len(up) + len(down) for down, up in pairs])[:-1],
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
        "expression_argument": begins(sizes),
        "expression_operation": begins([len(f.operations) for f in layout.expressions]),
        "expression_pair": begins([size**2 for size in sizes]),
        "argument_parameter": layout.arguments,
        "argument_column": _joined([column_targets(here, layout.arguments) for here in columns]),
        "operation_kind": _integers([item.kind for item in operations]),
        "operation_left": _integers([item.left for item in operations]),
        "operation_right": _integers([item.right for item in operations]),
        "operation_number": np.array([item.number for item in operations], dtype=float),
        "group_expression": begins([len(group.expressions) for group in groups]),
        "acting_expression": _integers([e for group in groups for e in group.expressions]),
    }


def _integers(values: Sequence[Any]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.empty(0, np.int64), *parts])
