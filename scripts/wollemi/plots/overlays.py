"""Curves of publications or other runs, read from a file, in the units of the limit plots.

Units in the file take precedence; if they are missing, the analysis file must give them, since a
curve that is off by a factor of 1000 looks like a result.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wollemi.analysis.plain.addresses import public_url
from wollemi.analysis.plain.units import NONE, parsed_unit, unit_of_label
from wollemi.base.digests import file_digest
from wollemi.job.records import relative_name
from wollemi.model.published_file import check_digest, parsed, published_content
from wollemi.plots.curve_tables import TableColumn, json_columns, table_columns, two_columns
from wollemi.plots.limit_numbers import limit_numbers
from wollemi.results.limits import Limits
from wollemi.results.marks import measurement_marks
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.limit_floor import MEDIAN

if TYPE_CHECKING:
    from wollemi.analysis.models.overlays import Overlay
    from wollemi.analysis.models.plots import Plots

# Distinct from each other, from the bands and from the lines of the plots.
COLORS = ("#3f90da", "#832db6", "#e76300", "#a96b59", "#717581")
_RUN = "take numbers of a plot of Wollemi, its limits.json, or a table of HEPData"


@dataclass(frozen=True)
class Curve:
    """A curve as read from its file.

    Args:
        lines: Lines, each of shape (points, 2).
        units: Units of x and y; None if missing in the file.
        marks: Marks of the run.
        level: Confidence level of a run; None if missing in the file.
    """

    lines: Sequence[Floats]
    units: tuple[str | None, str | None] = (None, None)
    marks: tuple[str, ...] = ()
    level: float | None = None


@dataclass(frozen=True)
class PlotAxes:
    """Axes of a limit plot, which overlays must match.

    Args:
        kind: Plot, `limits` or `contour`.
        units: Units of x and y; None if missing in the label.
        keys: Settings of the analysis file with the labels.
        x: First and last value of the x axis.
        y: First and last value of the y axis; None if the axis adapts.
        level: Confidence level.
    """

    kind: str
    units: tuple[str | None, str | None]
    keys: tuple[str, str]
    x: tuple[float, float]
    y: tuple[float, float] | None
    level: float


def limit_axes(content: Limits, plots: Plots) -> PlotAxes:
    """The axes of the plot of several limits.

    Raises:
        WollemiError: The plot has no axis on which signals have positions.
    """
    numbers = limit_numbers(content, plots)
    if numbers["ticks"] is not None or len(numbers["x"]) < 2:
        remedy = "remove them, or give more signals a place in limits.points"
        raise WollemiError("overlays", "the plot of the limits has no axis", remedy)
    return PlotAxes(
        kind="limits",
        units=(unit_of_label(numbers["x_label"]), _limit_unit(numbers["unit"])),
        keys=("plots.limit_x.label", "plots.limit_y.label"),
        x=(numbers["x"][0], numbers["x"][-1]),
        y=None,
        level=content.level,
    )


def _limit_unit(unit: str) -> str:
    return NONE if unit == "signal strength" else unit


def contour_axes(numbers: Mapping[str, Any], level: float) -> PlotAxes:
    """The axes of the plot of the contour."""
    x, y = ([point[axis] for point in numbers["points"]] for axis in ("x", "y"))
    x_label, y_label = numbers["axes"]
    return PlotAxes(
        kind="contour",
        units=(unit_of_label(x_label), unit_of_label(y_label)),
        keys=("the first of workspace.patches.axes", "the second of workspace.patches.axes"),
        x=(min(x), max(x)),
        y=(min(y), max(y)),
        level=level,
    )


def overlay_numbers(
    overlays: Mapping[str, Overlay], paths: Sequence[Path], axes: PlotAxes
) -> dict[str, Any]:
    """Every number of the overlays.

    Args:
        overlays: Section `overlays` of the analysis.
        paths: Paths of their files, in the same order.
        axes: Axes of the plot.

    Returns:
        Dictionary with `overlays`: for each its name, label, style, source, SHA-256 of the file,
            units in the file, and `lines` of points [x, y] in the units of the plot.

    Raises:
        WollemiError: The file has no such curve, or its units do not match the plot.
    """
    pairs = zip(overlays.items(), paths, strict=True)
    return {
        "overlays": [
            _numbers(name, overlay, path, axes, COLORS[place % len(COLORS)])
            for place, ((name, overlay), path) in enumerate(pairs)
        ]
    }


def _numbers(name: str, overlay: Overlay, path: Path, axes: PlotAxes, color: str) -> dict[str, Any]:
    check_digest(path, overlay.sha256)
    where, content = published_content(path, overlay.member, f"{axes.kind}.json")
    curve = read_curve(where, content, overlay, axes)
    place = f"overlays.{name}"
    if curve.level is not None and not math.isclose(curve.level, axes.level):
        problem = (
            f"has limits at {100 * curve.level:g} % CL, this analysis at {100 * axes.level:g} %"
        )
        raise WollemiError(where, problem, "compare limits at one confidence level")
    given = (overlay.x_unit, overlay.y_unit)
    units = [
        _known(where, place, axis, *pair)
        for axis, *pair in zip("xy", curve.units, given, strict=True)
    ]
    factors = [
        _factor(where, axis, unit, ours, key)
        for axis, unit, ours, key in zip("xy", units, axes.units, axes.keys, strict=True)
    ]
    lines = [line * factors for line in curve.lines]
    _check_place(where, place, lines, axes)
    name_of_file = public_url(overlay.url) if overlay.url else relative_name(path)
    return {
        "name": name,
        "label": _label(overlay.label, curve.marks),
        "color": overlay.color or color,
        "line": overlay.line,
        "source": name_of_file + (f": {overlay.member}" if overlay.member else ""),
        "sha256": file_digest(path),
        "units": units,
        "lines": [line.tolist() for line in lines],
    }


def _label(label: str, marks: Sequence[str]) -> str:
    return f"{label} [{', '.join(marks)}]" if marks else label


def read_curve(where: str, content: bytes, overlay: Overlay, axes: PlotAxes) -> Curve:
    """A curve of a run or of a table.

    Args:
        where: Name of the file, for errors.
        content: Content of the file.
        overlay: Overlay that selects the curve.
        axes: Axes of the plot.

    Raises:
        WollemiError: The curve is missing.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WollemiError(where, "is not a text file", _RUN) from None
    if not text.lstrip().startswith("{"):
        return _of_table(where, table_columns(where, text), overlay, axes)
    found = parsed(where, content)
    if "headers" in found or "independent_variables" in found:
        return _of_table(where, json_columns(where, found), overlay, axes)
    if overlay.x is not None or overlay.y is not None:
        raise WollemiError(where, "is of a run, which has no columns", "remove x and y")
    kinds = {"triangles": "contour", "theory": "limits", "exclusion": "limits"}
    key = next((name for name in ("triangles", "theory", "exclusion") if name in found), None)
    if key is None:
        raise WollemiError(where, "has no curve", _RUN)
    if kinds[key] != axes.kind:
        problem = f"is of the plot {kinds[key]}, and not of the plot {axes.kind}"
        raise WollemiError(where, problem, _RUN)
    if key == "triangles":
        return _of_contour(where, found, overlay)
    if key == "theory":
        return _of_limit_plot(where, found, overlay)
    return _of_limits(where, Limits.parse(where, found), overlay)


def _of_table(
    where: str, columns: Sequence[TableColumn], overlay: Overlay, axes: PlotAxes
) -> Curve:
    if "curve" in overlay.plain:
        raise WollemiError(where, "is a table: curve is for runs", "remove it, or name y instead")
    x, y = two_columns(where, columns, overlay.x, overlay.y)
    points = np.transpose([x.values, y.values])
    points = points[np.isfinite(points).all(axis=1)]
    return Curve([_ordered(points) if axes.kind == "limits" else points], (x.unit, y.unit))


def _ordered(points: Floats) -> Floats:
    """Points ordered by x, shape (points, 2)."""
    ordered: Floats = points[np.argsort(points[:, 0], kind="stable")]
    return ordered


def _of_contour(where: str, found: Mapping[str, Any], overlay: Overlay) -> Curve:
    lines = found["contours"].get(overlay.curve)
    if not lines:
        verdict = found["verdict"].get(overlay.curve, "it is blinded")
        problem = f"has no {overlay.curve} contour: {verdict}"
        raise WollemiError(where, problem, "choose another curve, or remove the overlay")
    units = [unit_of_label(label) for label in found["axes"]]
    arrays = [np.array(line, np.float64) for line in lines]
    return Curve(arrays, (units[0], units[1]), tuple(found["marks"]), found["level"])


def _of_limit_plot(where: str, found: Mapping[str, Any], overlay: Overlay) -> Curve:
    if found["ticks"] is not None:
        raise WollemiError(where, "has signals without places on an axis", _RUN)
    values = found["observed"] if overlay.curve == "observed" else found["expected"][MEDIAN]
    points = _points(where, found["x"], values)
    units = (unit_of_label(found["x_label"]), _limit_unit(found["unit"]))
    return Curve([points], units, tuple(found["marks"]), found["level"])


def _of_limits(where: str, found: Limits, overlay: Overlay) -> Curve:
    items = list(found.limits.values())
    if None in [item.point for item in items]:
        raise WollemiError(where, "has signals without places on an axis", _RUN)
    in_pb = None not in [item.cross_section_pb for item in items]
    expected = [(item.expected_pb if in_pb else item.expected) or () for item in items]
    observed = [item.observed_pb if in_pb else item.observed for item in items]
    hidden = None in observed
    shown = observed if overlay.curve == "observed" else [five[MEDIAN] for five in expected]
    values = None if hidden and overlay.curve == "observed" else shown
    points = _points(where, [item.point for item in items], values)
    marks = measurement_marks(found.measurement)
    return Curve([_ordered(points)], (None, "pb" if in_pb else NONE), marks, found.level)


def _points(where: str, x: Sequence[Any], y: Sequence[Any] | None) -> Floats:
    if y is None:
        raise WollemiError(where, "has no observed limits: it is blinded", "give `curve: expected`")
    points: Floats = np.array([x, y], np.float64).T
    return points


def _known(where: str, place: str, axis: str, found: str | None, given: str | None) -> str:
    """The unit of an axis of the curve, as given by the file or the analysis."""
    if found is not None and given is not None and parsed_unit(found) != parsed_unit(given):
        problem = f"has {axis} in {found}, and {place}.{axis}_unit says {given}"
        raise WollemiError(where, problem, f"remove {place}.{axis}_unit")
    if found is None and given is None:
        remedy = f"give {place}.{axis}_unit, such as GeV, fb, or '1' for a number without a unit"
        raise WollemiError(where, f"does not say the unit of {axis}", remedy)
    return str(found or given)


def _factor(where: str, axis: str, found: str, ours: str | None, key: str) -> float:
    """The unit of the curve in units of the plot."""
    kind, size = parsed_unit(found)
    if ours is None and kind != NONE:
        problem = f"has {axis} in {found}, and the label of the axis has no unit"
        raise WollemiError(where, problem, f"write the unit in brackets at the end of {key}")
    wanted, unit = parsed_unit(ours or NONE)
    if kind != wanted:
        shown, axis_unit = ("no unit" if unit == NONE else unit for unit in (found, ours or NONE))
        problem = f"has {axis} in {shown}, and the axis of the plot is in {axis_unit}"
        raise WollemiError(where, problem, "compare the same quantity, or name another column")
    return size / unit


def _check_place(where: str, place: str, lines: Sequence[Floats], axes: PlotAxes) -> None:
    """Raise an error if the curve is invisible on the plot."""
    points = np.vstack(lines)
    if axes.kind == "limits" and points.size and points[:, 1].min() <= 0:
        raise WollemiError(where, "has limits that are not above 0", f"correct it, or {place}.y")
    seen = [line for line in lines if _is_seen(line, axes)]
    if not seen:
        ends = [
            f"{name} from {values.min():g} to {values.max():g}"
            for name, values in zip("xy", points.T, strict=True)
            if points.size
        ]
        shown = [f"x from {axes.x[0]:g} to {axes.x[1]:g}"]
        shown += [f"y from {axes.y[0]:g} to {axes.y[1]:g}"] if axes.y else []
        problem = f"has {' and '.join(ends) or 'no points'}, outside of the plot, "
        problem += f"{' and '.join(shown)}"
        raise WollemiError(where, problem, f"remove {place}, or name other columns or units")


def _is_seen(line: Floats, axes: PlotAxes) -> bool:
    """Whether a point, or the line between two points, may be on the plot."""
    boxes = zip(line.T, (axes.x, axes.y), strict=True)
    return len(line) > 0 and all(
        limits is None or (values.min() <= limits[1] and values.max() >= limits[0])
        for values, limits in boxes
    )
