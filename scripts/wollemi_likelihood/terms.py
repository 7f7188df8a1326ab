"""The auxiliary measurements of a likelihood, the largest value that it can take, and the arrays of
what Combine's models have besides: floors of cells and additive statistical parameters of bins.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from wollemi_likelihood.expressions.factors import Factor, Operation
from wollemi_likelihood.kernels.records import PRIVATE, Model
from wollemi_likelihood.parameters import ParameterSet, Template


@dataclass(frozen=True)
class Constraints:
    """Auxiliary measurements: a place in the parameter vector and in the auxiliary data for each.

    Attributes:
        size: number of parameters.
        normal_parameter: shape (number of normal constraints,).
        normal_auxiliary: shape as above.
        normal_width: standard deviations, shape as above.
        poisson_parameter: shape (number of Poisson constraints,).
        poisson_auxiliary: shape as above.
        poisson_rate: expected auxiliary counts at parameter 1, shape as above.
    """

    size: int
    normal_parameter: np.ndarray
    normal_auxiliary: np.ndarray
    normal_width: np.ndarray
    poisson_parameter: np.ndarray
    poisson_auxiliary: np.ndarray
    poisson_rate: np.ndarray

    @property
    def flat(self) -> dict[str, Any]:
        """Fields of a model."""
        return {
            "normal": len(self.normal_parameter),
            "poisson": len(self.poisson_parameter),
            **{name: value for name, value in vars(self).items() if name != "size"},
        }


def constraints_of(sets: Sequence[ParameterSet]) -> Constraints:
    """Collect the constraints; auxiliary data follow the order of the parameters."""
    kinds = [s.constraint for s in sets for _ in s.inits]
    normal = np.array([kind == "normal" for kind in kinds], dtype=bool)
    poisson = np.array([kind == "poisson" for kind in kinds], dtype=bool)
    place = np.cumsum(normal | poisson) - 1
    return Constraints(
        len(kinds),
        np.flatnonzero(normal),
        place[normal],
        np.array([sigma for s in sets for sigma in s.sigmas], dtype=float),
        np.flatnonzero(poisson),
        place[poisson],
        np.array([factor for s in sets for factor in s.factors], dtype=float),
    )


def saturated_logpdf(
    constraints: Constraints, observed: np.ndarray, auxiliary: np.ndarray
) -> float:
    """The largest value ln L can take: each expectation equals its observation.

    Args:
        constraints: the auxiliary measurements.
        observed: events of each bin, shape (B,).
        auxiliary: auxiliary observations.

    Returns:
        The natural logarithm, with factorials continued by the gamma function as in pyhf.
    """
    counts = np.concatenate([observed, auxiliary[constraints.poisson_auxiliary]])
    poisson = math.fsum(n * math.log(n) - n - math.lgamma(n + 1) for n in counts.tolist() if n > 0)
    normal = np.log(constraints.normal_width * math.sqrt(2 * math.pi)).sum()
    return float(poisson - normal)


class Normalizer(NamedTuple):
    """An expression that keeps the sum of a sample where cells have a floor.

    Attributes:
        names: parameters of the sample's shifts, in their order.
        channel: name of the channel.
        sample: name of the sample.
        operations: none: the kernels find it from the cells.
    """

    names: tuple[str, ...]
    channel: str
    sample: str
    operations: tuple[Operation, ...] = ()


class Spread(NamedTuple):
    """A statistical parameter of a bin.

    Attributes:
        channel: number of the channel.
        bin: bin in the channel.
        parameter: number of the parameter.
        members: group and statistical error before factors, events.
    """

    channel: int
    bin: int
    parameter: int
    members: tuple[tuple[int, float], ...]


def shifts_of(template: Template) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Name, nominal minus down, and up minus nominal of each histosys that changes a cell."""
    found = []
    for (name, kind), modifier in sorted(template.modifiers.items()):
        if kind == "histosys":
            down = template.nominal - np.asarray(modifier["data"]["lo_data"], dtype=float)
            up = np.asarray(modifier["data"]["hi_data"], dtype=float) - template.nominal
            if down.any() or up.any():
                found.append((name, down, up))
    return found


def regions_of(template: Template) -> list[float]:
    """Sigmas within which each shift of a sample is a polynomial."""
    given = template.cropping.regions if template.cropping else {}
    return [float(given.get(name, 1.0)) for name, _, _ in shifts_of(template)]


def expressions_of(template: Template) -> list[Factor | Normalizer]:
    """All expressions that multiply a sample."""
    return [*template.expressions.values(), *normalizers_of(template)]


def normalizers_of(template: Template) -> list[Normalizer]:
    """The expression that keeps the sum of a sample; none without one."""
    if template.cropping is None or template.cropping.total is None:
        return []
    names = tuple(name for name, _, _ in shifts_of(template))
    return [Normalizer(names, template.channel, template.sample)]


def staterror_offsets(templates: Sequence[Template]) -> dict[tuple[str, str], int]:
    """First parameter of a staterror in each of its channels, counted from its own first."""
    offsets: dict[tuple[str, str], int] = {}
    used: dict[str, int] = {}
    for template in templates:
        for name, kind in template.modifiers:
            if kind == "staterror" and (name, template.channel) not in offsets:
                offsets[name, template.channel] = used.get(name, 0)
                used[name] = used.get(name, 0) + len(template.nominal)
    return offsets


def spreads_of(
    groups: Sequence[tuple[Template, int]],
    first: Mapping[str, int],
    offsets: Mapping[tuple[str, str], int],
) -> list[Spread]:
    """The staterrors of a model, by channel and bin.

    Args:
        groups: template and number of the channel of each group.
        first: first parameter of each modifier.
        offsets: first parameter of a staterror in a channel, counted from its own first.
    """
    found: dict[tuple[int, int, int], list[tuple[int, float]]] = {}
    for group, (template, channel) in enumerate(groups):
        for (name, kind), modifier in sorted(template.modifiers.items()):
            if kind == "staterror":
                start = first[name] + offsets[name, template.channel]
                for place, error in enumerate(modifier["data"]):
                    if error:
                        key = (channel, place, start + place)
                        found.setdefault(key, []).append((group, float(error)))
    return [Spread(*key, tuple(members)) for key, members in sorted(found.items())]


def flat_spreads(
    groups: Sequence[tuple[Template, int]],
    spreads: Sequence[Spread],
    channels: Mapping[str, slice],
    columns: Sequence[np.ndarray],
) -> dict[str, Any]:
    """Fields of a model.

    Args:
        groups: template of each group, and its expression that keeps the sum, or -1.
        spreads: the statistical parameters, by channel.
        channels: bins of each channel.
        columns: parameters of each channel.
    """
    limits = [template.cropping for template, _ in groups]
    bin_floor = np.full(max(bins.stop for bins in channels.values()), -math.inf)
    for template, _ in groups:
        if template.cropping is not None and template.cropping.bin_floor is not None:
            bin_floor[channels[template.channel]] = template.cropping.bin_floor
    own = [column_targets(columns[item.channel], np.array([item.parameter]))[0] for item in spreads]
    numbers = np.bincount([item.channel for item in spreads], minlength=len(channels))
    members = [member for item in spreads for member in item.members]
    return {
        "cropped": int(any(item is not None and item.floor is not None for item in limits)),
        "spreads": len(spreads),
        "group_floor": _reals(
            [-math.inf if item is None or item.floor is None else item.floor for item in limits]
        ),
        "group_total": _reals(
            [0.0 if item is None or item.total is None else item.total for item in limits]
        ),
        "group_normalizer": np.array([normalizer for _, normalizer in groups], dtype=np.int64),
        "bin_floor": bin_floor,
        "channel_spread": begins(numbers),
        "spread_bin": np.array([item.bin for item in spreads], dtype=np.int64),
        "spread_parameter": np.array([item.parameter for item in spreads], dtype=np.int64),
        "spread_target": np.array(own, dtype=np.int64),
        "spread_member": begins([len(item.members) for item in spreads]),
        "member_group": np.array([group for group, _ in members], dtype=np.int64),
        "member_variance": _reals([error**2 for _, error in members]),
    }


def widths_of(spreads: Sequence[Spread], constraints: Constraints) -> np.ndarray:
    """Relative width of the parameter of each spread."""
    widths = dict(zip(constraints.normal_parameter, constraints.normal_width, strict=True))
    return _reals([widths[item.parameter] for item in spreads])


def shares(model: Model, product: np.ndarray, pull: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the samples in the statistical shifts of bins, by their variances.

    Args:
        model: the model.
        product: uniform factors of each group, shape (groups,).
        pull: of each spread, shape (spreads,).

    Returns:
        Places in an array of samples and bins, and events.
    """
    spread = np.repeat(np.arange(model.spreads), np.diff(model.spread_member))
    weights = product[model.member_group] ** 2 * model.member_variance
    total = np.bincount(spread, weights, model.spreads)[spread]
    cells = model.group_cell[model.member_group] + model.spread_bin[spread]
    events = np.where(total > 0, weights / np.sqrt(np.where(total > 0, total, 1.0)), 0.0)
    return model.place[cells], events * pull[spread]


def _reals(values: Sequence[float]) -> np.ndarray:
    return np.array(values, dtype=float)


def column_targets(columns: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    """Place of each parameter among the columns, or `PRIVATE`."""
    place = np.searchsorted(columns, parameters)
    found = columns[np.minimum(place, len(columns) - 1)] == parameters if len(columns) else False
    return np.asarray(np.where(found, place, PRIVATE))


def begins(sizes: Any) -> np.ndarray:
    """Where each of several parts begins, and the end."""
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
