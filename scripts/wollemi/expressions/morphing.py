"""Weights of templates at given values of a parameter, such as a mass, as expressions of it.
Standard library only.

They sum to 1, and at the value of a template it alone counts: vertical morphing, as `MORPH` of
TRExFitter and, without the shift of means and widths, RooMomentMorph (arXiv:1410.7388).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

POLYNOMIAL = "polynomial"


def morphing_weights(
    parameter: str, values: Mapping[str, float], method: str = POLYNOMIAL
) -> dict[str, str]:
    """Sample → expression of its weight.

    Args:
        parameter: its name.
        values: sample → value of the parameter that its template has; two or more, all different.
        method: `polynomial`, the one through all templates (Lagrange), or `linear` between
            neighbors, constant beyond the first and last.
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
    """The function that is 1 at one value, 0 at all others, and linear between."""
    place = ordered.index(name)
    parts = []
    if place > 0:
        parts.append(_step(parameter, values[ordered[place - 1]], values[name]))
    if place + 1 < len(ordered):
        parts.append(f"1 - ({_step(parameter, values[name], values[ordered[place + 1]])})")
    return parts[0] if len(parts) == 1 else f"{parts[0]} + {parts[1]} - 1"


def _step(parameter: str, lower: float, upper: float) -> str:
    """From 0 to 1 between two values, linear."""
    scale = 0.5 / (upper - lower)
    below, above = (_distance(parameter, value) for value in (lower, upper))
    return f"0.5 + {scale!r} * (abs{below} - abs{above})"


def _distance(parameter: str, value: float) -> str:
    sign = "-" if value >= 0 else "+"
    return f"({parameter} {sign} {abs(float(value))!r})"


def morphing_factors(morphing: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Factors of a model, each of an expression and its samples.

    Args:
        morphing: parameter → values of `templates` and perhaps a `method`. It has none where two
            values are equal, which checks refuse.
    """
    return {
        f"{parameter}_{sample}": {"expression": weight, "samples": [sample]}
        for parameter, item in morphing.items()
        if len({*item["templates"].values()}) == len(item["templates"])
        for sample, weight in morphing_weights(
            parameter, item["templates"], item.get("method") or POLYNOMIAL
        ).items()
    }
