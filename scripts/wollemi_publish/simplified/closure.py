"""Comparison of the limits of a simplified likelihood with the limits of the full one."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from wollemi_likelihood.limit_floor import MEDIAN
from wollemi_publish.simplified.likelihood import SimplifiedLikelihood

TOLERANCE = 0.10  # largest relative difference of limits that counts as a closure


def closure_of(
    simplified: SimplifiedLikelihood,
    events: np.ndarray,
    full: Mapping[str, Any],
    level: float,
    highest: float,
) -> dict[str, Any]:
    """Limits on the strength of one signal, simplified and full.

    Args:
        simplified: Counts, background and covariance of B bins.
        events: Expected signal events for a signal strength of 1, shape (B,).
        full: Entry of the signal in `limits.json`.
        level: Confidence level.
        highest: Upper bound of the signal strength in the full model.

    Returns:
        `full` and `simplified`, each with `observed` (None if blinded) and `expected` (at -2 ...
        2σ); `simplified` also has `expected_before_fit`, the median for counts equal to the
        expected background; `ratio`, simplified to full, of the observed and the median expected
        limits.
    """
    limit, asymptotic = simplified.limit(events, level, highest), _asymptotic(full)
    observed = None if asymptotic["observed"] is None else limit.observed
    return {
        "point": full["point"],
        "full": asymptotic,
        "simplified": {
            "observed": observed,
            "expected": list(limit.expected),
            "expected_before_fit": simplified.limit_before_fit(events, level, highest).expected[
                MEDIAN
            ],
        },
        "ratio": {
            "observed": None if observed is None else observed / asymptotic["observed"],
            "expected": limit.expected[MEDIAN] / asymptotic["expected"][MEDIAN],
        },
    }


def _asymptotic(full: Mapping[str, Any]) -> dict[str, Any]:
    """The asymptotic limits, like the limits of the simplified likelihood: toys would add a
    difference unrelated to the likelihoods.
    """
    if "toys" not in full:
        return {"observed": full["observed"], "expected": full["expected"]}
    keys = ("observed", "expected")
    return {key: full["toys"][f"asymptotic_{key}"] for key in keys}


def describe_closure(
    signals: Mapping[str, Mapping[str, Any]], full: Mapping[str, Any]
) -> dict[str, Any]:
    """The closure of all signals as written to the product.

    Args:
        signals: Closure by signal.
        full: Content of `limits.json`.
    """
    worst = {
        name: max(abs(ratio - 1) for ratio in item["ratio"].values() if ratio is not None)
        for name, item in signals.items()
    }
    summary = {
        "tolerance": TOLERANCE,
        "closes": max(worst.values()) <= TOLERANCE,
        "largest_difference": max(worst.values()),
        "signals_outside": [name for name, difference in worst.items() if difference > TOLERANCE],
    }
    head = {key: full[key] for key in ("measurement", "level", "test_statistic")}
    return {**head, "method": "asymptotic", "summary": summary, "signals": dict(signals)}
