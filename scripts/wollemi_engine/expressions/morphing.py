"""Weights of templates as expressions of a parameter, such as a mass. Standard library only.

The weights sum to 1; at the value of a template, its weight alone is 1: vertical morphing, as in
TRExFitter's `MORPH` and in RooMomentMorph (arXiv:1410.7388) without the shift of means and widths.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

POLYNOMIAL = "polynomial"


def morphing_weights(
    parameter: str, values: Mapping[str, float], method: str = POLYNOMIAL
) -> dict[str, str]:
    """Build the weight of each sample as an expression.

    Args:
        parameter: Name of the parameter.
        values: Sample → parameter value of its template; at least two, all different.
        method: `polynomial`, through all templates (Lagrange), or `linear` between neighbors,
            constant beyond the first and last.
    """
    if method == POLYNOMIAL:
        return {name: _lagrange(parameter, name, values) for name in values}
    ordered = sorted(values, key=lambda name: values[name])
    return {name: _hat(parameter, name, ordered, values) for name in values}


def _lagrange(parameter: str, name: str, values: Mapping[str, float]) -> str:
    others = [value for other, value in values.items() if other != name]
    return " * ".join(
        f"{_distance(parameter, value)} * {1 / (values[name] - value)!r}" for value in others
    )


def _hat(parameter: str, name: str, ordered: list[str], values: Mapping[str, float]) -> str:
    """Function that is 1 at one value, 0 at all others, and linear in between."""
    place = ordered.index(name)
    parts = []
    if place > 0:
        parts.append(_step(parameter, values[ordered[place - 1]], values[name]))
    if place + 1 < len(ordered):
        parts.append(f"1 - ({_step(parameter, values[name], values[ordered[place + 1]])})")
    return parts[0] if len(parts) == 1 else f"{parts[0]} + {parts[1]} - 1"


def _step(parameter: str, lower: float, upper: float) -> str:
    """Linear step from 0 to 1 between two values."""
    scale = 0.5 / (upper - lower)
    below, above = (_distance(parameter, value) for value in (lower, upper))
    return f"0.5 + {scale!r} * (abs{below} - abs{above})"


def _distance(parameter: str, value: float) -> str:
    sign = "-" if value >= 0 else "+"
    return f"({parameter} {sign} {abs(float(value))!r})"


def morphing_factors(morphing: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Factors of a model, each with an expression and its samples.

    Args:
        morphing: Parameter → values of `templates`, optionally a `method`. Equal values give no
            factors; checks refuse them.
    """
    return {
        f"{parameter}_{sample}": {"expression": weight, "samples": [sample]}
        for parameter, item in morphing.items()
        if len({*item["templates"].values()}) == len(item["templates"])
        for sample, weight in morphing_weights(
            parameter, item["templates"], item.get("method") or POLYNOMIAL
        ).items()
    }
