"""Auxiliary measurements of a likelihood, its maximum, and the additional arrays of Combine's
models: floors of cells and additive statistical parameters of bins.
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
    """Auxiliary measurements, with positions in the parameter vector and in the auxiliary data.

    Attributes:
        size: Number of parameters.
        normal_parameter: Parameters with normal constraints, shape (normal constraints,).
        normal_auxiliary: Positions in the auxiliary data, same shape.
        normal_width: Standard deviations, same shape.
        poisson_parameter: Parameters with Poisson constraints, shape (Poisson constraints,).
        poisson_auxiliary: Positions in the auxiliary data, same shape.
        poisson_rate: Expected auxiliary counts at parameter 1, same shape.
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
        """Constraint fields of a model."""
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
    """Maximum of ln L, where each expectation equals its observation.

    Args:
        constraints: Auxiliary measurements.
        observed: Observed events per bin, shape (B,).
        auxiliary: Auxiliary observations.

    Returns:
        Natural logarithm, with factorials continued by the gamma function as in pyhf.
    """
    counts = np.concatenate([observed, auxiliary[constraints.poisson_auxiliary]])
    poisson = math.fsum(n * math.log(n) - n - math.lgamma(n + 1) for n in counts.tolist() if n > 0)
    normal = np.log(constraints.normal_width * math.sqrt(2 * math.pi)).sum()
    return float(poisson - normal)


class Normalizer(NamedTuple):
    """An expression that keeps the sum of a sample where cells have a floor.

    Attributes:
        names: Names of the parameters of the sample's shifts, in order.
        channel: Name of the channel.
        sample: Name of the sample.
        operations: Empty list, as the kernels compute the value from the cells.
    """

    names: tuple[str, ...]
    channel: str
    sample: str
    operations: tuple[Operation, ...] = ()


class Spread(NamedTuple):
    """A statistical parameter of a bin.

    Attributes:
        channel: Index of the channel.
        bin: Bin in the channel.
        parameter: Index of the parameter.
        members: Group and statistical error before factors in events.
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
    """Expressions that multiply a sample."""
    return [*template.expressions.values(), *normalizers_of(template)]


def normalizers_of(template: Template) -> list[Normalizer]:
    """The expression that keeps the sum of a sample, or an empty list."""
    if template.cropping is None or template.cropping.total is None:
        return []
    names = tuple(name for name, _, _ in shifts_of(template))
    return [Normalizer(names, template.channel, template.sample)]


def staterror_offsets(templates: Sequence[Template]) -> dict[tuple[str, str], int]:
    """First parameter of a staterror in each channel, relative to its first parameter."""
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
    """Collect the staterrors of a model by channel and bin.

    Args:
        groups: Template and channel index of each group.
        first: Index of the first parameter of each modifier.
        offsets: First parameter of a staterror in a channel, relative to its first parameter.
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
    """Compute the fields of a model for spreads and floors.

    Args:
        groups: Template of each group, and the expression that keeps its sum, or -1.
        spreads: Statistical parameters, by channel.
        channels: Bins of each channel.
        columns: Parameters of each channel.
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
    """Relative width of each spread's parameter."""
    widths = dict(zip(constraints.normal_parameter, constraints.normal_width, strict=True))
    return _reals([widths[item.parameter] for item in spreads])


def shares(model: Model, product: np.ndarray, pull: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Divide the statistical shifts of bins between samples by their variances.

    Args:
        model: Flattened model.
        product: Product of uniform factors of each group, shape (groups,).
        pull: Pull of each spread in standard deviations, shape (spreads,).

    Returns:
        Positions in an array of samples and bins, and events.
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
    """Position of each parameter among the columns, or `PRIVATE`."""
    place = np.searchsorted(columns, parameters)
    found = columns[np.minimum(place, len(columns) - 1)] == parameters if len(columns) else False
    return np.asarray(np.where(found, place, PRIVATE))


def begins(sizes: Any) -> np.ndarray:
    """First position of each part, and the end."""
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
