"""Captions of limit plots, and their most important numbers in words."""

from collections.abc import Mapping
from typing import Any

from wollemi.base.rounding import significant, with_error
from wollemi.base.tex import tex_plain
from wollemi.results.marks import BLINDED
from wollemi_likelihood.base.errors import counted
from wollemi_likelihood.limit_floor import WORDS

Numbers = Mapping[str, Any]  # content of the JSON file next to a plot


def limits_title(numbers: Numbers) -> str:
    """Caption of limits against the points of signals."""
    return f"Upper limits{_beside(numbers)}"


def limits_details(numbers: Numbers) -> list[str]:
    """The limits, and the sources of overlaid curves."""
    names = numbers["ticks"] or [f"{x:g}" for x in numbers["x"]]
    errors = numbers.get("toy_errors", dict.fromkeys(("observed", "expected"), [None] * len(names)))
    observed = (
        [BLINDED] * len(names)
        if numbers["observed"] is None
        else map(_with_error, numbers["observed"], errors["observed"])
    )
    expected = map(_with_error, numbers["expected"][2], errors["expected"])
    rows = zip(map(tex_plain, names), observed, expected, strict=True)
    axis = [tex_plain(numbers["x_label"])] if numbers["x_label"] else []
    low = [
        ", ".join(WORDS[edge] for edge in edges)
        for edges in numbers.get("below_floor", [[]] * len(names))
    ]
    toys = numbers.get("toys", [False] * len(names))
    between = numbers.get("interpolated", [False] * len(names))
    notes = [
        (f" (below the floor of CLs, no limits: {text})" if text else "")
        + (" (from toys)" if is_toy else "")
        + (" (interpolated)" if is_between else "")
        for text, is_toy, is_between in zip(low, toys, between, strict=True)
    ]
    texts = [f"{name}: observed {value}, expected {median}" for name, value, median in rows]
    lines = [text + note for text, note in zip(texts, notes, strict=True)]
    return [*axis, *lines, *_overlays(numbers)]


def _with_error(value: float, error: float | None) -> str:
    """A limit, with the error from the number of toys if it has one."""
    return with_error(value, error) if error else significant(value)


def curve_details(numbers: Numbers) -> list[str]:
    """The observed limit of one signal."""
    observed = numbers["observed_limit"]
    text = BLINDED if observed is None else _with_error(observed, numbers.get("observed_error"))
    return [f"CLs against the signal strength. Observed limit {text}"]


def contour_title(numbers: Numbers) -> str:
    """Caption of the excluded region of a grid."""
    return f"Excluded part of the grid of signals{_between(numbers)}{_beside(numbers)}"


def contour_details(numbers: Numbers) -> list[str]:
    """Number of points, and the reach of the contours on each axis."""
    texts = [
        f"{counted(len(numbers['points']), 'point')} in "
        f"{' and '.join(map(tex_plain, numbers['axes']))}"
    ]
    for kind in ("observed", "expected"):
        lines = numbers["contours"].get(kind)
        if lines:
            reach = [max(point[axis] for line in lines for point in line) for axis in (0, 1)]
            texts.append(f"The {kind} contour reaches {reach[0]:.4g} and {reach[1]:.4g}")
        elif kind in numbers["verdict"]:
            texts.append(f"{kind.capitalize()}: {numbers['verdict'][kind]}")
    return [*texts, *_left_out(numbers), *_overlays(numbers)]


def _between(numbers: Numbers) -> str:
    """The interpolation of limits, if chosen."""
    words = {"linear": ", interpolated linearly", "multiquadric": ", interpolated by multiquadrics"}
    return words.get(numbers.get("interpolation", ""), "")


def _left_out(numbers: Numbers) -> list[str]:
    """How well the other points predict a point."""
    return [
        f"Leave one out, {method}: expected limits of {item['points']} points are off by a factor "
        f"of {item['typical_factor']:.3g}, at most {item['largest_factor']:.3g} ({item['signal']})"
        for method, item in numbers.get("leave_one_out", {}).items()
    ]


def _beside(numbers: Numbers) -> str:
    """The overlaid curves, for a caption."""
    labels = [item["label"] for item in numbers.get("overlays", ())]
    return f", and for comparison {', '.join(labels)}" if labels else ""


def _overlays(numbers: Numbers) -> list[str]:
    """The sources of overlaid curves."""
    return [
        f"{tex_plain(item['label'])}: from {item['source']}, SHA-256 {item['sha256'][:16]}…"
        for item in numbers.get("overlays", ())
    ]
