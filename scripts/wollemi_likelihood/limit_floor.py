"""Limits below any possible CLs limit, where the asymptotic formulae do not hold."""

import math
from collections.abc import Sequence

# Name → index among the expected limits at -2 … +2σ, and name in texts.
EDGES = {
    "expected_minus_2sigma": (0, "−2σ"),
    "expected_minus_1sigma": (1, "−1σ"),
    "expected": (2, "median"),
    "expected_plus_1sigma": (3, "+1σ"),
    "expected_plus_2sigma": (4, "+2σ"),
}
MEDIAN = EDGES["expected"][0]
WORDS = {"observed": "observed", **{name: f"expected {text}" for name, (_, text) in EDGES.items()}}
# Asymptotic limits with fewer signal events than this multiple of the floor are off by more than a
# tenth (docs/limits.md).
TRUSTED = 2
# Limits quoted in one line of text.
IN_BRIEF = ("observed", "expected_minus_1sigma", "expected", "expected_plus_1sigma")


def fewest_signal_events(level: float) -> float:
    """Signal events of the lowest possible limit, obtained without background and without events.

    With b expected and n observed events CLs = P(≤ n | s + b) / P(≤ n | b) ≥ exp(-s), so that a
    limit at CLs = 1 - level has s ≥ -ln(1 - level), 3.0 at 95 % (A. L. Read, J. Phys. G 28 (2002)
    2693).

    Args:
        level: Confidence level.
    """
    return -math.log(1 - level)


def edges_below(
    observed: float | None,
    expected: Sequence[float],
    events: float,
    level: float,
    times: float = 1,
) -> list[str]:
    """Names of the limits that are below the floor, or a multiple of it.

    Args:
        observed: Observed limit on the signal strength; None if blinded.
        expected: Expected limits at -2 … +2σ, shape (5,).
        events: Signal events at a strength of 1.
        level: Confidence level.
        times: Multiple of the floor.
    """
    strengths = {
        "observed": observed,
        **{name: expected[place] for name, (place, _) in EDGES.items()},
    }
    return [
        name
        for name, value in strengths.items()
        if value is not None and value * events < times * fewest_signal_events(level)
    ]
