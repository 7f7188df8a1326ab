"""Limits on signals between generated ones, and how well each generated one is predicted by its
neighbors.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from wollemi.inference.limit_report import describe_limit, signal_events
from wollemi.results.limits import (
    MEDIAN,
    ClosureTest,
    InterpolatedLimit,
    Interpolation,
    SignalLimit,
)
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import upper_limit
from wollemi_likelihood.morphing import between, interpolated_workspace, require_neighbors

Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """A generated signal on the axis of the limit plot.

    Args:
        signal: its name.
        point: its value on the axis.
        content: its workspace.
        limit: on its strength.
    """

    signal: str
    point: float
    content: Plain
    limit: SignalLimit


@dataclass(frozen=True)
class Rules:
    """How signals are interpolated.

    Args:
        edges: region → edges of its bins.
        step: largest distance of signals on the axis.
        level: confidence level.
        blinded: whether observed limits are left out.
        assumed: parameter → its value in the Asimov data of expected results.
    """

    edges: Mapping[str, Floats]
    step: float
    level: float
    blinded: bool = False
    assumed: Mapping[str, float] = field(default_factory=dict)


def shares(low: float, high: float, step: float) -> list[float]:
    """Equally spaced places between two points, at most a step apart, as shares of the distance.

    Args:
        low: one point.
        high: the next one.
        step: largest distance.
    """
    parts = math.ceil((high - low) / step - 1e-9)
    return [part / parts for part in range(1, parts)]


def limit_between(low: Place, high: Place, share: float, rules: Rules) -> InterpolatedLimit:
    """The limit on a signal between two generated ones.

    Args:
        low: at a share of 0.
        high: at a share of 1.
        share: between 0 and 1.
        rules: how signals are interpolated.
    """
    signals = (low.signal, high.signal)
    content = interpolated_workspace(low.content, high.content, signals, rules.edges, share)
    likelihood = Likelihood.from_workspace(content)
    assumed = {name: item for name, item in rules.assumed.items() if name in likelihood.index}
    likelihood = replace(likelihood, assumed=assumed)
    sizes = [item.limit.cross_section_pb or 0.0 for item in (low, high)]
    described = describe_limit(
        upper_limit(likelihood, rules.level, points=2),
        (1 - share) * low.point + share * high.point,
        between(sizes[0], sizes[1], share) if min(sizes) > 0 else None,
        signal_events(likelihood, [low.signal]),
        rules.blinded,
    )
    found = {key: value for key, value in described.plain().items() if key != "curve"}
    theory = _theory(low.limit, high.limit, share)
    found |= {"theory_uncertainty": theory} if theory else {}
    return InterpolatedLimit.model_validate(found | {"between": signals})


def _theory(low: SignalLimit, high: SignalLimit, share: float) -> dict[str, float] | None:
    one, other = low.theory_uncertainty, high.theory_uncertainty
    if one is None or other is None:
        return None
    return {
        "up": (1 - share) * one.up + share * other.up,
        "down": (1 - share) * one.down + share * other.down,
    }


def interpolation(places: Sequence[Place], rules: Rules) -> Interpolation:
    """Limits between all neighbors, and the prediction of each inner signal by its neighbors.

    Args:
        places: the generated signals, in the order of the axis.
        rules: how signals are interpolated.

    Returns:
        Where neighbors are too far apart, the reason in place of limits.
    """
    found: list[InterpolatedLimit] = []
    left_out: dict[str, str] = {}
    for low, high in pairwise(places):
        try:
            require_neighbors(low.content, high.content, (low.signal, high.signal))
        except WollemiError as error:
            left_out[error.where] = error.problem
            continue
        found += [
            limit_between(low, high, share, rules)
            for share in shares(low.point, high.point, rules.step)
        ]
    closure = {
        inner.signal: _closure(low, inner, high, rules)
        for low, inner, high in zip(places, places[1:], places[2:], strict=False)
    }
    made = Interpolation(step=rules.step, limits=tuple(found), closure=closure)
    return made.noting(left_out=left_out) if left_out else made


def interpolated(
    contents: Mapping[str, Plain], limits: Mapping[str, SignalLimit], rules: Rules
) -> Interpolation:
    """Limits between the points of an analysis.

    Args:
        contents: signal → its workspace.
        limits: signal → its limit.
        rules: how signals are interpolated.
    """
    places = [
        Place(name, item.point, contents[name], item)
        for name, item in limits.items()
        if item.point is not None
    ]
    places.sort(key=lambda place: place.point)
    return interpolation(places, rules)


def _closure(low: Place, inner: Place, high: Place, rules: Rules) -> ClosureTest:
    """A generated signal, and the same predicted by its neighbors, twice as far as in use."""
    share = (inner.point - low.point) / (high.point - low.point)
    predicted = limit_between(low, high, share, rules)
    return ClosureTest(
        between=(low.signal, high.signal),
        signal_events=inner.limit.signal_events,
        predicted_events=predicted.signal_events,
        expected=inner.limit.expected[MEDIAN],
        predicted_expected=predicted.expected[MEDIAN],
    )
