"""Merge the toys of all batches into a goodness of fit."""

import math
from collections.abc import Sequence

from wollemi.results.toy_goodness import (
    STATISTICS,
    Goodness,
    GoodnessBatch,
    Statistics,
    ToyTest,
)
from wollemi_likelihood.base.errors import WollemiError

# Relative accuracy of fits: toys equal to the data count as at least as large.
TIE = 1e-6


def toy_tests(observed: Statistics, toys: Sequence[Statistics]) -> dict[str, ToyTest]:
    """Compute p-values: fractions of toys that agree at most as well with the model, by statistic.

    The binomial error is √(p (1 - p) / n), at least one toy.

    Args:
        observed: Statistics of the data.
        toys: Statistics of all toys, at least one.
    """
    tests = {}
    for name in STATISTICS:
        value = float(getattr(observed, name))
        least = value - TIE * max(1.0, abs(value))
        above = sum(getattr(toy, name) >= least for toy in toys)
        share = above / len(toys)
        error = max(math.sqrt(share * (1 - share) / len(toys)), 1 / len(toys))
        tests[name] = ToyTest(observed=value, p_value=share, p_value_error=error)
    return tests


def merged_batches(batches: Sequence[GoodnessBatch], seed: int) -> Goodness:
    """Merge the toys of all batches into a goodness of fit.

    Args:
        batches: Batches, in order.
        seed: Seed of the random numbers.

    Raises:
        WollemiError: None of the toys has a fit.
    """
    first, toys = batches[0], [toy for batch in batches for toy in batch.toys]
    if not toys:
        problem = "no toy has a fit"
        raise WollemiError("goodness", problem, "look at fit.json: the model may be degenerate")
    return Goodness(
        measurement=first.measurement,
        fit=first.fit,
        seed=seed,
        tests=None if first.observed is None else toy_tests(first.observed, toys),
        asymptotic=first.asymptotic,
        toys={name: tuple(getattr(toy, name) for toy in toys) for name in STATISTICS},
        failed=sum(batch.failed for batch in batches),
        **({"no_observed": first.no_observed} if first.no_observed else {}),
    )
