"""Weights of events under the variations that change only the weight."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from wollemi.analysis.models.systematics import WeightVariation
from wollemi.analysis.plain.weight_sets import member_expressions
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError


def weight_factors(
    systematics: Mapping[str, WeightVariation], weight_sets: Mapping[str, Any]
) -> dict[str, str]:
    """Variation → factor on the event weight, for weight systematics and members of weight sets.

    Args:
        systematics: Weight systematics (kind `weight`) by name.
        weight_sets: Systematic → its weights and members.
    """
    sides = (
        (f"{name}_{side}", getattr(item, side))
        for name, item in systematics.items()
        for side in ("up", "down")
    )
    return {name: factor for name, factor in sides if factor != "symmetrize"} | member_expressions(
        weight_sets
    )


def require_finite(weights: Floats, region: str, variation: str) -> Floats:
    """The weights of a region's events, shape (events,), unchanged.

    Raises:
        WollemiError: A weight is not finite.
    """
    bad = int(np.sum(~np.isfinite(weights)))
    if bad:
        remedy = "give a value for them, such as where(count(electron) > 0, ..., 1)"
        raise WollemiError(
            f"region {region}, variation {variation}",
            f"the weight of {bad} events is not a number",
            remedy,
        )
    return weights
