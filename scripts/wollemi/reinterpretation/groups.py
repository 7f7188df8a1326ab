"""Group new signals of the same kind into runs."""

from collections.abc import Mapping
from typing import Any

from wollemi.reinterpretation.models import NewSignal
from wollemi_likelihood.base.errors import WollemiError


def signal_groups(signals: Mapping[str, NewSignal], where: str) -> dict[str, dict[str, NewSignal]]:
    """Signals by folder of their run: events and efficiencies, patches and yields, and patches and
    yields without a known cross section.

    Args:
        signals: All new signals by name.
        where: Name of the file of signals.

    Raises:
        WollemiError: Their points do not form a grid.
    """
    check_points(signals, where)
    kinds: dict[str, dict[str, NewSignal]] = {}
    for name, signal in signals.items():
        kinds.setdefault(_kind(signal), {})[name] = signal
    alone = len(kinds) == 1
    return {"run" if alone else f"{kind}/run": group for kind, group in kinds.items()}


def _kind(signal: NewSignal) -> str:
    if signal.datasets is not None:
        return "events"
    return "patches" if signal.cross_section_pb is None else "patches_in_pb"


def on_two_axes(points: Mapping[str, Any]) -> bool:
    """Whether signals have points with two coordinates."""
    return any(isinstance(point, Mapping) for point in points.values())


def check_points(signals: Mapping[str, NewSignal], where: str) -> None:
    """Check early that points with two coordinates form a grid: the contour comes last.

    Raises:
        WollemiError: The points do not form a grid.
    """
    points: dict[str, Any] = {name: signal.point for name, signal in signals.items()}
    if not on_two_axes(points):
        return
    other = next((name for name, point in points.items() if not isinstance(point, Mapping)), None)
    if other is not None:
        problem = f"{other}.point: has no two axes, but other signals have"
        raise WollemiError(
            where, problem, "give all signals of a run a point of the same kind, or run them apart"
        )
    if len(points) > 1:
        from wollemi.plots.contour_lines import triangulate

        triangulate(points, where)
