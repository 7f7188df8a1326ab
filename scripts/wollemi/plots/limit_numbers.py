"""The numbers of the plots of upper limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wollemi.plots.style import sample_label, strength_label
from wollemi.results.limits import SIDES, BriefLimit, Limits, theory_factor
from wollemi_likelihood.base.errors import counted
from wollemi_likelihood.limit_floor import fewest_signal_events

if TYPE_CHECKING:
    from wollemi.analysis.models.plots import Plots


def limit_numbers(content: Limits, plots: Plots) -> dict[str, Any]:
    """The numbers of the plot of several limits, ordered along its axis.

    Args:
        content: Content of `limits.json`.
        plots: Section `plots`.

    Returns:
        Numbers by key: `x`, `observed` and `theory` (signals,), `expected` (5, signals) for
        -2 … +2σ, in pb if all cross sections are known, otherwise in signal strengths; `observed`
        is None if blinded. Without points the signals are side by side, named in `ticks`; `scaled`
        if these are parameters of interest of signals that are fitted together. If limits are below
        any possible limit, `floor` is the lowest one (signals,), and `below_floor` names them. If
        limits are from toys, `toys` marks them (signals,), and `toy_errors` has the errors of
        `observed` and `expected` (the median) from the number of toys (signals,). With
        uncertainties of the predictions, `theory_down` and `theory_up` (signals,). All of these
        include interpolated signals, which `interpolated` marks (signals,).
    """
    placed = None not in [item.point for item in content.limits.values()]
    between = content.interpolation.named if placed and content.interpolation else {}
    known: dict[str, BriefLimit] = {**content.limits, **between}
    places = [
        float(place) if item.point is None or not placed else item.point
        for place, item in enumerate(known.values())
    ]
    x = dict(zip(known, places, strict=True))
    limits = {name: known[name] for name in sorted(known, key=lambda name: x[name])}
    in_pb = all(item.cross_section_pb is not None for item in limits.values())
    observed = [item.observed_pb if in_pb else item.observed for item in limits.values()]
    strength = "signal strength" if content.scaled else strength_label(content.poi, plots)
    default = "cross section [pb]" if in_pb else strength
    theory = [
        item.cross_section_pb if item.cross_section_pb is not None and in_pb else 1.0
        for item in limits.values()
    ]
    noted = _floor_numbers(list(limits.values()), theory, content.level)
    noted |= {"scaled": dict(content.scaled)} if content.scaled else {}
    noted |= {"interpolated": [name in between for name in limits]} if between else {}
    noted |= _theory_numbers(list(limits.values()), theory)
    noted |= _toy_numbers(list(limits.values()), theory)
    return noted | {
        "signals": list(limits),
        "x": [x[name] for name in limits],
        "ticks": None if placed else [_tick(name, content, plots) for name in limits],
        "observed": None if None in observed else observed,
        "expected": np.transpose(
            [item.expected_pb if in_pb else item.expected for item in limits.values()]
        ).tolist(),
        "theory": theory,
        "unit": "pb" if in_pb else "signal strength",
        "x_label": plots.limit_x.label if placed else "",
        "y_label": plots.limit_y.label if "limit_y" in plots.plain else default,
        "exclusion": content.exclusion.plain(),
    }


def _toy_numbers(limits: Sequence[BriefLimit], units: Sequence[float]) -> dict[str, Any]:
    """Marks of limits from toys, and their errors from the number of toys; empty if none is."""
    toys = [item.toys is not None for item in limits]
    errors = {
        kind: [
            None if (size := item.toy_error(kind)) is None else size * unit
            for item, unit in zip(limits, units, strict=True)
        ]
        for kind in ("observed", "expected")
    }
    return {"toys": toys, "toy_errors": errors} if any(toys) else {}


def _tick(name: str, content: Limits, plots: Plots) -> str:
    """Label of a signal, or of its parameter of interest where signals are fitted together."""
    in_one_model = name in content.scaled
    return plots.parameters.get(name, name) if in_one_model else sample_label(name, plots)


def _theory_numbers(limits: Sequence[BriefLimit], theory: Sequence[float]) -> dict[str, Any]:
    """Predictions shifted up and down by their uncertainty; empty without uncertainties.

    Args:
        limits: Limits of the signals, in the order drawn.
        theory: Value on the axis at a signal strength of 1, shape (signals,).
    """
    if not any(item.theory_uncertainty for item in limits):
        return {}
    return {
        f"theory_{side}": [
            theory_factor(item, side) * value for item, value in zip(limits, theory, strict=True)
        ]
        for side in SIDES
    }


def _floor_numbers(
    limits: Sequence[BriefLimit], theory: Sequence[float], level: float
) -> dict[str, Any]:
    """Numbers that mark impossibly low limits; empty if all are above the floor.

    Args:
        limits: Limits of the signals, in the order drawn.
        theory: Value on the axis at a signal strength of 1, shape (signals,).
        level: Confidence level.
    """
    if not any(item.too_low for item in limits):
        return {}
    fewest = fewest_signal_events(level)
    return {
        "floor": [
            fewest / item.signal_events * scale for item, scale in zip(limits, theory, strict=True)
        ],
        "fewest_events": fewest,
        "below_floor": [list(item.too_low) for item in limits],
    }


def curve_numbers(name: str, content: Limits, plots: Plots) -> dict[str, Any]:
    """The numbers of the CLs plot of one signal.

    Args:
        name: Name of the signal.
        content: Content of `limits.json`.
        plots: Section `plots`.

    Returns:
        Numbers by key: `x`: signal strengths (points,); `observed`: CLs (points,), None if blinded;
            `expected`: CLs (5, points) for -2 … +2σ; the limits, and for impossibly low ones the
            entries of `limit_numbers`.
    """
    item = content.limits[name]
    # CLs is drawn against the signal strength; a configured label belongs to the cross section, if
    # requested.
    own_label = "limit_y" in plots.plain and item.cross_section_pb is None
    return _floor_numbers([item], [1.0], content.level) | {
        "signal": name,
        "label": sample_label(name, plots),
        "x": item.curve.poi,
        "observed": item.curve.observed,
        "expected": np.transpose(item.curve.expected).tolist(),
        "observed_limit": item.observed,
        "expected_limits": item.expected,
        "threshold": 1 - content.level,
        "from": "" if item.toys is None else f", {counted(item.toys.number, 'toy')}",
        **({"observed_error": item.toys.observed_error} if item.toys else {}),
        "x_label": plots.limit_y.label
        if own_label
        else strength_label(content.poi, plots, r"$\mu$"),
        "y_label": r"CL$_s$",
    }
