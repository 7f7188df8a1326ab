"""Describe limits from toys as written to `toy_limits/<signal>.json`."""

import logging

from wollemi.inference.limit_report import described_curve
from wollemi.results.limit_floor import TRUSTED, WORDS, edges_below
from wollemi.results.toy_limits import FoundLimits
from wollemi_likelihood.limits import Limit
from wollemi_likelihood.toys import ToyLimit, toy_limit
from wollemi_likelihood.workspaces import Workspace

LOGGER = logging.getLogger("wollemi")
# Seed of all signals: the same signal under another name has the same limit, and limits of
# neighboring signals fluctuate together.
SEED = 1


def toys_of(
    workspace: Workspace, limit: Limit, events: float, number: int | None
) -> ToyLimit | None:
    """Compute limits from toys, if they are requested and an asymptotic limit has too few events.

    Args:
        workspace: Model of the signal.
        limit: Asymptotic limits.
        events: Signal events at a strength of 1.
        number: Number of toys per hypothesis; None if toys are not requested.
    """
    observed = None if workspace.blinded else limit.observed
    few = edges_below(observed, limit.expected, events, limit.level, TRUSTED)
    if number is None or not few:
        return None
    which = ", ".join(WORDS[name] for name in few)
    LOGGER.info("%s: limits from toys: too few signal events in %s", workspace.signal, which)
    return toy_limit(workspace.likelihood, limit, number, [SEED])


def found_limits(toys: ToyLimit, blinded: bool) -> FoundLimits:
    """Describe limits from toys for the product.

    Args:
        toys: Limits from toys.
        blinded: Whether the observed limit is removed because blinded bins contain Asimov data.
    """
    return FoundLimits(
        observed=None if blinded else toys.observed,
        observed_error=None if blinded else toys.observed_error,
        expected=toys.expected,
        expected_errors=toys.expected_errors,
        curve=described_curve(toys.curve, blinded),
        number=toys.number,
        seed=toys.seed,
    )
