"""Exclusion contours of a two-dimensional grid of signals, where the limit on the signal strength
is 1.

By default log10 of the limit is interpolated linearly over the Delaunay triangulation of the
points, as in ROOT for scattered points (`TGraph2D`); optionally by multiquadrics, as in HistFitter.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.tri import Triangulation

from wollemi.plots.grid_surface import METHODS, Method, leave_one_out, scaled, surface
from wollemi.plots.style import use_style
from wollemi.results.limits import Limits, SignalLimit
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

# Name → index among the expected limits at -2 … +2σ.
EXPECTED = {"expected_minus_1sigma": 1, "expected": 2, "expected_plus_1sigma": 3}
Points = Mapping[str, Mapping[str, float]]
_FLAT = 1e-6  # smallest total area of the triangles, in units of the rectangle around them


def triangulate(points: Points, where: str) -> tuple[tuple[str, str], Triangulation]:
    """Labels of the two axes, and the Delaunay triangulation of the points.

    Each axis is scaled to its range first, so that distances do not depend on units.

    Args:
        points: Signal → label of an axis → value.
        where: File of the signals, for errors.

    Raises:
        WollemiError: The points have different axes, coincide, or lie on a line.
    """
    first, labels = next(iter(points.items()))
    other = next((name for name, point in points.items() if point.keys() != labels.keys()), None)
    if other is not None:
        problem = (
            f"{other}.point has other axes than {first}.point: {', '.join(points[other])}; "
            f"{', '.join(labels)}"
        )
        raise WollemiError(where, problem, "give all points of a grid the same two axes")
    x_label, y_label = labels
    x, y = (
        np.array([point[label] for point in points.values()], np.float64)
        for label in (x_label, y_label)
    )
    seen: dict[tuple[float, float], str] = {}
    for name, place in zip(points, zip(x.tolist(), y.tolist(), strict=True), strict=True):
        if place in seen:
            raise WollemiError(
                where,
                f"{name} and {seen[place]} have the same point",
                "give each signal its own point",
            )
        seen[place] = name
    try:
        triangles = Triangulation(scaled(x), scaled(y)).triangles
    except (RuntimeError, ValueError):
        triangles = np.empty((0, 3), np.int32)
    if _area(scaled(x), scaled(y), triangles) < _FLAT:
        problem = f"its {len(points)} points lie on a line, which has no contour"
        raise WollemiError(
            where,
            problem,
            "spread the points over both axes, or give one number as `point`: a limit plot",
        )
    return (x_label, y_label), Triangulation(x, y, triangles)


def _area(x: Floats, y: Floats, triangles: Any) -> float:
    (a, b, c) = (np.array([x[triangles[:, i]], y[triangles[:, i]]]) for i in range(3))
    return float(np.sum(np.abs((b - a)[0] * (c - a)[1] - (b - a)[1] * (c - a)[0]))) / 2


def contour_lines(
    triangulation: Triangulation, limits: Sequence[float], method: Method = "linear"
) -> list[list[list[float]]]:
    """Lines on which the limit is 1, each a list of points [x, y].

    Args:
        triangulation: Triangulation of the points.
        limits: Limits on the signal strength, shape (points,).
        method: Interpolation method.
    """
    heights = np.log10(np.asarray(limits, np.float64))
    if not heights.min() < 0 < heights.max():
        return []
    triangulation, heights = surface(triangulation, heights, method)
    use_style()
    figure, ax = plt.subplots()
    try:
        (path,) = ax.tricontour(triangulation, heights, levels=[0.0]).get_paths()
    finally:
        plt.close(figure)
    return [np.asarray(line, np.float64).tolist() for line in path.to_polygons(closed_only=False)]


def grid_numbers(
    content: Limits,
    values: Mapping[str, Sequence[Any]],
    axes: Sequence[str],
    method: Method | None = None,
    where: str = "workspace.patches.points",
) -> dict[str, Any]:
    """Every number of the contour plot of a grid of signals; signals without a point are omitted.

    Args:
        content: Content of `limits.json`.
        values: Signal → its two coordinates.
        axes: Labels of the two axes.
        method: Interpolation method, if one is chosen.
        where: Setting with the coordinates, for errors.
    """
    x_label, y_label = axes if len(set(axes)) == 2 else (f"{axes[0]} 1", f"{axes[-1]} 2")
    found = {
        name: {
            "limit": {
                **item.model_dump(include={"observed", "expected"}),
                "below_floor": list(item.too_low),
                **_sizes(item),
                "point": {x_label: float(values[name][0]), y_label: float(values[name][1])},
            }
        }
        for name, item in content.limits.items()
        if name in values
    }
    return contour_numbers(found, where, method)


def _sizes(limit: SignalLimit) -> dict[str, Any]:
    sizes = limit.theory_uncertainty
    return {"theory_uncertainty": sizes.model_dump()} if sizes else {}


def contour_numbers(
    found: Mapping[str, Mapping[str, Any]],
    where: str = "the signals",
    method: Method | None = None,
) -> dict[str, Any]:
    """Every number of the contour plot.

    Args:
        found: Signal → description, with `limit.point` as a mapping of two axes.
        where: File of the signals, for errors.
        method: Interpolation method, if one is chosen.

    Returns:
        Numbers by key: `axes`: labels; `points`: signal, x, y, limits; `triangles`: indices of the
            points; `contours`: name → lines; `verdict`: name → text, if no contour crosses the
            grid; if a method is chosen, also `interpolation` and `leave_one_out`, see `_tested`.
    """
    (x_label, y_label), triangulation = triangulate(
        {name: item["limit"]["point"] for name, item in found.items()}, where
    )
    limits = {name: item["limit"] for name, item in found.items()}
    kinds = {
        name: [item["expected"][place] for item in limits.values()]
        for name, place in EXPECTED.items()
    }
    if all(item["observed"] is not None for item in limits.values()):
        kinds["observed"] = [item["observed"] for item in limits.values()]
        kinds |= _theory_kinds(list(limits.values()))
    contours = {
        name: contour_lines(triangulation, values, method or "linear")
        for name, values in kinds.items()
    }
    chosen: dict[str, Any] = {}
    if method is not None:
        tested = _tested([*limits], triangulation, kinds["expected"])
        chosen = {"interpolation": method, "leave_one_out": tested}
    return chosen | {
        "axes": [x_label, y_label],
        "points": [
            {
                "signal": name,
                "x": item["point"][x_label],
                "y": item["point"][y_label],
                **{
                    key: item[key]
                    for key in ("observed", "expected", "below_floor", "theory_uncertainty")
                    if key in item
                },
            }
            for name, item in limits.items()
        ],
        "triangles": triangulation.triangles.tolist(),
        "contours": contours,
        "verdict": {name: _verdict(values) for name, values in kinds.items() if not contours[name]},
    }


def _tested(
    names: Sequence[str], triangulation: Triangulation, expected: Sequence[float]
) -> dict[str, Any]:
    """Test how well the other points predict the median expected limit at each inner point.

    Returns:
        Method → number of `points`, `typical_factor` (from the root mean square of the logarithm)
            and `largest_factor` by which predictions are off, and the `signal` of the latter; empty
            without inner points.
    """
    heights = np.log10(np.asarray(expected, np.float64))
    found: dict[str, Any] = {}
    for method in METHODS:
        shifts = {
            point: abs(predicted - heights[point])
            for point, predicted in leave_one_out(triangulation, heights, method).items()
        }
        if shifts:
            worst = max(shifts, key=lambda point: shifts[point])
            found[method] = {
                "points": len(shifts),
                "typical_factor": float(10 ** np.sqrt(np.mean(np.square([*shifts.values()])))),
                "largest_factor": float(10 ** shifts[worst]),
                "signal": names[worst],
            }
    return found


def _theory_kinds(limits: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Observed limits for predictions shifted up and down by their uncertainty; empty without
    uncertainties.
    """
    if not any("theory_uncertainty" in item for item in limits):
        return {}
    none = {"up": 0.0, "down": 0.0}
    sizes = [item.get("theory_uncertainty", none) for item in limits]
    pairs = list(zip(limits, sizes, strict=True))
    return {
        "observed_theory_down": [item["observed"] / (1 - size["down"]) for item, size in pairs],
        "observed_theory_up": [item["observed"] / (1 + size["up"]) for item, size in pairs],
    }


def _verdict(limits: Sequence[float]) -> str:
    excluded = sum(limit <= 1 for limit in limits)
    if excluded == len(limits):
        return "no contour crosses the grid: every point is excluded"
    return "no contour crosses the grid: no point is excluded"
