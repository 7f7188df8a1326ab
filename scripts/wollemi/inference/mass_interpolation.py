"""Interpolate limits between generated signals, and test the predictions by neighbors."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from wollemi.inference.limit_report import describe_limit
from wollemi.results.limits import ClosureTest, InterpolatedLimit, Interpolation, SignalLimit
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limit_floor import MEDIAN
from wollemi_likelihood.limits import signal_events, upper_limit
from wollemi_likelihood.morphing import between, interpolated_workspace, require_neighbors

Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """A generated signal and its position on the axis of the limit plot.

    Args:
        signal: Name of the signal.
        point: Value on the axis.
        content: Workspace of the signal.
        limit: Limit on its strength.
    """

    signal: str
    point: float
    content: Plain
    limit: SignalLimit


@dataclass(frozen=True)
class Rules:
    """Settings of the interpolation of signals.

    Args:
        edges: Region → bin edges.
        step: Maximum distance of signals on the axis.
        level: Confidence level.
        blinded: Whether observed limits are left out.
        assumed: Parameter → value in the Asimov data of expected results.
    """

    edges: Mapping[str, Floats]
    step: float
    level: float
    blinded: bool = False
    assumed: Mapping[str, float] = field(default_factory=dict)


def shares(low: float, high: float, step: float) -> list[float]:
    """Equally spaced positions between two points, as fractions of the distance.

    Args:
        low: First point.
        high: Next point.
        step: Maximum distance between positions.
    """
    parts = math.ceil((high - low) / step - 1e-9)
    return [part / parts for part in range(1, parts)]


def limit_between(low: Place, high: Place, share: float, rules: Rules) -> InterpolatedLimit:
    """Compute the limit on a signal between two generated ones.

    Args:
        low: Signal at a share of 0.
        high: Signal at a share of 1.
        share: Position between the signals, from 0 to 1.
        rules: Settings of the interpolation.
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
    """Compute limits between all neighbors, and predict each inner signal from its neighbors.

    Args:
        places: Generated signals in the order of the axis.
        rules: Settings of the interpolation.

    Returns:
        Limits, or the reason if neighbors are too far apart, and predictions.
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
    """Interpolate limits between the points of an analysis.

    Args:
        contents: Signal → workspace.
        limits: Signal → limit.
        rules: Settings of the interpolation.
    """
    places = [
        Place(name, item.point, contents[name], item)
        for name, item in limits.items()
        if item.point is not None
    ]
    places.sort(key=lambda place: place.point)
    return interpolation(places, rules)


def _closure(low: Place, inner: Place, high: Place, rules: Rules) -> ClosureTest:
    """Compare a generated signal with its prediction by neighbors twice as far away as in use."""
    share = (inner.point - low.point) / (high.point - low.point)
    predicted = limit_between(low, high, share, rules)
    return ClosureTest(
        between=(low.signal, high.signal),
        signal_events=inner.limit.signal_events,
        predicted_events=predicted.signal_events,
        expected=inner.limit.expected[MEDIAN],
        predicted_expected=predicted.expected[MEDIAN],
    )
